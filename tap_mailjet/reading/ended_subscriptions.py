"""Read the subscriptions that ended in a range of time, with the fewest requests.

`listrecipientstatistics` can be filtered by the time of an unsubscription, but its rows have only
the ID of the subscription. `listrecipient` has the contact, the list and the time, but no filter by
time. A few subscriptions are therefore requested by their ID; if that costs more requests, all
ended subscriptions are read, independent of the time filter.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from singer_sdk.exceptions import FatalAPIError

from tap_mailjet.api.errors import BadRequestError, NotFoundError
from tap_mailjet.reading.complete_reads import InconsistentRead
from tap_mailjet.reading.list_reads import Refusal, read_each
from tap_mailjet.reading.subscription_list import id_of
from tap_mailjet.reading.table_reads import read_table
from tap_mailjet.records.conversion import distinct
from tap_mailjet.records.row_fields import key_function
from tap_mailjet.records.values import MISFIT
from tap_mailjet.timestamps import to_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from tap_mailjet.api.page import Row
    from tap_mailjet.reading.page_reader import PageReader
    from tap_mailjet.reading.subscription_list import SubscriptionList
    from tap_mailjet.reading.time_windows import Window

    Query = Mapping[str, str]

RESOURCE = "listrecipient"
ENDED = {"Unsub": "true"}
"""The filter that selects ended subscriptions.

https://dev.mailjet.com/email/reference/contacts/subscriptions/
"""
ALWAYS_JOINED = 3
"""Number of subscriptions up to which each is requested without a count of the alternative."""
_BY_ID = key_function(["ID"])


class EndedSubscriptions:
    """A reader of subscriptions that ended.

    Args:
        listed: Lists the subscriptions that ended in a range.
        recipients: Reads `listrecipient`.
        queries: The queries whose rows make up the stream, without a time filter.
        clock: Returns the end of a subscription as comparable text, None if it has not ended.
        on_reread: Called with the number of repeated reads.

    Attributes:
        renewed: The number of listed subscriptions that have not ended, or have ended again since.
    """

    def __init__(
        self,
        listed: SubscriptionList,
        recipients: PageReader,
        queries: Sequence[Query],
        *,
        clock: Callable[[Row], str | None],
        on_reread: Callable[[int], None],
    ) -> None:
        self._listed = listed
        self._recipients = recipients
        self._queries = queries
        self._clock = clock
        self._on_reread = on_reread
        self._ends: dict[int, str] = {}
        self._gone: set[int] = set()
        self._is_known = False
        self.renewed = 0

    @property
    def gone(self) -> int:
        """The number of listed subscriptions that no longer exist (404)."""
        return len(self._gone)

    def read(self, whole: Window, *, known: object) -> Iterator[Row]:
        """Read the subscriptions that ended in a range; rows from outside the range may be added.

        Args:
            whole: The range; it ends before `now`.
            known: The `digest` of an earlier read, whose rows need not be read again.

        Raises:
            FatalAPIError: A listed subscription cannot be read.
        """
        self._listed.read(whole)
        if self._listed.is_complete:
            self._is_known = _digest(self._listed.rows.values()) == known
            if self._is_known or not self._listed.rows:
                return
            rows = self._join(whole) if self._is_join_cheap() else None
            if rows is not None:
                yield from rows
                return
        yield from self._read_table(whole)

    def read_all(self, whole: Window) -> Iterator[Row]:
        """Read all subscriptions that ended, independent of the time filter."""
        is_empty = True
        for row in self._read_table(whole):
            is_empty = False
            yield row
        if is_empty:  # an account without unsubscriptions, or a filter that selects other rows
            self._listed.read(whole)
            if self._listed.rows and self._listed.is_filter_honoured():
                self._refuse_unread(whole, self._listed.rows)

    def digest(self, whole: Window, following: Window) -> str:
        """Return a text that is the same for a later read that lists no other row.

        Rows that this read did not return are left out, so that a later read requests them.

        Args:
            whole: The range of this read.
            following: The range of the later read.
        """
        if not self._listed.is_complete:
            return ""
        since, until = following.bounds_sent[0], to_wire(whole.end)[:19]
        return _digest(
            row
            for number, row in self._listed.rows.items()
            if self._is_known
            or number in self._gone
            or since <= self._ends.get(number, "")[:19] < until
        )

    def _is_join_cheap(self) -> bool:
        """Return True if one request for each listed row costs less than the whole table."""
        if len(self._listed.rows) <= ALWAYS_JOINED:
            return True
        counts = [self._recipients.row_count({**query, **ENDED}) for query in self._queries]
        pages = sum(1 + max(0, count) // self._recipients.page_size for count in counts)
        if len(self._listed.rows) <= pages:
            return True
        self._listed.is_filter_honoured()
        return False

    def _join(self, whole: Window) -> list[Row] | None:
        """Read each listed subscription; return None if all have to be read instead."""
        found = self._request(self._listed.rows, whole)
        # If no row exists, the account may not support requests by ID.
        if found is None or self.gone == len(self._listed.rows):
            return None
        if self.renewed and not self._listed.is_filter_honoured():
            return None
        return [*found.values()]

    def _request(self, numbers: Mapping[int, object], whole: Window) -> dict[int, Row] | None:
        """Request subscriptions by ID.

        Returns:
            The subscriptions that still exist, by ID; None if a response has another row, or if the
            time filter is not honoured.
        """
        self._gone, self.renewed = set(), 0
        found: dict[int, Row] = {}
        lists: list[tuple[str, Query]] = [(f"{RESOURCE}/{number}", {}) for number in numbers]
        try:
            results = read_each(self._recipients, lists, key=_BY_ID)
            for number, result in zip(numbers, results, strict=True):
                if isinstance(result, Refusal):
                    if not isinstance(result.error, NotFoundError):
                        raise result.error
                    self._gone.add(number)
                    continue
                [row] = result
                if id_of(row, "ID") != number or self._is_early(row, whole):
                    return None
                found[number] = row
                self._add_end(number, row, whole)
        except (BadRequestError, InconsistentRead, *MISFIT):
            return None
        return found

    def _is_early(self, row: Row, whole: Window) -> bool:
        """Return True if a listed row is older than requested, and warn of the time filter."""
        first, _ = whole.bounds_sent
        ended = self._clock(row)
        if ended is None or ended[:19] >= first:
            return False
        self._listed.warn_of_filter(f"a row of {ended[:19]}Z was returned for {first}Z and later")
        return True

    def _add_end(self, number: int, row: Row, whole: Window) -> None:
        ended = self._clock(row)
        if ended is not None and ended[:19] <= whole.bounds_sent[1]:
            self._ends[number] = ended
        else:
            self.renewed += 1

    def _read_table(self, whole: Window) -> Iterator[Row]:
        """Read all ended subscriptions, and refuse a table that lacks listed ones."""
        unread = dict(self._listed.rows)
        tables = [
            read_table(
                self._recipients,
                {**query, **ENDED},
                key=_BY_ID,
                on_reread=lambda: self._on_reread(1),
            )
            for query in self._queries
        ]
        for row in distinct(tables, _BY_ID):
            if unread:
                self._account_for(row, unread)
            yield row
        self._refuse_unread(whole, unread)

    def _account_for(self, row: Row, unread: dict[int, bytes]) -> None:
        try:
            number = id_of(row, "ID")
        except MISFIT:
            return  # the row is counted where it is converted
        ended = self._clock(row)
        if unread.pop(number, None) is not None and ended is not None:
            self._ends[number] = ended

    def _refuse_unread(self, whole: Window, unread: Mapping[int, object]) -> None:
        """Raise FatalAPIError if the table lacks subscriptions that ended and still exist."""
        if not unread:
            return
        found = self._request(unread, whole)
        missing = self._ends.keys() & unread.keys() if found is not None else unread.keys()
        # Without rows, the time filter is not honoured, so that the list proves nothing.
        if missing and self._listed.rows:
            message = (
                f"Mailjet lists {len(missing)} subscriptions as ended that {RESOURCE} with "
                f"Unsub=true does not have. Run the sync again later."
            )
            raise FatalAPIError(message)


def _digest(rows: Iterable[bytes]) -> str:
    return hashlib.sha256(b"\n".join(sorted(rows))).hexdigest()
