"""Facts of the live API: statcounters and enumerations; and options for what may be otherwise."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tap_mailjet.sandbox import Quirks
from tap_mailjet.sandbox.api.paging import CAP, HUGE
from tests.sandbox.api import UNTIL, Api, parse, same, wire
from tests.sandbox.facts import fact
from tests.sandbox.test_facts_rows import METADATA

DAYS: dict[str, Any] = {
    "CounterSource": "APIKey",
    "CounterTiming": "Event",
    "CounterResolution": "Day",
}
LIFETIME: dict[str, Any] = {
    "CounterSource": "APIKey",
    "CounterTiming": "Message",
    "CounterResolution": "Lifetime",
}
LISTED = ["message", "openinformation", "contact", "statcounters"]


def more(resource: str) -> dict[str, Any]:
    return dict(DAYS) if resource == "statcounters" else {}


@fact("statcounters needs CounterSource, CounterTiming and CounterResolution.")
def test_counters_need_three_parameters(api: Api) -> None:
    assert api.rows("statcounters", **DAYS)
    for name in DAYS:
        rest = {other: value for other, value in DAYS.items() if other != name}
        assert f'"{name}"' in api.refused("statcounters", **rest)


@fact("Message timing counts on the day of the message, Event timing on that of the event.")
def test_timing_decides_the_day_that_counts(api: Api) -> None:
    opens = api.sandbox.rows("openinformation")
    for timing, at in (("Event", "OpenedAt"), ("Message", "ArrivedAt")):
        rows = api.rows("statcounters", **{**DAYS, "CounterTiming": timing})
        days = {row["Timeslice"][:10]: row["EventOpenedCount"] for row in rows}
        day = max(day for day, count in days.items() if count)
        assert days[day] == sum(row[at].startswith(day) for row in opens)


@fact(
    "A range of statcounters may span 100 times the resolution: 100 days, 100 hours, 500 minutes."
)
@pytest.mark.parametrize(
    ("resolution", "span"),
    [
        ("Day", timedelta(days=100)),
        ("Hour", timedelta(hours=100)),
        ("Highest", timedelta(minutes=500)),
    ],
)
def test_range_of_counters_is_limited(api: Api, resolution: str, span: timedelta) -> None:
    asked = {**DAYS, "CounterResolution": resolution, "ToTS": wire(UNTIL)}
    assert api.body("statcounters", **asked, FromTS=wire(UNTIL - span))
    too_far = wire(UNTIL - span - timedelta(seconds=1))
    assert "more than 100 times" in api.refused("statcounters", **asked, FromTS=too_far)


@fact("Lifetime goes with neither FromTS nor ToTS, and not with Event timing.")
@pytest.mark.parametrize("given", [{"FromTS": 1}, {"ToTS": 1}, {"CounterTiming": "Event"}])
def test_lifetime_takes_no_range_and_no_event_timing(api: Api, given: dict[str, Any]) -> None:
    assert "Lifetime" in api.refused("statcounters", **{**LIFETIME, **given})


@fact("List goes with Message timing and Lifetime only, Sender with Message timing only.")
def test_sources_go_with_some_timings_and_resolutions(api: Api) -> None:
    for source, number in (("List", 10_001), ("Sender", 101)):
        asked = {**LIFETIME, "CounterSource": source, "SourceID": number}
        assert api.rows("statcounters", **asked)
        refused = {**asked, "CounterTiming": "Event", "CounterResolution": "Day"}
        assert f"CounterSource {source}" in api.refused("statcounters", **refused)


@fact("FromTS of statcounters means later than, ToTS before or equal.")
def test_range_of_counters_is_open_below_and_closed_above(api: Api) -> None:
    slices = [row["Timeslice"] for row in api.rows("statcounters", **DAYS)]
    found = api.rows("statcounters", **DAYS, FromTS=slices[1], ToTS=slices[4])
    assert [row["Timeslice"] for row in found] == slices[2:5]


@fact("Timeslice is the start of the slice, and an empty string for Lifetime.")
def test_timeslice_is_the_start_of_the_slice(api: Api) -> None:
    times = [parse(row["Timeslice"]) for row in api.rows("statcounters", **DAYS)]
    assert all(at.timestamp() % 86_400 == 0 for at in times)
    assert [row["Timeslice"] for row in api.rows("statcounters", **LIFETIME)] == [""]


@fact("Statuses of messages and types of events are those that the metadata lists.")
def test_statuses_and_event_types_are_those_of_the_metadata(api: Api) -> None:
    listed = METADATA["messagehistory"]["allowed"]["EventType"]
    history = api.sandbox.children("messagehistory").values()
    assert {row["EventType"] for rows in history for row in rows} <= {*listed}
    statuses = {row["Status"] for row in api.sandbox.rows("message")}
    assert statuses <= {*METADATA["message"]["allowed"]["Status"]}
    # What the metadata lists and no message of a sandbox has.
    assert {*METADATA["message"]["allowed"]["Status"]} - statuses == {"processed", "unknown"}


@fact("A StateID from 1 to 21 says why a message bounced or was blocked.")
def test_states_are_from_1_to_21(api: Api) -> None:
    assert [row["ID"] for row in api.rows("messagestate")] == [*range(1, 22)]
    assert {row["StateID"] for row in api.rows("bouncestatistics")} <= {*range(1, 22)}


@fact("Total of a page may count the whole result; that it lies was not seen.")
@pytest.mark.parametrize("resource", LISTED)
def test_total_counts_the_page_the_result_or_far_too_many(api: Api, resource: str) -> None:
    whole = len(api.rows(resource, **more(resource)))
    assert whole > 6
    for total, expected in (("page", 6), ("result", whole), ("huge", 6 + HUGE)):
        api.sandbox.quirks = Quirks(total=total)  # type: ignore[arg-type]
        assert api.body(resource, Limit=6, **more(resource))["Total"] == expected


@fact("Whether countOnly and countRecords are always honoured and right is not documented.")
@pytest.mark.parametrize("name", ["countOnly", "countRecords"])
@pytest.mark.parametrize(
    ("kind", "expected"), [("honoured", None), ("zero", 0), ("negative", -1), ("unfiltered", ...)]
)
def test_counts_may_be_wrong(api: Api, name: str, kind: Any, expected: Any) -> None:
    matching, everything = len(api.rows("message", FromType=2)), len(api.rows("message"))
    option = {"countOnly": "count_only", "countRecords": "count_records"}[name]
    api.sandbox.quirks = Quirks(**{option: kind})
    body = api.body("message", FromType=2, Limit=3, **{name: 1})
    assert body["Total"] == {None: matching, ...: everything}.get(expected, expected)
    assert len(body["Data"]) == (0 if name == "countOnly" else 3)


@pytest.mark.parametrize("name", ["countOnly", "countRecords"])
def test_counts_may_be_ignored_or_refused(api: Api, name: str) -> None:
    option = {"countOnly": "count_only", "countRecords": "count_records"}[name]
    api.sandbox.quirks = Quirks(**{option: "ignored"})  # type: ignore[arg-type]
    assert api.body("message", Limit=3, **{name: 1}) == api.body("message", Limit=3)
    api.sandbox.quirks = Quirks(**{option: "refused"})  # type: ignore[arg-type]
    assert f'"{name}"' in api.refused("message", **{name: 1})
    assert api.body("message", Limit=3)["Total"] == 3


@fact("The highest Offset is not documented.")
@pytest.mark.parametrize("resource", ["message", "contacthistorydata"])
def test_offset_beyond_a_limit_is_refused_empty_or_clamped(api: Api, resource: str) -> None:
    at_limit = api.body(resource, Limit=20, Offset=CAP)
    beyond = api.body(resource, Limit=20, Offset=CAP + 1)
    assert beyond != at_limit
    api.sandbox.quirks = Quirks(offset="refused")
    assert api.body(resource, Limit=20, Offset=CAP) == at_limit
    assert '"Offset"' in api.refused(resource, Limit=20, Offset=CAP + 1)
    api.sandbox.quirks = Quirks(offset="empty")
    assert api.body(resource, Limit=20, Offset=CAP) == at_limit
    assert api.body(resource, Limit=20, Offset=CAP + 1)["Data"] == []
    api.sandbox.quirks = Quirks(offset="clamped")
    assert api.body(resource, Limit=20, Offset=CAP + 1) == at_limit


@fact("A server that ignores Offset returns the first page each time; a client has seen that.")
def test_offset_may_be_ignored(api: Api) -> None:
    first = api.body("message", Limit=20)
    api.sandbox.quirks = Quirks(offset="ignored")
    assert api.body("message", Limit=20, Offset=40) == first


@fact("Whether a page always has as many rows as Limit and the result allow is not documented.")
@pytest.mark.parametrize("resource", [*LISTED[:-1], "listrecipient"])
def test_rows_may_be_hidden_after_the_limit_was_applied(api: Api, resource: str) -> None:
    whole = api.rows(resource)
    api.sandbox.quirks = Quirks(hidden_rows="some", total="result")
    found, lengths, offset = [], [], 0
    while offset < len(whole) * 5 // 4 + 1:
        body = api.body(resource, Limit=20, Offset=offset)
        assert body["Total"] == len(whole)
        found += body["Data"]
        lengths.append(len(body["Data"]))
        offset += 20
    assert found == whole
    assert {*lengths[:-2]} == {16}
    api.sandbox.quirks = Quirks(hidden_rows="first", total="result")
    assert api.body(resource, Limit=1000) == {"Count": 0, "Data": [], "Total": len(whole)}
    assert api.body(resource, Limit=20, Offset=1000)["Data"] == whole[:20]
    assert api.body(resource, countOnly=1)["Total"] == len(whole)


@fact("Whether a server may cap its pages below Limit is not documented.")
def test_pages_may_be_capped(api: Api) -> None:
    whole = api.rows("message")
    api.sandbox.quirks = Quirks(limit="capped")
    assert api.body("message", Limit=1000, Offset=50)["Data"] == whole[50 : 50 + CAP]
    assert api.body("message", Limit=0)["Data"] == whole[:CAP]


@fact("The envelope of an empty result is not documented beyond the empty list.")
@pytest.mark.parametrize(
    ("kind", "data", "total"),
    [("list", [], 0), ("null_data", None, 0), ("null_total", [], None), ("null", None, None)],
)
def test_empty_result_may_have_nulls(api: Api, kind: Any, data: Any, total: Any) -> None:
    full = api.body("message")
    api.sandbox.quirks = Quirks(empty_result=kind)
    expected = {"Count": 0, "Data": data, "Total": total}
    assert api.body("message", CampaignID=1) == expected
    assert api.body("message", CampaignID=1, countOnly=1) == expected
    assert api.body("statcounters", **DAYS, FromTS=1, ToTS=2) == expected
    assert api.body("message") == full
    assert api.body("message", countOnly=1)["Data"] == []


@fact("The order of rows without Sort is not documented.")
def test_rows_may_come_in_any_order(api: Api) -> None:
    plain = api.rows("message")
    api.sandbox.quirks = Quirks(order="shuffled")
    assert same(api.rows("message"), plain)
    assert api.rows("message") != plain


@fact("Whether rows of deleted campaigns are listed and counted is not documented.")
def test_rows_of_deleted_campaigns_may_be_hidden(api: Api) -> None:
    whole, kept = api.rows("clickstatistics"), api.rows("clickstatistics", IsDeleted="false")
    api.sandbox.quirks = Quirks(deleted_events="hidden")
    assert same(api.rows("clickstatistics"), kept)
    assert len(kept) < len(whole)


@fact("Fields may be added at any time.")
def test_rows_may_have_an_unknown_field(api: Api) -> None:
    api.sandbox.quirks = Quirks(extra_field=True)
    assert api.body("message")["Data"][0]["IsSandboxed"] is True


@pytest.mark.parametrize(
    "quirks",
    [
        Quirks(hidden_rows="some", total="huge", offset="clamped", limit="capped"),
        Quirks(count_only="zero", count_records="negative", empty_result="null"),
        Quirks(event_bounds="refused", anonymized="hidden", user_agent_event="refused"),
    ],
)
@pytest.mark.parametrize("resource", ["message", "contact", "useragentstatistics", "campaign"])
def test_truth_is_the_whole_account_whatever_the_options(
    api: Api, quirks: Quirks, resource: str
) -> None:
    plain = api.sandbox.rows(resource)
    api.sandbox.quirks = quirks
    assert api.sandbox.rows(resource) == plain != []
