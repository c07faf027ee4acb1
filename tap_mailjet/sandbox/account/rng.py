"""Pseudo-random numbers that depend on a seed."""

from __future__ import annotations

import random

HOUR = 3600
LATEST = 19 * HOUR
"""No event shows later after its own time than this, and two minutes."""


def seeded_rng(*purpose: object) -> random.Random:
    """Return a separate generator for each purpose, so that their numbers are independent."""
    return random.Random(" ".join(map(str, purpose)))  # noqa: S311 - made-up data, no secrets


def lag(rng: random.Random) -> int:
    """Draw the seconds between an event and its row: minutes at most, but hours for a few."""
    if rng.random() < 0.04:  # noqa: PLR2004 - a few per cent
        return HOUR // 6 + int(rng.random() * (LATEST - HOUR // 6))
    return 5 + int(rng.random() * 115)
