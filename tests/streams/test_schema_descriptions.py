"""The schema files: descriptions. Each rule lists all streams or fields that break it."""

from __future__ import annotations

import re

from tests import schema_tables as tables
from tests import schema_wording as wording
from tests.schema_tables import ADDED_BY_THE_TAP, KEYS, RESOURCES
from tests.schema_wording import LINKS, VALUES
from tests.support.schemas import (
    Field,
    Json,
    description_of,
    fields_that_break,
    properties_of,
    schema_of,
    streams_that_break,
)


def test_schema_description_names_the_resource() -> None:
    def rule(stream: str) -> bool:
        resource = RESOURCES[stream].replace("{ID}", "{id}")
        description = schema_of(stream)["description"]
        return any(f"Read from Mailjet's {resource}{end}" in description for end in ".;,")

    assert streams_that_break(rule) == []


def test_titles_and_descriptions_of_schemas_differ() -> None:
    for part in ("title", "description"):
        assert len({schema_of(stream)[part] for stream in KEYS}) == len(KEYS)


def test_field_description_is_a_sentence() -> None:
    def rule(_: Field, spec: Json) -> bool:
        description = spec["description"]
        return (
            len(description.split()) >= 3
            and description[0].isupper()
            and description.endswith(".")
            and description == " ".join(description.split())
        )

    assert fields_that_break(rule) == []


def test_field_descriptions_of_a_stream_differ() -> None:
    def rule(stream: str) -> bool:
        specs = properties_of(stream).values()
        return len({spec["description"] for spec in specs}) == len(specs)

    assert streams_that_break(rule) == []


def test_key_fields_are_described_as_keys() -> None:
    def rule(field: Field, spec: Json) -> bool:
        stream, name = field
        part = ("part of the key",)
        words = part if len(KEYS[stream]) > 1 else ("is the key", "the only field of the key")
        return name not in KEYS[stream] or any(one in spec["description"] for one in words)

    assert fields_that_break(rule) == []


def test_time_descriptions_name_utc_or_unix_seconds() -> None:
    def rule(field: Field, spec: Json) -> bool:
        names_seconds = "in Unix seconds" in spec["description"]
        names_utc = "format" not in spec or " UTC" in spec["description"]
        return names_utc and names_seconds == (field in tables.UNIX_SECONDS)

    assert fields_that_break(rule) == []


def test_personal_data_is_described_as_such() -> None:
    def rule(field: Field, spec: Json) -> bool:
        by_name = field[1] in wording.PERSONAL_NAMES and field not in wording.NOT_PERSONAL
        is_personal = by_name or field in wording.PERSONAL
        return ("personal data" in spec["description"]) == is_personal

    assert fields_that_break(rule) == []


def test_link_descriptions_name_the_field_they_refer_to() -> None:
    def rule(field: Field, spec: Json) -> bool:
        stream, name = field
        link = wording.SHARED_IDS.get(stream) if name == "ID" else LINKS.get(name)
        is_linked = link and field not in wording.UNLINKED
        return not is_linked or f"refers to {link}" in spec["description"]

    assert fields_that_break(rule) == []


def test_every_identifier_is_listed_as_link_or_as_no_link() -> None:
    def rule(field: Field, _: Json) -> bool:
        name = field[1]
        if name == "ID" or not name.endswith(("ID", "Id")):
            return True
        return (name in LINKS) != (name in wording.UNLINKED_NAMES)

    assert fields_that_break(rule) == []


def test_descriptions_refer_to_fields_that_exist() -> None:
    def rule(_: Field, spec: Json) -> bool:
        references = re.findall(r"\b([a-z_]+)\.([A-Z]\w+)", spec["description"])
        return all(field in properties_of(stream) for stream, field in references)

    assert fields_that_break(rule) == []


def test_measures_are_described_with_their_unit() -> None:
    assert [one for one, unit in wording.UNITS.items() if unit not in description_of(*one)] == []


def test_counts_are_described_as_counts() -> None:
    def rule(field: Field, spec: Json) -> bool:
        start = "Mean number of " if field in tables.MEANS else "Count of "
        return not field[1].casefold().endswith("count") or spec["description"].startswith(start)

    assert fields_that_break(rule) == []


def test_enumerations_are_described_with_their_values() -> None:
    missing = [
        (field, value)
        for field, values in VALUES.items()
        for value in values
        if value not in description_of(*field)
    ]
    assert missing == []


def test_message_ids_are_described_as_64_bit() -> None:
    def rule(field: Field, spec: Json) -> bool:
        stream, name = field
        is_shared = name == "ID" and wording.SHARED_IDS.get(stream) == "messages.ID"
        is_id = LINKS.get(name) == "messages.ID" or is_shared or field == ("messages", "ID")
        return not is_id or "64-bit" in spec["description"]

    assert fields_that_break(rule) == []


def test_only_fields_that_the_tap_adds_are_described_as_added() -> None:
    def rule(field: Field, spec: Json) -> bool:
        added = field[1] in ADDED_BY_THE_TAP.get(field[0], set())
        return ("added by the tap" in spec["description"]) == added

    assert fields_that_break(rule) == []


def test_masked_addresses_are_described_as_masked() -> None:
    words = "user and password in it are masked"
    assert tables.MASKED
    assert [field for field in tables.MASKED if words not in description_of(*field)] == []
