"""What an account is made with: chance, a clock, and odd values here and there."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from tests.fuzz.account import Account, Broken, Fields, Item, wire_time

DAY = 86400
HOUR = 3600


@dataclass(frozen=True)
class Size:
    """How large an account is.

    Attributes:
        span: days over which everything happened.
        burst: rows that happened in one second, for each stream of events.
        late: days after a message until which something may happen to it.
        has_huge_ids: whether IDs of messages are above 2^53.
    """

    contacts: int = 12
    campaigns: int = 5
    messages: int = 30
    events: int = 20
    objects: int = 8
    span: int = 60
    burst: int = 0
    late: int = 40
    has_huge_ids: bool = False


@dataclass(frozen=True)
class Oddities:
    """Which rows are odd: the share of each kind, 0 for none."""

    broken: str = "none"
    keyless: float = 0.0
    unclocked: float = 0.0
    hidden: float = 0.0


class Maker:
    """Makes the rows of an account.

    Args:
        account: where to put them.
        size: how many.
        oddities: what is odd.
        now: the Unix second that it is.
        read: the streams that are read, to which most happens.
    """

    def __init__(
        self, account: Account, size: Size, oddities: Oddities, *, now: int, read: tuple[str, ...]
    ) -> None:
        self.account = account
        self.size = size
        self.oddities = oddities
        self.now = now
        self.read = read
        self.chance = random.Random()

    def add(self, stream: str, fields: Fields, **how: Any) -> Item:
        """Add a row, perhaps with a broken value."""
        odd = self.oddities
        if odd.broken != "none" and self.chance.random() < 0.1:
            names, value = BROKEN[odd.broken]
            name = next((name for name in names if name in fields), None)
            if name is not None:
                fields = {**fields, name: value}
        item = self.account.add(stream, fields, order=self.chance.random(), **how)
        item.is_hidden = self.chance.random() < odd.hidden
        return item

    def clock(self, second: int) -> Any:
        """Return a timestamp, or now and then none."""
        return None if self.chance.random() < self.oddities.unclocked else wire_time(second)

    def new_id(self) -> int:
        """Return an ID that nothing else has."""
        self.account.next_id += 1
        return self.account.next_id

    def pick(self, stream: str) -> Item | None:
        """Return any row of a stream that is there."""
        living = self.account.living(stream)
        return self.chance.choice(living) if living else None

    def time(self, since: int, until: int | None = None) -> int:
        """Return a second of a range before now, often a full hour."""
        until = self.now if until is None else min(until, self.now)
        since = min(since, until - 1)
        second = self.chance.randrange(since, until)
        # Seconds that many things share are where windows are cut wrongly.
        is_full = self.chance.random() < 0.2 and second - since > HOUR
        return second - second % HOUR if is_full else second


_TEXTS = ("Subject", "Name", "UserAgent", "Title")
_NUMBERS = ("Delay", "SpamassScore", "DeliveredCount", "AttemptCount", "ClickedDelay", "StateID")
_TIMES = ("SendEndAt", "LastUpdateAt", "SubscribedAt")
BROKEN: dict[str, tuple[tuple[str, ...], Broken]] = {
    "surrogate": (_TEXTS, Broken('"half \\ud83d"', (None, "half \ufffd", "half ?"))),
    "nan": (_NUMBERS, Broken("NaN")),
    "infinite": (_NUMBERS, Broken("1e999")),
    "time": (_TIMES, Broken('"0000-00-00T00:00:00Z"')),
    "letters": (_TIMES, Broken('"abcdefghijTklmnopqrZ"')),
    "type": (_NUMBERS, Broken('"a word"')),
}
"""Values that no type holds, and the fields that may have them."""
