"""Unsubscriptions, which are listed by one resource and described by another."""

from __future__ import annotations

import functools
import logging
import re
from collections import Counter
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from tap_mailjet.api.retries import RetryPolicy
from tap_mailjet.sandbox import BrokenValue, ChurnConfig, Faults, Quirks, ScheduledFault
from tap_mailjet.singer.sync_report import IncompleteSyncError
from tests.helpers import UNTIL, as_set, sync, truth
from tests.streams.test_catalog import warnings

if TYPE_CHECKING:
    from tap_mailjet.sandbox import Sandbox

STREAM = "unsubscribe_events"
DAY = timedelta(days=1)
ONE = "listrecipient/ID"


@pytest.fixture(autouse=True)
def _brief_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    brief = functools.partial(RetryPolicy, max_tries=2, base_delay=0.01, max_delay=0.1)
    monkeypatch.setattr("tap_mailjet.api.client.RetryPolicy", brief)


def wire(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def instant(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)


def sent(sandbox: Sandbox) -> Counter[str]:
    """The requests by resource, all single subscriptions together."""
    names = (re.sub(r"/\d+$", "/ID", request.resource) for request in sandbox.requests)
    return Counter(names)


def leave(sandbox: Sandbox, number: int, *, after: timedelta) -> list[dict[str, Any]]:
    """Add unsubscriptions of some contacts, one a minute; return their subscriptions."""
    gone = {row["ContactID"] for row in truth(sandbox, STREAM)}
    joined = {row["ContactID"] for row in sandbox.rows("listrecipient")}
    messages = {row["ContactID"]: row["ID"] for row in sandbox.rows("message")}
    chosen = sorted((messages.keys() & joined) - gone)[:number]
    assert len(chosen) == number
    for place, contact in enumerate(chosen):
        at = UNTIL + after + timedelta(minutes=place)
        sandbox.add_event("unsub", message_id=messages[contact], at=at)
    sandbox.clock.set(UNTIL + after + timedelta(hours=1))
    return [row for row in truth(sandbox, STREAM) if row["ContactID"] in chosen]


def test_first_sync_reads_all_ended_subscriptions_without_the_time_filter(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    run = sync(sandbox, STREAM)
    held = truth(sandbox, STREAM)
    assert held
    assert as_set(run.records[STREAM]) == as_set(held)
    # What follows the first short page of a run is requested once (`is_whole`).
    assert sent(sandbox) <= Counter({"listrecipient": 2})
    newest = max(row["UnsubscribedAt"] for row in held)
    assert run.state["bookmarks"][STREAM]["replication_key_value"] == newest
    assert warnings(caplog) == []


@pytest.mark.parametrize("number", [1, 12])
def test_next_sync_brings_the_new_unsubscriptions(own_sandbox: Sandbox, number: int) -> None:
    state = sync(own_sandbox, STREAM).state
    new = leave(own_sandbox, number, after=3 * DAY)
    own_sandbox.requests.clear()
    run = sync(own_sandbox, STREAM, state=state, lookback_window=0)
    came = as_set(run.records[STREAM])
    assert as_set(new) - came == Counter()
    known = state["bookmarks"][STREAM]["replication_key_value"]
    expected = [row for row in truth(own_sandbox, STREAM) if row["UnsubscribedAt"] >= known]
    assert came == as_set(expected)
    assert run.state["bookmarks"][STREAM]["replication_key_value"] == max(
        row["UnsubscribedAt"] for row in new
    )
    assert len(own_sandbox.requests) <= 8


def test_few_unsubscriptions_are_requested_by_id_and_many_in_pages(own_sandbox: Sandbox) -> None:
    state = sync(own_sandbox, STREAM).state
    leave(own_sandbox, 2, after=3 * DAY)
    own_sandbox.requests.clear()
    many = sync(own_sandbox, STREAM, state=state, lookback_window=0)
    assert sent(own_sandbox)[ONE] == 0
    own_sandbox.requests.clear()
    few = sync(own_sandbox, STREAM, state=state, lookback_window=0, page_size=2)
    assert sent(own_sandbox)[ONE] > 3
    assert as_set(few.records[STREAM]) == as_set(many.records[STREAM])


def test_quiet_night_costs_one_request_and_keeps_the_bookmark(sandbox: Sandbox) -> None:
    state = sync(sandbox, STREAM).state
    state = sync(sandbox, STREAM, state=state).state
    for _ in range(3):
        sandbox.requests.clear()
        run = sync(sandbox, STREAM, state=state)
        # The second request is the one that follows the first short page of a run.
        assert sent(sandbox) <= Counter({"listrecipientstatistics": 2})
        assert run.records[STREAM] == []
        assert run.state == state
        state = run.state


@pytest.mark.parametrize("quiet", [0, 2])
def test_unsubscription_that_mailjet_shows_late_comes_within_the_lookback(
    own_sandbox: Sandbox, quiet: int
) -> None:
    leave(own_sandbox, 1, after=2 * DAY)
    state = sync(own_sandbox, STREAM).state
    for _ in range(quiet):
        state = sync(own_sandbox, STREAM, state=state).state
    late = instant(state["bookmarks"][STREAM]["replication_key_value"]) - timedelta(hours=20)
    gone = {row["ContactID"] for row in truth(own_sandbox, STREAM)}
    listed = {row["ContactID"] for row in own_sandbox.rows("listrecipient")} - gone
    message = next(row for row in own_sandbox.rows("message") if row["ContactID"] in listed)
    shown = own_sandbox.clock.now() + timedelta(minutes=1)
    own_sandbox.add_event("unsub", message_id=message["ID"], at=late, visible_at=shown)
    own_sandbox.clock.advance(timedelta(hours=1))
    records = sync(own_sandbox, STREAM, state=state).records[STREAM]
    assert (message["ContactID"], wire(late)) in {
        (row["ContactID"], row["UnsubscribedAt"]) for row in records
    }


@pytest.mark.parametrize("event_bounds", ["ignored", "refused"])
@pytest.mark.parametrize("page_size", [1000, 2])
def test_server_without_the_time_filter_is_named_once_and_read_in_full(
    own_sandbox: Sandbox, caplog: pytest.LogCaptureFixture, event_bounds: Any, page_size: int
) -> None:
    state = sync(own_sandbox, STREAM).state
    new = leave(own_sandbox, 3, after=3 * DAY)
    own_sandbox.quirks = Quirks(event_bounds=event_bounds)
    run = sync(own_sandbox, STREAM, state=state, page_size=page_size)
    assert as_set(new) - as_set(run.records[STREAM]) == Counter()
    (warning,) = warnings(caplog)
    assert "does not filter by MinUnsubscribedAt and MaxUnsubscribedAt" in warning
    again = sync(own_sandbox, STREAM, state=run.state, page_size=page_size)
    assert as_set(new) - as_set(again.records[STREAM]) == Counter()


def test_contact_who_subscribed_again_is_counted_and_no_error(
    own_sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    state = sync(own_sandbox, STREAM).state
    new = leave(own_sandbox, 2, after=3 * DAY)
    number = new[0]["ListRecipientID"]
    own_sandbox.faults = Faults(
        broken=tuple(
            BrokenValue(resource=ONE, field=field, where={"ID": number}, raw=raw)
            for field, raw in (("UnsubscribedAt", '""'), ("IsUnsubscribed", "false"))
        )
    )
    run = sync(own_sandbox, STREAM, state=state, lookback_window=0, page_size=2)
    assert number not in {row["ListRecipientID"] for row in run.records[STREAM]}
    assert as_set(new[1:]) - as_set(run.records[STREAM]) == Counter()
    assert f"{STREAM}: 1 contacts had subscribed again" in caplog.text
    assert warnings(caplog) == []


def test_subscription_that_no_longer_exists_is_counted_in_a_warning(
    own_sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    state = sync(own_sandbox, STREAM).state
    new = leave(own_sandbox, 2, after=3 * DAY)
    number = new[0]["ListRecipientID"]
    gone = ScheduledFault(resource=f"listrecipient/{number}", status=404, times=None)
    own_sandbox.faults = Faults(scheduled=(gone,))
    run = sync(own_sandbox, STREAM, state=state, lookback_window=0, page_size=2)
    assert as_set(new[1:]) - as_set(run.records[STREAM]) == Counter()
    (warning,) = warnings(caplog)
    assert "1 subscriptions that ended do not exist any more (404)" in warning


@pytest.mark.parametrize("status", [400, 404])
def test_account_without_single_subscriptions_is_read_in_pages(
    own_sandbox: Sandbox, status: int
) -> None:
    state = sync(own_sandbox, STREAM).state
    new = leave(own_sandbox, 1, after=3 * DAY)
    own_sandbox.faults = Faults(permanent={ONE: status})
    run = sync(own_sandbox, STREAM, state=state, lookback_window=0, page_size=2)
    assert sent(own_sandbox)[ONE] > 0
    assert as_set(new) - as_set(run.records[STREAM]) == Counter()


@pytest.mark.parametrize("status", [403, 500])
def test_subscription_that_cannot_be_read_is_an_error_and_keeps_the_bookmark(
    own_sandbox: Sandbox, status: int
) -> None:
    state = sync(own_sandbox, STREAM).state
    leave(own_sandbox, 1, after=3 * DAY)
    own_sandbox.faults = Faults(permanent={ONE: status})
    with pytest.raises(IncompleteSyncError):
        sync(own_sandbox, STREAM, state=state, lookback_window=0, page_size=2)


def test_table_that_lacks_a_listed_subscription_is_an_error(own_sandbox: Sandbox) -> None:
    state = sync(own_sandbox, STREAM).state
    leave(own_sandbox, 12, after=3 * DAY)
    empty = ScheduledFault(
        resource="listrecipient", status=200, body='{"Count":0,"Data":[],"Total":0}', times=None
    )
    own_sandbox.faults = Faults(scheduled=(empty,))
    with pytest.raises(IncompleteSyncError):
        sync(own_sandbox, STREAM, state=state)
    with pytest.raises(IncompleteSyncError):
        sync(own_sandbox, STREAM)


def test_unsubscriptions_are_complete_while_contacts_are_deleted(own_sandbox: Sandbox) -> None:
    state = sync(own_sandbox, STREAM).state
    leave(own_sandbox, 8, after=3 * DAY)
    for page_size in (2, 1000):
        own_sandbox.churn = ChurnConfig(every=2, inserts=1, deletes=1)
        run = sync(own_sandbox, STREAM, state=state, page_size=page_size)
        left = {
            row["ID"]
            for row in own_sandbox.survivors("listrecipient")
            if row["UnsubscribedAt"] > wire(UNTIL)
        }
        own_sandbox.churn = ChurnConfig()
        assert left <= {row["ListRecipientID"] for row in run.records[STREAM]}


def test_bookmark_does_not_turn_back_when_its_contact_subscribes_again(
    own_sandbox: Sandbox,
) -> None:
    leave(own_sandbox, 2, after=3 * DAY)
    state = sync(own_sandbox, STREAM).state
    newest = state["bookmarks"][STREAM]["replication_key_value"]
    own_sandbox.faults = Faults(
        broken=(
            BrokenValue(
                resource=ONE, field="UnsubscribedAt", where={"UnsubscribedAt": newest}, raw='""'
            ),
        )
    )
    run = sync(own_sandbox, STREAM, state=state, page_size=2)
    assert run.state["bookmarks"][STREAM]["replication_key_value"] == newest


def test_lists_in_the_settings_select_the_unsubscriptions(own_sandbox: Sandbox) -> None:
    lists = sorted({row["ListID"] for row in truth(own_sandbox, STREAM)})
    given: dict[str, Any] = {"contact_list_ids": lists[:1]}
    first = sync(own_sandbox, STREAM, **given)
    expected = [row for row in truth(own_sandbox, STREAM) if row["ListID"] == lists[0]]
    assert as_set(first.records[STREAM]) == as_set(expected)
    new = [row for row in leave(own_sandbox, 4, after=3 * DAY) if row["ListID"] == lists[0]]
    second = sync(own_sandbox, STREAM, state=first.state, **given)
    assert as_set(new) - as_set(second.records[STREAM]) == Counter()
    assert {row["ListID"] for row in second.records[STREAM]} == {lists[0]}


@pytest.mark.parametrize("listed", [None, 7, "", "x" * 64, {"a": 1}])
def test_state_without_a_usable_digest_costs_requests_and_no_rows(
    own_sandbox: Sandbox, listed: Any
) -> None:
    state = sync(own_sandbox, STREAM).state
    new = leave(own_sandbox, 2, after=3 * DAY)
    state["bookmarks"][STREAM]["listed"] = listed
    run = sync(own_sandbox, STREAM, state=state)
    assert as_set(new) - as_set(run.records[STREAM]) == Counter()
