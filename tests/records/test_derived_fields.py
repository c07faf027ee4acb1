from __future__ import annotations

import contextlib
import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from tap_mailjet.records.derived_fields import EVENT_NAMES, event_name, properties, timestamps
from tap_mailjet.singer.unsubscription_stream import UnsubscriptionStream
from tap_mailjet.streams.registry import STREAMS
from tap_mailjet.tap import TapMailjet
from tests.helpers import catalog_of
from tests.streams.test_schemas import properties_of
from tests.support.metadata import METADATA

if TYPE_CHECKING:
    from requests_mock import Mocker

    from tap_mailjet.sandbox import Sandbox


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
    [(name, made)] = timestamps("EventAt").items()
    assert name == "EventTimestamp"
    assert made({"EVENTAT": 1602138995}) == 1602138995


def test_timestamp_has_the_name_of_its_field_without_at() -> None:
    assert list(timestamps("RequestAt", "SendTimeStart", "LastActivity")) == [
        "RequestTimestamp",
        "SendTimeStartTimestamp",
        "LastActivityTimestamp",
    ]


@pytest.mark.parametrize("unset", [0, "0", "", None])
def test_timestamp_of_unset_seconds_is_null(unset: object) -> None:
    [made] = timestamps("JobEnd").values()
    assert made({"JobEnd": unset}) is None
    assert made({}) is None


def test_every_field_in_unix_seconds_has_a_timestamp_beside_it() -> None:
    found = []
    for stream in STREAMS:
        fields = properties_of(vars(stream)["name"])
        for field, spec in fields.items():
            if spec.get("x-unit") == "unix-seconds":
                [name] = timestamps(field)
                assert fields[name]["format"] == "date-time"
                assert fields[name]["type"] == ["string", "null"]
                assert name in stream.derived_fields
                found.append((vars(stream)["name"], field))
    assert len(found) == 11
    assert len({stream for stream, _ in found}) == 6


SIGNUPS = "https://mailjet.test/v3/REST/contactslistsignup"


@pytest.mark.parametrize(
    ("on_wire", "seconds", "timestamp"),
    [
        (1602138995, 1602138995, "2020-10-08T06:36:35Z"),
        ("1602138995", 1602138995, "2020-10-08T06:36:35Z"),
        (0, 0, None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_record_has_seconds_and_timestamp(
    requests_mock: Mocker, on_wire: object, seconds: int | None, timestamp: str | None
) -> None:
    row = {"ID": 7, "SignupAt": on_wire, "ConfirmAt": 1602138995}
    requests_mock.get(SIGNUPS, json={"Count": 1, "Total": 1, "Data": [row]})
    tap = TapMailjet(
        config={"api_url": "https://mailjet.test", "api_key": "k", "api_secret": "the-secret"},
        catalog=catalog_of("contact_list_signups"),
    )
    with contextlib.redirect_stdout(io.StringIO()) as written:
        tap.sync_all()
    messages = [json.loads(line) for line in written.getvalue().splitlines()]
    [record] = [one["record"] for one in messages if one["type"] == "RECORD"]
    assert (record["SignupAt"], record["SignupTimestamp"]) == (seconds, timestamp)
    assert record["ConfirmTimestamp"] == "2020-10-08T06:36:35Z"


def test_sandbox_does_not_return_the_fields_that_the_tap_adds(small: Sandbox) -> None:
    for stream in STREAMS:
        # The rows of ended subscriptions are those of another resource.
        is_joined = issubclass(stream, UnsubscriptionStream)
        if stream.derived_fields and "{" not in stream.resource and not is_joined:
            rows = small.rows(stream.resource)
            assert rows
            assert not rows[0].keys() & stream.derived_fields.keys(), stream
