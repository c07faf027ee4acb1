"""The configuration of the changes of an account between requests."""

from __future__ import annotations

from dataclasses import dataclass

_LEAST = {"every": 1, "inserts": 0, "deletes": 0, "late_events": 0}


@dataclass(frozen=True)
class ChurnConfig:
    """What changes between requests; the same seed and requests make the same changes.

    Requests that a fault kept from the account do not count. Inserted rows are visible at once.
    Events belong to messages that existed before, so that the Status of these messages changes.

    Attributes:
        every: The account changes after every n-th request that reached it.
        inserts: How many contacts, messages, opens, clicks and bounces are added each time. A
            contact is on one list or two; every second message arrived up to 90 seconds ago.
        deletes: How many contacts and messages are deleted each time, contacts with their
            subscriptions but without their messages, messages with their events.
        late_events: How many opens, clicks and bounces that happened up to 19 hours ago are added
            each time.
        seed: Decides which rows change.

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
        """Return True if nothing changes."""
        return not (self.inserts or self.deletes or self.late_events)
