"""Campaigns and their statistics after the campaign is older than every lookback."""

from __future__ import annotations

import copy
import functools
import logging
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import requests_mock

from tap_mailjet.sandbox import Clock, Quirks, Sandbox, Size
from tap_mailjet.singer.state_checks import StateError
from tap_mailjet.singer.sync_report import IncompleteSyncError
from tests.helpers import UNTIL, sync, truth
from tests.support.direct import direct
from tests.support.followed_nights import CAMPAIGNS, DAY, Nights
from tests.support.resuming import attempt, refused

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]
HOUR = timedelta(hours=1)


@pytest.fixture
def aged() -> Iterator[Sandbox]:
    """An account whose campaigns began up to a year ago, without activity at the end."""
    size = Size(contacts=40, lists=3, campaigns=16, messages=400, days=90)
    clock = Clock(at=UNTIL + 30 * DAY)
    with Sandbox(size=size, seed=3, until=UNTIL, clock=clock) as sandbox, direct(sandbox):
        yield sandbox


def old_campaign(sandbox: Sandbox) -> Json:
    """Return the oldest campaign that is not deleted."""
    rows = [row for row in sandbox.rows("campaign") if not row["IsDeleted"]]
    return min(rows, key=lambda row: str(row["SendStartAt"]))


def message_of(sandbox: Sandbox, campaign: int) -> int:
    rows = sandbox.rows("message")
    number: int = next(row["ID"] for row in rows if row["CampaignID"] == campaign)
    return number


def click(sandbox: Sandbox, campaign: int, url: str = "https://www.example.com/late") -> None:
    """Add a click on a message of a campaign an hour ago."""
    number = message_of(sandbox, campaign)
    sandbox.add_event("click", message_id=number, at=sandbox.clock.now() - HOUR, url=url)


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"unknown_parameters": "refused"},
        {"lower_bound": "inclusive", "upper_bound": "inclusive"},
        {"activity_bounds": "ignored"},
        {"activity_bounds": "refused"},
        {"deleted": "shown", "deleted_events": "hidden"},
        {"count_only": "refused"},
        {"count_only": "zero", "count_records": "ignored"},
        {"values": "strings", "timestamps": "naive"},
        {"limit": "capped", "order": "shuffled", "sort": "refused"},
    ],
    ids=str,
)
def test_campaigns_and_their_children_equal_the_account_each_morning(odd: Json) -> None:
    size = Size(contacts=40, lists=3, campaigns=12, messages=300, days=90)
    start = UNTIL - 4 * DAY
    with Sandbox(size=size, seed=3, until=UNTIL, clock=Clock(at=start)) as sandbox:
        sandbox.quirks = Quirks(**odd)
        is_textual = odd.get("values") == "strings"  # an absent number is null there
        nights = Nights(sandbox, *CAMPAIGNS, page_size=25)
        old = old_campaign(sandbox)["ID"]
        for night in range(6):
            if night == 2:
                sandbox.delete_campaign(old, at=sandbox.clock.now() - HOUR)
            nights.sync()
            assert is_textual or nights.differences() == [], night
            sandbox.clock.advance(DAY)
        assert nights.tables["sent_campaigns"][old,]["IsDeleted"] is True


def test_click_on_a_year_old_campaign_reaches_all_three_streams(aged: Sandbox) -> None:
    nights = Nights(aged, *CAMPAIGNS)
    nights.sync()
    aged.clock.advance(DAY)
    nights.sync()
    old = old_campaign(aged)
    assert old["SendStartAt"] < "2026"
    aged.clock.advance(DAY)
    click(aged, old["ID"])
    assert {stream for stream, *_ in nights.differences()} == {"link_clicks", "esp_statistics"}
    nights.sync()
    assert nights.differences() == []
    assert old["ID"] in {row["ID"] for row in nights.run.records["sent_campaigns"]}


def idle(aged: Sandbox, *streams: str) -> Nights:
    """Return a warehouse after some nights without activity."""
    nights = Nights(aged, *streams, lookback_window=0)
    nights.sync()
    # The campaigns that were active last are read again until other activity is newer.
    click(aged, old_campaign(aged)["ID"], "https://www.example.com/first")
    for _ in range(3):
        nights.sync()
        aged.clock.advance(DAY)
    return nights


def of_the_range(nights: Nights) -> int:
    """Count the requests of the last sync for the range that every sync reads."""
    assert nights.run.records["sent_campaigns"]
    bounds = Counter(
        one.params["FromTS"] for one in nights.sandbox.requests if "ToTS" in one.params
    )
    return bounds[max(bounds)]


def test_idle_night_costs_three_requests_more_than_the_range(aged: Sandbox) -> None:
    nights = idle(aged, *CAMPAIGNS)
    made = nights.requests()
    assert (made["campaign"], made["campaignstatistics"]) == (of_the_range(nights) + 1, 2)
    # The range includes the newest campaign, as for every stream.
    assert made["statistics/link-click"] == made["statistics/recipient-esp"] == 1


def test_active_campaigns_are_requested_one_by_one_or_as_a_span(aged: Sandbox) -> None:
    nights = idle(aged, "sent_campaigns")
    rows = sorted(aged.rows("campaign"), key=lambda row: str(row["SendStartAt"]))
    live = [row["ID"] for row in rows if not row["IsDeleted"]]
    click(aged, live[0])
    nights.sync()
    ids = [one.params.get("CampaignID") for one in aged.requests]
    assert [one for one in ids if one] == [str(live[0])]
    assert nights.requests()["campaign"] == of_the_range(nights) + 1 + 1
    aged.clock.advance(DAY)
    for number in live[:5]:
        click(aged, number, "https://www.example.com/second")
    nights.sync()
    assert not any("CampaignID" in one.params for one in aged.requests)
    # One count and one page, which has all five campaigns.
    assert nights.requests()["campaign"] == of_the_range(nights) + 1 + 2
    assert {*live[:5]} <= {row["ID"] for row in nights.run.records["sent_campaigns"]}
    assert nights.differences() == []


def test_children_are_read_for_active_and_new_campaigns_only(aged: Sandbox) -> None:
    nights = idle(aged, *CAMPAIGNS)
    newest = max(aged.rows("campaign"), key=lambda row: str(row["SendStartAt"]))["ID"]
    nights.sync()
    assert len(nights.run.records["sent_campaigns"]) > 1
    assert {row["CampaignID"] for row in nights.run.records["esp_statistics"]} == {newest}
    old = old_campaign(aged)["ID"]
    click(aged, old)
    nights.sync()
    assert {row["CampaignID"] for row in nights.run.records["esp_statistics"]} == {old, newest}


def test_late_event_of_an_old_campaign_is_found_by_the_lookback(aged: Sandbox) -> None:
    nights = Nights(aged, *CAMPAIGNS)
    nights.sync()
    old, now = old_campaign(aged)["ID"], aged.clock.now()
    number = message_of(aged, old)
    aged.add_event("open", message_id=number, at=now - HOUR)
    aged.add_event("click", message_id=number, at=now - 2 * HOUR, visible_at=now + 8 * HOUR)
    # Activity of another campaign is newer than all activity of this one.
    newest = max(aged.rows("message"), key=lambda row: str(row["ArrivedAt"]))["ID"]
    aged.add_event("open", message_id=newest, at=now)
    nights.sync()
    assert nights.differences() == []
    aged.clock.advance(DAY)
    assert nights.differences() != []
    nights.sync()
    assert nights.differences() == []


def _is(resource: str, path: str, _params: dict[str, str]) -> bool:
    return path == resource


def test_activity_moves_only_after_the_children_were_read(aged: Sandbox) -> None:
    nights = idle(aged, *CAMPAIGNS)
    old = old_campaign(aged)["ID"]
    click(aged, old)
    before = copy.deepcopy(nights.state)
    assert before is not None
    for resource in ("statistics/link-click", "statistics/recipient-esp"):
        with refused(403, functools.partial(_is, resource)):
            run, error = attempt(aged, *CAMPAIGNS, state=nights.state, lookback_window=0)
        assert isinstance(error, IncompleteSyncError)
        # Neither the activity nor the bookmark moves, so that the next sync costs no more.
        assert run.state["bookmarks"]["sent_campaigns"] == before["bookmarks"]["sent_campaigns"]
    nights.sync()
    assert nights.differences() == []
    assert nights.clock("activity") > before["bookmarks"]["sent_campaigns"]["activity"]


def test_no_state_before_the_end_of_a_sync_has_a_newer_activity(aged: Sandbox) -> None:
    nights = idle(aged, *CAMPAIGNS)
    before = nights.clock("activity")
    for row in aged.rows("campaign")[:9]:
        click(aged, row["ID"])
    run = nights.sync()
    last = max(at for at, one in enumerate(run.messages) if one["type"] == "RECORD")
    states = [
        (at, one["value"]["bookmarks"]["sent_campaigns"]["activity"])
        for at, one in enumerate(run.messages)
        if one["type"] == "STATE"
    ]
    assert all(activity == before for at, activity in states if at < last)
    assert states[-1][1] > before


def test_state_of_an_earlier_version_reads_the_last_30_days_of_activity(aged: Sandbox) -> None:
    nights = Nights(aged, *CAMPAIGNS)
    nights.sync()
    assert nights.state is not None
    del nights.state["bookmarks"]["sent_campaigns"]["activity"]
    click(aged, old_campaign(aged)["ID"])
    aged.clock.advance(DAY)
    nights.sync()
    assert nights.differences() == []
    assert nights.clock("activity")


@pytest.mark.parametrize("status", [400, 403, 404])
def test_refused_activity_is_a_warning_and_all_campaigns_are_read(
    aged: Sandbox, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    nights = idle(aged, *CAMPAIGNS)
    click(aged, old_campaign(aged)["ID"])
    before = nights.clock("activity")
    with refused(status, lambda path, _: path == "campaignstatistics"):
        nights.sync()
    assert "sent_campaigns: Mailjet refuses campaignstatistics" in caplog.text
    assert nights.differences() == []
    assert nights.clock("activity") == before


def test_ignored_bound_is_named_once_with_its_cost(
    aged: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    nights = idle(aged, "sent_campaigns")
    aged.quirks = Quirks(activity_bounds="ignored")
    nights.sync()
    warned = [one.getMessage() for one in caplog.records if "in each sync" in one.getMessage()]
    assert len(warned) == 1
    rows = len(aged.rows("campaign"))
    assert f"about {rows} rows and 2 requests in each sync" in warned[0]


def test_campaign_that_is_not_returned_is_named(
    aged: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    nights = idle(aged, "sent_campaigns")
    old = old_campaign(aged)["ID"]
    click(aged, old)

    def hidden(request: Any) -> Any:
        if f"CampaignID={old}" not in request.url:
            return None
        return requests_mock.create_response(request, json={"Count": 0, "Data": [], "Total": 0})

    with requests_mock.Mocker(real_http=True) as mocker:
        mocker.add_matcher(hidden)
        nights.sync()
    warned = f"sent_campaigns: 1 campaigns had activity but Mailjet did not return them: {old}."
    assert warned in caplog.text


def test_ignored_campaign_id_is_replaced_by_the_span(aged: Sandbox) -> None:
    nights = idle(aged, "sent_campaigns")
    old = old_campaign(aged)["ID"]
    click(aged, old)
    nights.tables["sent_campaigns"].pop((old,))
    rows = [row for row in aged.rows("campaign") if row["ID"] != old and not row["IsDeleted"]]

    def ignoring(request: Any) -> Any:
        if f"CampaignID={old}" not in request.url:
            return None
        return requests_mock.create_response(
            request, json={"Count": len(rows), "Data": rows, "Total": len(rows)}
        )

    with requests_mock.Mocker(real_http=True) as mocker:
        mocker.add_matcher(ignoring)
        nights.sync()
    assert nights.differences() == []


@pytest.mark.parametrize(
    "given",
    [
        {"starred_only": True},
        {"sender_ids": [102]},
        {"contact_list_ids": [10001]},
        {"include_newsletter_tool": False},
        {"include_deleted_campaigns": False},
        {"campaign_ids": [5000001, 5000004]},
        {"start_date": "2026-02-20"},
    ],
    ids=str,
)
def test_old_campaigns_obey_the_filters_of_the_settings(
    aged: Sandbox, caplog: pytest.LogCaptureFixture, given: Json
) -> None:
    nights = Nights(aged, "sent_campaigns", **given)
    nights.sync()
    aged.clock.advance(DAY)
    for row in aged.rows("campaign"):
        click(aged, row["ID"])
    nights.sync()
    whole = sync(aged, "sent_campaigns", **given).records["sent_campaigns"]
    assert 0 < len(whole) < len(truth(aged, "sent_campaigns"))
    assert nights.tables["sent_campaigns"] == {(row["ID"],): row for row in whole}
    assert not [one for one in caplog.records if one.levelno >= logging.WARNING]


def test_bookmark_moves_although_changed_rows_follow_the_newest(aged: Sandbox) -> None:
    aged.clock.set(UNTIL - 30 * DAY)
    nights = Nights(aged, "sent_campaigns", status_lookback_window=0)
    nights.sync()
    before = nights.clock("replication_key_value")
    aged.clock.set(UNTIL)
    nights.sync()
    last = nights.run.records["sent_campaigns"][-1]
    assert last["SendStartAt"] < before
    newest = max(str(row["SendStartAt"]) for row in aged.rows("campaign"))
    assert nights.clock("replication_key_value") == newest > before


@pytest.mark.parametrize(
    ("value", "problem"), [("soon", "not a timestamp"), ("2999-01-01T00:00:00Z", "in the future")]
)
@pytest.mark.parametrize("name", ["activity", "touched"])
def test_clock_that_would_skip_changes_is_an_error(
    aged: Sandbox, name: str, value: str, problem: str
) -> None:
    state = {"bookmarks": {"sent_campaigns": {name: value}}}
    with pytest.raises(StateError, match=f"{name} in the state.*{problem}.*remove the stream"):
        attempt(aged, "sent_campaigns", state=state)
