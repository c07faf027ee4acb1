"""The sandbox's clock: rows become visible when it reaches them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone


class Clock:
    """A clock that stands still, or runs behind the wall clock.

    Args:
        at: The aware instant to stand still at; None follows the wall clock.
        behind: How far a running clock lags the wall clock; ignored when standing.
    """

    def __init__(self, at: datetime | None = None, behind: timedelta = timedelta()) -> None:
        self._at = None if at is None else to_utc(at)
        self._behind = behind

    def now(self) -> datetime:
        """Return the time in UTC, cut to the whole second, as everything in Mailjet is."""
        at = self._at
        if at is None:
            at = datetime.now(timezone.utc) - self._behind
        return at.replace(microsecond=0)

    def set(self, at: datetime) -> None:
        """Stand still at an aware instant.

        Raises:
            ValueError: If the instant has no time zone.
        """
        self._at = to_utc(at)

    def advance(self, by: timedelta) -> None:
        """Advance a standing clock, or reduce the lag of a running one; `by` may be negative."""
        if self._at is None:
            self._behind -= by
        else:
            self._at += by


def to_utc(moment: datetime) -> datetime:
    """Return the same instant in UTC.

    Raises:
        ValueError: If it has no time zone: a guess here would shift every comparison.
    """
    if moment.tzinfo is None:
        message = f"{moment.isoformat()} has no time zone"
        raise ValueError(message)
    return moment.astimezone(timezone.utc)


def to_seconds(moment: datetime) -> int:
    """Return the Unix second an aware instant lies in.

    Raises:
        ValueError: If it has no time zone.
    """
    return int(to_utc(moment).replace(microsecond=0).timestamp())
