"""Half-open windows of time, and their arithmetic.

Instants are aware pendulum datetimes in UTC. Mailjet's timestamps have a resolution of one second.
"""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import pendulum
from typing_extensions import override

from tap_mailjet.timestamps import EARLIEST_DATA, to_wire

if TYPE_CHECKING:
    from collections.abc import Iterator


class TimeFilter(NamedTuple):
    """The names of the two query parameters that limit a resource to a range of time."""

    lower: str
    upper: str


@dataclass(frozen=True)
class Window:
    """A half-open range of time, `[start, end)`, both in UTC and on whole seconds."""

    start: pendulum.DateTime
    end: pendulum.DateTime

    @override
    def __str__(self) -> str:
        return f"[{to_wire(self.start)}, {to_wire(self.end)})"

    @property
    def seconds(self) -> int:
        """The length of the window in seconds."""
        return int((self.end - self.start).total_seconds())

    @functools.cached_property
    def bounds(self) -> tuple[str, str]:
        """The first second of the window and the first second after it, without the Z."""
        return to_wire(self.start)[:19], to_wire(self.end)[:19]

    def contains(self, timestamp: str) -> bool:
        """Return True if a timestamp in the form of `to_wire` is inside; a fraction is ignored."""
        first, end = self.bounds
        return first <= timestamp[:19] < end

    @functools.cached_property
    def bounds_sent(self) -> tuple[str, str]:
        """The first and last second that `to_params` requests, both included, without the Z."""
        return to_wire(self.start.subtract(seconds=1))[:19], to_wire(self.end)[:19]

    def to_params(self, time_filter: TimeFilter) -> dict[str, str]:
        """Return the query parameters whose response has every row of the window.

        Mailjet does not document whether its bounds are inclusive. The parameters therefore add one
        second on each side, and the caller has to drop the rows outside (`contains`).
        """
        return {
            time_filter.lower: to_wire(self.start.subtract(seconds=1)),
            time_filter.upper: to_wire(self.end),
        }

    def split(self, parts: int) -> list[Window]:
        """Split the window into contiguous windows of about equal length, at least one second each.

        Returns:
            At most `parts` windows, oldest first.
        """
        parts = max(1, min(parts, self.seconds))
        marks = [self.start.add(seconds=self.seconds * part // parts) for part in range(parts)]
        return [Window(*edges) for edges in itertools.pairwise([*marks, self.end])]

    def with_newest_day_apart(self) -> list[Window]:
        """Return the window before its last 24 hours, if it is that long, and these hours."""
        day = self.end.subtract(days=1)
        is_longer = self.start < day
        return [Window(self.start, day), Window(day, self.end)] if is_longer else [self]


def resume_range(
    *,
    start_date: pendulum.DateTime | None,
    bookmark: pendulum.DateTime | None,
    lookback: pendulum.Duration,
    end_date: pendulum.DateTime | None,
    now: pendulum.DateTime,
) -> Window | None:
    """Return the range that a sync that starts now has to read.

    The range begins at the bookmark minus the lookback, but not before `start_date`. It ends at
    `end_date` or now, whichever is earlier. The current second is not over, so the next sync reads
    it.

    Returns:
        The range, or None if it is empty.
    """
    start = start_date or EARLIEST_DATA
    # An early bookmark minus a long lookback could leave the calendar; a difference cannot.
    if bookmark is not None and bookmark - start > lookback:
        start = bookmark - lookback
    start = start.start_of("second")
    end = min(end_date or now, now).start_of("second")
    return Window(start, end) if start < end else None


def slice_windows(whole: Window, *, slice_seconds: int, max_slices: int) -> Iterator[Window]:
    """Split a range into windows of up to `max_slices` time slices each, oldest first.

    Slices are counted from the epoch: days begin at midnight, hours on the hour, five-minute
    slices at minutes divisible by five, all in UTC. The first window begins at the start of a
    slice, so that every slice is read completely.
    """
    first = int(whole.start.timestamp()) // slice_seconds * slice_seconds
    end = int(whole.end.timestamp())
    step = slice_seconds * max_slices
    for start in range(first, end, step):
        yield Window(
            pendulum.from_timestamp(start),
            pendulum.from_timestamp(min(start + step, end)),
        )
