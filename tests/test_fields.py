"""The fields of the schemas, compared with those that Mailjet's own clients name."""

from __future__ import annotations

from typing import Any

import pytest

from tap_mailjet.streams.registry import STREAMS
from tests.fields import FAMILIES, FIELDS
from tests.helpers import RESOURCES, SCHEMAS
from tests.schema_tables import SPELLINGS, WITHHELD

PARTIAL = {vars(stream)["name"]: stream.fields_of for stream in STREAMS if stream.fields_of}
COMPARED = sorted(
    stream for stream, resource in RESOURCES.items() if resource in FIELDS and stream not in PARTIAL
)


@pytest.mark.parametrize("stream", COMPARED)
def test_schema_has_the_fields_that_mailjet_s_clients_name(stream: str) -> None:
    properties = SCHEMAS.get_schema(stream)["properties"]
    named = {SPELLINGS.get(name, name) for name in FIELDS[RESOURCES[stream]]}
    withheld = WITHHELD.get(stream, set())
    added = {name for name, spec in properties.items() if is_added(spec["description"])}
    assert not named & added
    assert withheld <= named
    assert set(properties) == (named | added) - withheld


@pytest.mark.parametrize(("stream", "whole"), PARTIAL.items())
def test_stream_with_some_fields_of_a_resource_has_them_with_the_same_types(
    stream: str, whole: str
) -> None:
    specs, properties = (SCHEMAS.get_schema(name)["properties"] for name in (stream, whole))
    added = {name for name, spec in specs.items() if is_added(spec["description"])}
    assert len(specs) < len(properties)
    for name in specs.keys() - added:
        assert types(specs[name]) == types(properties[name]), name


def types(spec: dict[str, Any]) -> tuple[set[str], str | None]:
    names = {spec["type"]} if isinstance(spec["type"], str) else {*spec["type"]}
    return names - {"null"}, spec.get("format")


def is_added(description: str) -> bool:
    return "added by the tap" in description


def test_only_the_case_of_a_spelling_differs() -> None:
    named = {name for fields in FIELDS.values() for name in fields}
    for variant, spelling in SPELLINGS.items():
        assert variant != spelling
        assert variant.casefold() == spelling.casefold()
        assert variant in named


def test_the_table_of_fields_names_only_resources_of_streams() -> None:
    assert FIELDS.keys() <= {*RESOURCES.values()}
    assert sum(map(len, FAMILIES)) == len(FIELDS)
