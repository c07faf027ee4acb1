"""A history that is read newest first: its order, its state, and what a resumed sync reads."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_mailjet.reading import windowed_reader
from tap_mailjet.sandbox import Faults, Quirks
from tap_mailjet.singer.base_stream import MailjetStream
from tap_mailjet.singer.state_checks import StateError
from tap_mailjet.timestamps import parse_instant, to_wire
from tests.helpers import CLOCKS, UNTIL, Run, as_set, catalog_of, sync, truth
from tests.support.resuming import assert_every_state_is_true, attempt, delivered, refused

if TYPE_CHECKING:
    import pathlib

    from tap_mailjet.sandbox import Sandbox

Json = dict[str, Any]
PAIR = ("messages", "message_events")
pytestmark = pytest.mark.usefixtures("_small_is_direct")
NEWEST: Json = {
    "backfill": "newest_first",
    "page_size": 15,
    "lookback_window": 0,
    "status_lookback_window": 0,
    "late_events_window": 0,
}
OLDEST: Json = {**NEWEST, "backfill": "oldest_first"}


@pytest.fixture(autouse=True)
def _small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make windows of at most two pages, and write a STATE after every few records."""
    monkeypatch.setattr(windowed_reader, "MAX_PAGES_PER_WINDOW", 2)
    monkeypatch.setattr(windowed_reader, "TARGET_PAGES_PER_SPLIT", 1)
    monkeypatch.setattr(MailjetStream, "STATE_MSG_FREQUENCY", 13)


def entry(state: Json, stream: str = "messages") -> Json:
    value: Json = state["bookmarks"].get(stream, {})
    return value


def states(run: Run) -> list[Json]:
    return [one["value"] for one in run.messages if one["type"] == "STATE"]


def unfinished(run: Run, stream: str = "messages") -> Json:
    """Return a STATE from the middle of the backfill."""
    found = [one for one in states(run) if "backfill" in entry(one, stream)]
    return found[len(found) // 2]


@pytest.mark.parametrize("stream", CLOCKS)
def test_output_equals_that_of_oldest_first(small: Sandbox, stream: str) -> None:
    newest, oldest = (sync(small, stream, **given) for given in (NEWEST, OLDEST))
    assert as_set(newest.records[stream]) == as_set(oldest.records[stream])
    assert entry(newest.state, stream) == entry(oldest.state, stream)


def test_windows_come_newest_first_and_their_rows_oldest_first(small: Sandbox) -> None:
    times = [row["ArrivedAt"] for row in sync(small, "messages", **NEWEST).records["messages"]]
    falls = [at for at, (one, other) in enumerate(itertools.pairwise(times), 1) if other < one]
    windows = [times[begin:end] for begin, end in itertools.pairwise([0, *falls, len(times)])]
    assert len(windows) > 5
    assert max(times) in windows[0]
    assert all(window == sorted(window) for window in windows)
    assert all(max(later) < min(earlier) for earlier, later in itertools.pairwise(windows))


def test_prefetched_windows_cost_no_further_requests(small: Sandbox) -> None:
    spent = []
    for given in (NEWEST, OLDEST):
        small.requests.clear()
        sync(small, "messages", **given)
        spent.append(len(small.requests))
    assert spent[0] <= 1.2 * spent[1]


def covered(state: Json, stream: str, lookback: int) -> tuple[str, str]:
    """Return the end of the unread rows, and the time from which a sync reads again."""
    found = entry(state, stream)
    mark = found.get("replication_key_value")
    end = found.get("backfill", {}).get("end", "" if mark else "9999")
    from_mark = to_wire(parse_instant(mark).subtract(hours=lookback)) if mark else end
    return end, from_mark


@pytest.mark.parametrize(
    "chance", [*range(6), *(pytest.param(at, marks=pytest.mark.scheduled) for at in range(6, 30))]
)
def test_sync_that_is_cut_at_random_loses_and_doubles_nothing(small: Sandbox, chance: int) -> None:
    """Cut the output at random STATEs, while the account grows."""
    draw = random.Random(chance)
    streams = draw.choice([("messages", "open_events"), PAIR, ("click_events",)])
    small.clock.set(UNTIL - timedelta(days=3 if "message_events" not in streams else 0))
    state: Json | None = None
    # In every other case, days in which rows changed or became visible late are read as well.
    counts_rows = bool(chance % 2)
    days = dict.fromkeys(("status_lookback_window", "late_events_window"), 30 * counts_rows)
    kept: dict[str, list[Json]] = {stream: [] for stream in streams}
    for step in range(4):
        given = draw.choice([NEWEST, OLDEST]) if step else NEWEST
        lookback = draw.choice([0, 24])
        run = sync(small, *streams, state=state, **given | days | {"lookback_window": lookback})
        # A sync may only read again what it must: no row between the two ends.
        for stream in {*streams} & {*CLOCKS} if state and not counts_rows else ():
            end, begin = covered(state or {}, stream, lookback)
            times = [row[CLOCKS[stream]] for row in run.records[stream]]
            assert all(one < end or one >= begin for one in times), (stream, end, begin)
        places = [at for at, one in enumerate(run.messages) if one["type"] == "STATE"]
        cut = places[-1] if step == 3 else draw.choice(places)
        state = run.messages[cut]["value"]
        for stream, rows in delivered(run.messages[:cut]).items():
            kept[stream] += rows
        if "message_events" not in streams:  # new events of old messages would not come
            small.clock.advance(timedelta(days=1))
    small.clock.set(UNTIL)
    last = sync(small, *streams, state=state, **OLDEST)
    for stream in streams:
        key = key_of(stream)
        got = {key(row) for row in [*kept[stream], *last.records[stream]]}
        assert got == {key(row) for row in truth(small, stream)}, stream
        assert "backfill" not in entry(last.state, stream)


def key_of(stream: str) -> Any:
    (found,) = (one for one in catalog_of()["streams"] if one["stream"] == stream)
    return lambda row: tuple(row[name] for name in found["key_properties"])


@pytest.mark.parametrize(
    ("streams", "given"),
    [
        (("messages",), {}),
        (PAIR, {}),
        (PAIR, {"stream_maps": {"messages": {"__filter__": "ID % 2 == 0"}}}),
        (("messages",), {"stream_maps": {"messages": {"Subject": None, "__alias__": "mails"}}}),
    ],
    ids=["plain", "children", "children and stream map", "renamed"],
)
@pytest.mark.parametrize("kind", ["RECORD", "BATCH"])
def test_every_state_is_a_resume_point(
    small: Sandbox, tmp_path: pathlib.Path, streams: tuple[str, ...], given: Json, kind: str
) -> None:
    given = {**NEWEST, **given}
    whole = dict(sync(small, *streams, **given).records)
    if kind == "BATCH":
        encoding = {"format": "jsonl", "compression": "gzip"}
        storage = {"root": f"file://{tmp_path}"}
        given["batch_config"] = {"encoding": encoding, "storage": storage, "batch_size": 25}

    def resume(state: Json) -> Any:
        return attempt(small, *streams, state=state, **given)[0]

    run = attempt(small, *streams, **given)[0]
    assert assert_every_state_is_true(run, resume, whole) > 3


@pytest.mark.parametrize("days", [0, 4, 40])
@pytest.mark.parametrize("stream", ["messages", "open_events"])
def test_no_state_covers_a_row_that_was_not_written(
    small: Sandbox, monkeypatch: pytest.MonkeyPatch, stream: str, days: int
) -> None:
    """Compare each STATE, also those in the middle of a window, with the rows before it."""
    monkeypatch.setattr(MailjetStream, "STATE_MSG_FREQUENCY", 1)
    # The newest day then has many rows, few, or none.
    clock = CLOCKS[stream]
    busiest = Counter(row[clock][:10] for row in truth(small, stream)).most_common(1)[0][0]
    until = datetime.fromisoformat(f"{busiest}T23:59:59+00:00") + timedelta(days=days)
    small.clock.set(until)
    given = {**NEWEST, "page_size": 40, "end_date": until.isoformat()}
    unwritten = as_set(truth(small, stream))
    times = {identity: row[clock] for row in truth(small, stream) for identity in as_set([row])}
    covering = 0
    for message in sync(small, stream, **given).messages:
        if message["type"] == "RECORD":
            unwritten -= as_set([message["record"]])
        elif message["type"] == "STATE":
            end, begin = covered(message["value"], stream, 0)
            assert all(times[one] < end or times[one] >= begin for one in unwritten), (end, begin)
            covering += begin < "9999"
    assert covering > 1
    assert not unwritten


def test_empty_newest_window_has_an_end_but_no_bookmark(
    small: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MailjetStream, "STATE_MSG_FREQUENCY", 1)
    small.clock.set(UNTIL + timedelta(days=300))
    run = sync(small, "messages", **NEWEST)
    rows = truth(small, "messages")
    assert as_set(run.records["messages"]) == as_set(rows)
    state = next(one for one in states(run) if "backfill" in entry(one))
    assert "replication_key_value" not in entry(state)
    assert entry(state)["backfill"]["end"] > max(row["ArrivedAt"] for row in rows)
    resumed = sync(small, "messages", state=state, **OLDEST)
    assert as_set(resumed.records["messages"]) == as_set(rows)


def test_bookmark_stays_at_the_newest_row_of_the_newest_window(small: Sandbox) -> None:
    run = sync(small, "messages", **NEWEST)
    marks = {entry(one).get("replication_key_value") for one in states(run)}
    assert marks <= {None, max(row["ArrivedAt"] for row in truth(small, "messages"))}


def test_oldest_first_finishes_the_backfill_of_an_earlier_sync(small: Sandbox) -> None:
    state = unfinished(sync(small, "messages", **NEWEST))
    resumed = sync(small, "messages", state=state, **OLDEST)
    end = entry(state)["backfill"]["end"]
    expected = [row for row in truth(small, "messages") if row["ArrivedAt"] < end]
    assert expected
    got = [row for row in resumed.records["messages"] if row["ArrivedAt"] < end]
    assert as_set(got) == as_set(expected)
    assert "backfill" not in entry(resumed.state)


def test_resumed_sync_reads_the_new_rows_before_the_unread_ones(small: Sandbox) -> None:
    small.clock.set(UNTIL - timedelta(days=2))
    state = unfinished(sync(small, "messages", **NEWEST))
    small.clock.set(UNTIL)
    run = sync(small, "messages", state=state, **NEWEST)
    times = [row["ArrivedAt"] for row in run.records["messages"]]
    mark = entry(state)["replication_key_value"]
    number = len([one for one in times if one >= mark])
    assert number > 1
    assert times[:number] == sorted(one for one in times if one >= mark)


def test_lookback_that_reaches_the_unread_rows_reads_them_once(small: Sandbox) -> None:
    state = next(
        one for one in states(sync(small, "messages", **NEWEST)) if entry(one).get("backfill")
    )
    hours = {"lookback_window": 24 * 5}
    run = sync(small, "messages", state=state, **{**NEWEST, **hours})
    assert max(as_set(run.records["messages"]).values()) == 1
    end = entry(state)["backfill"]["end"]
    expected = [row for row in truth(small, "messages") if row["ArrivedAt"] < end]
    assert as_set(expected).keys() <= as_set(run.records["messages"]).keys()
    assert "backfill" not in entry(run.state)


@pytest.mark.parametrize("place", [0, 5, 60, 150, -1])
@pytest.mark.parametrize("status", [403, 400])
def test_row_that_a_child_cannot_read_is_read_again(
    small: Sandbox, place: int, status: int
) -> None:
    rows = sorted(small.rows("message"), key=lambda row: (row["ArrivedAt"], row["ID"]))
    number = rows[place]["ID"]
    with refused(status, lambda resource, _: resource == f"messagehistory/{number}"):
        run, error = attempt(small, *PAIR, **NEWEST)
    assert "message_events" in str(error)
    small.requests.clear()
    again = sync(small, *PAIR, state=run.state, **NEWEST)
    assert f"messagehistory/{number}" in {one.resource for one in small.requests}
    for stream in PAIR:
        got = as_set([*run.records[stream], *again.records[stream]])
        assert got.keys() == as_set(truth(small, stream)).keys()
    assert "backfill" not in entry(again.state)


@pytest.mark.parametrize("status", [403, 400])
def test_row_of_a_resumed_sync_that_a_child_cannot_read_is_read_again(
    small: Sandbox, status: int
) -> None:
    small.clock.set(UNTIL - timedelta(days=2))
    first = sync(small, *PAIR, **NEWEST)
    state = unfinished(first)
    cut = next(
        at
        for at, one in enumerate(first.messages)
        if one["type"] == "STATE" and one["value"] == state
    )
    small.clock.set(UNTIL)
    new = [
        row
        for row in small.rows("message")
        if row["ArrivedAt"] > entry(state)["replication_key_value"]
    ]
    number = min(new, key=lambda row: str(row["ArrivedAt"]))["ID"]
    with refused(status, lambda resource, _: resource == f"messagehistory/{number}"):
        run, error = attempt(small, *PAIR, state=state, **NEWEST)
    assert "message_events" in str(error)
    again = sync(small, *PAIR, state=run.state, **NEWEST)
    kept = delivered(first.messages[:cut])
    for stream in PAIR:
        keys = {key_of(stream)(row) for row in truth(small, stream)}
        got = [*kept[stream], *run.records[stream], *again.records[stream]]
        assert {key_of(stream)(row) for row in got} == keys


def test_failure_in_the_history_keeps_both_ends(small: Sandbox) -> None:
    times = sorted(row["ArrivedAt"] for row in small.rows("message"))
    middle = times[len(times) // 2]

    def wanted(_: str, params: dict[str, str]) -> bool:
        return bool(params["FromTS"] < middle and params["ToTS"] < times[-20])

    with refused(403, wanted):
        run, error = attempt(small, "messages", **NEWEST)
    assert "messages" in str(error)
    assert 0 < len(run.records["messages"]) < len(times)
    assert entry(run.state)["replication_key_value"] == times[-1]
    again = sync(small, "messages", state=run.state, **NEWEST)
    got = as_set([*run.records["messages"], *again.records["messages"]])
    assert got.keys() == as_set(truth(small, "messages")).keys()


def test_filter_without_effect_reads_everything_and_finishes_the_backfill(small: Sandbox) -> None:
    state = unfinished(sync(small, "open_events", **NEWEST), "open_events")
    for given in (None, state):
        small.quirks = Quirks(event_bounds="ignored")
        run = sync(small, "open_events", state=given, **NEWEST)
        assert (
            as_set(run.records["open_events"]).keys() == as_set(truth(small, "open_events")).keys()
        )
        found = entry(run.state, "open_events")
        assert "backfill" not in found
        newest = max(row["OpenedAt"] for row in truth(small, "open_events"))
        assert found["replication_key_value"] == newest


@pytest.mark.parametrize("settings", [{"campaign_ids": [1]}, {"start_date": "2020-01-01"}])
def test_changed_setting_drops_the_backfill_with_the_bookmark(
    small: Sandbox, settings: Json
) -> None:
    given = {**NEWEST, "start_date": "2025-12-01"}
    state = unfinished(sync(small, "messages", **given))
    if "campaign_ids" in settings:
        settings = {"campaign_ids": [row["CampaignID"] for row in small.rows("message")][:2]}
    expected = sync(small, "messages", **{**given, **settings}).records["messages"]
    run = sync(small, "messages", state=state, **{**given, **settings})
    assert as_set(run.records["messages"]) == as_set(expected)
    # Also if the newest windows were empty, so that there is no bookmark yet.
    early = {key: value for key, value in entry(state).items() if "replication_key" not in key}
    run = sync(small, "messages", state={"bookmarks": {"messages": early}}, **{**given, **settings})
    assert as_set(run.records["messages"]) == as_set(expected)


def test_start_date_that_is_moved_during_the_backfill_and_back_loses_nothing(
    small: Sandbox,
) -> None:
    state = unfinished(sync(small, "messages", **NEWEST))
    times = sorted(row["ArrivedAt"] for row in small.rows("message"))
    later = sync(small, "messages", state=state, **{**NEWEST, "start_date": times[20]})
    assert "backfill" not in entry(later.state)
    assert min(row["ArrivedAt"] for row in later.records["messages"]) == times[20]
    back = sync(small, "messages", state=later.state, **NEWEST)
    assert times[0] in {row["ArrivedAt"] for row in back.records["messages"]}


def test_end_date_before_the_unread_end_leaves_the_rows_between_unread(small: Sandbox) -> None:
    state = unfinished(sync(small, "messages", **NEWEST))
    times = sorted(row["ArrivedAt"] for row in small.rows("message"))
    run = sync(small, "messages", state=state, **{**NEWEST, "end_date": times[10]})
    got = [row["ArrivedAt"] for row in run.records["messages"]]
    assert sorted(got) == times[:10]
    assert entry(run.state)["backfill"] == entry(state)["backfill"]
    rest = sync(small, "messages", state=run.state, **NEWEST)
    end = entry(state)["backfill"]["end"]
    assert {one for one in times if one < end} <= {
        row["ArrivedAt"] for row in rest.records["messages"]
    }
    assert "backfill" not in entry(rest.state)


def test_end_date_ends_the_newest_window(small: Sandbox) -> None:
    times = sorted(row["ArrivedAt"] for row in small.rows("message"))
    run = sync(small, "messages", **{**NEWEST, "end_date": times[100]})
    assert sorted(row["ArrivedAt"] for row in run.records["messages"]) == times[:100]
    assert entry(run.state)["replication_key_value"] == times[99]


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("2026-01-01", "must be an object with the key"),
        (None, "must be an object with the key"),
        ({}, "must be an object with the key"),
        ({"end": "soon"}, "'soon', is not a timestamp"),
        ({"end": "2099-01-01T00:00:00Z"}, "is in the future"),
    ],
)
def test_unusable_backfill_in_the_state_is_an_error(
    small: Sandbox, value: Any, problem: str
) -> None:
    state = {"bookmarks": {"messages": {"backfill": value}}}
    with pytest.raises(StateError, match=f"messages: .*{problem}.* Correct it"):
        sync(small, "messages", state=state)


def test_full_table_and_statcounters_ignore_the_setting(small: Sandbox) -> None:
    catalog = catalog_of("messages", "statcounters")
    for one in catalog["streams"]:
        if one["stream"] == "messages":
            one["replication_method"] = "FULL_TABLE"
    run = sync(small, catalog=catalog, start_date="2026-04-01", **NEWEST)
    for stream, clock in (("messages", "ArrivedAt"), ("statcounters", "Timeslice")):
        times = [row[clock] for row in run.records[stream]]
        assert len(times) > 10
        assert times == sorted(times)
        assert not any("backfill" in entry(one, stream) for one in states(run))


def test_parent_that_is_not_selected_keeps_no_backfill(small: Sandbox) -> None:
    run = sync(small, "message_events", **NEWEST)
    assert as_set(run.records["message_events"]) == as_set(truth(small, "message_events"))
    assert all("backfill" not in entry(one) for one in states(run))


def test_broken_connections_do_not_change_what_is_read(
    small: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    small.faults = Faults.storm(0.05)
    run = sync(small, "messages", **NEWEST)
    assert as_set(run.records["messages"]) == as_set(truth(small, "messages"))
