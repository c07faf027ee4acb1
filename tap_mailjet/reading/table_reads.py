"""Read tables that are too large for memory, page by page, without missing a row.

The pages overlap by one row. If the first row of a page is the last row of the previous page, no
row has shifted between the two requests.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from singer_sdk.exceptions import FatalAPIError

from tap_mailjet.api.page import MAX_PAGE_SIZE
from tap_mailjet.reading.page_reader import OVERLAP
from tap_mailjet.reading.server_findings import can_be_hidden

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

    from tap_mailjet.api.page import Page, Row
    from tap_mailjet.reading.page_reader import PageReader

    Query = Mapping[str, str]
    Key = Callable[[Row], Hashable]

MAX_END_CHECKS = 20
"""Maximum number of counts at the end of a table before the count is reported as wrong."""
MAX_BACKTRACKS = 20
"""Maximum number of backtracks, or of pages without new rows, in a row."""


class _Place(NamedTuple):
    """A page, its offset, and its new rows."""

    offset: int
    page: Page
    fresh: Sequence[Row]

    @property
    def end(self) -> int:
        """The offset after the last row of the page."""
        return self.offset + len(self.page.data)


def read_table(
    reader: PageReader, query: Query, *, key: Key, on_reread: Callable[[], None]
) -> Iterator[Row]:
    """Read a table that is too large for memory, page by page, sorted by ID where possible.

    If a page does not begin with the last row of the previous page, rows were inserted or deleted.
    The read then backtracks to a known row and continues after it. A row may be emitted twice, but
    no row that exists during the whole read is missed. A table of several pages is counted at its
    end.

    Args:
        reader: Reads the resource.
        query: The query.
        key: Returns the identity of a row, independent of its other fields.
        on_reread: Called at each backtrack.

    Raises:
        FatalAPIError: The server returns the same page for every offset, keeps changing the order,
            or counts rows that it does not return.
    """
    query, page = reader.first_page_by_id(query)
    return _TableRead(reader, query, key, on_reread).rows(page)


class _TableRead:
    """One read of a table; the arguments are those of `read_table`."""

    def __init__(
        self, reader: PageReader, query: Query, key: Key, on_reread: Callable[[], None]
    ) -> None:
        self._reader = reader
        self._query = query
        self._key = key
        self._on_reread = on_reread
        self._received = 0

    def rows(self, first: Page) -> Iterator[Row]:
        """Yield the rows of the table, starting with the given first page."""
        yield from self._count(first.data)
        expected = self._expected(first)
        if expected == len(first.data) < self._reader.page_size:
            return
        place: _Place | None = _Place(0, first, first.data)
        while place:
            last = place
            for last in self._following(place, expected):
                yield from self._count(last.fresh)
            place = self._after_end(last)
            if place:
                yield from self._count(place.fresh)

    def _count(self, rows: Sequence[Row]) -> Sequence[Row]:
        self._received += len(rows)
        return rows

    def _expected(self, first: Page) -> int | None:
        """Return the number of rows, None if unknown.

        Raises:
            FatalAPIError: The first page is empty, but Mailjet counts rows.
        """
        reader = self._reader
        expected = reader.rows_expected(self._query, first)
        is_suspicious = not first.data and (expected or 0) > 0 and not reader.hides_rows
        if is_suspicious and not reader.longest_page(self._query, 0).data:
            message = (
                f"Mailjet counts {expected} rows of {reader.resource} but returns an empty "
                f"first page."
            )
            raise FatalAPIError(message)
        return expected

    def _following(self, place: _Place, expected: int | None) -> Iterator[_Place]:
        """Read the pages after a page, up to the page that seems to be the last one."""
        reader, query = self._reader, self._query
        idle = 0
        pages = self._pages_after(place, expected)
        while found := next(pages, None):
            previous, (offset, page) = place.page, found
            reader.refuse_ignored_offset(query, previous, page, offset)
            fresh = self._rows_after(previous, page)
            if fresh is None:
                self._on_reread()
                place = self._step_back(previous, offset)
                pages = self._pages_after(place, None)
            else:
                place = _Place(offset, page, fresh)
            # Equal rows make equal pages, but not after the number of rows that Mailjet counts.
            is_repeated = page.data == previous.data and (expected is None or offset >= expected)
            if is_repeated and expected is not None:
                place = place._replace(fresh=())
            idle = 0 if fresh and not is_repeated else idle + 1
            if idle > MAX_BACKTRACKS:
                message = (
                    f"Could not read {reader.resource} completely: rows shift faster than they can "
                    f"be read, or Mailjet returns the same rows from offset {offset} on."
                )
                raise FatalAPIError(message)
            yield place

    def _pages_after(self, place: _Place, expected: int | None) -> Iterator[tuple[int, Page]]:
        return self._reader.remaining_pages(
            self._query,
            place.page,
            expected,
            offset=place.offset,
            received=lambda: self._received,
        )

    def _after_end(self, last: _Place) -> _Place | None:
        """Return a page with rows after the apparent end if Mailjet counts more rows, else None.

        Mailjet does not document a maximum for Offset. A server that returns no rows after some
        offset must not end a table early.

        Raises:
            FatalAPIError: Mailjet counts rows after the end but does not return them.
        """
        reader = self._reader
        if self._received >= last.end and reader.proves_end(last.page, last.end):
            return None
        for _ in range(MAX_END_CHECKS):
            counted = reader.row_count(self._query)
            if counted <= min(last.end, self._received):
                return None
            offset = max(0, last.end - OVERLAP)
            page = reader.longest_page(self._query, offset)
            fresh = self._rows_after(last.page, page)
            if fresh is None:
                self._on_reread()
                place = self._step_back(last.page, last.end)
            else:
                place = _Place(offset, page, fresh)
            if place.fresh:
                return place
            if reader.is_short(place.page) and self._is_true_end(counted, place):
                return None
            # Rows inserted before the last known row have shifted the end.
            last = place
        message = (
            f"Mailjet counts {counted} rows of {reader.resource} but returns none after row "
            f"{last.end}."
        )
        raise FatalAPIError(message)

    def _is_true_end(self, counted: int, last: _Place) -> bool:
        """Return True if no row can follow a short page without new rows.

        Args:
            counted: The number of rows by `countOnly`.
            last: The page.
        """
        if counted <= last.end:
            return True  # rows were inserted before the last one since the read began
        if counted > last.offset + MAX_PAGE_SIZE or not can_be_hidden(self._received, counted):
            return False
        self._reader.warn_hidden()
        return True

    def _rows_after(self, previous: Page, page: Page) -> Sequence[Row] | None:
        """Return the rows of a page after the last row of the previous page.

        Returns:
            The rows; None if the page does not have the last row of the previous page.

        Raises:
            FatalAPIError: The order of the known rows has changed.
        """
        key = self._key
        if not previous.data:
            return page.data
        last = key(previous.data[-1])
        if page.data and key(page.data[0]) == last:
            return page.data[OVERLAP:]  # no row has shifted
        keys = [key(row) for row in page.data]
        if last not in keys:
            return None
        at = keys.index(last)
        self._refuse_other_order(previous, keys[: at + 1])
        return page.data[at + 1 :]

    def _step_back(self, previous: Page, offset: int) -> _Place:
        """Find the current position of the rows after a page.

        Returns:
            The page with the last known row, and its unknown rows; the first page if no known row
            exists any more.
        """
        known = {self._key(row) for row in previous.data}
        while True:
            offset = max(0, offset - max(1, len(previous.data) // 2))
            page = self._reader.page(self._query, offset)
            keys = [self._key(row) for row in page.data]
            places = [at for at, one in enumerate(keys) if one in known]
            if not places and offset:
                continue
            self._refuse_other_order(previous, keys)
            return _Place(offset, page, page.data[places[-1] + 1 :] if places else page.data)

    def _refuse_other_order(self, previous: Page, keys: Sequence[Hashable]) -> None:
        """Raise FatalAPIError if the common rows of two pages are in a different order."""
        known = Counter(self._key(row) for row in previous.data)
        # Rows with equal keys have no unique position.
        places = {one: at for at, one in enumerate(known) if known[one] == 1}
        order = [places[one] for one in keys if one in places]
        if order != sorted(order):
            message = (
                f"Mailjet changes the order of {self._reader.resource} from request to request, so "
                f"it cannot be read page by page."
            )
            raise FatalAPIError(message)
