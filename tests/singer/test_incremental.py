"""One sync after another: what is read again, what is new, and where a killed one resumes."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from tap_mailjet.singer.base_stream import MailjetStream
from tap_mailjet.singer.state_checks import StateError
from tests.helpers import CLOCKS, UNTIL, as_set, catalog_of, sync, truth

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_mailjet.sandbox import Sandbox

DAY = timedelta(days=1)


def wire(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def instant(timestamp: str) -> datetime:
    return datetime.strptime(timestamp, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)


def bookmark(state: dict[str, Any], stream: str) -> str:
    value: str = state["bookmarks"][stream]["replication_key_value"]
    return value


FOLLOWED = "sent_campaigns"
"""Also reads rows before its range; `test_activity_stream.py` has its tests."""


@pytest.mark.parametrize(("stream", "clock"), [one for one in CLOCKS.items() if one[0] != FOLLOWED])
def test_second_sync_emits_only_new_and_looked_back_rows(
    sandbox: Sandbox, stream: str, clock: str
) -> None:
    sandbox.clock.set(UNTIL - 2 * DAY)
    first = sync(sandbox, stream)
    sandbox.clock.set(UNTIL)
    second = sync(sandbox, stream, state=first.state, lookback_window=24)

    looked_back = wire(instant(bookmark(first.state, stream)) - DAY)
    expected = [row for row in truth(sandbox, stream) if row[clock] >= looked_back]
    # Of complaints, there may be only one before, so that all of them are new or in the lookback.
    assert 0 < len(expected) < len(truth(sandbox, stream)) + (stream == "spam_events")
    assert as_set(second.records[stream]) == as_set(expected)


@pytest.mark.parametrize(("stream", "clock"), CLOCKS.items())
def test_two_syncs_together_hold_what_the_account_holds(
    sandbox: Sandbox, stream: str, clock: str
) -> None:
    sandbox.clock.set(UNTIL - 5 * DAY)
    first = sync(sandbox, stream)
    assert len(first.records[stream]) < len(truth(sandbox, stream)) + 1
    sandbox.clock.set(UNTIL)
    second = sync(sandbox, stream, state=first.state)
    key = key_of(stream)
    latest = {key(record): record for record in first.records[stream] + second.records[stream]}
    expected = {key(row): row for row in truth(sandbox, stream)}
    # What is older than the lookback keeps the status it had then.
    margin = wire(instant(bookmark(first.state, stream)) - DAY)
    assert latest.keys() == expected.keys()
    assert [row for row in expected.values() if row[clock] >= margin] == [
        latest[at] for at, row in expected.items() if row[clock] >= margin
    ]


def key_of(stream: str) -> Callable[[dict[str, Any]], tuple[Any, ...]]:
    """The key of a stream, as a function of a record."""
    (entry,) = (one for one in catalog_of()["streams"] if one["stream"] == stream)
    names = entry["key_properties"]
    return lambda record: tuple(record[name] for name in names)


@pytest.mark.parametrize(
    ("stream", "kind", "clock"),
    [
        ("open_events", "open", "OpenedAt"),
        ("click_events", "click", "ClickedAt"),
        ("bounce_events", "bounce", "BouncedAt"),
    ],
)
def test_event_of_today_on_a_campaign_of_last_year_comes_with_the_next_sync(
    own_sandbox: Sandbox, stream: str, kind: Any, clock: str
) -> None:
    campaigns = own_sandbox.rows("campaign")
    old = min(campaigns, key=lambda row: str(row["SendStartAt"]))
    assert instant(old["SendStartAt"]) < UNTIL - timedelta(days=364)
    state = sync(own_sandbox, stream).state

    happened = UNTIL + timedelta(hours=6)
    message = next(
        row["ID"] for row in own_sandbox.rows("message") if row["CampaignID"] == old["ID"]
    )
    own_sandbox.add_event(kind, message_id=message, at=happened)
    own_sandbox.clock.set(happened + timedelta(hours=1))
    records = sync(own_sandbox, stream, state=state).records[stream]

    field = "ID" if stream == "bounce_events" else "MessageID"
    assert (message, wire(happened)) in {(one[field], one[clock]) for one in records}


@pytest.mark.parametrize(("late", "comes"), [(timedelta(hours=23), True), (3 * DAY, False)])
def test_event_that_mailjet_shows_late_comes_if_the_lookback_reaches_it(
    own_sandbox: Sandbox, late: timedelta, comes: bool
) -> None:
    state = sync(own_sandbox, "open_events").state
    happened = instant(bookmark(state, "open_events")) - late
    message = min(own_sandbox.rows("message"), key=lambda row: str(row["ArrivedAt"]))
    own_sandbox.add_event(
        "open", message_id=message["ID"], at=happened, visible_at=UNTIL + timedelta(minutes=1)
    )
    own_sandbox.clock.set(UNTIL + timedelta(hours=1))
    records = sync(own_sandbox, "open_events", state=state, lookback_window=24).records
    times = {(one["MessageID"], one["OpenedAt"]) for one in records["open_events"]}
    assert ((message["ID"], wire(happened)) in times) is comes


def test_status_that_changes_within_the_lookback_comes_again(sandbox: Sandbox) -> None:
    sent = max(instant(row["SendEndAt"]) for row in sandbox.rows("campaign") if row["SendEndAt"])
    sandbox.clock.set(sent + timedelta(minutes=30))
    first = sync(sandbox, "messages")
    sandbox.clock.set(sent + timedelta(hours=20))
    second = sync(sandbox, "messages", state=first.state, lookback_window=24)
    before = {record["ID"]: record["Status"] for record in first.records["messages"]}
    changed = [
        record
        for record in second.records["messages"]
        if before.get(record["ID"], record["Status"]) != record["Status"]
    ]
    assert changed


@pytest.mark.parametrize("stream", [one for one in CLOCKS if one != FOLLOWED])
def test_idle_sync_asks_once_for_each_query_and_keeps_its_bookmark(
    sandbox: Sandbox, stream: str
) -> None:
    first = sync(sandbox, stream)
    sandbox.requests.clear()
    second = sync(sandbox, stream, state=first.state)
    # What is of deleted campaigns is requested apart from the others. What follows the first short
    # page of a run is requested once, to learn whether the server caps its pages.
    expected = 1 if stream == "messages" else 2
    assert expected <= len(sandbox.requests) <= expected + 1
    assert bookmark(second.state, stream) == bookmark(first.state, stream)


def test_every_state_is_a_true_resume_point(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MailjetStream, "STATE_MSG_FREQUENCY", 37)
    whole = sync(sandbox, "messages", "open_events", page_size=20)
    cuts = [at for at, message in enumerate(whole.messages) if message["type"] == "STATE"]
    assert len(cuts) > 30
    expected = {stream: as_set(whole.records[stream]) for stream in ("messages", "open_events")}
    for cut in cuts[:: len(cuts) // 6]:
        state = whole.messages[cut]["value"]
        # Without a lookback window, nothing but the state may carry over what was lost.
        resumed = sync(sandbox, "messages", "open_events", state=state, lookback_window=0)
        written = itertools.chain(whole.messages[: cut + 1], resumed.messages)
        seen = [one for one in written if one["type"] == "RECORD"]
        for stream, rows in expected.items():
            got = as_set(one["record"] for one in seen if one["stream"] == stream)
            assert got.keys() == rows.keys(), (cut, stream)


def test_no_bookmark_passes_what_was_emitted_or_turns_back(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MailjetStream, "STATE_MSG_FREQUENCY", 7)
    sandbox.clock.set(UNTIL - 2 * DAY)
    start = sync(sandbox, "open_events").state
    sandbox.clock.set(UNTIL)
    run = sync(sandbox, "open_events", state=start, lookback_window=96)
    emitted, marks = bookmark(start, "open_events"), []
    for message in run.messages:
        if message["type"] == "RECORD":
            emitted = max(emitted, message["record"]["OpenedAt"])
        elif message["type"] == "STATE":
            marks.append(bookmark(message["value"], "open_events"))
            assert marks[-1] <= emitted
    assert len(marks) > 3
    assert marks == sorted(marks)
    assert marks[-1] == emitted


def test_stream_can_be_forced_to_a_full_table(sandbox: Sandbox) -> None:
    state = sync(sandbox, "open_events").state
    catalog = catalog_of("open_events")
    for entry in catalog["streams"]:
        entry["replication_method"] = "FULL_TABLE"
    records = sync(sandbox, state=state, catalog=catalog).records["open_events"]
    assert as_set(records) == as_set(truth(sandbox, "open_events"))


def state_of(**bookmark: str) -> dict[str, Any]:
    return {"bookmarks": {"open_events": {"replication_key": "OpenedAt", **bookmark}}}


def test_bookmark_in_the_future_is_refused_in_words(sandbox: Sandbox) -> None:
    state = state_of(replication_key_value="2099-01-01T00:00:00Z")
    with pytest.raises(StateError, match=r"open_events: .*'2099-01-01T00:00:00Z', is in the fut"):
        sync(sandbox, "open_events", state=state)
    assert len(sandbox.requests) == 0


def test_state_with_partitions_is_refused_in_words(sandbox: Sandbox) -> None:
    state = {"bookmarks": {"open_events": {"partitions": [{"context": {"x": 1}}]}}}
    with pytest.raises(StateError, match="open_events: the state has partitions"):
        sync(sandbox, "open_events", state=state)


def test_bookmark_a_little_ahead_as_clocks_differ_reads_what_is_looked_back_to(
    sandbox: Sandbox,
) -> None:
    ahead = datetime.now(timezone.utc) + timedelta(minutes=10)
    run = sync(sandbox, "open_events", state=state_of(replication_key_value=wire(ahead)))
    assert {request.params["IsDeleted"] for request in sandbox.requests} == {"false", "true"}
    assert len(sandbox.requests) <= 3
    assert bookmark(run.state, "open_events") == wire(ahead)


def test_bookmark_of_another_field_is_said_and_not_used(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    state = state_of(replication_key_value="2026-05-01T00:00:00Z", replication_key="ArrivedAt")
    run = sync(sandbox, "open_events", state=state)
    assert "the state has a bookmark of ArrivedAt instead of OpenedAt" in caplog.text
    assert as_set(run.records["open_events"]) == as_set(truth(sandbox, "open_events"))


def test_bookmark_of_a_stream_that_is_gone_is_said_and_kept(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    state = {"bookmarks": {"segmentation": {}, "smoke_signals": {"replication_key_value": "x"}}}
    run = sync(sandbox, "segmentation", state=state)
    assert "The state has a bookmark for smoke_signals" in caplog.text
    assert run.state["bookmarks"]["smoke_signals"] == {"replication_key_value": "x"}
    assert len(run.records["segmentation"]) > 1


def test_windows_keep_offsets_small_and_requests_few(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tap_mailjet.reading.windowed_reader.MAX_PAGES_PER_WINDOW", 3)
    monkeypatch.setattr("tap_mailjet.reading.windowed_reader.TARGET_PAGES_PER_SPLIT", 2)
    rows = len(sync(sandbox, "messages", page_size=50).records["messages"])
    asked = [request.params for request in sandbox.requests]
    assert rows > 1000
    assert max(int(params.get("Offset", 0)) for params in asked) <= 3 * 50
    assert len(asked) < 5 * rows / 50


def test_years_without_a_row_cost_few_requests(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    spent = []
    for many in (16, 10**6):
        monkeypatch.setattr("tap_mailjet.reading.windowed_reader.MAX_SPLIT", many)
        sandbox.requests.clear()
        sync(sandbox, "messages", page_size=10, start_date="2010-01-01")
        spent.append(len(sandbox.requests))
    assert spent[0] < spent[1]


def test_deselected_streams_cost_nothing(sandbox: Sandbox) -> None:
    sync(sandbox, "segmentation")
    assert {request.resource for request in sandbox.requests} == {"contactfilter"}
