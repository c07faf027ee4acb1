"""The Status of messages in a warehouse, over many simulated nights."""

from __future__ import annotations

import itertools
import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_mailjet.sandbox import Clock, Quirks, Sandbox, Size
from tests.support.nights import UNTIL, Nights, add_late_events

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZE = Size(contacts=120, lists=3, campaigns=30, messages=1500, days=20, future_days=60)
PAGE = 20
QUIRKS: list[dict[str, Any]] = [
    *({"message_status": value} for value in ("numbers", "names", "either", "ignored")),
    *(
        {"lower_bound": lower, "upper_bound": upper}
        for lower, upper in itertools.product(["inclusive", "exclusive"], repeat=2)
    ),
    *({"count_only": value} for value in ("ignored", "refused", "zero", "negative", "unfiltered")),
    *({"message_status_list": value} for value in ("first", "refused")),
    {"message_status_list": "first", "message_status": "names"},
    {"unknown_parameters": "refused"},
    {"values": "strings"},
    {"hidden_rows": "some"},
    {"count_records": "ignored", "order": "shuffled"},
    {"total": "huge"},
]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(size=SIZE, seed=3, until=UNTIL, clock=Clock(at=UNTIL)) as made:
        yield made


def named(odd: dict[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in odd.items())


def test_each_status_is_right_the_morning_after_it_changed_for_sixty_days(
    sandbox: Sandbox,
) -> None:
    nights, rng, changed, without = Nights(sandbox, {"page_size": PAGE}), random.Random(1), 0, 0
    plain = Nights(sandbox, {"page_size": PAGE, "status_lookback_window": 0})
    for _ in range(60):
        nights.sync()
        assert not nights.wrong()
        plain.sync()
        without += len(plain.wrong())
        sandbox.clock.advance(timedelta(days=1))
        changed += add_late_events(sandbox, rng, rng.choice([0, 1, 4]))
    assert changed > 40
    assert without > 100


@pytest.mark.parametrize("odd", QUIRKS, ids=named)
def test_statuses_are_right_whatever_mailjet_does_not_document(
    sandbox: Sandbox, odd: dict[str, Any]
) -> None:
    sandbox.quirks = Quirks(**odd)
    nights, rng = Nights(sandbox, {"page_size": PAGE}), random.Random(2)
    for night in range(8):
        nights.sync()
        assert not nights.wrong(), night
        sandbox.clock.advance(timedelta(days=1))
        add_late_events(sandbox, rng, 2 * (night % 3))
