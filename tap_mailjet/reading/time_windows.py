"""Pure time arithmetic: half-open windows, cut and widened; no network, no SDK.

Instants are aware pendulum datetimes in UTC. Mailjet's clocks have a resolution of one second.
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
    """The names of the two query parameters that bound a resource's clock."""

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
        """Its length in seconds."""
        return int((self.end - self.start).total_seconds())

    @functools.cached_property
    def _bounds(self) -> tuple[str, str]:
        return to_wire(self.start)[:19], to_wire(self.end)[:19]

    def contains(self, timestamp: str) -> bool:
        """Tell whether a timestamp in the form of `to_wire`, or with a fraction, lies inside."""
        first, end = self._bounds
        return first <= timestamp[:19] < end

    @functools.cached_property
    def bounds_sent(self) -> tuple[str, str]:
        """The first and last second that `ask` sends, both included, without the Z."""
        return to_wire(self.start.subtract(seconds=1))[:19], to_wire(self.end)[:19]

    def to_params(self, time_filter: TimeFilter) -> dict[str, str]:
        """Bounds to ask Mailjet for so that every row of the window is in the answer.

        Whether Mailjet's bounds are open or closed is not documented, so this asks one second
        wider than the window's first and last second; the rows outside are for the caller to
        leave out (`holds`).
        """
        return {
            time_filter.lower: to_wire(self.start.subtract(seconds=1)),
            time_filter.upper: to_wire(self.end),
        }

    def split(self, parts: int) -> list[Window]:
        """Cut it into contiguous windows of about equal length, each at least a second long.

        Returns:
            At most `parts` windows, oldest first; just this one where it is a second long.
        """
        parts = max(1, min(parts, self.seconds))
        marks = [self.start.add(seconds=self.seconds * part // parts) for part in range(parts)]
        return [Window(*edges) for edges in itertools.pairwise([*marks, self.end])]


def resume_range(
    *,
    start_date: pendulum.DateTime | None,
    bookmark: pendulum.DateTime | None,
    lookback: pendulum.Duration,
    end_date: pendulum.DateTime | None,
    now: pendulum.DateTime,
) -> Window | None:
    """Return the range that a sync that starts now has to read.

    It begins at the bookmark less the lookback, but not before `start_date`, and ends at
    `end_date` or now, whichever is earlier. The second that `now` lies in is not over and is left
    to the next sync.

    Returns:
        The range, or None where nothing lies in it.
    """
    start = start_date or EARLIEST_DATA
    # A difference cannot leave the calendar, as an early bookmark less a long lookback could.
    if bookmark is not None and bookmark - start > lookback:
        start = bookmark - lookback
    start = start.start_of("second")
    end = min(end_date or now, now).start_of("second")
    return Window(start, end) if start < end else None


def slice_windows(whole: Window, *, slice_seconds: int, most: int) -> Iterator[Window]:
    """Cut a range into windows of up to `most` time slices each, oldest first.

    Slices are counted from the epoch: days begin at midnight, hours on the hour, five-minute
    slices at minutes divisible by five, all UTC. The first window begins at the start of the
    slice that the range begins in, so that a slice is either read whole or not at all.
    """
    first = int(whole.start.timestamp()) // slice_seconds * slice_seconds
    end = int(whole.end.timestamp())
    step = slice_seconds * most
    for start in range(first, end, step):
        yield Window(
            pendulum.from_timestamp(start),
            pendulum.from_timestamp(min(start + step, end)),
        )
