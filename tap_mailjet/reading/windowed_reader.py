"""Read a range of time window by window; each window is complete and sorted."""

from __future__ import annotations

import math
import sys
from concurrent.futures import FIRST_COMPLETED, wait
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from singer_sdk.exceptions import FatalAPIError

from tap_mailjet.api.errors import BadRequestError, error_context
from tap_mailjet.reading.complete_reads import (
    MAX_READ_ATTEMPTS,
    CompleteRead,
    InconsistentRead,
    TooManyRows,
    read_window,
)
from tap_mailjet.reading.table_reads import read_table
from tap_mailjet.reading.time_windows import Window
from tap_mailjet.records.conversion import distinct, distinct_lists

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Future

    import pendulum

    from tap_mailjet.api.page import Row
    from tap_mailjet.reading.page_reader import PageReader
    from tap_mailjet.reading.time_windows import TimeFilter

    Query = Mapping[str, str]

MAX_PAGES_PER_WINDOW = 20
"""Maximum pages of rows in a window, because they stay in memory until it is complete."""
TARGET_PAGES_PER_SPLIT = 6
"""Target number of pages in each part of a split window; some parts will have twice as many."""
MAX_SPLIT, COARSE_SPLIT = 32, 8
"""If a split would create more than `MAX_SPLIT` windows, create `COARSE_SPLIT` and split the busy
ones again, so that empty years cost few requests."""
WINDOWS_AHEAD = 2
"""Number of windows that are read concurrently."""
BEYOND_TODAY_DAYS = 2
"""Distance of the window that must be empty: more than clocks differ."""


class TimeFilterError(FatalAPIError):
    """The server ignores or refuses the time filter of a stream."""


class WindowedRows(NamedTuple):
    """The rows of a window, sorted by time."""

    window: Window
    rows: Iterable[Row]


class WindowedReader:
    """A reader of a resource that has a time filter.

    Small windows keep `Offset` small, and with it the server's cost of a page.

    Args:
        reader: Reads the pages of the resource.
        queries: The queries whose rows make up the stream, without a time filter.
        time_filter: The two parameters that filter by time.
        key: Returns the identity of a row, independent of its other fields.
        clock: Returns the timestamp of a row as comparable text, None if the row has no timestamp.
        on_reread: Called with the number of repeated reads.
        on_undated: Called with each row that is skipped because it has no timestamp.
        now: When the sync started.
    """

    def __init__(
        self,
        reader: PageReader,
        queries: Sequence[Query],
        *,
        time_filter: TimeFilter,
        key: Callable[[Row], Hashable],
        clock: Callable[[Row], str | None],
        on_reread: Callable[[int], None],
        on_undated: Callable[[Row], None],
        now: pendulum.DateTime,
    ) -> None:
        self._reader = reader
        self._queries = queries
        self._filter = time_filter
        self._key = key
        self._clock = clock
        self._on_reread = on_reread
        self._on_undated = on_undated
        self._now = now
        self._is_filter_verified = False
        self._has_read_a_window = False

    def read(
        self, whole: Window, *, expects_many: bool, newest_first: bool = False
    ) -> Iterator[WindowedRows]:
        """Read a range, oldest window first.

        Args:
            whole: The range; it ends before `now`.
            expects_many: True if the range probably has more than one page.
            newest_first: True to read the newest window first, beginning with the newest day.
                The rows of a window stay sorted by time, oldest first.

        Raises:
            TimeFilterError: The server returns rows from outside a window, or refuses the time
                filter with 400. Rows that were yielded before are in the range, but may be
                incomplete.
            FatalAPIError: A window cannot be read completely.
        """
        pending = whole.with_newest_day_apart() if newest_first else [whole]
        begun: dict[Window, Future[CompleteRead]] = {}
        try:
            while pending:
                for window in reversed(pending[-WINDOWS_AHEAD:]):
                    is_next = window is pending[-1]
                    if window not in begun and _has_thread(begun.values(), must_wait=is_next):
                        many = expects_many or window is not whole
                        begun[window] = self._reader.submit(self._read_window, window, many)
                window = pending.pop()
                parts, rows = self._rows_or_split(window, begun.pop(window))
                pending += parts if newest_first else reversed(parts)
                if rows is not None:
                    self._has_read_a_window = True
                    yield WindowedRows(window, rows)
        finally:
            _abandon(begun.values())

    def read_unfiltered(self, whole: Window) -> Iterator[Row]:
        """Read the whole resource, and yield the rows of a range in no order."""
        for row in self._stream(self._queries):
            happened = self._clock(row)
            if happened is None:
                self._on_undated(row)
            elif whole.contains(happened):
                yield row

    def _stream(self, queries: Sequence[Query]) -> Iterator[Row]:
        """Read queries page by page, without keeping the rows in memory."""
        return distinct(
            [
                read_table(self._reader, query, key=self._key, on_reread=lambda: self._on_reread(1))
                for query in queries
            ],
            self._key,
        )

    def _queries_of(self, window: Window) -> list[Query]:
        return [{**query, **window.to_params(self._filter)} for query in self._queries]

    def _read_window(self, window: Window, expects_many: bool) -> CompleteRead:  # noqa: FBT001
        """Read a window; runs on a separate thread."""
        return read_window(
            self._reader,
            self._queries_of(window),
            key=self._key,
            max_rows=MAX_PAGES_PER_WINDOW * self._reader.page_size,
            expects_many=expects_many,
            check=lambda rows: self._refuse_rows_outside(window, rows),
        )

    def _refuse_rows_outside(self, window: Window, rows: Sequence[Row]) -> None:
        """Raise TimeFilterError if a row is outside the bounds of the request."""
        first, last = window.bounds_sent
        for happened in map(self._clock, rows):
            if happened is not None and not first <= happened[:19] <= last:
                message = (
                    f"Mailjet returned a row of {happened[:19]}Z for {self._filter.lower} "
                    f"{first}Z and {self._filter.upper} {last}Z"
                )
                raise TimeFilterError(message)

    def _rows_or_split(
        self, window: Window, read: Future[CompleteRead]
    ) -> tuple[list[Window], Iterable[Row] | None]:
        """Return the rows of a window, or the windows to read instead."""
        with error_context(window):
            try:
                complete = read.result()
            except BadRequestError as error:
                if self._has_read_a_window:
                    raise
                message = f"{self._filter.lower} and {self._filter.upper} are refused: {error}"
                raise TimeFilterError(message) from error
            except TooManyRows as finding:
                if self._verify_filter():
                    return [window], None
                return self._split(window, finding)
            except InconsistentRead as finding:
                self._on_reread(MAX_READ_ATTEMPTS)
                if self._verify_filter():
                    return [window], None
                if window.seconds == 1 or finding.is_final:
                    raise inconsistent(finding) from None
                return window.split(2), None
            self._on_reread(complete.attempts - 1)
            return [], self._rows_in_window(window, complete.rows)

    def _split(
        self, window: Window, finding: TooManyRows
    ) -> tuple[list[Window], Iterable[Row] | None]:
        if window.seconds == 1:
            # One second cannot be split. Its rows need no sorting, so they need not stay in memory.
            return [], self._rows_of_second(window)
        parts = math.ceil(finding.expected / (TARGET_PAGES_PER_SPLIT * self._reader.page_size))
        return window.split(max(2, parts) if parts <= MAX_SPLIT else COARSE_SPLIT), None

    def _rows_of_second(self, window: Window) -> Iterator[Row]:
        with error_context(window):
            for row in self._stream(self._queries_of(window)):
                happened = self._clock(row)
                if happened is not None and window.contains(happened):
                    yield row

    def _verify_filter(self) -> bool:
        """Read a window in the future, which must be empty, before the first split of a run.

        If the server or its counts ignore the time filter, every window seems to have too many
        rows, and windows would be split down to seconds.

        Returns:
            True if the counts are wrong, so that the window should be read again.

        Raises:
            TimeFilterError: The window in the future has rows.
        """
        if self._is_filter_verified:
            return False
        self._is_filter_verified = True
        start = self._now.add(days=BEYOND_TODAY_DAYS).start_of("day")
        future = Window(start, start.add(days=1))
        [query, *_] = self._queries_of(future)
        try:
            page = self._reader.page(query)
            counted = self._reader.row_count(query) if self._reader.counts_are_usable else 0
        except BadRequestError:
            return False  # a refusal of a window in the future proves nothing
        if page.data:
            message = f"Mailjet returned {len(page.data)} rows for {future}, which is in the future"
            raise TimeFilterError(message)
        if counted:
            self._reader.distrust_counts(f"{counted} for a window in the future that has no rows")
        return bool(counted)

    def _rows_in_window(self, window: Window, reads: list[list[Row]]) -> list[Row]:
        """Return the rows that are inside a window, sorted by time.

        The request adds one second on each side (`Window.to_params`).
        """
        inside = []
        first, end = window.bounds
        for row in distinct_lists(reads, self._key):
            happened = self._clock(row)
            if happened is None:
                self._on_undated(row)
            elif first <= happened[:19] < end:
                inside.append((happened, row))
            else:
                self._refuse_rows_outside(window, [row])
        inside.sort(key=itemgetter(0))
        return [row for _, row in inside]


def _has_thread(reads: Iterable[Future[CompleteRead]], *, must_wait: bool) -> bool:
    """Return True if another window may be read; wait for that, if necessary.

    Windows that were begun before a split are still being read. If they occupied all threads,
    none would be left for the pages that they wait for.
    """
    running = [read for read in reads if not read.done()]
    if len(running) >= WINDOWS_AHEAD and must_wait:
        wait(running, return_when=FIRST_COMPLETED)
    return must_wait or len(running) < WINDOWS_AHEAD


def _abandon(reads: Iterable[Future[CompleteRead]]) -> None:
    """Cancel unused reads, and wait for reads that cannot be cancelled.

    They would occupy threads that the next stream needs. After a signal, there is no wait.
    """
    running = [read for read in reads if not read.cancel()]
    if not isinstance(sys.exc_info()[1], SystemExit):
        wait(running)


def inconsistent(finding: InconsistentRead) -> FatalAPIError:
    """Return the error for a read that could not be verified."""
    evidence = str(finding).rstrip(".")
    return FatalAPIError(f"Could not verify a complete read: {evidence}.")
