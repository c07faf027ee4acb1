"""How an account changes while it is read."""

from __future__ import annotations

from dataclasses import dataclass

_LEAST = {"every": 1, "inserts": 0, "deletes": 0, "late_events": 0}


@dataclass(frozen=True)
class ChurnConfig:
    """What changes between requests; the same seed and requests make the same changes.

    Requests that a fault kept from the account do not count.

    Attributes:
        every: After every n-th answered request the account changes, before the next is answered.
        inserts: How many new rows each time: so many contacts, each on a list or two; so many
            messages, arriving now and, every second one, up to a minute and a half ago; and so many
            opens, so many clicks and so many bounces, happening now.
        deletes: How many rows go each time: so many contacts, which leave their lists but not
            their messages, and so many messages, with all their events.
        late_events: How many events each time, opens, clicks and bounces in turn, that happened
            up to 19 hours ago.
        seed: Decides which rows.

    All that is inserted is visible at once. Events are those of messages that were there before,
    and so change their Status.

    Raises:
        ValueError: If a number is too small.
    """

    every: int = 1
    inserts: int = 0
    deletes: int = 0
    late_events: int = 0
    seed: int = 1

    def __post_init__(self) -> None:
        for name, least in _LEAST.items():
            if getattr(self, name) < least:
                message = f"{name} is at least {least}, not {getattr(self, name)}"
                raise ValueError(message)

    @property
    def changes_nothing(self) -> bool:
        """Tell whether nothing ever changes."""
        return not (self.inserts or self.deletes or self.late_events)
