"""Request single pages and counts of one resource."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_mailjet.api.errors import BadRequestError
from tap_mailjet.api.page import MAX_PAGE_SIZE, decode_page
from tap_mailjet.reading.queries import DATED_RESOURCES, EVERYTHING, UNSORTABLE_RESOURCES
from tap_mailjet.reading.server_findings import COUNT_RECORDS, ServerFindings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Executor

    from tap_mailjet.api.client import Observer
    from tap_mailjet.api.page import Page
    from tap_mailjet.reading.prefetch import Client, PagePrefetcher

    Query = Mapping[str, str]

FAR_OFFSET = 10**9
"""An offset after the last row of any resource."""
BY_ID = {"Sort": "ID"}


def _ignore(_problem: str) -> None:
    """Ignore a warning."""


class PageRequests:
    """Requests for pages of one resource.

    Every request has an explicit lower bound on time (`_with_lower_bound`).

    Args:
        client: Sends the requests.
        prefetcher: Sends the requests of `prefetch`, and has their responses.
        resource: The name in `/v3/REST/<resource>`.
        page_size: Rows per request, 2 to 1000.
        pool: Threads that fetch pages ahead.
        ahead: The number of pages fetched at the same time.
        decode: Reads a page from a response body.
        observe: Called with every request, on the thread that sent it.
        findings: The facts about the server that this run has found; shared by all readers.
        warn: Called with a warning about a server that contradicts itself.

    Attributes:
        counts_are_usable: False if `countOnly` has contradicted the rows of this resource.
    """

    def __init__(
        self,
        client: Client,
        resource: str,
        *,
        page_size: int,
        pool: Executor,
        ahead: int,
        decode: Callable[[bytes], Page] = decode_page,
        observe: Observer | None = None,
        findings: ServerFindings | None = None,
        warn: Callable[[str], None] = _ignore,
        prefetcher: PagePrefetcher | None = None,
    ) -> None:
        self._client = client
        self._prefetcher = prefetcher
        self._pool = pool
        self._ahead = ahead
        self._decode = decode
        self._observe = observe
        self._findings = findings or ServerFindings()
        self._warn = warn
        self._is_sortable = resource not in UNSORTABLE_RESOURCES
        self._lower_bound = EVERYTHING if resource in DATED_RESOURCES else {}
        self.resource = resource
        self._page_size = page_size
        self.counts_are_usable = True
        self._low_counts = 0
        self._honours_offset = False

    @property
    def page_size(self) -> int:
        """Rows per request; `MAX_PAGE_SIZE` after the server has hidden a whole page."""
        return MAX_PAGE_SIZE if self._findings.hides_pages else self._page_size

    def page(self, query: Query, offset: int = 0, *, counted: bool | None = None) -> Page:
        """Read the page of `query` that begins at row `offset`, counted from 0.

        Args:
            query: The query parameters.
            offset: The index of the first row.
            counted: True to send `countRecords=1`; by default only for the first page.
        """
        is_counted = offset == 0 if counted is None else counted
        params = {**query, "Limit": str(self.page_size), "Offset": str(offset)}
        return self._get(params, counted=is_counted)

    def longest_page(self, query: Query, offset: int, *, counted: bool = False) -> Page:
        """Read the longest possible page at an offset, to find out whether rows follow.

        A server may hide rows after applying the limit. A page may then be empty although rows
        follow. The tap assumes that a server never hides a whole page of `MAX_PAGE_SIZE` rows.

        Args:
            query: The query parameters.
            offset: The index of the first row.
            counted: True to send `countRecords=1`.
        """
        params = {**query, "Limit": str(MAX_PAGE_SIZE), "Offset": str(offset)}
        return self._get(params, counted=counted)

    def first_rows(self, query: Query, limit: int | None) -> Page:
        """Read the first rows of a query; without a limit, its parameters decide."""
        return self._get(query if limit is None else {**query, "Limit": str(limit), "Offset": "0"})

    def prefetch(self, query: Query, *, by_id: bool) -> None:
        """Request the first page of a query before it is read; without a prefetcher, do nothing.

        Args:
            query: The query.
            by_id: True if the page will be read sorted by ID, where possible.
        """
        if self._prefetcher is None:
            return
        order = BY_ID if by_id and self._is_sortable else {}
        params = self._with_lower_bound(
            {**query, **order, "Limit": str(self.page_size), "Offset": "0"}
        )
        if self._findings.wants_count_records:
            params = {**params, COUNT_RECORDS: "1"}
        self._prefetcher.submit(self.resource, params, decode=self._decode, observe=self._observe)

    def first_page_by_id(self, query: Query) -> tuple[Query, Page]:
        """Read the first page sorted by ID, or in the server's order if Sort is refused.

        Returns:
            The query for the following pages, and the page.
        """
        if self._is_sortable:
            by_id = {**query, **BY_ID}
            try:
                return by_id, self.page(by_id)
            except BadRequestError:
                # If the query itself is wrong, the request without Sort is refused as well.
                self._is_sortable = False
        return query, self.page(query)

    def row_count(self, query: Query) -> int:
        """Return the number of rows of a query by `countOnly`; negative if it is unusable."""
        try:
            page = self._get({**query, "countOnly": "1"})
        except BadRequestError:
            # If the query itself is wrong, the request of its first page is refused as well.
            self.distrust_counts("countOnly is refused")
            return -1
        if page.data and page.total <= len(page.data):
            self.distrust_counts("countOnly is ignored")
            return -1
        if page.total < 0:
            self.distrust_counts(f"countOnly says {page.total}")
        return page.total

    def ignores_offset(self, query: Query) -> bool:
        """Return True if a page after the last row is the first page; requested only once."""
        if self._honours_offset:
            return False
        try:
            far = self.page(query, FAR_OFFSET)
        except BadRequestError:
            far = None
        is_ignored = far is not None and bool(far.data) and far.data == self.page(query).data
        self._honours_offset = not is_ignored
        return is_ignored

    def add_low_count(self, evidence: str) -> None:
        """Record a count below the number of rows of a page; a deletion explains only the first."""
        self._low_counts += 1
        if self._low_counts > 1:
            self.distrust_counts(evidence)

    def distrust_counts(self, evidence: str) -> None:
        """Stop using `countOnly` for this resource, because it has contradicted the rows."""
        self.counts_are_usable = False
        self._warn(
            f"Mailjet's row counts of {self.resource} are wrong: {evidence}. Each window is "
            f"read twice instead, and the two reads are compared."
        )

    def warn_hidden(self) -> None:
        """Warn that Mailjet counts rows that it does not return."""
        self._findings.hidden.add(self.resource)
        self._warn(
            f"Mailjet counts more rows of {self.resource} than it returns, although all rows "
            f"were requested. Rows that Mailjet hides cannot be read."
        )

    def _get(self, params: Query, *, counted: bool = False) -> Page:
        params, findings = self._with_lower_bound(params), self._findings
        is_counted = counted and findings.wants_count_records
        page = self._get_counted(params) if is_counted else self._request(params)
        # Most pages show nothing new: Total is known to count all rows, and no page is longer.
        if not findings.counts_records or len(page.data) > findings.largest_page:
            findings.add_page(page)
        return page

    def _with_lower_bound(self, params: Query) -> Query:
        """Return the parameters of a request, with a lower bound on time if the resource has one.

        Without `FromTS`, Mailjet returns only rows of the current UTC day. It is not documented
        whether another time filter changes this default, so every request has a bound. The only
        exception is a lifetime counter, which Mailjet does not combine with a range.
        """
        if params.get("CounterResolution") == "Lifetime":
            return params
        return {**self._lower_bound, **params}

    def _get_counted(self, params: Query) -> Page:
        try:
            page = self._request({**params, COUNT_RECORDS: "1"})
        except BadRequestError:
            if self._findings.accepts_count_records:
                raise
            # Some servers refuse unknown parameters.
            page = self._request(params)
            self._findings.counts_records = False
            return page
        self._findings.accepts_count_records = True
        return page

    def _request(self, params: Query) -> Page:
        prefetcher = self._prefetcher
        client = prefetcher if prefetcher and prefetcher.requested else self._client
        return client.get(self.resource, params, decode=self._decode, observe=self._observe)
