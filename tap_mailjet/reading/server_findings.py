"""Facts about undocumented behaviour of the server that one run has found."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tap_mailjet.api.page import Page

COUNT_RECORDS = "countRecords"
"""The parameter that makes `Total` of a page the number of all rows that match.

The official Ruby client and recordings use it. It is not documented, so it is only a hint.
"""

MAX_HIDDEN_ROWS = 10
"""Maximum number of rows that a server may hide from a page of any size."""


def can_be_hidden(received: int, counted: int) -> bool:
    """Return True if a server may have hidden the rows that it counts but does not return.

    It is assumed to hide at most half of the rows, or `MAX_HIDDEN_ROWS`. If more are missing, the
    count or the rows are wrong.

    Args:
        received: The rows that came.
        counted: The rows that Mailjet counts.
    """
    return received < counted <= 2 * received + MAX_HIDDEN_ROWS


class ServerFindings:
    """Facts about the server, found once and valid for the whole run; shared by all threads.

    Attributes:
        counts_records: True if `countRecords=1` makes `Total` count all rows that match, False if
            the server ignores or refuses it, None if unknown.
        accepts_count_records: True if a request with `countRecords=1` has succeeded.
        ends_pages_early: True if a page shorter than its limit need not be the last one, because
            the server caps its pages or hides rows after applying the limit; None if unknown.
        hides_pages: True if rows followed a page without new rows, because the server had hidden
            all rows of that page. Then the longest possible pages are requested.
        hidden: The resources of which Mailjet counts rows that it does not return.
        largest_page: Maximum number of rows in a page so far. A shorter page was not capped.
    """

    def __init__(self) -> None:
        self.counts_records: bool | None = None
        self.accepts_count_records = False
        self.ends_pages_early: bool | None = None
        self.hides_pages = False
        self.hidden: set[str] = set()
        self.largest_page = 0

    @property
    def wants_count_records(self) -> bool:
        """True unless `countRecords=1` is known to have no effect or to be refused."""
        return self.counts_records is not False

    def has_hidden_rows(self, resource: str) -> bool:
        """Return True if rows of a resource are hidden.

        Args:
            resource: The resource; a field in braces stands for any value.
        """
        start, brace, _ = resource.partition("{")
        return any(one.startswith(start) if brace else one == start for one in self.hidden)

    def add_page(self, page: Page) -> None:
        """Record the size of a page, and whether its Total counts more than the page."""
        self.largest_page = max(self.largest_page, len(page.data))
        if page.total > len(page.data) > 0:
            self.counts_records = True

    def add_end(self, page: Page, offset: int) -> None:
        """Record what an empty page after the last row shows about `countRecords=1`."""
        if self.counts_records is None:
            self.counts_records = page.total >= offset

    def may_end_early(self, rows: int, limit: int) -> bool:
        """Return True if a page shorter than its limit may be followed by more rows.

        A server with a constant cap returns no page shorter than an earlier one, except the last.
        A page with hidden rows stays near its limit: the tap assumes that at most half of a page
        that is not empty, or `MAX_HIDDEN_ROWS`, are hidden.

        Args:
            rows: The number of rows of the page.
            limit: The number of requested rows.
        """
        if self.counts_records:
            return False  # Total would count the rows that follow
        is_longest = rows > 1 and rows >= self.largest_page
        is_near_limit = (rows > 0 and 2 * rows >= limit) or limit - rows <= MAX_HIDDEN_ROWS
        return bool(self.ends_pages_early) or is_longest or is_near_limit
