"""The size of an account, and the times it covers."""

from __future__ import annotations

from dataclasses import dataclass

DAY = 86_400
LEAST = {"contacts": 20, "lists": 3, "campaigns": 8, "messages": 200, "days": 2, "future_days": 0}
MESSAGES_PER_CAMPAIGN = 25


@dataclass(frozen=True)
class Size:
    """The size of a generated account; even the smallest has a value in every field.

    Attributes:
        contacts: Contacts, those of the future included.
        lists: Contact lists, the deleted one and the one of the future included.
        campaigns: Campaigns, transactional ones included.
        messages: Messages, those of the future included; at least 25 for each campaign.
        days: Days of history before the account's `until`.
        future_days: Days generated after `until`, which the clock uncovers.

    Raises:
        ValueError: If it is smaller than an account can be.
    """

    contacts: int = 500
    lists: int = 6
    campaigns: int = 40
    messages: int = 5000
    days: int = 180
    future_days: int = 7

    def __post_init__(self) -> None:
        for name, least in LEAST.items():
            if getattr(self, name) < least:
                message = f"{name} must be at least {least}, not {getattr(self, name)}"
                raise ValueError(message)
        if self.messages < MESSAGES_PER_CAMPAIGN * self.campaigns:
            message = (
                f"{self.campaigns} campaigns need at least "
                f"{MESSAGES_PER_CAMPAIGN * self.campaigns} messages, not {self.messages}"
            )
            raise ValueError(message)


@dataclass(frozen=True)
class Span:
    """The times of the account, in Unix seconds.

    Attributes:
        begin: The company starts.
        old: A campaign goes out that is older than all the history and still gets events.
        start: The history begins.
        until: The history ends; what lies after it waits for the clock.
        end: Nothing is generated at or after this second.
    """

    begin: int
    old: int
    start: int
    until: int
    end: int

    @classmethod
    def of(cls, size: Size, until: int) -> Span:
        """Lay the span of an account of this size around `until`, a Unix second."""
        old = until - max(365, size.days + 30) * DAY
        return cls(
            begin=old - 60 * DAY,
            old=old,
            start=until - size.days * DAY,
            until=until,
            end=until + size.future_days * DAY,
        )

    @property
    def history(self) -> int:
        """Return the length of the history in seconds."""
        return self.until - self.start
