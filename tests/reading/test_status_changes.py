"""Changes of Status against a model that knows every message."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pendulum
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw

from tap_mailjet.reading.day_parts import (
    Counts,
    Part,
    merge_parts,
    parts_from_state,
    parts_to_state,
    uncovered,
)
from tap_mailjet.reading.row_counts import CountsUnusableError
from tap_mailjet.reading.row_tally import KnownSecond
from tap_mailjet.reading.status_changes import Remembered, StatusChanges
from tap_mailjet.reading.status_facts import NAMES, StatusFacts
from tap_mailjet.reading.status_vectors import CHAIN, reach, with_read
from tap_mailjet.reading.time_windows import Window
from tap_mailjet.reading.windowed_reader import WindowedRows
from tap_mailjet.timestamps import to_wire

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tap_mailjet.reading.status_tally import StatusTally

START = pendulum.datetime(2026, 3, 1)
DAYS = 30
NEEDED = Window(START, START.add(days=DAYS))


@dataclass
class Model:
    """An account: the hour of arrival and the rank of each message, by ID."""

    hours: dict[int, int]
    ranks: dict[int, int]
    requests: int = 0
    read: list[int] = field(default_factory=list)
    facts: StatusFacts = field(
        default_factory=lambda: StatusFacts(values=NAMES, lower=True, upper=True, lists=True)
    )
    # Moves that happen before each of the next requests, to model an account that is in use.
    upcoming: list[tuple[int, int]] = field(default_factory=list)

    def at(self, message: int) -> pendulum.DateTime:
        return START.add(hours=self.hours[message], minutes=message % 60)

    def messages(self, window: Window) -> list[int]:
        return [one for one in self.hours if window.start <= self.at(one) < window.end]

    def parts(self) -> list[Part]:
        found = []
        for day in range(DAYS):
            window = Window(START.add(days=day), START.add(days=day + 1))
            counts = Counts(CHAIN[self.ranks[one]] for one in self.messages(window))
            found.append(Part(window, counts))
        return found

    def _request(self) -> None:
        self.requests += 1
        if self.upcoming:
            message, rank = self.upcoming.pop()
            self.ranks[message] = max(rank, self.ranks[message])

    def by_status(self, window: Window, _remembered: Counts) -> Counts:
        self._request()
        return Counts(CHAIN[self.ranks[one]] for one in self.messages(window))

    def total(self, window: Window) -> int:
        self._request()
        return len(self.messages(window))

    def number(self, window: Window, statuses: Sequence[str]) -> int:
        self._request()
        return sum(CHAIN[self.ranks[one]] in statuses for one in self.messages(window))

    def lists_are_honoured(self, _window: Window, _current: Counts) -> bool:
        return bool(self.facts.lists)

    def learn_bounds(self, _known: object) -> None:
        """Do nothing: the bounds are known."""

    def requests_for(self, _remembered: Counts) -> int:
        return 1

    def reader_for(self, params: Mapping[str, str], tally: StatusTally | None) -> ModelReader:
        return ModelReader(self, params.get("MessageStatus"), tally)


@dataclass
class ModelReader:
    """A reader of the messages of the model."""

    model: Model
    status: str | None
    tally: StatusTally | None

    def read(self, window: Window, **_options: Any) -> Iterator[WindowedRows]:
        model = self.model
        model._request()
        found = [
            one
            for one in model.messages(window)
            if self.status is None or CHAIN[model.ranks[one]] in self.status.split(",")
        ]
        rows = [
            Raw(
                json.dumps(
                    {"ArrivedAt": to_wire(model.at(one)), "Status": CHAIN[model.ranks[one]]}
                ).encode()
            )
            for one in found
        ]
        if self.tally:
            self.tally.add(window, rows)
        model.read += found
        yield WindowedRows(window, rows)


def changes_of(model: Model, parts: list[Part], page_size: int = 5) -> StatusChanges:
    counts: Any = model
    reader_for: Any = model.reader_for
    return StatusChanges(
        Remembered(parts, NEEDED),
        counts,
        reader_for,
        known_second=None,
        queries=1,
        page_size=page_size,
        log=lambda _level, _text: None,
    )


def run(model: Model, parts: list[Part], page_size: int = 5) -> StatusChanges:
    changes = changes_of(model, parts, page_size)
    for _ in changes.read():
        pass
    return changes


messages = st.lists(
    st.tuples(
        st.integers(0, DAYS * 24 - 1), st.integers(0, 12), st.integers(0, 12), st.integers(0, 5)
    ),
    min_size=1,
    max_size=60,
)


@settings(max_examples=100, deadline=None)
@given(messages, st.sampled_from([2, 5]))
def test_each_message_that_moved_up_is_read_and_the_new_counts_are_those_of_the_account(
    drawn: list[tuple[int, int, int, int]], page_size: int
) -> None:
    model = Model(
        {number: hour for number, (hour, _, _, _) in enumerate(drawn)},
        {number: rank for number, (_, rank, _, _) in enumerate(drawn)},
    )
    parts = model.parts()
    before = dict(model.ranks)
    for number, (_, rank, other, chance) in enumerate(drawn):
        if chance == 0:
            model.ranks[number] = max(rank, other)
    changes = run(model, parts, page_size)
    changed = {one for one in before if before[one] != model.ranks[one]}
    assert changed <= {*model.read}
    assert changes.parts == model.parts()


@settings(max_examples=80, deadline=None)
@given(messages, st.lists(st.tuples(st.integers(0, 59), st.integers(0, 12)), max_size=20))
def test_moves_during_the_reads_are_found_by_the_next_sync_at_the_latest(
    drawn: list[tuple[int, int, int, int]], moves: list[tuple[int, int]]
) -> None:
    model = Model(
        {number: hour for number, (hour, _, _, _) in enumerate(drawn)},
        {number: rank for number, (_, rank, _, _) in enumerate(drawn)},
    )
    held = dict(model.ranks)
    parts = model.parts()
    model.upcoming = [(number % len(drawn), rank) for number, rank in moves]
    for _ in range(2):
        for number, (_, _, other, chance) in enumerate(drawn):
            if chance == 0:
                model.ranks[number] = max(model.ranks[number], other)
        parts = follow(model, parts, held)
    model.upcoming = []
    follow(model, parts, held)
    assert held == model.ranks


def follow(model: Model, parts: list[Part], held: dict[int, int]) -> list[Part]:
    """Read the changes, and load each message with the Status that it has when it is read."""
    changes = changes_of(model, parts)
    for _ in changes.read():
        while model.read:
            message = model.read.pop()
            held[message] = model.ranks[message]
    return changes.parts


@settings(max_examples=80, deadline=None)
@given(messages, st.sets(st.integers(0, 59), max_size=3), st.sets(st.integers(0, 59), max_size=3))
def test_vanished_and_late_messages_leave_the_counts_of_the_account(
    drawn: list[tuple[int, int, int, int]], vanished: set[int], late: set[int]
) -> None:
    hours = {number: hour for number, (hour, _, _, _) in enumerate(drawn)}
    ranks = {number: rank for number, (_, rank, _, _) in enumerate(drawn)}
    model = Model({one: hour for one, hour in hours.items() if one not in late}, ranks)
    parts = model.parts()
    model.hours = {one: hour for one, hour in hours.items() if one not in vanished - late}
    changes = run(model, parts)
    late &= hours.keys()
    if not vanished - late or not late:
        # A late message and a vanished one of the same status cannot be distinguished by counts.
        assert late <= {*model.read}
        assert changes.parts == model.parts()


def test_nothing_that_changed_costs_one_count_of_each_status() -> None:
    model = Model({one: one for one in range(700)}, {one: one % 13 for one in range(700)})
    run(model, model.parts())
    assert model.requests == 1
    assert not model.read


def test_one_change_in_thirty_days_reads_one_day_of_its_status() -> None:
    model = Model({one: one % 720 for one in range(7200)}, dict.fromkeys(range(7200), 4))
    model.ranks |= dict.fromkeys(range(0, 7200, 2), 9)
    parts = model.parts()
    model.ranks[7101] = 9
    run(model, parts)
    assert 7101 in model.read
    assert len(model.read) <= 7200 / 2 / 30 + 1
    assert model.requests <= 8


def test_server_whose_counts_fail_is_read_as_a_whole() -> None:
    model = Model({one: one * 5 for one in range(100)}, dict.fromkeys(range(100), 4))
    parts = model.parts()
    model.ranks[7] = 11

    def fail(_window: Window, _remembered: Counts) -> Counts:
        raise CountsUnusableError

    model.by_status = fail  # type: ignore[assignment,method-assign]
    changes = run(model, parts)
    assert sorted(model.read) == [*range(100)]
    assert changes.parts == model.parts()


def test_parts_that_the_state_lacks_are_read_and_counted() -> None:
    model = Model({one: one * 7 for one in range(100)}, dict.fromkeys(range(100), 4))
    whole = model.parts()
    known = [*whole[3:9], *whole[12:]]
    changes = run(model, known)
    lacking = {
        one
        for one in model.hours
        if not any(part.window.start <= model.at(one) < part.window.end for part in known)
    }
    assert lacking <= {*model.read}
    assert lacking
    assert changes.parts == whole


counts = st.dictionaries(st.sampled_from(CHAIN), st.integers(0, 9))


@given(counts, st.dictionaries(st.sampled_from(CHAIN[1:]), st.integers(0, 9)))
def test_counts_after_a_read_never_exceed_what_was_read_or_remembered(
    before: dict[str, int], read: dict[str, int]
) -> None:
    after = with_read(Counts(before), read)
    assert all(number > 0 for number in after.values())
    for rank, (new, old) in enumerate(zip(reach(after), reach(before), strict=True)):
        above = sum(read.get(status, 0) for status in CHAIN[rank:])
        assert new <= old + above
    for status, number in read.items():
        assert after[status] == number


@given(st.sets(st.integers(0, 200)))
def test_parts_and_gaps_together_are_the_needed_range(hours: set[int]) -> None:
    parts = merge_parts(
        Part(Window(START.add(hours=hour), START.add(hours=hour + 1)), Counts(sent=hour))
        for hour in hours
    )
    assert parts_from_state(json.loads(json.dumps(parts_to_state(parts)))) == [
        Part(part.window, +part.counts) for part in parts
    ]
    windows = [*(part.window for part in parts), *uncovered(NEEDED, parts)]
    windows.sort(key=lambda window: window.start)
    assert (windows[0].start, windows[-1].end) == (NEEDED.start, NEEDED.end)
    assert all(one.end == other.start for one, other in itertools.pairwise(windows))
    assert sum((part.counts for part in parts), Counter()).total() == sum(hours)


@pytest.mark.parametrize(
    "value",
    [
        {},
        [["2026-03-01T00:00:00Z", "2026-03-01T05:00:00Z"]],
        [["2026-03-01T00:00:00Z", "2026-03-01T05:00:00Z", {"sent": -1}]],
        [["2026-03-01T00:00:00Z", "2026-03-01T05:00:00Z", {"sent": True}]],
        [["2026-03-01T00:00:00Z", "2026-03-03T00:00:00Z", {}]],
        [["2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z", {}]],
        [["noon", "2026-03-01T00:00:00Z", {}]],
        [
            ["2026-03-01T00:00:00Z", "2026-03-01T05:00:00Z", {}],
            ["2026-03-01T04:00:00Z", "2026-03-01T06:00:00Z", {}],
        ],
    ],
)
def test_parts_that_would_hide_changes_are_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        parts_from_state(value)


def test_bounds_are_learned_only_from_counts_that_one_combination_explains() -> None:
    known = KnownSecond(START, 2, 5, 1)
    for lower in (True, False):
        for upper in (True, False):
            after = lower * 5 + upper * 1
            before = lower * 2 + upper * 5
            facts = StatusFacts().with_bounds_of(known, after, before)
            assert (facts.lower, facts.upper) == (lower, upper)
    assert not StatusFacts(lower=True, upper=True).with_bounds_of(known, 3, 3).has_bounds
