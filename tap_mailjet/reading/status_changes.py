"""Read the messages whose status changed since they were delivered, and few others."""

from __future__ import annotations

import functools
import logging
from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from tap_mailjet.reading.status_counts import FILTER, CountsUnusableError
from tap_mailjet.reading.status_search import find_changed_parts
from tap_mailjet.reading.status_tally import StatusTally, statuses_by_second
from tap_mailjet.reading.status_vectors import (
    CHAIN,
    Counts,
    joined,
    merge_parts,
    reach,
    sum_counts,
    uncovered,
    with_read,
)
from tap_mailjet.reading.time_windows import Window
from tap_mailjet.timestamps import to_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from tap_mailjet.api.page import Row
    from tap_mailjet.reading.status_counts import StatusCounts
    from tap_mailjet.reading.status_tally import KnownSecond, TalliedReader
    from tap_mailjet.reading.status_vectors import Part

    Rows = Iterator[Iterable[Row]]

CHEAP_REQUESTS = 3
"""If the messages can be read again with so few requests, they are not counted."""
MAX_HINTED_WINDOWS = 2
"""If the previous status changed in at most so many windows, they are counted first."""


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
        reader_for: Callable[[Mapping[str, str], StatusTally | None], TalliedReader],
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
        yield from self._read_gained(change, current)

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
        moved: dict[Window, Part] = {}
        for rank, number in enumerate(change):
            if number < 0 or (number and rank == 0):
                for part in self._find(rank, number, current, sum_pages=None):
                    moved[part.window] = part
        windows = joined(moved[window] for window in sorted(moved, key=lambda one: one.start))
        yield from self._read_whole(windows)

    def _read_gained(self, change: Sequence[int], current: Counts) -> Rows:
        """Read the messages with each status to which or beyond which a message moved.

        The highest rank comes first: a message that moves up meanwhile may be missed, which the
        next sync finds, but is never counted twice, which would hide another change.
        """
        read: defaultdict[Window, dict[str, int]] = defaultdict(dict)
        found: list[Part] = []
        for rank in reversed(range(1, len(CHAIN))):
            if change[rank] <= 0:
                continue
            status = CHAIN[rank]
            found = self._find(rank, change[rank], current, sum_pages=status, hint=found)
            numbers: Counter[Window] = Counter()
            for window in joined(found):
                yield from self._read_status(status, window, found, numbers)
            for part in found:
                read[part.window][status] = numbers[part.window]
        self.parts = [
            replace(part, counts=with_read(part.counts, read[part.window]))
            if part.window in read
            else part
            for part in self.parts
        ]

    def _read_status(
        self, status: str, window: Window, parts: Sequence[Part], numbers: Counter[Window]
    ) -> Rows:
        """Read the messages of a window with a status, and count them by part."""
        starts = [to_wire(part.window.start)[:19] for part in parts]
        for value in self._counts.facts.values_of([status]):
            reader = self._reader_for({FILTER: value}, None)
            for _, rows in reader.read(window, expects_many=True):
                kept = [*rows]
                yield kept
                for (at, actual), number in statuses_by_second(kept).items():
                    if actual != status:
                        message = f"{FILTER}={value} returned a message with Status {actual!r}"
                        raise CountsUnusableError(message)
                    numbers[parts[bisect_right(starts, at) - 1].window] += number

    def _find(
        self,
        rank: int,
        change: int,
        current: Counts,
        *,
        sum_pages: str | None,
        hint: Sequence[Part] = (),
    ) -> list[Part]:
        """Return parts that contain all changes of C_k.

        Args:
            rank: The rank k.
            change: How much C_k has changed.
            current: The number of messages by status.
            sum_pages: The status whose messages will be read; None for all messages.
            hint: Parts that probably contain all changes.
        """
        statuses = CHAIN[rank:]
        if rank and len(statuses) > 1 and not self._counts.lists_are_honoured(self._range, current):
            return self.parts
        gained = {status: current[status] for status in CHAIN}

        def pages(parts: Sequence[Part]) -> float:
            counts = sum_counts(parts)
            if sum_pages is None:
                return counts.total() / self._page_size
            whole = sum_counts(self.parts)[sum_pages]
            return (counts[sum_pages] + max(0, gained[sum_pages] - whole)) / self._page_size

        find = functools.partial(
            find_changed_parts,
            count_change=functools.partial(self._count_change, rank),
            pages=pages,
        )
        if not hint or len(joined(hint)) > MAX_HINTED_WINDOWS or pages(self.parts) <= pages(hint):
            return find(self.parts, change)
        hinted = [part for part in self.parts if part in hint]
        in_hint = self._count_change(rank, hinted)
        if in_hint == change:
            return hinted
        return find(self.parts, change)

    def _count_change(self, rank: int, parts: Sequence[Part]) -> int:
        """Count how much C_k has changed in some parts."""
        before = reach(sum_counts(parts))[rank]
        windows = joined(parts)
        if rank == 0:
            return sum(map(self._counts.total, windows)) - before
        number = functools.partial(self._counts.number, statuses=CHAIN[rank:])
        return sum(map(number, windows)) - before


def _overlap(one: Window, other: Window) -> bool:
    return one.start < other.end and other.start < one.end
