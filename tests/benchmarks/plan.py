"""How much is measured: all of it, or as little as shows that everything works."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from tests.benchmarks.site import Pace

SLOW = Pace(latency=0.2)
GROWING = Pace(growth=0.001)


def two_days_ago() -> int:
    """Return the Unix seconds of two days ago, before the tap's default lookback window."""
    return int(time.time()) - 2 * 86400


@dataclass(frozen=True)
class Plan:
    """How much is measured.

    Attributes:
        rows: messages without latency.
        fewer: messages with latency.
        few: the fewest, for the curve.
        many: the most.
        slow: the pace with latency.
        growing: the pace at which time grows with Offset.
        repeats: runs of each contender, of which the best counts.
        repeats_at_scale: the same where there are very many rows.
        starts: runs of a command that only starts.
        until: when the last message arrived, in Unix seconds.
    """

    rows: int = 100_000
    fewer: int = 20_000
    few: int = 10_000
    many: int = 1_000_000
    slow: Pace = SLOW
    growing: Pace = GROWING
    repeats: int = 3
    repeats_at_scale: int = 2
    starts: int = 9
    until: int = field(default_factory=two_days_ago)


def short() -> Plan:
    """As little as shows that everything works."""
    return Plan(
        rows=3000,
        fewer=3000,
        few=1000,
        many=6000,
        slow=Pace(latency=0.02),
        repeats=1,
        repeats_at_scale=1,
        starts=1,
    )
