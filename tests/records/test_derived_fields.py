from __future__ import annotations

from typing import Any

import pytest

from tap_mailjet.records.derived_fields import EVENT_NAMES, event_name, event_timestamp, properties
from tests.support.metadata import METADATA


@pytest.mark.parametrize(
    ("data", "made"),
    [
        (
            [{"Name": "age", "Value": "40"}, {"Name": "vip", "Value": True}],
            {"age": "40", "vip": True},
        ),
        ([], {}),
        ([{"Name": "age"}], {"age": None}),
        ([{"Value": "of nothing"}], {}),
        ([5, None, "Name", {"Name": "age", "Value": 40}], {"age": 40}),
        ("", None),
        (None, None),
    ],
)
def test_list_of_names_and_values_becomes_an_object(data: Any, made: Any) -> None:
    assert properties({"Data": data}) == made


def test_every_event_of_mailjets_has_a_name_of_its_own() -> None:
    types = METADATA["messagehistory"]["allowed"]["EventType"]
    names = [event_name({"EventType": one}) for one in types]
    assert len(types) == 11
    assert {*names} == {*EVENT_NAMES.values()}
    assert len({*names}) == len(types)


def test_event_that_is_new_has_no_name() -> None:
    assert event_name({"EventType": "teleported"}) is None
    assert event_name({}) is None


def test_added_fields_are_made_whatever_the_case_of_the_fields_on_the_wire() -> None:
    assert properties({"data": [{"Name": "age", "Value": 40}]}) == {"age": 40}
    assert event_name({"eventtype": "sent"}) == "Email Delivered"
    assert event_timestamp({"EVENTAT": 1602138995}) == 1602138995


def test_timestamp_of_an_event_is_its_unix_seconds_to_be_typed() -> None:
    assert event_timestamp({"EventAt": 1602138995}) == 1602138995
