"""Read the days in which rows became visible after they were read, and few others."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tap_mailjet.reading.day_parts import Counts, Part, joined, sum_counts
from tap_mailjet.reading.row_counts import CountsUnusableError
from tap_mailjet.reading.row_tally import ROWS
from tap_mailjet.reading.status_facts import StatusFacts
from tap_mailjet.reading.time_windows import Window
from tap_mailjet.timestamps import to_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pendulum

    from tap_mailjet.api.page import Row
    from tap_mailjet.reading.row_counts import RowCounts
    from tap_mailjet.reading.row_tally import KnownSecond, RowTally, TalliedReader

    Rows = Iterator[Iterable[Row]]

UNKNOWN_BOUNDS = "whether the bounds of a request are inclusive is unknown, and the counts differ"


class LateRows:
    """The rows before the range of a sync that became visible since the last one.

    One count of all remembered parts shows whether there are any. Fewer rows than remembered were
    deleted, so only their new number is remembered. A row that became visible is missed if another
    row of the same parts vanished since the last sync.

    Args:
        parts: The delivered rows before the range of this sync, in order; there may be gaps.
        counts: Counts rows.
        reader_for: Returns a reader of rows with a tally.
        new_tally: Returns a tally of rows from a time on.
        known_second: A second that shows whether the bounds of a request are inclusive.
        page_size: Rows per request.
        log: Logs for the stream.

    Attributes:
        parts: The parts as of now. They may be written to the state when all rows are written.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        counts: RowCounts,
        reader_for: Callable[[RowTally], TalliedReader],
        *,
        new_tally: Callable[[pendulum.DateTime], RowTally],
        known_second: KnownSecond | None,
        page_size: int,
        log: Callable[[int, str], None],
    ) -> None:
        self._counts = counts
        self._reader_for = reader_for
        self._new_tally = new_tally
        self._known_second = known_second
        self._page_size = page_size
        self._log = log
        self.parts = [*parts]

    def read(self) -> Rows:
        """Read the days with rows that became visible; the rows of each window are in order."""
        if not self.parts:
            return
        try:
            yield from self._read()
        except CountsUnusableError as finding:
            # The parts stay, so that the next sync finds these rows if the counts are right then.
            self._log(
                logging.WARNING,
                f"{Window(self.parts[0].window.start, self.parts[-1].window.end)}: rows cannot be "
                f"counted: {finding}. Rows that became visible later than lookback_window after "
                f"their own time are missed. Raise lookback_window to read more.",
            )

    def _read(self) -> Rows:
        self._counts.refuse_distrusted()
        if not self._counts.facts.has_bounds:
            self._learn_bounds(self._known_second)
            differing = self._differing()
        elif differing := self._differing():
            # The bounds may not be what they seemed to be, or the counts are not.
            facts = self._counts.facts
            self._learn_bounds(self._known_second)
            if facts != self._counts.facts:
                differing = self._differing()
        for parts, number in differing:
            if not number and self._known_second is None:
                message = f"countOnly says 0 instead of {_rows_of(parts)}"
                raise CountsUnusableError(message)
            if self._counts.facts.has_bounds:
                yield from self._search(parts, number)
            else:
                yield from self._read_few(parts, number)

    def _learn_bounds(self, known: KnownSecond | None) -> None:
        if known is None:
            return
        counts = self._counts
        counts.learn_bounds(known)
        # Two counts of 0 look like two exclusive bounds, so the known rows are counted themselves.
        second = Window(known.at, known.at.add(seconds=1))
        if not (counts.facts.has_bounds and counts.total(second) == known.number):
            counts.facts = StatusFacts()
            message = f"countOnly does not count the {known.number} rows at {to_wire(known.at)}"
            raise CountsUnusableError(message)

    def _differing(self) -> list[tuple[list[Part], int]]:
        """Return contiguous parts whose number differs, with the number that Mailjet counts."""
        windows = joined(self.parts)
        runs = [[part for part in self.parts if _contains(one, part.window)] for one in windows]
        numbers = self._counts.totals(windows)
        return [
            (parts, number)
            for parts, number in zip(runs, numbers, strict=True)
            if number != _rows_of(parts)
        ]

    def _search(self, parts: Sequence[Part], number: int) -> Rows:
        """Read the days that have more rows than remembered; the newest third is counted apart.

        Args:
            parts: Contiguous parts, oldest first.
            number: The number of their rows that Mailjet counts.
        """
        if number == _rows_of(parts):
            return
        if len(parts) > 1:
            cut = len(parts) - max(1, len(parts) // 3)
            in_newer = self._counts.total(_window_of(parts[cut:]))
            yield from self._search(parts[cut:], in_newer)
            yield from self._search(parts[:cut], max(0, number - in_newer))
            return
        [part] = parts
        found = 0
        if number > _rows_of(parts):
            tally = self._new_tally(part.window.start)
            yield from self._read_window(part.window, tally, number - _rows_of(parts))
            found = _rows_of(tally.take(part.window.end))
        # Mailjet may count rows that it does not return, or that the tap leaves out because another
        # query has the same row. If their number stays, they are not read again every night.
        self._replace(parts, [Part(part.window, Counts({ROWS: max(found, number)}))])

    def _read_few(self, parts: Sequence[Part], number: int) -> Rows:
        """Read all rows of some parts if they fit on a page; they may show the bounds."""
        if number > self._page_size:
            raise CountsUnusableError(UNKNOWN_BOUNDS)
        window = _window_of(parts)
        tally = self._new_tally(window.start)
        yield from self._read_window(window, tally, number - _rows_of(parts))
        self._replace(parts, tally.take(window.end))
        self._learn_bounds(tally.known_second)

    def _read_window(self, window: Window, tally: RowTally, late: int) -> Rows:
        self._log(
            logging.INFO,
            f"{window}: {late} rows became visible later than lookback_window after their own "
            f"time. Reading the rows of this range again.",
        )
        for _, rows in self._reader_for(tally).read(window, expects_many=True):
            yield rows

    def _replace(self, old: Sequence[Part], new: Sequence[Part]) -> None:
        at = self.parts.index(old[0])
        self.parts[at : at + len(old)] = new


def _rows_of(parts: Iterable[Part]) -> int:
    return sum_counts(parts).total()


def _window_of(parts: Sequence[Part]) -> Window:
    return Window(parts[0].window.start, parts[-1].window.end)


def _contains(one: Window, other: Window) -> bool:
    return one.start <= other.start and other.end <= one.end
