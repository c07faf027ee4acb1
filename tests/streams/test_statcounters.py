"""statcounters against the sandbox, for each combination that Mailjet allows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_mailjet.sandbox import Quirks
from tap_mailjet.singer.sync_report import IncompleteSyncError
from tests.helpers import UNTIL, as_set, sync
from tests.support.resuming import attempt, refused

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests_mock

    from tap_mailjet.sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("_sandbox_is_direct")
# Three days before the end of the account's history: slices of five minutes are many.
START = "2026-04-28T07:10:00Z"
COMBINATIONS = [
    ("APIKey", "Message", "Day"),
    ("APIKey", "Event", "Day"),
    ("APIKey", "Event", "Hour"),
    ("APIKey", "Event", "Highest"),
    ("APIKey", "Message", "Lifetime"),
    ("Campaign", "Message", "Day"),
    ("Campaign", "Event", "Hour"),
    ("Campaign", "Message", "Lifetime"),
    ("List", "Message", "Lifetime"),
    ("Sender", "Message", "Day"),
    ("Sender", "Message", "Lifetime"),
]
SECONDS = {"Day": 86400, "Hour": 3600, "Highest": 300}


def given(combination: tuple[str, str, str]) -> dict[str, Any]:
    names = ("counter_source", "counter_timing", "counter_resolution")
    return dict(zip(names, combination, strict=True))


def held(sandbox: Sandbox, combination: tuple[Any, Any, Any]) -> list[dict[str, Any]]:
    """What the sandbox counts, with the fields that the tap adds, from the slice of START on."""
    source, timing, resolution = combination
    added = {
        "CounterSource": source,
        "CounterTiming": timing,
        "CounterResolution": resolution,
    }
    rows = sandbox.counters(source=source, timing=timing, resolution=resolution)
    if resolution == "Lifetime":
        return [{**row, **added, "Timeslice": None} for row in rows]
    first = {"Day": "2026-04-28T00:00:00Z", "Hour": "2026-04-28T07:00:00Z"}.get(resolution, START)
    return [{**row, **added} for row in rows if row["Timeslice"] >= first]


@pytest.mark.parametrize("combination", COMBINATIONS, ids="-".join)
@pytest.mark.parametrize("values", ["typed", "strings"])
def test_counters_are_what_the_account_counts(
    sandbox: Sandbox, combination: tuple[str, str, str], values: Any
) -> None:
    sandbox.quirks = Quirks(values=values)
    records = sync(sandbox, "statcounters", start_date=START, **given(combination)).records
    expected = held(sandbox, combination)
    assert expected
    assert as_set(records["statcounters"]) == as_set(expected)
    assert {request.status for request in sandbox.requests} == {200}


@pytest.mark.parametrize(
    ("combination", "setting"),
    [
        (("Campaign", "Message", "Day"), "campaign_ids"),
        (("List", "Message", "Lifetime"), "contact_list_ids"),
        (("Sender", "Message", "Day"), "sender_ids"),
    ],
)
def test_sources_can_be_chosen_by_id(
    sandbox: Sandbox, combination: tuple[str, str, str], setting: str
) -> None:
    expected = held(sandbox, combination)
    chosen = expected[0]["SourceID"]
    asked = {**given(combination), setting: [chosen], "start_date": START}
    records = sync(sandbox, "statcounters", **asked).records["statcounters"]
    assert as_set(records) == as_set(row for row in expected if row["SourceID"] == chosen)
    assert {request.resource for request in sandbox.requests} == {"statcounters"}


def test_no_range_is_wider_than_mailjet_allows(sandbox: Sandbox) -> None:
    sync(sandbox, "statcounters", start_date="2025-01-01", counter_resolution="Day")
    assert len(sandbox.requests) > 5
    assert {request.status for request in sandbox.requests} == {200}


def test_slices_come_in_order_and_the_next_sync_reads_the_open_one_again(
    sandbox: Sandbox,
) -> None:
    sandbox.clock.set(UNTIL - timedelta(hours=30))
    first = sync(sandbox, "statcounters", start_date="2026-04-01", lookback_window=0)
    slices = [record["Timeslice"] for record in first.records["statcounters"]]
    assert slices == sorted(slices)
    assert slices[-1] == "2026-04-30T00:00:00Z"

    sandbox.clock.set(UNTIL)
    second = sync(
        sandbox, "statcounters", state=first.state, start_date="2026-04-01", lookback_window=0
    )
    again = second.records["statcounters"]
    assert [record["Timeslice"] for record in again] == [
        "2026-04-30T00:00:00Z",
        "2026-05-01T00:00:00Z",
    ]
    (before,) = (one for one in first.records["statcounters"] if one["Timeslice"] == slices[-1])
    assert again[0]["Total"] > before["Total"]


def test_campaign_is_not_asked_for_before_it_was_made(sandbox: Sandbox) -> None:
    sync(sandbox, "statcounters", start_date="2024-01-01", counter_source="Campaign")
    asked = [one.params for one in sandbox.requests if one.resource == "statcounters"]
    made = {str(row["ID"]): row["CreatedAt"] for row in sandbox.rows("campaign")}
    assert len(asked) > len(made)
    assert all(params["ToTS"] > made[params["SourceID"]] for params in asked)


def test_lifetime_counters_are_a_full_table_without_a_slice_in_the_key(sandbox: Sandbox) -> None:
    run = sync(
        sandbox,
        "statcounters",
        counter_timing="Message",
        counter_resolution="Lifetime",
    )
    assert len(run.records["statcounters"]) == 1
    assert run.state["bookmarks"]["statcounters"] == {}


def test_counters_that_never_add_up_are_an_error_that_says_so(
    requests_mock: requests_mock.Mocker, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [{"Timeslice": f"2026-04-2{day}T00:00:00Z", "APIKeyID": 1} for day in range(8, 10)]

    def answer(request: Any, _context: Any) -> dict[str, Any]:
        if "countonly" in request.qs:
            return {"Count": 0, "Data": [], "Total": 99}
        data = rows[int(request.qs["offset"][0]) :][:2]
        return {"Count": len(data), "Data": data, "Total": len(data)}

    requests_mock.get(f"{sandbox.url}/v3/REST/statcounters", json=answer)
    with pytest.raises(IncompleteSyncError, match="statcounters"):
        sync(sandbox, "statcounters", start_date="2026-04-28T00:00:00Z", page_size=2)
    assert (
        "Could not verify a complete read: 2 rows were returned, but countOnly says 99"
        in caplog.text
    )
    assert "[2026-04-28T00:00:00Z, " in caplog.text


def counter_requests(sandbox: Sandbox) -> list[dict[str, str]]:
    return [one.params for one in sandbox.requests if one.resource == "statcounters"]


@pytest.mark.parametrize("combination", COMBINATIONS, ids="-".join)
def test_each_request_has_a_range_unless_it_is_for_a_lifetime(
    own_sandbox: Sandbox, combination: tuple[str, str, str]
) -> None:
    sync(own_sandbox, "statcounters", start_date=START, page_size=20, **given(combination))
    bounds = {frozenset(one) & {"FromTS", "ToTS"} for one in counter_requests(own_sandbox)}
    is_lifetime = combination[2] == "Lifetime"
    assert bounds == ({frozenset()} if is_lifetime else {frozenset({"FromTS", "ToTS"})})


def source_is(*numbers: int) -> Callable[[str, dict[str, str]], bool]:
    """Want the requests for the counters of some sources refused."""
    return lambda _, params: params.get("SourceID") in {*map(str, numbers)}


@pytest.mark.parametrize("resolution", ["Day", "Lifetime"])
def test_source_that_mailjet_does_not_know_is_skipped_and_named(
    own_sandbox: Sandbox, caplog: pytest.LogCaptureFixture, resolution: str
) -> None:
    combination = ("Campaign", "Message", resolution)
    asked = {**given(combination), "start_date": "2026-04-01"}
    whole = sync(own_sandbox, "statcounters", **asked).records["statcounters"]
    unknown = whole[0]["SourceID"]
    with refused(404, source_is(unknown)):
        run, error = attempt(own_sandbox, "statcounters", **asked)
    assert error is None
    others = [row for row in whole if row["SourceID"] != unknown]
    assert len(others) > 3
    assert as_set(run.records["statcounters"]) == as_set(others)
    number = len(own_sandbox.rows("campaign"))
    assert f"statcounters: skipped 1 of {number} sources" in caplog.text
    assert f"Campaign {unknown}." in caplog.text


@pytest.mark.parametrize("setting", ["APIKey", "Campaign", "Sender"])
def test_counters_that_are_404_for_all_sources_are_a_failure(
    own_sandbox: Sandbox, setting: str
) -> None:
    combination = (setting, "Message", "Day")
    with refused(404, lambda resource, _: resource == "statcounters"):
        run, error = attempt(own_sandbox, "statcounters", start_date=START, **given(combination))
    assert "1 of 1 streams failed: statcounters" in str(error)
    assert "replication_key_value" not in run.state["bookmarks"]["statcounters"]


@pytest.mark.parametrize("status", [400, 403, 404])
def test_source_that_fails_in_the_middle_holds_the_bookmark(
    own_sandbox: Sandbox, status: int
) -> None:
    # Two windows of 99 days; the second one of a campaign is refused.
    asked = {**given(("Campaign", "Message", "Day")), "start_date": "2026-01-10"}
    asked |= {"end_date": "2026-05-01T12:00:00Z", "lookback_window": 0}
    whole = sync(own_sandbox, "statcounters", **asked).records["statcounters"]
    cut = "2026-04-19T00:00:00Z"
    assert {row["Timeslice"] < cut for row in whole} == {True, False}
    number = min(row["SourceID"] for row in whole)

    def wanted(_: str, params: dict[str, str]) -> bool:
        return params.get("SourceID") == str(number) and params["FromTS"] >= "2026-04-18"

    with refused(status, wanted) as paths:
        run, error = attempt(own_sandbox, "statcounters", **asked)
    assert paths
    assert "1 of 1 streams failed: statcounters" in str(error)
    first = run.records["statcounters"]
    assert run.state["bookmarks"]["statcounters"]["replication_key_value"] < cut
    again = sync(own_sandbox, "statcounters", state=run.state, **asked).records["statcounters"]
    assert as_set([*first, *again]).keys() == as_set(whole).keys()
