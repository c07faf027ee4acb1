"""The schema files: names and types. Each rule lists all schemas or fields that break it."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Final

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

import tap_mailjet.schemas
from tap_mailjet.streams.registry import STREAMS as DECLARED
from tests import schema_tables as tables
from tests import schema_wording as wording
from tests.fields import FAMILIES, FIELDS
from tests.schema_tables import ADDED_BY_THE_TAP, KEYS, RESOURCES, SPELLINGS, WITHHELD
from tests.schema_wording import LINKS, VALUES
from tests.support.schemas import (
    Field,
    Json,
    base_type,
    fields_that_break,
    properties_of,
    schema_of,
    streams_that_break,
    text_of,
)

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
SCALARS: Final = {"boolean", "integer", "number", "string"}


def test_each_stream_has_one_schema_file() -> None:
    found = {entry.name for entry in files(tap_mailjet.schemas).iterdir()}
    assert {name for name in found if name.endswith(".json")} == {f"{name}.json" for name in KEYS}


def test_tables_match_the_declared_streams() -> None:
    declared = {vars(stream)["name"]: stream for stream in DECLARED}
    assert {name: stream.resource for name, stream in declared.items()} == RESOURCES
    masked = {(name, field) for name, stream in declared.items() for field in stream.masked}
    assert masked == tables.MASKED
    del declared["statcounters"]  # its key is not declared, but made with the stream
    for name, stream in declared.items():
        assert set(stream.primary_keys) == KEYS[name], name


def test_tables_name_only_fields_that_exist() -> None:
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


def test_schema_is_valid() -> None:
    for stream in KEYS:
        Draft202012Validator.check_schema(schema_of(stream))


def test_schema_has_the_agreed_form() -> None:
    def rule(stream: str) -> bool:
        schema = schema_of(stream)
        return (
            list(schema) == ["$schema", "title", "description", "type", "properties"]
            and schema["$schema"] == DIALECT
            and schema["type"] == "object"
            and bool(schema["title"].strip())
            and schema["description"].endswith(".")
        )

    assert streams_that_break(rule) == []


def test_schema_file_is_indented_by_two_spaces_and_ends_with_a_newline() -> None:
    def rule(stream: str) -> bool:
        return text_of(stream) == json.dumps(schema_of(stream), indent=2) + "\n"

    assert streams_that_break(rule) == []


def test_field_names_are_sorted_and_unique_without_case() -> None:
    def rule(stream: str) -> bool:
        names = list(properties_of(stream))
        return names == sorted(names) and len({one.casefold() for one in names}) == len(names)

    assert streams_that_break(rule) == []


def test_field_type_has_one_of_the_allowed_forms() -> None:
    def rule(_: Field, spec: Json) -> bool:
        base = base_type(spec)
        middle = {"array": ["items"], "string": [key for key in ("format",) if key in spec]}
        return (
            base in {*SCALARS, "array", "object"}
            and spec["type"] in (base, [base, "null"])
            and list(spec) == ["type", *middle.get(base, []), "description"]
            and spec.get("format", "date-time") == "date-time"
        )

    assert fields_that_break(rule) == []


def test_only_keys_and_bookmarks_are_never_null() -> None:
    def rule(stream: str) -> bool:
        properties = properties_of(stream)
        never_null = {name for name, spec in properties.items() if isinstance(spec["type"], str)}
        keys = KEYS[stream] - tables.NULLABLE_KEYS.get(stream, set())
        return properties.keys() >= KEYS[stream] and never_null == keys | tables.BOOKMARKS.get(
            stream, set()
        )

    assert streams_that_break(rule) == []


def expected_types(field: Field) -> set[str]:
    """Return the types that a field's name allows."""
    _, name = field
    kinds = {*SCALARS, "array", "object"}
    if field in tables.UNIX_SECONDS:
        kinds &= {"integer"}
    if name.endswith(("ID", "Id")):
        kinds &= {"string" if name in tables.TEXT_IDS else "integer"}
    if name.casefold().endswith("count"):
        kinds &= {"number" if field in tables.MEANS else "integer"}
    if name.endswith(("Rate", "Score", "Fraction")):
        kinds &= {"number"}
    if name.endswith(("ALT", "Alt", "Name", "Email", "Subject")):
        kinds &= {"string"}
    is_flag = name.startswith("Is") or field in tables.FLAGS
    return kinds & {"boolean"} if is_flag else kinds - {"boolean"}


def test_field_type_matches_its_name() -> None:
    def rule(field: Field, spec: Json) -> bool:
        is_named_as_time = field[1].endswith("At") and field not in tables.UNIX_SECONDS
        is_time = field in tables.TIMESTAMPS or is_named_as_time
        return ("format" in spec) == is_time and base_type(spec) in expected_types(field)

    assert fields_that_break(rule) == []


def test_only_listed_fields_are_nested() -> None:
    def rule(field: Field, spec: Json) -> bool:
        items = tables.ARRAYS.get(field)
        is_object = base_type(spec) == "object"
        return spec.get("items") == (items and {"type": [items, "null"]}) and is_object == (
            field in tables.OBJECTS
        )

    assert fields_that_break(rule) == []


def test_fields_are_those_that_mailjets_clients_name() -> None:
    def rule(stream: str) -> bool:
        named = {SPELLINGS.get(name, name) for name in FIELDS[RESOURCES[stream]]}
        added, withheld = ADDED_BY_THE_TAP.get(stream, set()), WITHHELD.get(stream, set())
        fields = set(properties_of(stream))
        return not named & added and withheld <= named and fields == (named | added) - withheld

    assert streams_that_break(rule) == []


def test_no_field_is_a_credential() -> None:
    assert fields_that_break(lambda field, _: field[1].casefold() not in tables.SECRETS) == []


def test_spellings_differ_in_case_only() -> None:
    named = {name for fields in FIELDS.values() for name in fields}
    for variant, spelling in SPELLINGS.items():
        assert variant != spelling
        assert variant.casefold() == spelling.casefold()
        assert variant in named


def test_table_of_fields_has_exactly_the_resources_of_the_streams() -> None:
    assert sorted(FIELDS) == sorted(RESOURCES.values())
    assert sum(map(len, FAMILIES)) == len(FIELDS)
