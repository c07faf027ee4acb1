"""The schema files, checked for all that copying and hurry get wrong."""

from __future__ import annotations

import functools
import json
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

import tap_mailjet.schemas
from tap_mailjet.singer.schema_files import SchemaFiles
from tap_mailjet.streams.registry import STREAMS as DECLARED
from tests import schema_tables as tables
from tests import schema_wording as wording
from tests.discovery import entries
from tests.helpers import RESOURCES
from tests.schema_wording import VALUES

if TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
SCALARS: Final = {"boolean", "integer", "number", "string"}

ENTRIES: Final = entries()
KEYS: Final = {stream: {*entry["key_properties"]} for stream, entry in ENTRIES.items()}
# Facts about a field, which `tap_mailjet.singer.schema_files` keeps out of the output.
FACTS: Final = ("x-references", "x-personal-data", "x-unit")


def each_stream(rule: Callable[[str], None]) -> Callable[[], None]:
    """Check a rule for all streams, and list all streams that break it."""

    @functools.wraps(rule)
    def check() -> None:
        broken = []
        for stream in sorted(KEYS):
            try:
                rule(stream)
            except AssertionError as error:  # noqa: PERF203 - all streams are listed
                broken.append(f"{stream}: {error}")
        assert not broken, "\n".join(broken)

    del check.__wrapped__  # or pytest requires a fixture `stream`
    return check


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


def test_the_committed_catalog_and_the_tables_are_about_the_declared_streams() -> None:
    assert KEYS.keys() == RESOURCES.keys()
    masked = {(vars(stream)["name"], field) for stream in DECLARED for field in stream.masked}
    assert masked == tables.MASKED


def test_the_tables_name_no_field_that_is_not_there() -> None:
    named = {
        *wording.NOT_PERSONAL,
        *wording.UNLINKED,
        *tables.NULLABLE_KEYS,
        *tables.MASKED,
        *VALUES,
    }
    assert [(stream, name) for stream, name in named if name not in properties_of(stream)] == []
    names = {name for stream in KEYS for name in properties_of(stream)}
    assert names >= wording.PERSONAL_NAMES | wording.UNLINKED_NAMES


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
        facts = [key for key in FACTS if key in spec]
        default = ["default"] if "default" in spec else []
        expected = ["type", *middle.get(base, []), "description", *default, *facts]
        assert list(spec) == expected, name
        assert spec.get("format", "date-time") == "date-time", name


@each_stream
def test_only_keys_and_bookmarks_are_never_null(stream: str) -> None:
    properties = properties_of(stream)
    assert properties.keys() >= KEYS[stream]
    never_null = {name for name, spec in properties.items() if isinstance(spec["type"], str)}
    bookmark = ENTRIES[stream].get("replication_key")
    expected = KEYS[stream] | ({bookmark} if bookmark else set())
    assert never_null == {one for one in expected if (stream, one) not in tables.NULLABLE_KEYS}


@each_stream
def test_only_keys_have_defaults_which_their_descriptions_state(stream: str) -> None:
    for name, spec in properties_of(stream).items():
        if "default" in spec:
            assert name in KEYS[stream], name
            words = {"": "empty if Mailjet has none", 0: "0 if Mailjet has none"}
            assert words[spec["default"]] in spec["description"], name


@each_stream
def test_types_go_with_names(stream: str) -> None:
    for name, spec in properties_of(stream).items():
        base = base_type(spec)
        if name.endswith("At"):
            assert "format" in spec or spec["x-unit"] == "unix-seconds", name
        if spec.get("x-unit") == "unix-seconds":
            assert base == "integer", name
        if name.endswith(("ID", "Id")):
            assert base == ("string" if name in tables.TEXT_IDS else "integer"), name
        if name.casefold().endswith("count"):
            is_mean = spec["description"].startswith("Mean ")
            assert base == ("number" if is_mean else "integer"), name
        if name.endswith(("Rate", "Score", "Fraction")):
            assert base == "number", name
        if name.endswith(("ALT", "Alt", "Name", "Email", "Subject")):
            assert base == "string", name
        if name.startswith("Is"):
            assert base == "boolean", name


@each_stream
def test_items_of_arrays_have_one_type_and_may_be_null(stream: str) -> None:
    for name, spec in properties_of(stream).items():
        items = spec.get("items")
        assert items is None or items == {"type": [items["type"][0], "null"]}, name


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
        assert "format" not in spec or " UTC" in spec["description"], name


@each_stream
def test_personal_data_is_marked_and_described_as_such(stream: str) -> None:
    for name, spec in properties_of(stream).items():
        is_personal = spec.get("x-personal-data", False)
        assert ("personal data" in spec["description"]) == is_personal, name
        if name in wording.PERSONAL_NAMES and (stream, name) not in wording.NOT_PERSONAL:
            assert is_personal, name


@each_stream
def test_references_are_described_and_exist(stream: str) -> None:
    for name, spec in properties_of(stream).items():
        target = spec.get("x-references")
        assert ("refers to" in spec["description"]) == (target is not None), name
        if target is not None:
            other, field = target.split(".")
            assert f"refers to {target}" in spec["description"], name
            assert field in properties_of(other), name


def test_fields_of_one_name_refer_to_the_same_key() -> None:
    targets: dict[str, set[str]] = {}
    for stream in KEYS:
        for name, spec in properties_of(stream).items():
            if name != "ID" and "x-references" in spec:
                targets.setdefault(name, set()).add(spec["x-references"])
    assert {name: found for name, found in targets.items() if len(found) > 1} == {}


@each_stream
def test_every_identifier_refers_to_a_stream_or_is_known_not_to(stream: str) -> None:
    for name, spec in properties_of(stream).items():
        is_known = name in {"ID", *wording.UNLINKED_NAMES} or (stream, name) in wording.UNLINKED
        if name.endswith(("ID", "Id")):
            assert "x-references" in spec or is_known, name


@each_stream
def test_what_descriptions_refer_to_exists(stream: str) -> None:
    for name, spec in properties_of(stream).items():
        for other, field in re.findall(r"\b([a-z_]+)\.([A-Z]\w+)", spec["description"]):
            assert field in properties_of(other), name


@each_stream
def test_measures_say_their_unit(stream: str) -> None:
    for name, spec in properties_of(stream).items():
        if unit := spec.get("x-unit"):
            assert wording.UNITS[unit] in spec["description"].lower(), name


@each_stream
def test_counts_are_called_so(stream: str) -> None:
    for name, spec in properties_of(stream).items():
        if name.casefold().endswith("count"):
            assert spec["description"].startswith(("Mean number of ", "Count of ")), name


@pytest.mark.parametrize(("stream", "field"), sorted(VALUES))
def test_enumerations_say_their_values(stream: str, field: str) -> None:
    said = said_of(stream, field)
    assert [value for value in VALUES[stream, field] if value not in said] == []


@each_stream
def test_message_ids_say_that_they_have_64_bits(stream: str) -> None:
    for name, spec in properties_of(stream).items():
        if spec.get("x-references") == "messages.ID" or (stream, name) == ("messages", "ID"):
            assert "64-bit" in spec["description"], name


@each_stream
def test_facts_about_fields_stay_out_of_the_output(stream: str) -> None:
    found = SchemaFiles(tap_mailjet.schemas).get_schema(stream)
    assert not [name for field in found["properties"].values() for name in field if "x-" in name]
    assert found["properties"].keys() == properties_of(stream).keys()


@each_stream
def test_no_field_is_a_credential(stream: str) -> None:
    assert not {name.casefold() for name in properties_of(stream)} & tables.SECRETS


@pytest.mark.parametrize(("stream", "field"), sorted(tables.MASKED))
def test_addresses_that_may_hold_a_password_say_that_it_is_masked(stream: str, field: str) -> None:
    assert "user and password in it are masked" in said_of(stream, field)
