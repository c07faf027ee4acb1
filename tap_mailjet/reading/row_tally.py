"""Count the rows that are delivered, by the hour of their timestamp and by category."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from typing_extensions import override

from tap_mailjet.reading.day_parts import Counts, Part, days
from tap_mailjet.reading.time_windows import Window
from tap_mailjet.reading.windowed_reader import WindowedReader, WindowedRows
from tap_mailjet.timestamps import parse_instant, to_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import pendulum

    from tap_mailjet.api.page import Row

_HOUR, SECOND = len("2020-10-08T06"), len("2020-10-08T06:36:35")
MAX_ROWS_SEARCHED = 2000
"""Maximum number of rows that are searched for a `KnownSecond`."""
ROWS = "rows"
"""The category of all rows of a stream without categories."""


class KnownSecond(NamedTuple):
    """A second with rows, and the number of rows in it and next to it."""

    at: pendulum.DateTime
    before: int
    number: int
    after: int


class RowTally:
    """Counts of the rows that were read, by hour and category, and the windows that they cover.

    Args:
        begin: Earlier rows are not counted.
        clock: Returns the timestamp of a row.

    Attributes:
        known_second: A second whose counts show whether the bounds of a request are inclusive.
    """

    def __init__(self, begin: pendulum.DateTime, clock: Callable[[Row], Any]) -> None:
        self._begin = begin
        self._first = to_wire(begin)[:SECOND]
        self._clock = clock
        self._hours: defaultdict[str, Counts] = defaultdict(Counts)
        self._covered: list[Window] = []
        self.known_second: KnownSecond | None = None

    def by_second(self, rows: Iterable[Row]) -> Counter[tuple[str, str]]:
        """Count rows by their second, without the Z, and by category."""
        return Counter(((self._clock(row) or "")[:SECOND], ROWS) for row in rows)

    def categories(self, rows: Sequence[Row]) -> Counts:
        """Count rows by category."""
        return Counts({ROWS: len(rows)})

    def add(self, window: Window, rows: Iterable[Row]) -> None:
        """Count all rows of a window, which are in order of time."""
        if window.end <= self._begin:
            return
        rows, clock = [*rows], self._clock
        start = 0
        while start < len(rows):
            hour = clock(rows[start])[:_HOUR]
            end = bisect_right(rows, f"{hour}~", start, key=clock)
            if hour >= self._first[:_HOUR]:
                self._hours[hour].update(self.categories(rows[start:end]))
            start = end
        self._cover(Window(max(window.start, self._begin), window.end))
        if self.known_second is None and rows:
            few = rows[:MAX_ROWS_SEARCHED]
            end_of_few = window.end if len(few) == len(rows) else parse_instant(clock(few[-1]))
            if window.start < end_of_few:
                self.known_second = _known_second(
                    self.by_second(few), Window(window.start, end_of_few)
                )

    def add_counts(self, window: Window, found: Mapping[tuple[str, str], int]) -> None:
        """Count all rows of a window that `by_second` has counted."""
        if window.end <= self._begin:
            return
        for (at, category), number in found.items():
            if at >= self._first:
                self._hours[at[:_HOUR]][category] += number
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
        first, end = to_wire(window.start)[:_HOUR], to_wire(window.end)[:SECOND]
        hours = [hour for hour in self._hours if hour >= first and f"{hour}:00:00" < end]
        return sum((self._hours.pop(hour) for hour in hours), Counts())


def _known_second(found: Mapping[tuple[str, str], int], window: Window) -> KnownSecond | None:
    """Return a second with another number of rows than the second before it or after it."""
    numbers: Counter[str] = Counter()
    for (second, _), number in found.items():
        numbers[second] += number
    first, last = to_wire(window.start)[:SECOND], to_wire(window.end.subtract(seconds=1))[:SECOND]
    for text in sorted(numbers):
        if first < text < last:
            at = parse_instant(text)
            before, after = (numbers[to_wire(at.add(seconds=step))[:SECOND]] for step in (-1, 1))
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

    tally: RowTally | None = None
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
    def _tallied(tally: RowTally, window: Window, rows: Iterable[Row]) -> Iterator[Row]:
        found: Counter[tuple[str, str]] = Counter()
        for row in rows:
            found += tally.by_second([row])
            yield row
        tally.add_counts(window, found)

    @override
    def read_unfiltered(self, whole: Window) -> Iterator[Row]:
        start = min(whole.start, self.changes_from or whole.start)
        return super().read_unfiltered(Window(start, whole.end))
