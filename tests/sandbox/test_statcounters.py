from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_mailjet.sandbox import Quirks
from tests.fields import FIELDS
from tests.sandbox.api import UNTIL, Api, Row, parse, same, wire

if TYPE_CHECKING:
    from collections.abc import Iterable

STEPS = {
    "Highest": timedelta(minutes=5),
    "Hour": timedelta(hours=1),
    "Day": timedelta(days=1),
}


def query(source: str, timing: str, resolution: str, **more: Any) -> dict[str, Any]:
    return {
        "CounterSource": source,
        "CounterTiming": timing,
        "CounterResolution": resolution,
        "Limit": 1000,
        **more,
    }


def listed(numbers: Iterable[int]) -> str:
    return ",".join(map(str, numbers))


def ask(api: Api, *args: str, **more: Any) -> list[Row]:
    rows: list[Row] = api.body("statcounters", **query(*args, **more))["Data"]
    return rows


@pytest.mark.parametrize("timing", ["Message", "Event"])
@pytest.mark.parametrize("resolution", ["Day", "Hour", "Highest"])
@pytest.mark.parametrize("source", ["APIKey", "Campaign"])
def test_counters_agree_with_the_truth(api: Api, source: str, timing: str, resolution: str) -> None:
    chosen: dict[str, Any] = {}
    if source == "Campaign":
        chosen = {"SourceIDs": listed(row["ID"] for row in api.sandbox.rows("campaign"))}
    low = UNTIL - 90 * STEPS[resolution]
    truth = api.sandbox.counters(source=source, timing=timing, resolution=resolution)  # type: ignore[arg-type]
    expected = [r for r in truth if low < parse(r["Timeslice"]) <= UNTIL]
    found = ask(api, source, timing, resolution, FromTS=wire(low), **chosen)
    assert same(found, expected)


@pytest.mark.parametrize("source", ["APIKey", "Campaign", "List", "Sender"])
def test_lifetime_counters_agree_with_the_truth(api: Api, source: str) -> None:
    truth = api.sandbox.counters(source=source, timing="Message", resolution="Lifetime")  # type: ignore[arg-type]
    chosen = {} if source == "APIKey" else {"SourceIDs": listed(row["SourceID"] for row in truth)}
    found = ask(api, source, "Message", "Lifetime", **chosen)
    assert same(found, truth)
    assert {row["Timeslice"] for row in found} == {""}
    assert sorted(found[0]) == sorted(FIELDS["statcounters"])


def test_the_sums_are_those_of_the_events(api: Api) -> None:
    opens, clicks = (api.sandbox.rows(name) for name in ("openinformation", "clickstatistics"))
    messages = api.sandbox.rows("message")
    statuses = Counter(row["Status"] for row in messages)
    row = ask(api, "APIKey", "Message", "Lifetime")[0]
    assert row["EventOpenedCount"] == len(opens) > row["MessageOpenedCount"]
    assert row["MessageOpenedCount"] == len({r["MessageID"] for r in opens})
    assert row["EventClickedCount"] == len(clicks) > row["MessageClickedCount"]
    assert row["EventClickDelay"] == sum(r["ClickedDelay"] for r in clicks)
    assert row["Total"] == len(messages)
    assert row["MessageQueuedCount"] == statuses["queued"] > 0
    assert row["MessageDeferredCount"] == statuses["deferred"] > 0
    assert row["MessageBlockedCount"] == statuses["blocked"] > 0
    assert row["MessageUnsubscribedCount"] == statuses["unsub"] > 0
    assert row["MessageSpamCount"] == statuses["spam"] > 0
    assert not [name for name in FIELDS["statcounters"] if name != "Timeslice" and not row[name]]


def test_timing_decides_the_slice_a_thing_counts_in(api: Api) -> None:
    opens = Counter(r["OpenedAt"][:10] for r in api.sandbox.rows("openinformation"))
    arrivals = Counter(r["ArrivedAt"][:10] for r in api.sandbox.rows("openinformation"))
    for timing, expected in (("Event", opens), ("Message", arrivals)):
        rows = ask(api, "APIKey", timing, "Day")
        found = {r["Timeslice"][:10]: r["EventOpenedCount"] for r in rows if r["EventOpenedCount"]}
        recent = {day: n for day, n in expected.items() if day > "2026-02-01"}
        assert found == recent
        assert found


def test_the_range_is_open_below_and_closed_above_whatever_the_quirks(api: Api) -> None:
    slices = sorted(row["Timeslice"] for row in ask(api, "APIKey", "Message", "Day"))
    assert len(slices) > 10
    low, high = slices[2], slices[8]
    for quirks in (Quirks(), Quirks(lower_bound="inclusive", upper_bound="exclusive")):
        api.sandbox.quirks = quirks
        rows = ask(api, "APIKey", "Message", "Day", FromTS=low, ToTS=high)
        assert sorted(row["Timeslice"] for row in rows) == slices[3:9]


def test_without_a_range_the_last_hundred_slices_are_counted(api: Api) -> None:
    truth = api.sandbox.counters(source="APIKey", timing="Message", resolution="Hour")
    for up_to, params in (
        (UNTIL, {}),
        (UNTIL - timedelta(days=9), {"ToTS": wire(UNTIL - timedelta(days=9))}),
    ):
        after = up_to - timedelta(hours=100)
        expected = [row for row in truth if after < parse(row["Timeslice"]) <= up_to]
        assert len(expected) < len(truth)
        assert same(ask(api, "APIKey", "Message", "Hour", **params), expected)


def test_sources_are_named_one_by_one_or_in_a_list(api: Api) -> None:
    ids = [row["ID"] for row in api.sandbox.rows("campaign")][:3]
    found = ask(api, "Campaign", "Message", "Lifetime", SourceIDs=listed(ids))
    assert [row["SourceID"] for row in found] == ids
    one = ask(api, "Campaign", "Message", "Lifetime", SourceID=ids[1])
    assert one == found[1:2]
    assert ask(api, "APIKey", "Message", "Lifetime", SourceID=found[0]["APIKeyID"])


def test_counters_come_in_pages(api: Api) -> None:
    whole = ask(api, "APIKey", "Message", "Day")
    assert len(whole) > 10
    first = api.body("statcounters", **query("APIKey", "Message", "Day", Limit=10))["Data"]
    rest = api.body("statcounters", **query("APIKey", "Message", "Day", Offset=10))["Data"]
    assert first + rest == whole
    body = api.body("statcounters", **query("APIKey", "Message", "Day", countOnly=1))
    assert body == {"Count": len(whole), "Data": [], "Total": len(whole)}
    assert ask(api, "APIKey", "Message", "Day", Sort="ID") == whole
    refused = api.refused("statcounters", **query("APIKey", "Message", "Day", Sort="Timeslice"))
    assert refused == "Cannot sort on field Timeslice."


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({}, "CounterSource"),
        ({"CounterSource": "APIKey", "CounterTiming": "Event"}, "CounterResolution"),
        (query("Everything", "Event", "Day"), "CounterSource"),
        (query("APIKey", "Later", "Day"), "CounterTiming"),
        (query("APIKey", "Event", "Week"), "CounterResolution"),
        (query("Campaign", "Event", "Day"), "SourceID"),
        (query("Campaign", "Event", "Day", SourceID="x"), "SourceID"),
        (query("APIKey", "Event", "Day", SourceID=1), "SourceID"),
        (query("APIKey", "Event", "Lifetime"), "CounterTiming Event"),
        (query("APIKey", "Message", "Lifetime", FromTS=0), "neither FromTS nor ToTS"),
        (query("APIKey", "Message", "Lifetime", ToTS=0), "neither FromTS nor ToTS"),
        (query("List", "Event", "Day", SourceID=10_001), "CounterSource List"),
        (query("List", "Message", "Day", SourceID=10_001), "CounterSource List"),
        (query("Sender", "Event", "Day", SourceID=101), "CounterSource Sender"),
        (query("APIKey", "Event", "Day", FromTS=0, ToTS=8_640_001), "100 times Day"),
        (query("APIKey", "Event", "Highest", FromTS=0, ToTS=30_001), "100 times Highest"),
    ],
)
def test_a_query_against_the_rules_is_refused_in_words(
    api: Api, params: dict[str, Any], said: str
) -> None:
    assert said in api.refused("statcounters", **params)


def test_a_range_of_just_a_hundred_slices_is_answered(api: Api) -> None:
    assert ask(api, "APIKey", "Event", "Day", FromTS=0, ToTS=8_640_000) == []
