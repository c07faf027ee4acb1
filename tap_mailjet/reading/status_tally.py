"""Count the rows that are delivered, by the hour of their arrival and by status."""

from __future__ import annotations

import functools
from bisect import bisect_right
from collections import Counter, defaultdict
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Raw
from typing_extensions import override

from tap_mailjet.reading.status_vectors import CHAIN, OTHER, Counts, Part, days
from tap_mailjet.reading.time_windows import Window
from tap_mailjet.reading.windowed_reader import WindowedReader, WindowedRows
from tap_mailjet.records.conversion import clock_function
from tap_mailjet.records.row_fields import getter
from tap_mailjet.timestamps import parse_instant, to_wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pendulum

    from tap_mailjet.api.page import Row

CLOCK, STATUS = "ArrivedAt", "Status"
_HOUR, _SECOND = len("2020-10-08T06"), len("2020-10-08T06:36:35")
MAX_ROWS_SEARCHED = 2000
"""Maximum number of rows that are searched for a `KnownSecond`."""
_clock_of_bytes = clock_function(CLOCK)
_status_of_bytes = getter([STATUS])


class KnownSecond(NamedTuple):
    """A second with messages, and the number of messages in it and next to it."""

    at: pendulum.DateTime
    before: int
    number: int
    after: int


def statuses_by_second(rows: Iterable[Row]) -> Counter[tuple[str, str]]:
    """Count rows by the second of their arrival, without the Z, and by status."""
    rows = list(rows)
    structs = [row for row in rows if not isinstance(row, Raw)]
    found: Counter[tuple[str, str]] = Counter()
    if structs:
        clock, status_of = _getters_of(type(structs[0]))
        pairs = Counter(zip(map(clock, structs), map(status_of, structs), strict=True))
        for (at, status), number in pairs.items():
            found[at[:_SECOND], normal_status(status)] += number
    if len(structs) < len(rows):
        for row in rows:
            if isinstance(row, Raw):
                at = _clock_of_bytes(row) or ""
                found[at[:_SECOND], normal_status(_status_of_bytes(row))] += 1
    return found


@functools.cache
def _getters_of(struct: Any) -> tuple[attrgetter[str], attrgetter[str | None]]:
    attributes = dict(zip(struct.__struct_encode_fields__, struct.__struct_fields__, strict=True))
    return attrgetter(attributes[CLOCK]), attrgetter(attributes[STATUS])


def normal_status(status: object) -> str:
    """Return a status in the spelling of Mailjet's metadata, or `OTHER`."""
    if not isinstance(status, str):
        return OTHER
    lower = status if status in CHAIN else status.lower()
    return lower if lower in CHAIN else OTHER


class StatusTally:
    """Counts of the rows that were read, by hour and status, and the windows that they cover.

    Args:
        begin: Rows that arrived earlier are not counted.

    Attributes:
        known_second: A second whose counts show whether the bounds of a request are inclusive.
    """

    def __init__(self, begin: pendulum.DateTime) -> None:
        self._begin = begin
        self._first = to_wire(begin)[:_SECOND]
        self._hours: defaultdict[str, Counts] = defaultdict(Counts)
        self._covered: list[Window] = []
        self.known_second: KnownSecond | None = None

    def add(self, window: Window, rows: Iterable[Row]) -> None:
        """Count all rows of a window, which are in order of time."""
        if window.end <= self._begin:
            return
        rows = [*rows]
        if not rows or Raw in set(map(type, rows)):
            self.add_counts(window, statuses_by_second(rows))
            return
        # Each row costs only the count of its status, because a sync has many rows.
        clock, status = _getters_of(type(rows[0]))
        start = 0
        while start < len(rows):
            hour = clock(rows[start])[:_HOUR]
            end = bisect_right(rows, f"{hour}~", start, key=clock)
            if hour >= self._first[:_HOUR]:
                for found, number in Counter(map(status, rows[start:end])).items():
                    self._hours[hour][normal_status(found)] += number
            start = end
        self._cover(Window(max(window.start, self._begin), window.end))
        if self.known_second is None:
            few = rows[:MAX_ROWS_SEARCHED]
            end_of_few = window.end if len(few) == len(rows) else parse_instant(clock(few[-1]))
            known = statuses_by_second(few)
            if window.start < end_of_few:
                self.known_second = _known_second(known, Window(window.start, end_of_few))

    def add_counts(self, window: Window, found: Mapping[tuple[str, str], int]) -> None:
        """Count all rows of a window that `statuses_by_second` has counted."""
        if window.end <= self._begin:
            return
        for (at, status), number in found.items():
            if at >= self._first:
                self._hours[at[:_HOUR]][status] += number
        self._cover(Window(max(window.start, self._begin), window.end))
        if self.known_second is None:
            self.known_second = _known_second(found, window)

    def _cover(self, window: Window) -> None:
        covered: list[Window] = []
        for other in sorted([*self._covered, window], key=attrgetter("start")):
            if covered and other.start <= covered[-1].end:
                covered[-1] = Window(covered[-1].start, max(covered[-1].end, other.end))
            else:
                covered.append(other)
        self._covered = covered

    def take(self, until: pendulum.DateTime) -> list[Part]:
        """Return the parts that end at `until`, which is on the hour, or before; forget them."""
        taken = [
            Window(window.start, min(window.end, until))
            for window in self._covered
            if window.start < until
        ]
        self._covered = [
            Window(max(window.start, until), window.end)
            for window in self._covered
            if window.end > until
        ]
        return [Part(day, self._take(day)) for window in taken for day in days(window)]

    def _take(self, window: Window) -> Counts:
        first, end = to_wire(window.start)[:_HOUR], to_wire(window.end)[:_SECOND]
        hours = [hour for hour in self._hours if hour >= first and f"{hour}:00:00" < end]
        return sum((self._hours.pop(hour) for hour in hours), Counts())


def _known_second(found: Mapping[tuple[str, str], int], window: Window) -> KnownSecond | None:
    """Return a second with another number of rows than the second before it or after it."""
    numbers: Counter[str] = Counter()
    for (second, _), number in found.items():
        numbers[second] += number
    first, last = to_wire(window.start)[:_SECOND], to_wire(window.end.subtract(seconds=1))[:_SECOND]
    for text in sorted(numbers):
        if first < text < last:
            at = parse_instant(text)
            before, after = (numbers[to_wire(at.add(seconds=step))[:_SECOND]] for step in (-1, 1))
            if numbers[text] not in {before, after}:
                return KnownSecond(at, before, numbers[text], after)
    return None


class TalliedReader(WindowedReader):
    """A reader that counts the rows of each window before it yields them.

    Attributes:
        tally: Counts the rows; None if they are not counted.
        changes_from: The start of the range in which statuses are kept up to date. If the whole
            resource has to be read in any case, rows from there on are yielded.
    """

    tally: StatusTally | None = None
    changes_from: pendulum.DateTime | None = None

    @override
    def read(self, whole: Window, **options: Any) -> Iterator[WindowedRows]:
        for window, rows in super().read(whole, **options):
            if self.tally is None or isinstance(rows, list):
                if self.tally is not None:
                    self.tally.add(window, rows)
                yield WindowedRows(window, rows)
            else:  # one second, whose rows are not kept in memory
                yield WindowedRows(window, self._tallied(self.tally, window, rows))

    @staticmethod
    def _tallied(tally: StatusTally, window: Window, rows: Iterable[Row]) -> Iterator[Row]:
        found: Counter[tuple[str, str]] = Counter()
        for row in rows:
            found += statuses_by_second([row])
            yield row
        tally.add_counts(window, found)

    @override
    def read_unfiltered(self, whole: Window) -> Iterator[Row]:
        start = min(whole.start, self.changes_from or whole.start)
        return super().read_unfiltered(Window(start, whole.end))
