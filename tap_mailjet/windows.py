"""Pure time arithmetic: half-open windows, cut and widened; no network, no SDK.

Instants are aware pendulum datetimes in UTC. Mailjet's clocks have a resolution of one second.
"""

from __future__ import annotations

import functools
import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import pendulum
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator

MAILJET_BEGAN = pendulum.datetime(2010, 1, 1)
"""No Mailjet account holds anything older: the company began in 2010."""
_LEAP_SECOND = re.compile(r"(?<=[T ][0-9]{2}:[0-9]{2}):60(?![0-9])")


def parse_instant(text: str) -> pendulum.DateTime:
    """Parse an RFC 3339 or ISO 8601 date or timestamp.

    Without an offset it is UTC, without a time of day it is midnight. A leap second, `23:59:60`,
    is read as the second before it: neither Python nor pendulum has leap seconds, and like this
    the instant stays in its day, and so in the window that a filter of Mailjet's finds it in.

    Returns:
        The same instant in UTC, with whatever fraction of a second it has.

    Raises:
        ValueError: the text is anything else, such as a duration, an interval, a time without a
            date, or "now".
    """
    # pendulum also reads "now", durations, intervals with a slash, and times of the current day.
    begins_with_year = text[:4].isascii() and text[:4].isdecimal() and len(text) >= len("2020")
    is_date = begins_with_year and "/" not in text
    parsed = pendulum.parse(_LEAP_SECOND.sub(":59", text.upper())) if is_date else None
    if not isinstance(parsed, pendulum.DateTime):
        msg = f"{text!r} is not an ISO 8601 date or timestamp"
        raise ValueError(msg)  # noqa: TRY004 - it is the value, not the type, that is wrong
    try:
        return parsed.in_timezone(pendulum.UTC)
    except OverflowError as error:
        msg = f"{text!r} lies outside of the years 1 to 9999 in UTC"
        raise ValueError(msg) from error


def to_wire(instant: pendulum.DateTime) -> str:
    """Write an instant as Mailjet does: `2020-10-08T06:36:35Z`, whole seconds, in UTC."""
    # Not %Y, which on Linux writes the year 1 as 1.
    return f"{instant.year:04}-{instant.strftime('%m-%dT%H:%M:%SZ')}"


class FilterPair(NamedTuple):
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

    def holds(self, timestamp: str) -> bool:
        """Tell whether a timestamp in the form of `to_wire`, or with a fraction, lies inside."""
        first, end = self._bounds
        return first <= timestamp[:19] < end

    @functools.cached_property
    def bounds_sent(self) -> tuple[str, str]:
        """The first and last second that `ask` sends, both included, without the Z."""
        return to_wire(self.start.subtract(seconds=1))[:19], to_wire(self.end)[:19]

    def ask(self, pair: FilterPair) -> dict[str, str]:
        """Bounds to ask Mailjet for so that every row of the window is in the answer.

        Whether Mailjet's bounds are open or closed is not documented, so this asks one second
        wider than the window's first and last second; the rows outside are for the caller to
        leave out (`holds`).
        """
        return {
            pair.lower: to_wire(self.start.subtract(seconds=1)),
            pair.upper: to_wire(self.end),
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
    start = start_date or MAILJET_BEGAN
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
