from __future__ import annotations

import re
from itertools import pairwise

import pytest

from tap_mailjet.sandbox import Quirks
from tests.sandbox.api import EVENT_TIMES, RESOURCES, Api, same


def test_total_is_that_of_the_page_or_of_the_result(api: Api) -> None:
    whole = len(api.rows("message"))
    assert api.body("message", Limit=5)["Total"] == 5
    api.sandbox.quirks = Quirks(total="result")
    body = api.body("message", Limit=5)
    assert (body["Count"], body["Total"]) == (5, whole)


def test_a_page_may_have_a_hundred_rows_at_most_whatever_is_asked_for(api: Api) -> None:
    whole = api.rows("message")
    assert len(whole) > 1000
    api.sandbox.quirks = Quirks(limit="capped", total="result")
    body = api.body("message", Limit=1000, Offset=50)
    assert (body["Count"], body["Total"]) == (100, len(whole))
    assert body["Data"] == whole[50:150]
    assert len(api.body("message", Limit=99)["Data"]) == 99
    api.sandbox.quirks = Quirks(limit="capped")
    assert api.body("message", Limit=1000)["Total"] == 100


@pytest.mark.parametrize("resource", ["message", "clickstatistics", "contact"])
def test_every_page_may_be_the_first(api: Api, resource: str) -> None:
    first = api.body(resource, Limit=20)
    assert api.body(resource, Limit=20, Offset=20) != first
    api.sandbox.quirks = Quirks(offset="ignored")
    assert all(api.body(resource, Limit=20, Offset=o) == first for o in (0, 20, 10**9))
    assert '"Offset"' in api.refused(resource, Offset=-1)


@pytest.mark.parametrize("resource", RESOURCES)
def test_values_are_strings_as_the_documentation_shows_them(api: Api, resource: str) -> None:
    typed = api.rows(resource)
    api.sandbox.quirks = Quirks(values="strings")
    strings = api.rows(resource)
    assert len(strings) == len(typed) > 0
    for texts, row in zip(strings, typed, strict=True):
        for name, value in row.items():
            text = str(value).lower() if isinstance(value, bool) else str(value)
            assert texts[name] == text or (texts[name] == "" and value == 0)


def test_absent_numbers_are_empty_as_strings(api: Api) -> None:
    transactional = api.rows("campaign", FromType=1)
    assert transactional
    assert all(row["ListID"] == 0 for row in transactional)
    api.sandbox.quirks = Quirks(values="strings")
    assert all(row["ListID"] == "" for row in api.rows("campaign", FromType=1))
    assert all(row["IsStarred"] == "false" for row in api.rows("campaign", FromType=1))


@pytest.mark.parametrize(("resource", "at"), [*EVENT_TIMES.items(), ("message", "ArrivedAt")])
def test_timestamps_end_in_z_or_not(api: Api, resource: str, at: str) -> None:
    zoned = [row[at] for row in api.rows(resource)]
    assert zoned
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text) for text in zoned)
    api.sandbox.quirks = Quirks(timestamps="naive")
    assert [row[at] + "Z" for row in api.rows(resource)] == zoned


def test_absent_timestamps_are_empty_whatever_the_form(api: Api) -> None:
    for quirks in (Quirks(), Quirks(timestamps="naive")):
        api.sandbox.quirks = quirks
        rows = api.rows("contact")
        for name in ("UnsubscribedAt", "LastActivityAt", "ExclusionFromCampaignsUpdatedAt"):
            assert {row[name] == "" for row in rows} == {True, False}


def test_sort_may_be_refused(api: Api) -> None:
    api.sandbox.quirks = Quirks(sort="refused")
    assert api.refused("message", Sort="ID") == "Cannot sort on field ID."


def test_sort_may_have_no_effect(api: Api) -> None:
    plain = api.rows("message")
    assert api.rows("message", Sort="ID DESC") != plain
    api.sandbox.quirks = Quirks(sort="ignored")
    assert api.rows("message", Sort="ID DESC") == plain


@pytest.mark.parametrize("resource", ["message", "openinformation", "contact"])
def test_rows_may_be_mixed_up_but_the_same_way_each_time(api: Api, resource: str) -> None:
    plain = api.rows(resource)
    api.sandbox.quirks = Quirks(order="shuffled")
    mixed = api.rows(resource, limit=19)
    assert mixed == api.rows(resource, limit=1000)
    assert same(mixed, plain)
    steps = [left["ID"] <= right["ID"] for left, right in pairwise(mixed)]
    assert 0.25 < sum(steps) / len(steps) < 0.75


@pytest.mark.parametrize("resource", ["campaign", "contactslist"])
def test_the_deleted_are_hidden_or_shown_unless_asked_for(api: Api, resource: str) -> None:
    deleted, kept = (api.rows(resource, IsDeleted=flag) for flag in ("true", "false"))
    assert deleted
    assert same(api.rows(resource), kept)
    api.sandbox.quirks = Quirks(deleted="shown")
    assert same(api.rows(resource), deleted + kept)
    assert same(api.rows(resource, IsDeleted="false"), kept)


@pytest.mark.parametrize("resource", EVENT_TIMES)
def test_events_of_deleted_campaigns_are_shown_or_hidden(api: Api, resource: str) -> None:
    deleted, kept = (api.rows(resource, IsDeleted=flag) for flag in ("true", "false"))
    assert deleted
    assert same(api.rows(resource), deleted + kept)
    api.sandbox.quirks = Quirks(deleted_events="hidden")
    assert same(api.rows(resource), kept)
    assert same(api.rows(resource, IsDeleted="true"), deleted)


@pytest.mark.parametrize("resource", [*RESOURCES, "statcounters"])
def test_rows_may_have_a_field_that_no_schema_knows(api: Api, resource: str) -> None:
    params = {"CounterSource": "APIKey", "CounterTiming": "Message", "CounterResolution": "Day"}
    chosen = params if resource == "statcounters" else {}
    plain = api.body(resource, **chosen)["Data"]
    api.sandbox.quirks = Quirks(extra_field=True)
    rows = api.body(resource, **chosen)["Data"]
    assert [set(row) - set(plain[0]) for row in rows] == [{"IsSandboxed"}] * len(plain)


def test_the_truth_is_told_the_same_way_whatever_the_quirks(api: Api) -> None:
    plain = api.sandbox.rows("message")
    assert plain
    api.sandbox.quirks = Quirks(values="strings", timestamps="naive", order="shuffled")
    assert api.sandbox.rows("message") == plain


def test_an_unknown_value_of_a_switch_is_refused() -> None:
    with pytest.raises(ValueError, match="total is one of page, result"):
        Quirks(total="all")  # type: ignore[arg-type]


def test_message_status_may_be_ignored(api: Api) -> None:
    whole = api.rows("message")
    api.sandbox.quirks = Quirks(message_status="ignored")
    assert api.rows("message", MessageStatus="3") == whole


def test_list_of_message_statuses_may_select_the_first_or_be_refused(api: Api) -> None:
    first, both = (api.rows("message", MessageStatus=text) for text in ("3", "3,4"))
    assert 0 < len(first) < len(both)
    api.sandbox.quirks = Quirks(message_status_list="first")
    assert api.rows("message", MessageStatus="3,4") == first
    api.sandbox.quirks = Quirks(message_status_list="refused")
    assert '"MessageStatus"' in api.refused("message", MessageStatus="3,4")
    assert api.rows("message", MessageStatus="3") == first
