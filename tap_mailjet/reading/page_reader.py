"""Reads the pages of one resource, a few at a time, in order."""

from __future__ import annotations

import itertools
from collections import deque
from concurrent.futures import wait
from typing import TYPE_CHECKING, TypeVar

from singer_sdk.exceptions import FatalAPIError

from tap_mailjet.api.page import MAX_PAGE_SIZE
from tap_mailjet.reading.page_requests import PageRequests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Future

    from tap_mailjet.api.page import Page

    Query = Mapping[str, str]

OVERLAP = 1
"""Rows that a page has in common with the page before it."""
S = TypeVar("S")
T = TypeVar("T")


class PageReader(PageRequests):
    """Reads one resource, page by page; the arguments are those of `PageRequests`."""

    def for_resource(self, resource: str) -> PageReader:
        """Return a reader of another resource of the same account, whose rows stay raw."""
        return PageReader(
            self._client,
            resource,
            page_size=self.page_size,
            pool=self._pool,
            ahead=self._ahead,
            observe=self._observe,
            findings=self._findings,
            warn=self._warn,
        )

    def map_concurrently(self, read: Callable[[S], T], wanted: Iterable[S]) -> Iterator[T]:
        """Call a function of one request for each item, several at a time, results in order."""
        waiting: deque[Future[T]] = deque()
        rest = iter(wanted)
        try:
            while True:
                for item in itertools.islice(rest, self._ahead - len(waiting)):
                    waiting.append(self._pool.submit(read, item))
                if not waiting:
                    return
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()

    def first_pages(self, queries: Iterable[Query]) -> list[Page]:
        """Read the first page of each query."""
        return list(self.map_concurrently(self.page, queries))

    def first_pages_with_counts(
        self, queries: Sequence[Query], *, expects_many: bool
    ) -> list[tuple[Page, int | None]]:
        """Read the first page of each query, and count its rows where the page leaves it open.

        Args:
            queries: What to read.
            expects_many: Whether more than a page is likely: then both are requested at once.

        Returns:
            Each first page with the number of rows of its query, None where counts are unusable.
        """
        is_counted_apart = expects_many and self.counts_are_usable
        if self._findings.counts_records:
            is_counted_apart = False  # the pages themselves tell
        counts = [self.begin_row_count(query) for query in queries] if is_counted_apart else []
        firsts = self.first_pages(queries)
        wait(counts)  # those of single pages, too, so that no request outlives the read
        return [
            (first, self._rows_expected(query, first, count))
            for query, first, count in itertools.zip_longest(queries, firsts, counts)
        ]

    def rows_expected(self, query: Query, first: Page) -> int | None:
        """Return the number of rows of a query, None where counts are unusable.

        Args:
            query: The query.
            first: Its first page.
        """
        return self._rows_expected(query, first, None)

    def _rows_expected(self, query: Query, first: Page, count: Future[int] | None) -> int | None:
        rows = len(first.data)
        is_more_counted = count is not None and self.counts_are_usable and count.result() > rows
        if not is_more_counted and self.is_whole(query, first):
            return rows
        if not self.counts_are_usable:
            return None
        if first.total > rows == self.page_size:
            return first.total
        counted = count.result() if count else self.row_count(query)
        if counted > rows == first.total:
            self._findings.counts_records = False
        if counted < rows:
            self.add_low_count(f"{counted} for a page of {rows} rows")
            return first.total if first.total > rows else None
        is_contradicted = counted <= rows < first.total
        # More rows were seen behind such pages than this count admits.
        is_low = 0 < counted == rows < self.page_size and self._findings.ends_pages_early
        return None if is_contradicted or is_low else counted

    def is_whole(self, query: Query, first: Page) -> bool:
        """Return True if a first page holds all rows of its query.

        A page with fewer rows than its limit is the last one unless `Total` says otherwise, or
        the server caps its pages or hides rows after applying the limit. One request settles
        that where `Total` counts the page only.
        """
        rows = len(first.data)
        if first.total > rows or rows >= self.page_size:
            return False
        if not self._findings.may_end_early(rows, self.page_size):
            return True
        return not self._continues_after(query, first)

    def _continues_after(self, query: Query, first: Page) -> bool:
        """Request what follows a short first page, and record what that says of the server."""
        rows = len(first.data)
        if not rows and self.page_size == MAX_PAGE_SIZE:
            return first.total > 0  # a page of so many rows is not hidden as a whole
        following = self.longest_page(query, rows, counted=True)
        if not following.data:
            if rows:
                self._findings.add_end(following, rows)
            return following.total > rows
        if following.data == first.data:
            # Offset has no effect, which is ordinary for resources that hold one object.
            is_longer = self.row_count(query) > rows
            if is_longer and self.ignores_offset(query):
                raise offset_ignored(self.resource, rows)
            return is_longer
        self._findings.ends_pages_early = True
        self._warn(
            f"Mailjet returns fewer rows than requested although more follow ({rows} of "
            f"{self.page_size} {self.resource}), so each read goes on until a page is empty."
        )
        return True

    def submit(self, task: Callable[..., T], *args: object) -> Future[T]:
        """Run a task on another thread. At most `WINDOWS_AHEAD` tasks may wait for pages."""
        return self._pool.submit(task, *args)

    def begin_row_count(self, query: Query) -> Future[int]:
        """Count the rows of a query on another thread."""
        return self._pool.submit(self.row_count, query)

    def remaining_pages(
        self,
        query: Query,
        page: Page,
        expected: int | None,
        *,
        offset: int = 0,
        received: Callable[[], int],
    ) -> Iterator[tuple[int, Page]]:
        """Read what follows a page, with the offset of each page.

        Each page begins with the last row of the page before it, if no rows moved. The pages of
        `expected` rows are fetched ahead; if more rows follow, they are read as well. Where the
        rows seem to end before `expected` is reached, the longest page possible is read there.

        Args:
            query: The query.
            page: The page to go on after.
            expected: The number of rows of the query, None where unknown.
            offset: The offset of `page`.
            received: Returns the number of rows that the caller has received so far.
        """
        # A server may give less than was requested: its step is the first page's.
        step = max(1, len(page.data) - OVERLAP)
        planned = range(offset + step, (expected or 0) - OVERLAP, step)
        # Where Total counts all rows, the last page proves that none follow.
        planned_last = planned[-1] if planned and self._findings.counts_records else None
        ahead = self.map_concurrently(
            lambda at: self.page(query, at, counted=at == planned_last), planned
        )
        limit = self.page_size
        while True:
            is_enough = expected is not None and received() >= expected
            is_at_end = self._is_end(page, offset, is_enough=is_enough)
            if is_at_end and (is_enough or limit == MAX_PAGE_SIZE):
                return
            if is_at_end:
                planned, limit = range(0), MAX_PAGE_SIZE
                page = self._page_at_end(query, offset)
                if not page.data and not offset:
                    return
            else:
                limit = self.page_size
                offset += len(page.data) - OVERLAP
                if offset not in planned:
                    planned = range(0)  # a page came short: what was fetched ahead does not fit
                page = next(ahead) if planned else self.page(query, offset)
            yield offset, page

    def _page_at_end(self, query: Query, offset: int) -> Page:
        """Read the longest page where a page brought no new row although more are expected."""
        page = self.longest_page(query, offset)
        if len(page.data) > OVERLAP and not self._findings.hides_pages:
            self._findings.hides_pages = self._findings.ends_pages_early = True
            self._warn(
                f"More rows of {self.resource} followed a page that looked like the last one, so "
                f"{MAX_PAGE_SIZE} rows are requested at a time from now on."
            )
        return page

    def _is_end(self, page: Page, offset: int, *, is_enough: bool) -> bool:
        rows = len(page.data)
        if rows <= OVERLAP:
            return True  # nothing but the row of the page before it, or a single row
        is_short = rows < self.page_size and offset + rows >= page.total
        return is_short and is_enough and not self._findings.ends_pages_early

    @property
    def hides_rows(self) -> bool:
        """True if the server is known to return pages shorter than their limit before the end."""
        return bool(self._findings.ends_pages_early)

    def is_short(self, page: Page) -> bool:
        """Return True if a page has room for more rows, so that none follow its last row."""
        rows = len(page.data)
        return rows <= OVERLAP or (rows < self.page_size and not self._findings.ends_pages_early)

    def refuse_ignored_offset(self, query: Query, previous: Page, page: Page, offset: int) -> None:
        """Raise FatalAPIError if two pages are the same because the server ignores Offset.

        Args:
            query: The query of both pages.
            previous: The page before.
            page: The page at `offset`.
            offset: Its offset.
        """
        if len(page.data) > OVERLAP and page.data == previous.data and self.ignores_offset(query):
            raise offset_ignored(self.resource, offset)

    def proves_end(self, page: Page, end: int) -> bool:
        """Return True if the Total of a page that ends at row `end` says that no row follows."""
        return bool(self._findings.counts_records) and page.total == end


def offset_ignored(resource: str, offset: int) -> FatalAPIError:
    """Return the error of a server that serves the same rows for two offsets."""
    return FatalAPIError(
        f"Mailjet returned the same page of {resource} for Offset {offset} as for Offset 0: "
        f"it ignores Offset, and the other rows cannot be read."
    )
