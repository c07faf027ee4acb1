"""What the makers of the small tables know of the account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from tap_mailjet.sandbox.account import tables
from tap_mailjet.sandbox.account.people import SHOWN_AFTER
from tap_mailjet.sandbox.account.rng import seeded_rng

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from tap_mailjet.sandbox.account.campaign_plan import PlannedCampaign
    from tap_mailjet.sandbox.account.people import People
    from tap_mailjet.sandbox.account.size import Span

    Record = dict[str, object]

T = TypeVar("T")

FUTURE = 0.08
"""The share of things that come to be after the history's end."""


class AccountPlan:
    """An account as far as it is made.

    Args:
        people: Who is in it.
        campaigns: What is sent.
        seed: Where the chances come from.
    """

    def __init__(self, people: People, campaigns: Sequence[PlannedCampaign], seed: int) -> None:
        self.people = people
        self.campaigns = campaigns
        self._seed = seed

    @property
    def span(self) -> Span:
        """Return the account's turning points."""
        return self.people.span

    def rng(self, purpose: str) -> random.Random:
        """Return a generator of its own for each purpose."""
        return seeded_rng(self._seed, "holdings", purpose)

    def times(self, purpose: str, count: int) -> list[int]:
        """Return ascending Unix seconds at which so many things come to be, a few of them late."""
        rng, span = self.rng(f"times of {purpose}"), self.span
        late = int(count * FUTURE)
        known = (rng.uniform(span.begin + SHOWN_AFTER, span.until) for _ in range(count - late))
        future = (rng.uniform(span.until, span.end) for _ in range(late))
        return sorted(int(at) for at in (*known, *future))

    def list_id(self, place: int) -> int:
        """Return the ID of a list, one of those that were there from the beginning."""
        return tables.FIRST_LIST + place % (self.people.size.lists - 1)


def shown(at: int) -> int:
    """Return the Unix second from which on a thing is visible that was made at another."""
    return at + SHOWN_AFTER


def turn(words: Sequence[T], place: int) -> T:
    """Return one of some words, in turn."""
    return words[place % len(words)]


def every(count: int, place: int, rest: int = 0) -> bool:
    """Tell whether a thing is one of each so many, by its place."""
    return place % count == rest


def digits(rng: random.Random, length: int = 32) -> str:
    """Draw so many hexadecimal digits."""
    return f"{rng.getrandbits(length * 4):0{length}x}"


def as_json(value: Any) -> str:
    """Return a value as JSON text."""
    return msgspec.json.encode(value).decode()
