"""What the makers of the small tables know of the account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from tap_mailjet.sandbox import tables
from tap_mailjet.sandbox.chance import chance
from tap_mailjet.sandbox.people import SHOWN_AFTER

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from tap_mailjet.sandbox.mailings import Mailing
    from tap_mailjet.sandbox.people import People
    from tap_mailjet.sandbox.size import Span

    Record = dict[str, object]

T = TypeVar("T")

FUTURE = 0.08
"""The share of things that come to be after the history's end."""


class Story:
    """An account as far as it is made.

    Args:
        people: Who is in it.
        mailings: What is sent.
        seed: Where the chances come from.
    """

    def __init__(self, people: People, mailings: Sequence[Mailing], seed: int) -> None:
        self.people = people
        self.mailings = mailings
        self._seed = seed

    @property
    def span(self) -> Span:
        """Return the account's turning points."""
        return self.people.span

    def luck(self, purpose: str) -> random.Random:
        """Return a generator of its own for each purpose."""
        return chance(self._seed, "holdings", purpose)

    def times(self, purpose: str, count: int) -> list[int]:
        """Return ascending Unix seconds at which so many things come to be, a few of them late."""
        luck, span = self.luck(f"times of {purpose}"), self.span
        late = int(count * FUTURE)
        known = (luck.uniform(span.begin + SHOWN_AFTER, span.until) for _ in range(count - late))
        future = (luck.uniform(span.until, span.end) for _ in range(late))
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


def digits(luck: random.Random, length: int = 32) -> str:
    """Draw so many hexadecimal digits."""
    return f"{luck.getrandbits(length * 4):0{length}x}"


def as_json(value: Any) -> str:
    """Return a value as JSON text."""
    return msgspec.json.encode(value).decode()
