"""Events that Mailjet shows days after their own time, in a warehouse, over simulated nights."""

from __future__ import annotations

import itertools
import logging
import random
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from tap_mailjet.sandbox import Clock, Quirks, Sandbox, Size
from tap_mailjet.singer.state_checks import StateError
from tests.helpers import FLAGGED, Run, catalog_of, truth
from tests.support.nights import at as arrival
from tests.support.nights import tap_at, written_by

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]
SIZE = Size(contacts=80, lists=3, campaigns=24, messages=800, days=40, future_days=60)
UNTIL = datetime(2026, 3, 1, 3, 7, 11, tzinfo=timezone.utc)
DAY = timedelta(days=1)
KINDS: dict[str, Any] = {
    "open_events": "open",
    "click_events": "click",
    "bounce_events": "bounce",
    "spam_events": "spam",
    "bounce_reasons": "bounce",
}
LOWER = {
    "spam_events": "SpamEventFromTs",
    "bounce_reasons": "BounceEventFromTs",
}
QUERIES = 2
"""Events of deleted campaigns are requested apart."""
UNUSABLE = "rows cannot be counted"
AGES: list[list[float]] = [[3], [], [2, 7, 12, 20], [5.3, 5.4], [27]]
BOUNDS: list[Json] = [
    {"lower_bound": lower, "upper_bound": upper}
    for lower, upper in itertools.product(["inclusive", "exclusive"], repeat=2)
]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(size=SIZE, seed=3, until=UNTIL, clock=Clock(at=UNTIL)) as made:
        yield made


class Warehouse:
    """The rows of one stream, by key, and the state after the last sync."""

    def __init__(self, sandbox: Sandbox, stream: str, **given: Any) -> None:
        self.sandbox, self.stream, self.given = sandbox, stream, given
        self.state: Json | None = None
        self.held: set[tuple[Any, ...]] = set()
        [entry] = [one for one in catalog_of()["streams"] if one["stream"] == stream]
        self._key = entry["key_properties"]

    def sync(self, *, after: timedelta = DAY) -> Run:
        """Let time pass, sync once, and load the records."""
        self.sandbox.clock.advance(after)
        self.sandbox.requests.clear()
        run = self.run()
        self.load(run)
        return run

    def run(self) -> Run:
        return written_by(tap_at(self.sandbox, self.state, self.stream, **self.given))

    def load(self, run: Run) -> None:
        self.held |= {self._identity(row) for row in run.records[self.stream]}
        self.state = run.state

    def missing(self) -> list[tuple[Any, ...]]:
        """Return the keys of the rows that the account has and the warehouse does not have."""
        rows = truth(self.sandbox, self.stream)
        return [key for row in rows if (key := self._identity(row)) not in self.held]

    @property
    def bookmark(self) -> Json:
        assert self.state is not None
        entry: Json = self.state["bookmarks"][self.stream]
        return entry

    def requests_before_range(self) -> list[Json]:
        """Return the parameters of the requests for times before the range of the last sync."""
        name = LOWER.get(self.stream, "EventFromTs")
        newest = max(one.params[name] for one in self.sandbox.requests if not _counts(one.params))
        first = datetime.fromisoformat(newest.replace("Z", "+00:00")) - timedelta(days=1, hours=3)
        edge = first.strftime("%Y-%m-%dT%H:%M:%SZ")
        return [one.params for one in self.sandbox.requests if one.params[name] < edge]

    def _identity(self, row: Json) -> tuple[Any, ...]:
        return tuple(row[name] for name in self._key)


def _counts(params: Json) -> bool:
    return "countOnly" in params


def old_messages(sandbox: Sandbox, stream: str, days: int) -> list[Json]:
    """Return the messages that were there some days ago, without an event that happens once."""
    now, kind = sandbox.clock.now(), KINDS[stream]
    rows = [row for row in sandbox.rows("message") if now - arrival(row) > timedelta(days=days)]
    if kind in {"open", "click"}:
        return rows
    name = {"spam": "spam_events", "bounce": "bounce_reasons"}[kind]
    flagged = {row["MessageID"] for row in truth(sandbox, name) if row[FLAGGED[name]]}
    return [row for row in rows if row["ID"] not in flagged]


def add_late(sandbox: Sandbox, stream: str, rng: random.Random, *ages: float) -> None:
    """Add events that happened some days ago and become visible now."""
    now = sandbox.clock.now()
    for age in ages:
        message = rng.choice(old_messages(sandbox, stream, int(age) + 1))
        happened = now - timedelta(days=age, seconds=rng.randrange(3600))
        sandbox.add_event(KINDS[stream], message_id=message["ID"], at=happened, visible_at=now)


def unusable(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [text for text in caplog.messages if UNUSABLE in text]


@pytest.mark.parametrize("stream", KINDS)
@pytest.mark.parametrize("bounds", BOUNDS, ids=str)
def test_late_events_are_there_the_next_morning_whatever_the_bounds(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture, stream: str, bounds: Json
) -> None:
    sandbox.quirks = Quirks(**bounds)
    house, rng = Warehouse(sandbox, stream), random.Random(1)
    without = Warehouse(sandbox, stream, late_events_window=0)
    for night in range(6):
        house.sync()
        without.sync(after=timedelta(0))
        assert not house.missing(), night
        add_late(sandbox, stream, rng, *AGES[night % len(AGES)])
    assert len(without.missing()) > 3
    assert not unusable(caplog)


@pytest.mark.parametrize("page_size", [5, 1000])
@pytest.mark.parametrize("backfill", ["oldest_first", "newest_first"])
def test_late_events_are_found_after_every_kind_of_first_sync(
    sandbox: Sandbox, page_size: int, backfill: str
) -> None:
    house = Warehouse(sandbox, "open_events", page_size=page_size, backfill=backfill)
    house.sync()
    for age in range(2, 21, 3):
        add_late(sandbox, "open_events", random.Random(age), age)
        house.sync()
        assert not house.missing(), age


def test_late_event_costs_few_counts_and_the_read_of_its_day(sandbox: Sandbox) -> None:
    house = Warehouse(sandbox, "open_events")
    house.sync()
    house.sync()
    add_late(sandbox, "open_events", random.Random(4), 9)
    house.sync()
    assert not house.missing()
    old = house.requests_before_range()
    read = [params for params in old if not _counts(params)]
    assert len(read) == QUERIES
    [(start, end)] = {(params["EventFromTs"], params["EventToTs"]) for params in read}
    assert end[:10] > start[:10]
    length = datetime.fromisoformat(end[:-1]) - datetime.fromisoformat(start[:-1])
    assert length <= timedelta(days=1, seconds=1)
    assert len(old) - len(read) <= 10 * QUERIES


@pytest.mark.parametrize("stream", KINDS)
def test_night_without_late_events_costs_one_count_for_each_query(
    sandbox: Sandbox, stream: str
) -> None:
    house = Warehouse(sandbox, stream)
    house.sync()
    house.sync()  # learns the bounds
    for _ in range(3):
        house.sync()
        old = house.requests_before_range()
        assert len(old) == QUERIES
        assert all(map(_counts, old))


def test_equal_events_do_not_cause_repeated_reads(sandbox: Sandbox) -> None:
    happened = UNTIL - timedelta(days=3)
    message = old_messages(sandbox, "click_events", 6)[0]
    for _ in range(3):
        sandbox.add_event("click", message_id=message["ID"], at=happened)
    house = Warehouse(sandbox, "click_events")
    house.sync()
    house.sync()
    assert len(truth(sandbox, "click_events")) > len(house.held)
    sandbox.add_event(
        "click", message_id=message["ID"], at=happened, visible_at=sandbox.clock.now()
    )
    house.sync()
    assert len(house.requests_before_range()) > QUERIES
    for _ in range(3):
        house.sync()
        assert len(house.requests_before_range()) == QUERIES


def test_rows_that_mailjet_counts_and_hides_are_read_again_once(sandbox: Sandbox) -> None:
    house = Warehouse(sandbox, "open_events", page_size=20)
    house.sync()
    house.sync()
    sandbox.quirks = Quirks(hidden_rows="some")
    assert house.state is not None
    parts = [part for part in house.bookmark["delivered"]["parts"] if part[2].get("rows")]
    # The rows were hidden when their days were read.
    for part in parts[-3:]:
        part[2]["rows"] -= 1
    read = []
    for _ in range(4):
        house.sync()
        read.append([one for one in house.requests_before_range() if not _counts(one)])
    assert read[0]
    # The days of the range whose rows were hidden follow one by one.
    assert all(len(later) < len(read[0]) for later in read[1:])


@pytest.mark.parametrize("count_only", ["ignored", "refused", "zero", "negative", "unfiltered"])
def test_unusable_counts_are_logged_once_and_cost_no_rows(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture, count_only: Any
) -> None:
    sandbox.quirks = Quirks(count_only=count_only)
    house, plain = (
        Warehouse(sandbox, "open_events", **given) for given in ({}, {"late_events_window": 0})
    )
    house.sync()
    plain.sync(after=timedelta(0))
    for night in range(3):
        caplog.clear()
        house.sync()
        assert len(unusable(caplog)) == 1, night
        # Nothing before the range is read; with few counts, because learning the bounds needs four.
        assert all(map(_counts, house.requests_before_range()))
        plain.sync(after=timedelta(0))
        assert house.held == plain.held
    # If Mailjet's counts are right again, an event that became visible meanwhile is found.
    add_late(sandbox, "open_events", random.Random(6), 6)
    house.sync()
    assert house.missing()
    sandbox.quirks = Quirks()
    house.sync()
    assert not house.missing()


@pytest.mark.parametrize("count_only", ["refused", "zero", "unfiltered"])
def test_counts_that_become_unusable_are_noticed(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture, count_only: Any
) -> None:
    house = Warehouse(sandbox, "open_events")
    house.sync()
    house.sync()
    sandbox.quirks = Quirks(count_only=count_only)
    house.sync()
    assert len(unusable(caplog)) == 1
    assert all(map(_counts, house.requests_before_range()))
    add_late(sandbox, "open_events", random.Random(6), 6)
    sandbox.quirks = Quirks()
    house.sync()
    assert not house.missing()


@pytest.mark.parametrize("deleted_events", ["shown", "hidden"])
def test_events_of_a_campaign_that_is_deleted_meanwhile(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture, deleted_events: Any
) -> None:
    sandbox.quirks = Quirks(deleted_events=deleted_events)
    caplog.set_level(logging.INFO)
    house = Warehouse(sandbox, "open_events", include_deleted_campaigns=True)
    less = Warehouse(sandbox, "open_events", include_deleted_campaigns=False)
    for one in (house, less):
        one.sync()
        one.sync()
    recent = [row for row in truth(sandbox, "open_events") if row["OpenedAt"] > "2026-02-10"]
    sandbox.delete_campaign(recent[0]["CampaignID"], at=sandbox.clock.now())
    house.sync()
    caplog.clear()
    less.sync(after=timedelta(0))
    # Fewer rows than remembered are only remembered.
    assert "became visible" not in caplog.text
    assert all(map(_counts, less.requests_before_range()))
    less.sync()
    assert len(less.requests_before_range()) == 1
    house.sync(after=timedelta(0))
    add_late(sandbox, "open_events", random.Random(2), 4, 11)
    house.sync()
    assert not house.missing()
    assert not unusable(caplog)


def test_late_events_of_a_quiet_account_are_found_although_bounds_are_unknown(
    sandbox: Sandbox,
) -> None:
    account, now = sandbox._served.account, sandbox.clock.now()
    account.write("DELETE FROM event", ())
    message = min(sandbox.rows("message"), key=arrival)["ID"]
    sandbox.add_event("click", message_id=message, at=now - timedelta(minutes=5))
    house = Warehouse(sandbox, "click_events")
    house.sync(after=timedelta(0))
    house.sync()
    assert house.bookmark["delivered"]["parts"]
    for age in (8, 3, 5):
        shown = sandbox.clock.now()
        happened = shown - timedelta(days=age)
        sandbox.add_event("click", message_id=message, at=happened, visible_at=shown)
        account.write("DELETE FROM event WHERE Kind <> 2", ())
        house.sync()
        assert not house.missing()


def test_state_without_counts_reads_nothing_again_and_begins_to_count(sandbox: Sandbox) -> None:
    house = Warehouse(sandbox, "open_events")
    house.sync()
    del house.bookmark["delivered"]
    house.sync()
    assert house.requests_before_range() == []
    house.sync()
    house.sync()
    add_late(sandbox, "open_events", random.Random(3), 2.5)
    house.sync()
    assert not house.missing()


def test_zero_days_turn_it_off(sandbox: Sandbox) -> None:
    house = Warehouse(sandbox, "open_events", late_events_window=0)
    house.sync()
    house.sync()
    assert house.requests_before_range() == []
    assert "delivered" not in house.bookmark


def test_window_limits_what_is_counted(sandbox: Sandbox) -> None:
    house = Warehouse(sandbox, "open_events", late_events_window=7)
    house.sync()
    house.sync()
    first = house.bookmark["delivered"]["parts"][0][0]
    assert first == f"{(sandbox.clock.now() - timedelta(days=7)).date()}T00:00:00Z"
    rng = random.Random(1)
    add_late(sandbox, "open_events", rng, 5, 10)
    house.sync()
    assert len(house.missing()) == 1


def test_state_counts_the_events_before_the_range_of_the_next_sync(sandbox: Sandbox) -> None:
    house, rng = Warehouse(sandbox, "open_events"), random.Random(2)
    for night in range(4):
        house.sync()
        rows = truth(sandbox, "open_events")
        parts = house.bookmark["delivered"]["parts"]
        for start, end, counts in parts:
            number = sum(start <= row["OpenedAt"] < end for row in rows)
            assert counts.get("rows", 0) == number
        assert all(one[1] == other[0] for one, other in itertools.pairwise(parts))
        add_late(sandbox, "open_events", rng, *range(2, 2 + night))


@pytest.mark.parametrize("event_bounds", ["ignored", "refused"])
def test_unfiltered_read_needs_no_counts(sandbox: Sandbox, event_bounds: Any) -> None:
    house = Warehouse(sandbox, "open_events")
    house.sync()
    before = house.bookmark["delivered"]
    sandbox.quirks = Quirks(event_bounds=event_bounds)
    house.sync()
    assert house.bookmark["delivered"] == before
    sandbox.quirks = Quirks()
    add_late(sandbox, "open_events", random.Random(1), 8)
    house.sync()
    assert not house.missing()


@pytest.mark.parametrize(
    "given",
    [{"sender_ids": [101]}, {"start_date": "2026-02-20T10:20:30Z"}, {"lookback_window": 90}],
)
def test_late_events_are_found_after_settings_changed_and_changed_back(
    sandbox: Sandbox, given: Json
) -> None:
    house = Warehouse(sandbox, "open_events")
    house.sync()
    house.sync()
    for changed in (given, {}):
        house.given = changed
        house.sync()
        house.sync()
    for _ in range(4):  # what is before the changes is not remembered in every case
        house.sync()
    before = house.missing()
    add_late(sandbox, "open_events", random.Random(7), 2, 3)
    house.sync()
    assert house.missing() == before


@pytest.mark.parametrize("stream", ["open_events", "bounce_reasons"])
def test_killed_sync_leaves_a_state_from_which_late_events_are_found(
    sandbox: Sandbox, seed: int, monkeypatch: pytest.MonkeyPatch, stream: str
) -> None:
    rng, house, killed = random.Random(seed), Warehouse(sandbox, stream, page_size=10), 0
    sdk_stream = type(tap_at(sandbox, None, stream).streams[stream])
    monkeypatch.setattr(sdk_stream, "STATE_MSG_FREQUENCY", 3)
    house.sync()
    for _ in range(8):
        add_late(sandbox, stream, rng, 2.2, rng.randrange(3, 20))
        sandbox.clock.advance(DAY)
        run = house.run()
        if rng.random() < 0.6:
            # A target that is killed has loaded what came before the last STATE that it has seen.
            seen = Run(run.messages[: rng.randrange(1, len(run.messages))])
            states = [one["value"] for one in seen.messages if one["type"] == "STATE"]
            last = house.state
            house.load(seen) if states else house.held.update(
                map(house._identity, seen.records[stream])
            )
            house.state = states[-1] if states else last
            killed += 1
            house.sync(after=timedelta(minutes=30))
        else:
            house.load(run)
        assert not house.missing()
    assert killed > 1


def test_events_that_come_during_the_counts_are_found_the_night_after(sandbox: Sandbox) -> None:
    house = Warehouse(sandbox, "open_events")
    house.sync()
    house.sync()
    add_late(sandbox, "open_events", random.Random(3), 4, 9, 15)
    before = house.state
    house.sync()
    # A target that was stopped before the last STATE keeps the earlier numbers.
    house.state = before
    add_late(sandbox, "open_events", random.Random(4), 4)
    house.sync()
    assert not house.missing()


@pytest.mark.parametrize(
    "delivered",
    [
        [],
        {"parts": {}},
        {"parts": [["2026-03-01T00:00:00Z", "2026-03-05T00:00:00Z", {}]]},
        {"parts": [["2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z", {"rows": -1}]]},
        {"facts": {"lower": "yes"}},
        {"days": []},
    ],
)
def test_state_with_unusable_counts_is_an_error_that_says_what_to_do(
    sandbox: Sandbox, delivered: object
) -> None:
    state = {"bookmarks": {"open_events": {"delivered": delivered}}}
    with pytest.raises(StateError, match="remove it from the state"):
        tap_at(sandbox, state, "open_events")
