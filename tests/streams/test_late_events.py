"""Events that Mailjet shows days after their own time are in the warehouse."""

from __future__ import annotations

import itertools
import logging
import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_mailjet.sandbox import Quirks, Sandbox
from tests.helpers import Run, truth
from tests.support.late_events import (
    DAY,
    KINDS,
    Json,
    Warehouse,
    add_late,
    counts_rows,
    new_sandbox,
)
from tests.support.nights import at as arrival
from tests.support.nights import tap_at

if TYPE_CHECKING:
    from collections.abc import Iterator

UNUSABLE = "rows cannot be counted"
AGES: list[list[float]] = [[3], [], [2, 7, 12, 20], [5.3, 5.4], [27]]
BOUNDS: list[Json] = [
    {"lower_bound": lower, "upper_bound": upper}
    for lower, upper in itertools.product(["inclusive", "exclusive"], repeat=2)
]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with new_sandbox() as made:
        yield made


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
    assert all(map(counts_rows, less.requests_before_range()))
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
                map(house.identity, seen.records[stream])
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
