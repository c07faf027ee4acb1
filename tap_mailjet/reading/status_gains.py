"""Read the messages with each status to which, or beyond which, a message moved."""

from __future__ import annotations

import functools
from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from tap_mailjet.reading.status_counts import FILTER, CountsUnusableError
from tap_mailjet.reading.status_search import MAX_PAGES_UNSPLIT, find_changed_parts
from tap_mailjet.reading.status_tally import statuses_by_second
from tap_mailjet.reading.status_vectors import CHAIN, joined, reach, sum_counts, with_read
from tap_mailjet.timestamps import to_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping, Sequence

    from tap_mailjet.api.page import Row
    from tap_mailjet.reading.status_counts import StatusCounts
    from tap_mailjet.reading.status_tally import StatusTally, TalliedReader
    from tap_mailjet.reading.status_vectors import Counts, Part
    from tap_mailjet.reading.time_windows import Window

    ReaderFor = Callable[[Mapping[str, str], StatusTally | None], TalliedReader]
    Numbers = Counter[Window]

MAX_HINTED_WINDOWS = 2
"""If the next higher status changed in at most so many windows, they are tried first."""


class ChangedParts:
    """The parts in which C_k changed, found by counts.

    Args:
        parts: All parts.
        counts: Counts messages by status.
        current: The number of messages of all parts by status.
        page_size: Rows per request.
    """

    def __init__(
        self, parts: Sequence[Part], counts: StatusCounts, current: Counts, page_size: int
    ) -> None:
        self._parts = parts
        self._counts = counts
        self._current = current
        self._page_size = page_size

    def find(
        self, rank: int, change: int, among: Sequence[Part] | None = None, status: str | None = None
    ) -> list[Part]:
        """Return parts that contain all changes of C_k.

        Args:
            rank: The rank k.
            change: How much C_k has changed.
            among: Parts that contain all changes.
            status: The status whose messages will be read; None for all messages.
        """
        parts = [*(self._parts if among is None else among)]
        needs_list = 0 < rank < len(CHAIN) - 1
        pages = functools.partial(self.pages, status)
        if pages(parts) <= MAX_PAGES_UNSPLIT:
            return parts
        if needs_list and not self._counts.lists_are_honoured(_span(self._parts), self._current):
            return parts
        count_change = functools.partial(self._count_change, rank)
        return find_changed_parts(parts, change, count_change=count_change, pages=pages)

    def pages(self, status: str | None, parts: Sequence[Part]) -> float:
        """Return about how many pages the messages of some parts have.

        Args:
            status: Only messages with this status count; None for all messages.
            parts: The parts.
        """
        counts = sum_counts(parts)
        if status is None:
            return counts.total() / self._page_size
        # The new messages may all be in these parts.
        gained = self._current[status] - sum_counts(self._parts)[status]
        return (counts[status] + max(0, gained)) / self._page_size

    def _count_change(self, rank: int, parts: Sequence[Part]) -> int:
        """Count how much C_k has changed in some parts."""
        number = functools.partial(self._counts.number, statuses=CHAIN[rank:])
        count = number if rank else self._counts.total
        return sum(map(count, joined(parts))) - reach(sum_counts(parts))[rank]


class GainedStatuses:
    """The messages that moved up.

    The highest rank comes first: a message that moves up meanwhile may be missed, which the next
    sync finds, but is never counted twice, which would hide another change.

    Args:
        parts: The parts before the read.
        change: How much C_k has changed, for each rank k.
        current: The number of messages by status.
        counts: Counts messages by status.
        reader_for: Returns a reader of messages with additional parameters and a tally.
        page_size: Rows per request.

    Attributes:
        parts: The parts; those after the read when `read` is exhausted.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        change: Sequence[int],
        current: Counts,
        *,
        counts: StatusCounts,
        reader_for: ReaderFor,
        page_size: int,
    ) -> None:
        self.parts = [*parts]
        self._change = change
        self._current = current
        self._counts = counts
        self._reader_for = reader_for
        self._changed = ChangedParts(self.parts, counts, current, page_size)
        self._read: defaultdict[Window, dict[str, int]] = defaultdict(dict)

    def read(self) -> Generator[Iterable[Row], None, None]:
        """Read the messages of each window; the windows are in no order.

        Raises:
            CountsUnusableError: A message has another status than the requested one.
        """
        hint: list[Part] = []
        for rank in reversed(range(1, len(CHAIN))):
            if self._change[rank] <= 0:
                continue
            if self._current[CHAIN[rank]]:
                hint = yield from self._read_rank(rank, hint)
            else:
                self._record(rank, self.parts, Counter())
        self.parts = [replace(part, counts=self._counts_of(part)) for part in self.parts]

    def _counts_of(self, part: Part) -> Counts:
        return with_read(part.counts, self._read[part.window])

    def _record(self, rank: int, parts: Sequence[Part], numbers: Numbers) -> None:
        for part in parts:
            self._read[part.window][CHAIN[rank]] = numbers[part.window]

    def _read_rank(self, rank: int, hint: list[Part]) -> Generator[Iterable[Row], None, list[Part]]:
        """Read the messages with a status in the parts where C_k changed.

        Args:
            rank: The rank k of the status.
            hint: The parts where the next higher status changed. A message that moved past several
                statuses changed the counts of all of them. If these parts have few messages of this
                status, they are read first, because then no count is needed.

        Returns:
            The parts that were read.
        """
        status, change = CHAIN[rank], self._change[rank]
        pages = functools.partial(self._changed.pages, status)
        is_hinted = 0 < len(joined(hint)) <= MAX_HINTED_WINDOWS and pages(
            hint
        ) <= MAX_PAGES_UNSPLIT < pages(self.parts)
        found: list[Part] = []
        if is_hinted:
            before = sum(reach(part.counts)[rank] for part in hint)
            yield from self._read_parts(rank, hint)
            change -= sum(reach(self._counts_of(part))[rank] for part in hint) - before
            found = hint
        if change > 0:
            others = [part for part in self.parts if part not in found]
            more = self._changed.find(rank, change, others, status)
            yield from self._read_parts(rank, more)
            found = sorted([*found, *more], key=lambda part: part.window.start)
        return found

    def _read_parts(self, rank: int, parts: Sequence[Part]) -> Generator[Iterable[Row], None, None]:
        """Read the messages with a status, and count them by part."""
        status = CHAIN[rank]
        starts = [to_wire(part.window.start)[:19] for part in parts]
        numbers: Numbers = Counter()
        for value in self._counts.facts.values_of([status]):
            reader = self._reader_for({FILTER: value}, None)
            for window in joined(parts):
                for _, rows in reader.read(window, expects_many=True):
                    kept = [*rows]
                    yield kept
                    for (at, actual), number in statuses_by_second(kept).items():
                        if actual != status:
                            message = f"{FILTER}={value} returned a message with Status {actual!r}"
                            raise CountsUnusableError(message)
                        numbers[parts[bisect_right(starts, at) - 1].window] += number
        self._record(rank, parts, numbers)


def _span(parts: Sequence[Part]) -> Window:
    return replace(parts[0].window, end=parts[-1].window.end)
