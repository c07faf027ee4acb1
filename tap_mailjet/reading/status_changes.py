"""Read the messages whose status changed since they were delivered, and few others."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

from tap_mailjet.reading.day_parts import Counts, joined, merge_parts, sum_counts, uncovered
from tap_mailjet.reading.row_counts import CountsUnusableError
from tap_mailjet.reading.status_gains import ChangedParts, GainedStatuses
from tap_mailjet.reading.status_tally import StatusTally
from tap_mailjet.reading.status_vectors import reach
from tap_mailjet.reading.time_windows import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from tap_mailjet.api.page import Row
    from tap_mailjet.reading.day_parts import Part
    from tap_mailjet.reading.row_tally import KnownSecond
    from tap_mailjet.reading.status_counts import StatusCounts
    from tap_mailjet.reading.status_gains import ReaderFor

    Rows = Iterator[Iterable[Row]]

CHEAP_REQUESTS = 3
"""If the messages can be read again with so few requests, they are not counted."""


class Remembered(NamedTuple):
    """What the state says about earlier messages.

    Attributes:
        parts: The delivered messages before the range of this sync, in order.
        needed: The range in which statuses are kept up to date; it ends where this sync begins.
    """

    parts: list[Part]
    needed: Window


class StatusChanges:
    """The messages that arrived before the range of a sync and changed since the last one.

    Args:
        remembered: What the state says about these messages.
        counts: Counts messages by status.
        reader_for: Returns a reader of messages with additional parameters and a tally.
        known_second: A second that shows whether the bounds of a request are inclusive.
        queries: The number of queries of the stream.
        page_size: Rows per request.
        log: Logs for the stream.

    Attributes:
        parts: The parts as of now. They may be written to the state when all rows are written.
    """

    def __init__(
        self,
        remembered: Remembered,
        counts: StatusCounts,
        reader_for: ReaderFor,
        *,
        known_second: KnownSecond | None,
        queries: int,
        page_size: int,
        log: Callable[[int, str], None],
    ) -> None:
        self._needed = remembered.needed
        self._counts = counts
        self._reader_for = reader_for
        self._known_second = known_second
        self._queries = queries
        self._page_size = page_size
        self._log = log
        self.parts = remembered.parts

    def read(self) -> Rows:
        """Read the messages; the rows of each window are in order, the windows are not."""
        known = self.parts
        for gap in uncovered(self._needed, known):
            self._log(
                logging.INFO,
                f"{gap}: the state does not say which statuses were delivered. Reading the "
                f"messages of this range.",
            )
            yield from self._read_whole([gap])
        if not known:
            return
        requests = self._requests_to_read()
        cheap = max(
            CHEAP_REQUESTS, self._counts.requests(sum_counts(known)) if self._queries > 1 else 0
        )
        if requests <= cheap:
            yield from self._read_whole(joined(known))
            return
        try:
            yield from self._read_changes()
        except CountsUnusableError as finding:
            self._log(
                logging.WARNING,
                f"{self._range}: changes of Status cannot be counted: {finding}. The range is "
                f"read again: about {sum_counts(self.parts).total()} rows and {requests} requests "
                f"in each sync. Lower status_lookback_window to read less.",
            )
            yield from self._read_whole(joined(self.parts))

    @property
    def _range(self) -> Window:
        return Window(self.parts[0].window.start, self.parts[-1].window.end)

    def _requests_to_read(self) -> int:
        return self._queries + sum_counts(self.parts).total() // self._page_size

    def _read_whole(self, windows: Sequence[Window]) -> Rows:
        """Read all messages of some windows, and replace the parts in them."""
        for window in windows:
            tally = StatusTally(window.start)
            for _, rows in self._reader_for({}, tally).read(window, expects_many=True):
                yield rows
            kept = [part for part in self.parts if not _overlap(part.window, window)]
            self.parts = merge_parts([*kept, *tally.take(window.end)])

    def _read_changes(self) -> Rows:
        """Read the messages whose status changed.

        Raises:
            CountsUnusableError: The counts do not show which messages changed.
        """
        current = self._count()
        change = self._change(current)
        if any(change) and self._known_second is not None and change[0]:
            # The number of messages differs, so the bounds may not be what they seemed to be.
            facts = self._counts.facts
            self._counts.learn_bounds(self._known_second)
            if self._counts.facts != facts:
                current = self._count()
                change = self._change(current)
        if not any(change):
            return
        if not self._counts.facts.has_bounds:
            message = "whether FromTS and ToTS are inclusive is unknown, and the counts differ"
            raise CountsUnusableError(message)
        if change[0] or min(change) < 0:
            yield from self._read_moved_back(change, current)
            current = self._count()
            change = self._change(current)
            if change[0] or min(change) < 0:
                message = "Mailjet counts other messages than it returns"
                raise CountsUnusableError(message)
        gained = GainedStatuses(
            self.parts,
            change,
            current,
            counts=self._counts,
            reader_for=self._reader_for,
            page_size=self._page_size,
        )
        yield from gained.read()
        self.parts = gained.parts

    def _count(self) -> Counts:
        if not self._counts.facts.has_bounds:
            self._counts.learn_bounds(self._known_second)
        return self._counts.by_status(self._range, sum_counts(self.parts))

    def _change(self, current: Counts) -> list[int]:
        """Return how much C_k has changed, for each rank k."""
        before = reach(sum_counts(self.parts))
        return [now - then for now, then in zip(reach(current), before, strict=True)]

    def _read_moved_back(self, change: Sequence[int], current: Counts) -> Rows:
        """Read all messages of the parts that have new or vanished messages, or lower statuses."""
        if change[0] > 0:
            self._log(
                logging.INFO,
                f"{self._range}: {change[0]} messages became visible later than lookback_window "
                f"after their arrival. They are read now.",
            )
        if min(change) < 0:
            self._log(
                logging.WARNING,
                f"{self._range}: messages vanished, or their Status moved back to an earlier one "
                f"({-min(change)} less than delivered). These days are read again. A Status that "
                f"moves back may be missed if another message moves forward in the same night.",
            )
        changed = ChangedParts(self.parts, self._counts, current, self._page_size)
        moved: dict[Window, Part] = {}
        for rank, number in enumerate(change):
            if number < 0 or (number and rank == 0):
                for part in changed.find(rank, number):
                    moved[part.window] = part
        windows = joined(moved[window] for window in sorted(moved, key=lambda one: one.start))
        yield from self._read_whole(windows)


def _overlap(one: Window, other: Window) -> bool:
    return one.start < other.end and other.start < one.end
