"""What the state remembers of delivered events, and the requests that this costs."""

from __future__ import annotations

import itertools
import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_mailjet.sandbox import Quirks, Sandbox
from tap_mailjet.singer.state_checks import StateError
from tests.helpers import truth
from tests.support.late_events import (
    KINDS,
    UNTIL,
    Warehouse,
    add_late,
    counts_rows,
    new_sandbox,
    old_messages,
)
from tests.support.nights import tap_at

if TYPE_CHECKING:
    from collections.abc import Iterator

QUERIES = 2
"""Events of deleted campaigns are requested apart."""
UNUSABLE = "rows cannot be counted"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with new_sandbox() as made:
        yield made


def unusable(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [text for text in caplog.messages if UNUSABLE in text]


def test_late_event_costs_few_counts_and_the_read_of_its_day(sandbox: Sandbox) -> None:
    house = Warehouse(sandbox, "open_events")
    house.sync()
    house.sync()
    add_late(sandbox, "open_events", random.Random(4), 9)
    house.sync()
    assert not house.missing()
    old = house.requests_before_range()
    read = [params for params in old if not counts_rows(params)]
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
        assert all(map(counts_rows, old))


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
        read.append([one for one in house.requests_before_range() if not counts_rows(one)])
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
        assert all(map(counts_rows, house.requests_before_range()))
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
    assert all(map(counts_rows, house.requests_before_range()))
    add_late(sandbox, "open_events", random.Random(6), 6)
    sandbox.quirks = Quirks()
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
def test_unfiltered_read_needs_nocounts_rows(sandbox: Sandbox, event_bounds: Any) -> None:
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
