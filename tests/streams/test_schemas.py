"""The schema files, checked for all that copying and hurry get wrong."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

import tap_mailjet.schemas
from tap_mailjet.streams.registry import STREAMS as DECLARED
from tests import schema_tables as tables
from tests import schema_wording as wording
from tests.fields import FAMILIES, FIELDS
from tests.schema_tables import ADDED_BY_THE_TAP, KEYS, RESOURCES, SPELLINGS, WITHHELD
from tests.schema_wording import LINKS, VALUES

Json = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
SCALARS: Final = {"boolean", "integer", "number", "string"}

each_stream = pytest.mark.parametrize("stream", sorted(KEYS))


def text_of(stream: str) -> str:
    return files(tap_mailjet.schemas).joinpath(f"{stream}.json").read_text(encoding="utf-8")


def schema_of(stream: str) -> Json:
    schema: Json = json.loads(text_of(stream), object_pairs_hook=without_doubles)
    return schema


def properties_of(stream: str) -> dict[str, Json]:
    properties: dict[str, Json] = schema_of(stream)["properties"]
    return properties


def without_doubles(pairs: list[tuple[str, Any]]) -> Json:
    """Refuse what `json` would swallow: of two equal names it keeps the second only."""
    made = dict(pairs)
    assert len(made) == len(pairs), f"a name comes twice: {[name for name, _ in pairs]}"
    return made


def base_type(spec: Json) -> str:
    kind: str = spec["type"] if isinstance(spec["type"], str) else spec["type"][0]
    return kind


def said_of(stream: str, field: str) -> str:
    said: str = properties_of(stream)[field]["description"]
    return said


def test_each_stream_has_one_schema_file() -> None:
    found = {entry.name for entry in files(tap_mailjet.schemas).iterdir()}
    assert {name for name in found if name.endswith(".json")} == {f"{name}.json" for name in KEYS}


def test_the_tables_are_about_the_streams_as_they_are_declared() -> None:
    declared = {vars(stream)["name"]: stream for stream in DECLARED}
    assert {name: stream.resource for name, stream in declared.items()} == RESOURCES
    masked = {(name, field) for name, stream in declared.items() for field in stream.masked}
    assert masked == tables.MASKED
    del declared["statcounters"]  # whose key is not declared, but made with the stream
    for name, stream in declared.items():
        assert set(stream.primary_keys) == KEYS[name], name


def test_the_tables_name_no_field_that_is_not_there() -> None:
    named = {
        *tables.UNIX_SECONDS,
        *tables.TIMESTAMPS,
        *tables.FLAGS,
        *tables.MEANS,
        *tables.ARRAYS,
        *tables.OBJECTS,
        *wording.PERSONAL,
        *wording.NOT_PERSONAL,
        *wording.UNLINKED,
        *tables.MASKED,
        *wording.UNITS,
        *VALUES,
    }
    assert [(stream, name) for stream, name in named if name not in properties_of(stream)] == []
    names = {name for stream in KEYS for name in properties_of(stream)}
    assert names >= wording.PERSONAL_NAMES | wording.UNLINKED_NAMES | LINKS.keys()


@each_stream
def test_is_a_valid_schema_of_the_agreed_form(stream: str) -> None:
    schema = schema_of(stream)
    Draft202012Validator.check_schema(schema)
    assert list(schema) == ["$schema", "title", "description", "type", "properties"]
    assert schema["$schema"] == DIALECT
    assert schema["type"] == "object"
    assert schema["title"].strip()
    assert schema["description"].endswith(".")


@each_stream
def test_says_what_it_is_read_from(stream: str) -> None:
    resource = RESOURCES[stream].replace("{ID}", "{id}")
    said = schema_of(stream)["description"]
    assert any(f"Read from Mailjet's {resource}{end}" in said for end in ".;,"), said


@each_stream
def test_is_laid_out_with_two_spaces_and_a_final_newline(stream: str) -> None:
    assert text_of(stream) == json.dumps(schema_of(stream), indent=2) + "\n"


def test_titles_and_descriptions_of_the_streams_differ() -> None:
    for part in ("title", "description"):
        assert len({schema_of(stream)[part] for stream in KEYS}) == len(KEYS)


@each_stream
def test_names_are_sorted_and_unique_even_without_case(stream: str) -> None:
    names = list(properties_of(stream))
    assert names == sorted(names)
    assert len({name.casefold() for name in names}) == len(names)


@each_stream
def test_every_type_has_one_of_the_allowed_forms(stream: str) -> None:
    for name, spec in properties_of(stream).items():
        base = base_type(spec)
        assert base in {*SCALARS, "array", "object"}, name
        assert spec["type"] in (base, [base, "null"]), name
        middle = {"array": ["items"], "string": [key for key in ("format",) if key in spec]}
        assert list(spec) == ["type", *middle.get(base, []), "description"], name
        assert spec.get("format", "date-time") == "date-time", name


@each_stream
def test_only_keys_and_bookmarks_are_never_null(stream: str) -> None:
    properties = properties_of(stream)
    assert properties.keys() >= KEYS[stream]
    never_null = {name for name, spec in properties.items() if isinstance(spec["type"], str)}
    keys = KEYS[stream] - tables.NULLABLE_KEYS.get(stream, set())
    assert never_null == keys | tables.BOOKMARKS.get(stream, set())


@each_stream
def test_types_go_with_names(stream: str) -> None:
    for name, spec in properties_of(stream).items():
        field, base = (stream, name), base_type(spec)
        in_seconds = field in tables.UNIX_SECONDS
        is_time = field in tables.TIMESTAMPS or (name.endswith("At") and not in_seconds)
        assert ("format" in spec) == is_time, name
        if in_seconds:
            assert base == "integer", name
        if name.endswith(("ID", "Id")):
            assert base == ("string" if name in tables.TEXT_IDS else "integer"), name
        if name.casefold().endswith("count"):
            assert base == ("number" if field in tables.MEANS else "integer"), name
        if name.endswith(("Rate", "Score", "Fraction")):
            assert base == "number", name
        if name.endswith(("ALT", "Alt", "Name", "Email", "Subject")):
            assert base == "string", name
        assert (base == "boolean") == (name.startswith("Is") or field in tables.FLAGS), name


@each_stream
def test_only_what_is_listed_is_nested(stream: str) -> None:
    for name, spec in properties_of(stream).items():
        items = tables.ARRAYS.get((stream, name))
        assert spec.get("items") == (items and {"type": [items, "null"]}), name
        assert (base_type(spec) == "object") == ((stream, name) in tables.OBJECTS), name


@each_stream
def test_every_field_is_described_in_a_sentence_of_its_own(stream: str) -> None:
    descriptions = {name: spec["description"] for name, spec in properties_of(stream).items()}
    for name, description in descriptions.items():
        assert len(description.split()) >= 3, name
        assert description[0].isupper(), name
        assert description.endswith("."), name
        assert description == " ".join(description.split()), name
    assert len(set(descriptions.values())) == len(descriptions)


@each_stream
def test_keys_say_that_they_are(stream: str) -> None:
    composite = len(KEYS[stream]) > 1
    said = ("part of the key",) if composite else ("is the key", "the only field of the key")
    for name in KEYS[stream]:
        assert any(words in said_of(stream, name) for words in said), name


@each_stream
def test_times_say_how_they_are_counted(stream: str) -> None:
    for name, spec in properties_of(stream).items():
        if "format" in spec:
            assert " UTC" in spec["description"], name
        says_seconds = "in Unix seconds" in spec["description"]
        assert says_seconds == ((stream, name) in tables.UNIX_SECONDS), name


@each_stream
def test_fields_that_tell_who_somebody_is_say_that_it_is_personal_data(stream: str) -> None:
    for name, spec in properties_of(stream).items():
        field = (stream, name)
        by_name = name in wording.PERSONAL_NAMES and field not in wording.NOT_PERSONAL
        is_personal = by_name or field in wording.PERSONAL
        assert ("personal data" in spec["description"]) == is_personal, name


@each_stream
def test_links_say_what_they_refer_to(stream: str) -> None:
    for name, spec in properties_of(stream).items():
        link = wording.SHARED_IDS.get(stream) if name == "ID" else LINKS.get(name)
        if link and (stream, name) not in wording.UNLINKED:
            assert f"refers to {link}" in spec["description"], name


@each_stream
def test_every_identifier_is_known_to_be_a_link_or_none(stream: str) -> None:
    for name in properties_of(stream).keys() - {"ID"}:
        if name.endswith(("ID", "Id")):
            assert (name in LINKS) != (name in wording.UNLINKED_NAMES), name


@each_stream
def test_what_descriptions_refer_to_exists(stream: str) -> None:
    for name, spec in properties_of(stream).items():
        for other, field in re.findall(r"\b([a-z_]+)\.([A-Z]\w+)", spec["description"]):
            assert field in properties_of(other), name


@pytest.mark.parametrize(("stream", "field"), sorted(wording.UNITS))
def test_measures_say_their_unit(stream: str, field: str) -> None:
    assert wording.UNITS[stream, field] in said_of(stream, field)


@each_stream
def test_counts_are_called_so(stream: str) -> None:
    for name, spec in properties_of(stream).items():
        if name.casefold().endswith("count"):
            called = "Mean number of " if (stream, name) in tables.MEANS else "Count of "
            assert spec["description"].startswith(called), name


@pytest.mark.parametrize(("stream", "field"), sorted(VALUES))
def test_enumerations_say_their_values(stream: str, field: str) -> None:
    said = said_of(stream, field)
    assert [value for value in VALUES[stream, field] if value not in said] == []


@each_stream
def test_message_ids_say_that_they_have_64_bits(stream: str) -> None:
    for name, spec in properties_of(stream).items():
        is_shared = name == "ID" and wording.SHARED_IDS.get(stream) == "messages.ID"
        if LINKS.get(name) == "messages.ID" or is_shared or (stream, name) == ("messages", "ID"):
            assert "64-bit" in spec["description"], name


@each_stream
def test_has_the_fields_that_mailjet_s_clients_name(stream: str) -> None:
    named = {SPELLINGS.get(name, name) for name in FIELDS[RESOURCES[stream]]}
    added, withheld = ADDED_BY_THE_TAP.get(stream, set()), WITHHELD.get(stream, set())
    assert not named & added
    assert withheld <= named
    assert set(properties_of(stream)) == (named | added) - withheld


@each_stream
def test_fields_that_the_tap_adds_say_so(stream: str) -> None:
    for name, spec in properties_of(stream).items():
        added = name in ADDED_BY_THE_TAP.get(stream, set())
        assert ("added by the tap" in spec["description"]) == added, name


@each_stream
def test_no_field_is_a_credential(stream: str) -> None:
    assert not {name.casefold() for name in properties_of(stream)} & tables.SECRETS


@pytest.mark.parametrize(("stream", "field"), sorted(tables.MASKED))
def test_addresses_that_may_hold_a_password_say_that_it_is_masked(stream: str, field: str) -> None:
    assert "user and password in it are masked" in said_of(stream, field)


def test_only_the_case_of_a_spelling_differs() -> None:
    named = {name for fields in FIELDS.values() for name in fields}
    for variant, spelling in SPELLINGS.items():
        assert variant != spelling
        assert variant.casefold() == spelling.casefold()
        assert variant in named


def test_the_table_of_fields_has_no_resource_to_spare() -> None:
    assert sorted(FIELDS) == sorted(RESOURCES.values())
    assert sum(map(len, FAMILIES)) == len(FIELDS)
