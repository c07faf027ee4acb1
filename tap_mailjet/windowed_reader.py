"""Reads a range of time window by window, each complete and sorted before it is handed over."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from singer_sdk.exceptions import FatalAPIError

from tap_mailjet.complete_reads import (
    MAX_READ_ATTEMPTS,
    CompleteRead,
    InconsistentRead,
    TooManyRows,
    read_window,
)
from tap_mailjet.errors import BadRequestError, explained
from tap_mailjet.records import distinct
from tap_mailjet.table_reads import read_table
from tap_mailjet.windows import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Future

    import pendulum

    from tap_mailjet.page_reader import PageReader
    from tap_mailjet.pages import Row
    from tap_mailjet.windows import FilterPair

    Query = Mapping[str, str]

MAX_PAGES_PER_WINDOW = 20
"""Pages of rows that a window may hold: they stay in memory until the window is complete."""
TARGET_PAGES_PER_SPLIT = 6
"""Pages that the parts of a split window should hold; some of them will hold twice that."""
MAX_SPLIT, COARSE_SPLIT = 32, 8
"""If a split would create more than `MAX_SPLIT` windows, create `COARSE_SPLIT` and split the busy
ones again, so that empty years cost few requests."""
WINDOWS_AHEAD = 2
"""Windows read at the same time, so that one need not wait for the responses of another."""
BEYOND_TODAY_DAYS = 2
"""Where the window lies that must be empty: further ahead than clocks differ by."""


class TimeFilterError(FatalAPIError):
    """The server does not select by the time filter of a stream: it ignores or refuses it."""


class WindowedRows(NamedTuple):
    """The rows of a window, sorted by their clock."""

    window: Window
    rows: Iterable[Row]


class WindowedReader:
    """Reads a resource by a time filter.

    Small windows keep `Offset` small, and with it the server's cost of a page, whatever the age
    of the account.

    Args:
        reader: Reads the resource's pages.
        queries: The queries whose rows make up the stream, without bounds of time.
        time_filter: The two parameters that select by the clock.
        key: Identifies a row, whatever else has changed in it.
        clock: Returns a row's timestamp in a form that compares as text, None if it has no time.
        on_reread: Called with the number of reads that had to be repeated.
        on_undated: Called with each row that has no time; such a row is left out.
        now: When the sync started.
    """

    def __init__(
        self,
        reader: PageReader,
        queries: Sequence[Query],
        *,
        time_filter: FilterPair,
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

    def read(self, whole: Window, *, expects_many: bool) -> Iterator[WindowedRows]:
        """Read a range, oldest window first.

        Args:
            whole: The range; it ends before `now`.
            expects_many: Whether the range is likely to hold more than a page.

        Raises:
            TimeFilterError: The server returns rows from outside a window, or refuses the time
                filter with 400. What was handed over before is in the range, but may not be all.
            FatalAPIError: A window cannot be read completely.
        """
        pending = [whole]
        begun: dict[Window, Future[CompleteRead]] = {}
        workers = ThreadPoolExecutor(WINDOWS_AHEAD, thread_name_prefix=self._reader.resource)
        try:
            while pending:
                for window in reversed(pending[-WINDOWS_AHEAD:]):
                    if window not in begun:
                        many = expects_many or window is not whole
                        begun[window] = workers.submit(self._read_window, window, many)
                window = pending.pop()
                parts, rows = self._rows_or_split(window, begun.pop(window))
                pending += reversed(parts)
                if rows is not None:
                    self._has_read_a_window = True
                    yield WindowedRows(window, rows)
        finally:
            workers.shutdown(wait=False, cancel_futures=True)

    def read_unfiltered(self, whole: Window) -> Iterator[Row]:
        """Read the whole resource and return the rows whose clock lies in a range, in no order."""
        for row in self._stream(self._queries):
            happened = self._clock(row)
            if happened is None:
                self._on_undated(row)
            elif whole.holds(happened):
                yield row

    def _stream(self, queries: Sequence[Query]) -> Iterator[Row]:
        """Read queries page by page, without holding their rows."""
        return distinct(
            [
                read_table(self._reader, query, key=self._key, on_reread=lambda: self._on_reread(1))
                for query in queries
            ],
            self._key,
        )

    def _queries_of(self, window: Window) -> list[Query]:
        return [{**query, **window.ask(self._filter)} for query in self._queries]

    def _read_window(self, window: Window, expects_many: bool) -> CompleteRead:  # noqa: FBT001
        """Read a window, on a thread of its own."""
        return read_window(
            self._reader,
            self._queries_of(window),
            key=self._key,
            max_rows=MAX_PAGES_PER_WINDOW * self._reader.page_size,
            expects_many=expects_many,
            check=lambda rows: self._refuse_rows_outside(window, rows),
        )

    def _refuse_rows_outside(self, window: Window, rows: Sequence[Row]) -> None:
        """Raise TimeFilterError if a row lies outside the bounds that were sent to Mailjet."""
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
        """Return the rows of a window, or the windows to read in its place."""
        with explained(window):
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
            # One second cannot be split. Its rows need not be sorted, so they need not be held.
            return [], self._rows_of_second(window)
        parts = math.ceil(finding.expected / (TARGET_PAGES_PER_SPLIT * self._reader.page_size))
        return window.split(max(2, parts) if parts <= MAX_SPLIT else COARSE_SPLIT), None

    def _rows_of_second(self, window: Window) -> Iterator[Row]:
        with explained(window):
            for row in self._stream(self._queries_of(window)):
                happened = self._clock(row)
                if happened is not None and window.holds(happened):
                    yield row

    def _verify_filter(self) -> bool:
        """Read a window in the future, which must be empty, before the first split of a run.

        A server that ignores the time filter returns the same rows for every window, so that the
        windows would be split down to seconds. A server whose counts ignore it splits as often.

        Returns:
            True if the counts turned out to be wrong, so that the window is worth another read.

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
            return False  # a window in the future is refused, which says nothing
        if page.data:
            message = f"Mailjet returned {len(page.data)} rows for {future}, which is in the future"
            raise TimeFilterError(message)
        if counted:
            self._reader.distrust_counts(f"{counted} for a window in the future that has no rows")
        return bool(counted)

    def _rows_in_window(self, window: Window, reads: list[list[Row]]) -> list[Row]:
        """Return the rows that lie in a window, sorted by their clock.

        The requested bounds are a second wider, because Mailjet does not document whether its
        bounds are inclusive.
        """
        inside = []
        for row in distinct(reads, self._key):
            happened = self._clock(row)
            if happened is None:
                self._on_undated(row)
            elif window.holds(happened):
                inside.append((happened, row))
            else:
                self._refuse_rows_outside(window, [row])
        inside.sort(key=itemgetter(0))
        return [row for _, row in inside]


def inconsistent(finding: InconsistentRead) -> FatalAPIError:
    """Return the error of reads that kept differing."""
    return FatalAPIError(f"Could not verify a complete read: {finding}")
