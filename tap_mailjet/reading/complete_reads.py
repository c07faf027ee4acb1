"""Read the rows of a window into memory, and verify that no row is missing.

The pages of a query overlap by one row. If the first row of a page is the last row of the previous
page, no row has shifted between the two requests.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from tap_mailjet.api.errors import BadRequestError
from tap_mailjet.api.page import MAX_PAGE_SIZE
from tap_mailjet.reading.page_reader import OVERLAP
from tap_mailjet.reading.row_keys import are_in_order, has_doubles
from tap_mailjet.reading.server_findings import can_be_hidden

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from tap_mailjet.api.page import Page, Row
    from tap_mailjet.reading.page_reader import PageReader

    Query = Mapping[str, str]
    Key = Callable[[Row], Hashable]

MAX_READ_ATTEMPTS = 4
"""Maximum number of reads of a window before the read fails as inconsistent."""

MAX_IDLE_PAGES = 3
"""Maximum number of pages in a row without new rows, for servers that limit Offset."""


class TooManyRows(Exception):  # noqa: N818 - a finding, not an error
    """A window has more rows than the maximum in memory; `expected` is the number."""

    def __init__(self, expected: int) -> None:
        super().__init__(expected)
        self.expected = expected


class InconsistentRead(Exception):  # noqa: N818 - a finding, not an error
    """Two reads of the same rows differ, or contradict the count; the message is the evidence.

    `is_final` is true if reading parts of the window would have the same result.
    """

    def __init__(self, evidence: str, *, is_final: bool = False) -> None:
        super().__init__(evidence)
        self.is_final = is_final


class CompleteRead(NamedTuple):
    """All rows of a window, verified: one list per query, and the number of reads."""

    rows: list[list[Row]]
    attempts: int


class _QueryRows(NamedTuple):
    """The rows of one query.

    Attributes:
        rows: The rows.
        keys: Their keys.
        is_verified: True if the order of the rows proves that they are complete.
        requested: The number of leading rows, hidden ones included, that were all requested; 0 if
            the last page does not prove that no row follows.
    """

    rows: list[Row]
    keys: list[Hashable]
    is_verified: bool
    requested: int


def read_window(
    reader: PageReader,
    queries: Sequence[Query],
    *,
    key: Key,
    max_rows: int,
    expects_many: bool = False,
    check: Callable[[Sequence[Row]], None] = lambda _: None,
) -> CompleteRead:
    """Read all rows of the queries of a window, and verify that they are complete.

    A page with the whole result is complete. If there are several pages, each must begin with the
    last row of the previous page. If the rows are in the order of their key, and their number is
    the number that Mailjet counted before, no row can be missing between two pages. Otherwise the
    number must match a later `countOnly`, and no row may occur twice; if not, the window is read
    again. Two reads in a row with the same rows are complete, because equal rows exist: two clicks
    in one second.

    Args:
        reader: Reads the resource.
        queries: The queries whose rows make up the window.
        key: Returns the identity of a row, independent of its other fields.
        max_rows: Maximum number of rows in memory.
        expects_many: True if more than one page is likely.
        check: Called with the rows of the first pages before a read fails or is repeated.

    Raises:
        TooManyRows: The window has more rows than `max_rows`.
        InconsistentRead: No two reads agreed.
    """
    attempts = _Attempts(reader, queries, key, max_rows, check)
    for attempt in range(1, MAX_READ_ATTEMPTS + 1):
        reads = attempts.read(expects_many=expects_many)
        if reads is not None:
            return CompleteRead([read.rows for read in reads], attempt)
    raise InconsistentRead(attempts.evidence)


class _Attempts:
    """The reads of one window; the arguments are those of `read_window`.

    Attributes:
        evidence: The reason why the last read is not verified.
    """

    def __init__(
        self,
        reader: PageReader,
        queries: Sequence[Query],
        key: Key,
        max_rows: int,
        check: Callable[[Sequence[Row]], None],
    ) -> None:
        self._reader = reader
        self._queries = queries
        self._key = key
        self._max_rows = max_rows
        self._check = check
        self._keys_before: list[Counter[Hashable]] | None = None
        self.evidence = ""

    def read(self, *, expects_many: bool) -> list[_QueryRows] | None:
        """Read the queries once; return their rows if they are verified, else None."""
        firsts = self._reader.first_pages_with_counts(self._queries, expects_many=expects_many)
        try:
            _refuse_too_many(self._reader, self._queries, firsts, self._max_rows)
            reads = [
                _read_query(
                    self._reader, query, first, expected, key=self._key, max_rows=self._max_rows
                )
                for query, (first, expected) in zip(self._queries, firsts, strict=True)
            ]
        except TooManyRows:
            self._check([row for first, _ in firsts for row in first.data])
            raise
        except InconsistentRead as finding:
            self._check([row for first, _ in firsts for row in first.data])
            if str(finding) == self.evidence:
                raise  # another read would have the same result
            self._keys_before, self.evidence = None, str(finding)
            return None
        return reads if self._is_verified(reads) else None

    def _is_verified(self, reads: Sequence[_QueryRows]) -> bool:
        """Return True if the rows are verified; otherwise record the reason.

        Raises:
            InconsistentRead: Two reads have the same rows, but Mailjet counts another number.
                Another read would have the same result.
        """
        keys = [Counter(read.keys) for read in reads if not read.is_verified]
        if not keys:
            return True
        is_same = keys == self._keys_before
        wrong_count = self._wrong_count(reads, is_same=is_same)
        if wrong_count is None:
            is_counted = self._reader.counts_are_usable
            if is_same or (is_counted and not has_doubles(keys)):
                return True
            self.evidence = "rows were returned twice" if is_counted else "rows cannot be counted"
        else:
            self._check([row for read in reads for row in read.rows])
            if is_same:
                raise InconsistentRead(wrong_count)
            self.evidence = wrong_count
        self._keys_before = keys
        return False

    def _wrong_count(self, reads: Sequence[_QueryRows], *, is_same: bool) -> str | None:
        """Count the queries that are not verified, and return a mismatch as text, or None.

        If a second read returns the same rows, Mailjet hides the rows that it counts but does not
        return although they were requested.
        """
        if not self._reader.counts_are_usable:
            return None
        counts = [
            (read, self._reader.begin_row_count(query))
            for query, read in zip(self._queries, reads, strict=True)
            if not read.is_verified
        ]
        for read, future in counts:
            counted = future.result()
            is_requested = counted <= read.requested
            if is_same and is_requested and can_be_hidden(len(read.rows), counted):
                self._reader.warn_hidden()
            elif counted != len(read.rows):
                return f"{len(read.rows)} rows were returned, but countOnly says {counted}"
        return None


def _refuse_too_many(
    reader: PageReader,
    queries: Sequence[Query],
    firsts: Sequence[tuple[Page, int | None]],
    max_rows: int,
) -> None:
    """Raise TooManyRows if the counts exceed `max_rows`; a Total is verified by countOnly."""
    if sum(expected or 0 for _, expected in firsts) <= max_rows:
        return
    counts = [
        reader.row_count(query)
        if expected == first.total and reader.counts_are_usable
        else expected
        for query, (first, expected) in zip(queries, firsts, strict=True)
    ]
    expected = sum(count or 0 for count in counts)
    if expected > max_rows:
        raise TooManyRows(expected)


def _read_query(
    reader: PageReader,
    query: Query,
    first: Page,
    expected: int | None,
    *,
    key: Key,
    max_rows: int,
) -> _QueryRows:
    """Read the pages after a first page.

    Raises:
        InconsistentRead: A page does not join the previous page.
        TooManyRows: The query has more rows than `max_rows`.
    """
    rows, keys = list(first.data), [*map(key, first.data)]
    if expected == len(rows) < reader.page_size:
        return _QueryRows(rows, [], is_verified=True, requested=reader.page_size)
    is_joined = True
    previous, offset, idle = first, 0, 0

    def received() -> int:
        # If pages do not join, a row may have been read twice.
        return len(rows) if is_joined else len(set(keys))

    try:
        for offset, page in reader.remaining_pages(query, first, expected, received=received):
            reader.refuse_ignored_offset(query, previous, page, offset)
            place = _place_of(keys[-1], page, key) if keys else -OVERLAP
            if place is None:
                message = f"rows shifted at offset {offset}"
                raise InconsistentRead(message)
            is_joined = is_joined and place == 0
            fresh = page.data[place + OVERLAP :]
            # After hidden rows, pages of known rows become shorter up to the end.
            has_advanced = bool(fresh) or len(page.data) < len(previous.data)
            idle = 0 if has_advanced else idle + 1
            is_same_page = len(page.data) > OVERLAP and page.data == previous.data
            if is_same_page or idle > MAX_IDLE_PAGES:
                message = f"no new rows at offset {offset}"
                raise InconsistentRead(message)
            rows += fresh
            keys += map(key, fresh)
            if len(rows) > max_rows:
                raise TooManyRows(2 * len(rows))
            previous = page
    except BadRequestError as error:
        message = f"an offset was refused: {error}"
        raise InconsistentRead(message) from error
    if not rows and expected and not reader.hides_rows:
        message = f"the first page is empty, but Mailjet counts {expected} rows"
        raise InconsistentRead(message, is_final=True)
    is_verified = is_joined and len(rows) == expected and are_in_order(keys)
    is_at_end = len(previous.data) <= OVERLAP
    is_enough = expected is not None and len(rows) >= expected
    requested = offset + (reader.page_size if is_enough else MAX_PAGE_SIZE)
    return _QueryRows(rows, keys, is_verified, requested if is_at_end else 0)


def _place_of(last: Hashable, page: Page, key: Key) -> int | None:
    """Return the index of the last known row in a page; None if the page does not have the row.

    The index is above 0 if rows were inserted before the row, or if the server hid rows of the
    previous page after applying the limit.
    """
    return next((at for at, row in enumerate(page.data) if key(row) == last), None)
