"""Read the pages of one resource, several at a time, in order."""

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
"""Number of rows that a page shares with the previous page."""
S = TypeVar("S")
T = TypeVar("T")


class PageReader(PageRequests):
    """A reader of one resource, page by page; the arguments are those of `PageRequests`."""

    def for_resource(self, resource: str) -> PageReader:
        """Return a reader of another resource of the same account; its rows stay undecoded."""
        return PageReader(
            self._client,
            resource,
            page_size=self.page_size,
            pool=self._pool,
            ahead=self._ahead,
            observe=self._observe,
            findings=self._findings,
            warn=self._warn,
            prefetcher=self._prefetcher,
        )

    def map_concurrently(self, read: Callable[[S], T], items: Iterable[S]) -> Iterator[T]:
        """Yield the results of a function for each item in order; several calls run at a time."""
        waiting: deque[Future[T]] = deque()
        rest = iter(items)
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
        """Read the first page of each query, and count the rows of the query if necessary.

        Args:
            queries: The queries.
            expects_many: True if more than one page is likely. The page and the count are then
                requested at the same time.

        Returns:
            Each first page with the number of rows of its query, None if counts are unusable.
        """
        is_counted_apart = expects_many and self.counts_are_usable
        if self._findings.counts_records:
            is_counted_apart = False  # the pages have the count
        counts = [self.begin_row_count(query) for query in queries] if is_counted_apart else []
        firsts = self.first_pages(queries)
        wait(counts)  # also if they are not needed, so that no request outlives the read
        return [
            (first, self._rows_expected(query, first, count))
            for query, first, count in itertools.zip_longest(queries, firsts, counts)
        ]

    def rows_expected(self, query: Query, first: Page) -> int | None:
        """Return the number of rows of a query, None if counts are unusable.

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
        # Such pages were followed by more rows before, so this count may be too low.
        is_low = 0 < counted == rows < self.page_size and self._findings.ends_pages_early
        return None if is_contradicted or is_low else counted

    def is_whole(self, query: Query, first: Page) -> bool:
        """Return True if a first page holds all rows of its query.

        A page with fewer rows than its limit is the last one, unless `Total` is larger, the server
        caps its pages, or the server hides rows after applying the limit. If `Total` counts only
        the page, one more request decides.
        """
        rows = len(first.data)
        if first.total > rows or rows >= self.page_size:
            return False
        if not self._findings.may_end_early(rows, self.page_size):
            return True
        return not self._continues_after(query, first)

    def _continues_after(self, query: Query, first: Page) -> bool:
        """Return True if rows follow a short first page, and record what this shows."""
        rows = len(first.data)
        if not rows and self.page_size == MAX_PAGE_SIZE:
            return first.total > 0  # a page of this size is not hidden as a whole
        following = self.longest_page(query, rows, counted=True)
        if not following.data:
            if rows:
                self._findings.add_end(following, rows)
            return following.total > rows
        if following.data == first.data:
            # Offset has no effect, which is normal for resources that have one object.
            is_longer = self.row_count(query) > rows
            if is_longer and self.ignores_offset(query):
                raise offset_ignored(self.resource, rows)
            return is_longer
        self._findings.ends_pages_early = True
        self._warn(
            f"Mailjet returns fewer rows than requested although more follow ({rows} of "
            f"{self.page_size} {self.resource}). Each read continues until a page is empty."
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
        """Read the pages after a page, with the offset of each page.

        Each page begins with the last row of the previous page, if no rows shifted. The pages of
        `expected` rows are fetched ahead; if more rows follow, they are read as well. If the rows
        seem to end before `expected`, the longest possible page is read there.

        Args:
            query: The query.
            page: The page to continue after.
            expected: The number of rows of the query, None if unknown.
            offset: The offset of `page`.
            received: Returns the number of rows that the caller has received so far.
        """
        # A server may return fewer rows than requested, so the first page determines the step.
        step = max(1, len(page.data) - OVERLAP)
        planned = range(offset + step, (expected or 0) - OVERLAP, step)
        # If Total counts all rows, the last page proves that no row follows.
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
                    planned = range(0)  # a page was short, so the pages fetched ahead do not join
                page = next(ahead) if planned else self.page(query, offset)
            yield offset, page

    def _page_at_end(self, query: Query, offset: int) -> Page:
        """Read the longest page at an offset where no new row came although more are expected."""
        page = self.longest_page(query, offset)
        if len(page.data) > OVERLAP and not self._findings.hides_pages:
            self._findings.hides_pages = self._findings.ends_pages_early = True
            self._warn(
                f"More rows of {self.resource} followed a page that seemed to be the last one. "
                f"From now on, {MAX_PAGE_SIZE} rows are requested at a time."
            )
        return page

    def _is_end(self, page: Page, offset: int, *, is_enough: bool) -> bool:
        rows = len(page.data)
        if rows <= OVERLAP:
            return True  # only the last row of the previous page, or a single row
        is_short = rows < self.page_size and offset + rows >= page.total
        return is_short and is_enough and not self._findings.ends_pages_early

    @property
    def hides_rows(self) -> bool:
        """Return True if the server returns pages shorter than their limit before the end."""
        return bool(self._findings.ends_pages_early)

    def is_short(self, page: Page) -> bool:
        """Return True if a page is shorter than its limit, so that no row follows it."""
        rows = len(page.data)
        return rows <= OVERLAP or (rows < self.page_size and not self._findings.ends_pages_early)

    def refuse_ignored_offset(self, query: Query, previous: Page, page: Page, offset: int) -> None:
        """Raise FatalAPIError if two pages are the same because the server ignores Offset.

        Args:
            query: The query of both pages.
            previous: The previous page.
            page: The page at `offset`.
            offset: The offset of `page`.
        """
        if len(page.data) > OVERLAP and page.data == previous.data and self.ignores_offset(query):
            raise offset_ignored(self.resource, offset)

    def proves_end(self, page: Page, end: int) -> bool:
        """Return True if the Total of a page that ends at row `end` proves that no row follows."""
        return bool(self._findings.counts_records) and page.total == end


def offset_ignored(resource: str, offset: int) -> FatalAPIError:
    """Return the error for a server that returns the same rows for two offsets."""
    return FatalAPIError(
        f"Mailjet returned the same page of {resource} for offset {offset} as for offset 0: "
        f"it ignores Offset, so the remaining rows cannot be read."
    )
