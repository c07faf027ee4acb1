"""Read the messages with each status to which, or beyond which, a message moved."""

from __future__ import annotations

import functools
from bisect import bisect_right
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from tap_mailjet.reading.day_parts import joined, sum_counts
from tap_mailjet.reading.row_counts import CountsUnusableError
from tap_mailjet.reading.status_counts import FILTER
from tap_mailjet.reading.status_search import MAX_PAGES_UNSPLIT, find_changed_parts
from tap_mailjet.reading.status_tally import statuses_by_second
from tap_mailjet.reading.status_vectors import CHAIN, reach, with_read
from tap_mailjet.timestamps import to_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping, Sequence

    from tap_mailjet.api.page import Row
    from tap_mailjet.reading.day_parts import Counts, Part
    from tap_mailjet.reading.row_tally import RowTally, TalliedReader
    from tap_mailjet.reading.status_counts import StatusCounts
    from tap_mailjet.reading.time_windows import Window

    ReaderFor = Callable[[Mapping[str, str], RowTally | None], TalliedReader]

MAX_HINTED_WINDOWS = 2
"""If the next higher status changed in at most this number of windows, they are read first."""


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
        if needs_list and not self.can_group:
            return parts
        count_change = functools.partial(self._count_change, rank)
        return find_changed_parts(parts, change, count_change=count_change, pages=pages)

    @property
    def can_group(self) -> bool:
        """Return True if one request can select several statuses."""
        return self._counts.lists_are_honoured(_span(self._parts), self._current)

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
        ranks = [rank for rank in range(1, len(CHAIN)) if self._change[rank] > 0]
        hint: list[Part] = []
        while ranks:
            group = self._group(ranks, hint)
            if group:
                yield from self._read_parts(group, hint)
            for rank in group or ranks[-1:]:
                hint = yield from self._read_rank(rank, hint)
            del ranks[-max(1, len(group)) :]
        self.parts = [replace(part, counts=self._counts_of(part)) for part in self.parts]

    def _group(self, ranks: Sequence[int], hint: Sequence[Part]) -> list[int]:
        """Return the next ranks whose messages in some parts are so few that one read has them all.

        A message that moved past several statuses changed the counts of all of them, so that these
        parts probably contain all changes.

        Args:
            ranks: The ranks that are still to be read.
            hint: The parts where the next higher status changed.
        """
        group: list[int] = []
        if not 0 < len(joined(hint)) <= MAX_HINTED_WINDOWS:
            return group
        pages = 0.0
        for rank in reversed(ranks):
            pages += self._changed.pages(CHAIN[rank], hint)
            if pages > MAX_PAGES_UNSPLIT or (group and not self._changed.can_group):
                break
            group.append(rank)
        return group

    def _counts_of(self, part: Part) -> Counts:
        return with_read(part.counts, self._read[part.window])

    def _read_rank(self, rank: int, hint: list[Part]) -> Generator[Iterable[Row], None, list[Part]]:
        """Read the messages with a status in the parts where C_k changed.

        Args:
            rank: The rank k of the status.
            hint: The parts where the next higher status changed; the status may be read there.

        Returns:
            The parts that were read.
        """
        status, change = CHAIN[rank], self._change[rank]
        if not self._current[status]:
            # No message has this status, so none has to be read.
            for part in self.parts:
                self._read[part.window][status] = 0
            return hint
        read = [part for part in hint if status in self._read[part.window]]
        for part in read:
            change -= reach(self._counts_of(part))[rank] - reach(part.counts)[rank]
        if change > 0:
            others = [part for part in self.parts if part not in read]
            more = self._changed.find(rank, change, others, status)
            yield from self._read_parts([rank], more)
            read = sorted([*read, *more], key=lambda part: part.window.start)
        return read

    def _read_parts(
        self, ranks: Sequence[int], parts: Sequence[Part]
    ) -> Generator[Iterable[Row], None, None]:
        """Read the messages with some statuses together, and count them by part."""
        statuses = [CHAIN[rank] for rank in ranks if self._current[CHAIN[rank]]]
        starts = [to_wire(part.window.start)[:19] for part in parts]
        for part in parts:
            self._read[part.window] |= dict.fromkeys(statuses, 0)
        for value in self._values_of(statuses):
            reader = self._reader_for({FILTER: value}, None)
            for window in joined(parts):
                for _, rows in reader.read(window, expects_many=True):
                    kept = [*rows]
                    yield kept
                    for (at, status), number in statuses_by_second(kept).items():
                        if status not in statuses:
                            message = f"{FILTER}={value} returned a message with Status {status!r}"
                            raise CountsUnusableError(message)
                        part = parts[bisect_right(starts, at) - 1]
                        self._read[part.window][status] += number

    def _values_of(self, statuses: Sequence[str]) -> list[str]:
        """Return the values of `MessageStatus` for statuses, each for one read."""
        values = self._counts.facts.values_of(statuses)
        return [",".join(values)] if len(statuses) > 1 else values


def _span(parts: Sequence[Part]) -> Window:
    return replace(parts[0].window, end=parts[-1].window.end)
