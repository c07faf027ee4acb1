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
from tap_mailjet.reading.complete_reads import (
    MAX_READ_ATTEMPTS,
    InconsistentRead,
    TooManyRows,
    read_window,
)
from tap_mailjet.reading.list_reads import Refusal, read_each
from tap_mailjet.reading.table_reads import read_table
from tap_mailjet.reading.time_windows import Window
from tap_mailjet.reading.windowed_reader import BEYOND_TODAY_DAYS
from tap_mailjet.records.conversion import distinct
from tap_mailjet.records.row_fields import decode_row, key_function, lookup
from tap_mailjet.records.values import MISFIT, integer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pendulum

    from tap_mailjet.api.page import Row
    from tap_mailjet.reading.page_reader import PageReader
    from tap_mailjet.reading.time_windows import TimeFilter

    Query = Mapping[str, str]

RESOURCE = "listrecipient"
ENDED = {"Unsub": "true"}
"""The filter that selects ended subscriptions.

https://dev.mailjet.com/email/reference/contacts/subscriptions/
"""
MAX_LISTED = 1000
"""Maximum number of subscriptions that are listed before all ended ones are read instead."""
ALWAYS_JOINED = 3
"""Number of subscriptions up to which each is requested without a look at the alternative."""
_BY_ID = key_function(["ID"])
_BY_LISTED_ID = key_function(["ListRecipientID"])


class EndedSubscriptions:
    """A reader of subscriptions that ended.

    Args:
        reader: Reads the resource that has the time filter.
        queries: The queries whose rows make up the stream, without a time filter.
        time_filter: The two parameters that filter by the end of a subscription.
        clock: Returns the end of a subscription as comparable text, None if it has not ended.
        on_reread: Called with the number of repeated reads.
        warn: Called with a warning, if the server does not honour the time filter.
        now: When the sync started.

    Attributes:
        gone: The number of listed subscriptions that no longer exist (404).
        renewed: The number of listed subscriptions that have not ended, or have ended again since.
    """

    def __init__(
        self,
        reader: PageReader,
        queries: Sequence[Query],
        *,
        time_filter: TimeFilter,
        clock: Callable[[Row], str | None],
        on_reread: Callable[[int], None],
        warn: Callable[[str], None],
        now: pendulum.DateTime,
    ) -> None:
        self._reader = reader
        self._recipients = reader.for_resource(RESOURCE)
        self._queries = queries
        self._filter = time_filter
        self._clock = clock
        self._on_reread = on_reread
        self._warn = warn
        self._now = now
        self._listed: dict[int, bytes] = {}
        self._ends: dict[int, str] = {}
        self._is_listed = False
        self.gone = 0
        self.renewed = 0

    def read(self, whole: Window, *, known: object) -> Iterator[Row]:
        """Read the subscriptions that ended in a range; rows from outside the range may be added.

        Args:
            whole: The range; it ends before `now`.
            known: The `digest` of an earlier read, whose rows need not be read again.

        Raises:
            FatalAPIError: A listed subscription cannot be read.
        """
        self._list(whole)
        if self._is_listed:
            if not self._listed or self.digest("") == known:
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
            self._list(whole)
            if self._listed and self._is_filter_honoured():
                self._refuse_unread(whole, self._listed)

    def digest(self, since: str) -> str:
        """Return a text that is the same for another read that lists the same rows.

        Args:
            since: The first second of the other read, in the form of `to_wire`. Subscriptions that
                ended earlier are left out.
        """
        if not self._is_listed:
            return ""
        rows = [
            row
            for number, row in self._listed.items()
            if number not in self._ends or self._ends[number] >= since[:19]
        ]
        return hashlib.sha256(b"\n".join(sorted(rows))).hexdigest()

    def _list(self, whole: Window) -> None:
        """List the subscriptions that ended in a range, if the time filter permits it."""
        try:
            complete = read_window(
                self._reader,
                self._in_range(whole),
                key=_BY_LISTED_ID,
                max_rows=MAX_LISTED,
                check=self._keep_sample,
            )
            rows = [row for some in complete.rows for row in some]
            self._keep_sample(rows)
            self._is_listed = True
            self._on_reread(complete.attempts - 1)
        except BadRequestError as error:
            self._warn_of_filter(f"they are refused: {error}")
        except InconsistentRead:
            self._on_reread(MAX_READ_ATTEMPTS)
        except TooManyRows:
            self._is_filter_honoured()
        except MISFIT:
            self._warn("Mailjet returned a row without ListRecipientID. All rows are read.")

    def _keep_sample(self, rows: Sequence[Row]) -> None:
        """Keep the first rows of a list that is too long; the table must have them."""
        self._listed = {_number(row, "ListRecipientID"): _bytes(row) for row in rows}

    def _in_range(self, window: Window) -> list[Query]:
        return [{**query, **window.to_params(self._filter)} for query in self._queries]

    def _is_join_cheap(self) -> bool:
        """Return True if one request for each listed row costs less than the whole table."""
        if len(self._listed) <= ALWAYS_JOINED:
            return True
        counts = [self._recipients.row_count({**query, **ENDED}) for query in self._queries]
        pages = sum(1 + max(0, count) // self._recipients.page_size for count in counts)
        if len(self._listed) <= pages:
            return True
        self._is_filter_honoured()
        return False

    def _join(self, whole: Window) -> list[Row] | None:
        """Read each listed subscription; return None if all have to be read instead."""
        found = self._request(self._listed, whole)
        # If no row exists, the account may not support requests by ID.
        if found is None or self.gone == len(self._listed):
            return None
        if self.renewed and not self._is_filter_honoured():
            return None
        return [*found.values()]

    def _request(self, numbers: Mapping[int, object], whole: Window) -> dict[int, Row] | None:
        """Request subscriptions by ID.

        Returns:
            The subscriptions that still exist, by ID; None if a response has another row, or if the
            time filter is not honoured.
        """
        self.gone = self.renewed = 0
        found: dict[int, Row] = {}
        lists: list[tuple[str, Query]] = [(f"{RESOURCE}/{number}", {}) for number in numbers]
        try:
            results = read_each(self._recipients, lists, key=_BY_ID)
            for number, result in zip(numbers, results, strict=True):
                if isinstance(result, Refusal):
                    if not isinstance(result.error, NotFoundError):
                        raise result.error
                    self.gone += 1
                    continue
                [row] = result
                if _number(row, "ID") != number or self._is_early(row, whole):
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
        self._warn_of_filter(f"a row of {ended[:19]}Z was returned for {first}Z and later")
        return True

    def _add_end(self, number: int, row: Row, whole: Window) -> None:
        ended = self._clock(row)
        if ended is not None and ended[:19] <= whole.bounds_sent[1]:
            self._ends[number] = ended
        else:
            self.renewed += 1

    def _read_table(self, whole: Window) -> Iterator[Row]:
        """Read all ended subscriptions, and refuse a table that lacks listed ones."""
        unread = dict(self._listed)
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
            number = _number(row, "ID")
        except MISFIT:
            return  # the row is counted where it is converted
        ended = self._clock(row)
        if unread.pop(number, None) is not None and ended is not None:
            self._ends[number] = ended

    def _refuse_unread(self, whole: Window, unread: Mapping[int, object]) -> None:
        """Raise FatalAPIError if the table lacks subscriptions that ended and still exist."""
        if not unread:
            return
        self._ends = {}
        found = self._request(unread, whole)
        if found is not None and not self._ends:
            return
        if self._listed:  # otherwise the time filter is not honoured, and the list proves nothing
            message = (
                f"Mailjet lists {len(self._ends) or len(unread)} subscriptions as ended that "
                f"{RESOURCE} with Unsub=true does not have. Run the sync again later."
            )
            raise FatalAPIError(message)

    def _is_filter_honoured(self) -> bool:
        """Request a range in the future, which must be empty; warn if it is not.

        Without a working filter the listed rows mean nothing, so they are dropped.
        """
        start = self._now.add(days=BEYOND_TODAY_DAYS).start_of("day")
        future = Window(start, start.add(days=1))
        page = self._reader.page(self._in_range(future)[0])
        if page.data:
            self._warn_of_filter(f"{len(page.data)} rows were returned for {future}, in the future")
        return not page.data

    def _warn_of_filter(self, evidence: str) -> None:
        self._listed, self._is_listed = {}, False
        self._warn(
            f"Mailjet does not filter by {' and '.join(self._filter)}: {evidence}. All ended "
            f"subscriptions are read in each sync."
        )


def _number(row: Row, field: str) -> int:
    """Return the ID in a field of a row; raise one of MISFIT if it has none."""
    number = integer(lookup(decode_row(row), field))
    if number is None:
        message = f"a row without {field}"
        raise ValueError(message)
    return number


def _bytes(row: Row) -> bytes:
    return bytes(row)  # type: ignore[arg-type] # rows of this reader are undecoded
