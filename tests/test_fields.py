"""The fields of the schemas, compared with those that Mailjet's own clients name."""

from __future__ import annotations

import pytest

from tests.fields import FAMILIES, FIELDS
from tests.helpers import RESOURCES, SCHEMAS
from tests.schema_tables import SPELLINGS, WITHHELD

COMPARED = sorted(stream for stream, resource in RESOURCES.items() if resource in FIELDS)


@pytest.mark.parametrize("stream", COMPARED)
def test_schema_has_the_fields_that_mailjet_s_clients_name(stream: str) -> None:
    properties = SCHEMAS.get_schema(stream)["properties"]
    named = {SPELLINGS.get(name, name) for name in FIELDS[RESOURCES[stream]]}
    withheld = WITHHELD.get(stream, set())
    added = {name for name, spec in properties.items() if is_added(spec["description"])}
    assert not named & added
    assert withheld <= named
    assert set(properties) == (named | added) - withheld


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
