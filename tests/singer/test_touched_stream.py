"""Events of messages that were read in an earlier sync."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_mailjet.sandbox import Quirks, Sandbox
from tap_mailjet.singer.sync_report import IncompleteSyncError
from tests.helpers import UNTIL, sync, truth
from tests.support.followed_nights import DAY, MESSAGES, Nights
from tests.support.resuming import attempt, refused

if TYPE_CHECKING:
    from tap_mailjet.sandbox.account.added_events import EventKind

Json = dict[str, Any]
HOUR = timedelta(hours=1)
KINDS: tuple[EventKind, ...] = ("open", "click", "bounce", "spam")


def settled(sandbox: Sandbox, **given: Any) -> Nights:
    """Return a warehouse that has all of an account in which nothing happens any more."""
    sandbox.clock.set(UNTIL + 30 * DAY)
    nights = Nights(sandbox, *MESSAGES, lookback_window=0, **given)
    nights.sync()
    nights.sync()
    return nights


def sent(sandbox: Sandbox, status: str = "sent") -> list[int]:
    """Return the messages with a status that arrived at least 40 days ago."""
    before = (sandbox.clock.now() - 40 * DAY).isoformat()
    rows = sandbox.rows("message")
    return [row["ID"] for row in rows if row["Status"] == status and row["ArrivedAt"] < before]


def histories(sandbox: Sandbox) -> list[int]:
    """Return the messages whose history was requested."""
    paths = [one.resource for one in sandbox.requests if "messagehistory" in one.resource]
    return sorted(int(path.partition("/")[2]) for path in paths)


def touch(sandbox: Sandbox, kind: EventKind, number: int) -> None:
    sandbox.add_event(kind, message_id=number, at=sandbox.clock.now() - HOUR)


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"event_bounds": "ignored"},
        {"event_bounds": "refused"},
        {"unknown_parameters": "refused", "count_records": "refused"},
        {"lower_bound": "inclusive", "upper_bound": "inclusive"},
        {"deleted_events": "hidden"},
        {"current_day": "any_time", "count_only": "refused"},
    ],
    ids=str,
)
def test_events_of_touched_messages_equal_the_account_each_morning(
    own_sandbox: Sandbox, odd: Json
) -> None:
    own_sandbox.quirks = Quirks(**odd)
    own_sandbox.clock.set(UNTIL + 30 * DAY)
    nights = Nights(own_sandbox, *MESSAGES, page_size=50)
    numbers = sent(own_sandbox)
    for night in range(4):
        nights.sync()
        assert nights.differences("message_events") == [], night
        own_sandbox.clock.advance(DAY)
        for kind in KINDS:
            touch(own_sandbox, kind, numbers.pop())


def test_old_message_is_requested_again_once_it_is_touched(own_sandbox: Sandbox) -> None:
    nights = settled(own_sandbox)
    assert len(histories(own_sandbox)) < 5
    for kind, number in zip(KINDS, sent(own_sandbox), strict=False):
        own_sandbox.clock.advance(DAY)
        touch(own_sandbox, kind, number)
        nights.sync()
        assert number in histories(own_sandbox)
        assert nights.differences("message_events") == []
        # The message itself is not emitted: a single message may lack fields of the list.
        assert number not in {row["ID"] for row in nights.run.records["messages"]}


def test_idle_night_costs_two_requests_for_each_kind_of_event(own_sandbox: Sandbox) -> None:
    nights = settled(own_sandbox)
    nights.sync()
    made = nights.requests()
    assert {name: made[name] for name in made if name not in {"message", "messagehistory"}} == {
        "openinformation": 2,
        "bouncestatistics": 2,
        "messagesentstatistics": 2,
        "clickstatistics": 2,
    }


def test_click_without_an_open_has_the_campaign_of_its_message(own_sandbox: Sandbox) -> None:
    nights = settled(own_sandbox)
    own_sandbox.clock.advance(DAY)
    number = sent(own_sandbox)[0]
    touch(own_sandbox, "click", number)
    nights.sync()
    assert [one.resource for one in own_sandbox.requests].count(f"message/{number}") == 1
    campaign = next(r["CampaignID"] for r in own_sandbox.rows("message") if r["ID"] == number)
    records = nights.run.records["message_events"]
    assert {r["CampaignID"] for r in records if r["MessageID"] == number} == {campaign}


def test_touched_message_that_is_gone_is_no_error(own_sandbox: Sandbox) -> None:
    nights = settled(own_sandbox)
    own_sandbox.clock.advance(DAY)
    gone, there = sent(own_sandbox)[:2]
    touch(own_sandbox, "click", gone)
    touch(own_sandbox, "click", there)
    with refused(404, lambda path, _: path == f"message/{gone}"):
        nights.sync()
    assert there in histories(own_sandbox)
    assert gone not in histories(own_sandbox)


@pytest.mark.parametrize("status", [400, 403])
def test_refused_history_of_a_touched_message_is_requested_again(
    own_sandbox: Sandbox, status: int
) -> None:
    nights = settled(own_sandbox)
    own_sandbox.clock.advance(DAY)
    first, second = sent(own_sandbox)[:2]
    touch(own_sandbox, "open", first)
    touch(own_sandbox, "open", second)
    before = copy.deepcopy(nights.state)
    assert before is not None
    with refused(status, lambda path, _: path == f"messagehistory/{first}"):
        run, error = attempt(own_sandbox, *MESSAGES, state=nights.state, lookback_window=0)
    assert isinstance(error, IncompleteSyncError)
    # The bookmark does not move back to an old message.
    assert run.state["bookmarks"]["messages"] == before["bookmarks"]["messages"]
    own_sandbox.clock.advance(DAY)
    touch(own_sandbox, "open", sent(own_sandbox)[5])
    nights.load(run)
    nights.sync()
    assert nights.differences("message_events") == []
    assert nights.clock("touched") > before["bookmarks"]["messages"]["touched"]


@pytest.mark.parametrize("resource", ["openinformation", "clickstatistics", "message/"])
def test_failed_search_for_touched_messages_is_an_error(
    own_sandbox: Sandbox, resource: str
) -> None:
    nights = settled(own_sandbox)
    own_sandbox.clock.advance(DAY)
    touch(own_sandbox, "click", sent(own_sandbox)[0])
    before = nights.clock("touched")
    with refused(403, lambda path, _: path.startswith(resource)):
        run, error = attempt(own_sandbox, *MESSAGES, state=nights.state, lookback_window=0)
    assert isinstance(error, IncompleteSyncError)
    assert run.state["bookmarks"]["messages"]["touched"] == before


def test_no_state_before_the_end_of_a_sync_has_a_newer_event(own_sandbox: Sandbox) -> None:
    nights = settled(own_sandbox, page_size=100)
    own_sandbox.clock.advance(DAY)
    for number in sent(own_sandbox)[:150]:
        touch(own_sandbox, "open", number)
    before = nights.clock("touched")
    run = nights.sync()
    last = max(at for at, one in enumerate(run.messages) if one["type"] == "RECORD")
    touched = [
        (at, one["value"]["bookmarks"]["messages"]["touched"])
        for at, one in enumerate(run.messages)
        if one["type"] == "STATE"
    ]
    assert [one for at, one in touched if at < last]
    assert all(one == before for at, one in touched if at < last)
    assert touched[-1][1] > before
    assert nights.differences("message_events") == []


def test_state_of_an_earlier_version_reads_events_since_its_bookmark(own_sandbox: Sandbox) -> None:
    nights = settled(own_sandbox)
    assert nights.state is not None
    del nights.state["bookmarks"]["messages"]["touched"]
    own_sandbox.clock.advance(DAY)
    touch(own_sandbox, "open", sent(own_sandbox)[0])
    nights.sync()
    assert nights.differences("message_events") == []


@pytest.mark.parametrize(
    "given",
    [
        {"start_date": "2026-04-25"},
        {"sender_ids": [102]},
        {"campaign_ids": [5000004]},
        {"stream_maps": {"messages": {"__filter__": "ID % 2 == 0"}}},
        {"message_events_for": ["clicked", "spam"]},
    ],
    ids=str,
)
def test_touched_messages_obey_the_settings(own_sandbox: Sandbox, given: Json) -> None:
    nights = settled(own_sandbox, **given)
    own_sandbox.clock.advance(DAY)
    for place, number in enumerate(sent(own_sandbox)[:60]):
        touch(own_sandbox, KINDS[place % len(KINDS)], number)
    nights.sync()
    whole = sync(own_sandbox, *MESSAGES, lookback_window=0, **given)
    expected = {row["MessageID"] for row in whole.records["message_events"]}
    table = nights.tables["message_events"]
    assert {row["MessageID"] for row in table.values()} >= expected
    every = {row["ID"] for row in truth(own_sandbox, "messages")}
    assert expected < every
    fresh = {row["MessageID"] for row in nights.run.records["message_events"]}
    assert fresh
    assert fresh <= expected


@pytest.mark.parametrize("values", ["numbers", "names", "either"])
def test_events_for_rare_statuses_cost_no_request_per_message(
    own_sandbox: Sandbox, values: Any
) -> None:
    own_sandbox.quirks = Quirks(message_status=values)
    nights = settled(own_sandbox, message_events_for=["spam", "unsub"])
    own_sandbox.clock.advance(DAY)
    numbers = sent(own_sandbox)
    for number in [*numbers[:100], *sent(own_sandbox, "unsub")]:
        touch(own_sandbox, "open", number)
    touch(own_sandbox, "spam", numbers[50])
    nights.sync()
    assert set(histories(own_sandbox)) == {numbers[50], *sent(own_sandbox, "unsub")}
    assert len(own_sandbox.requests) < 70
    assert not any(one.resource.startswith("message/") for one in own_sandbox.requests)


@pytest.mark.parametrize("odd", [{"count_only": "refused"}, {"message_status": "numbers"}], ids=str)
def test_messages_are_looked_up_if_their_statuses_cannot_be_listed(
    own_sandbox: Sandbox, odd: Any
) -> None:
    nights = settled(own_sandbox, message_events_for=["spam"])
    own_sandbox.quirks = Quirks(**odd)
    own_sandbox.clock.advance(DAY)
    numbers = sent(own_sandbox)[:40]
    for number in numbers:
        touch(own_sandbox, "open", number)
    touch(own_sandbox, "spam", numbers[20])
    with refused(400, lambda path, params: path == "message" and "MessageStatus" in params):
        nights.sync()
    assert histories(own_sandbox) == [numbers[20]]


def test_widened_statuses_are_read_from_the_beginning(own_sandbox: Sandbox) -> None:
    own_sandbox.clock.set(UNTIL + 30 * DAY)
    nights = Nights(own_sandbox, *MESSAGES, message_events_for=["spam"])
    nights.sync()
    statuses = {row["ID"]: row["Status"] for row in truth(own_sandbox, "messages")}
    assert {statuses[key[0]] for key in nights.tables["message_events"]} == {"spam"}
    nights.given["message_events_for"] = []
    nights.sync()
    assert nights.differences() == []


def test_touched_messages_are_not_searched_without_their_child_stream(
    own_sandbox: Sandbox,
) -> None:
    state = sync(own_sandbox, "messages").state
    own_sandbox.requests.clear()
    run = sync(own_sandbox, "messages", state=state)
    assert {one.resource for one in own_sandbox.requests} == {"message"}
    assert "touched" not in run.state["bookmarks"]["messages"]
