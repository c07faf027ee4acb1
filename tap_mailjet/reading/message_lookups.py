"""Read single messages, whose IDs are known, and their statuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from singer_sdk.exceptions import FatalAPIError

from tap_mailjet.api.errors import BadRequestError, NotFoundError
from tap_mailjet.config.schema import MESSAGE_STATUSES
from tap_mailjet.reading.list_reads import Refusal, read_each
from tap_mailjet.reading.table_reads import read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
    from typing import Any

    from tap_mailjet.api.page import Page, Row
    from tap_mailjet.reading.page_reader import PageReader

    Query = Mapping[str, str]
    Record = dict[str, Any]

STATUS = "MessageStatus"
FEW = 30
"""Maximum number of messages that are requested one by one without comparing the cost."""


class StatusPages(NamedTuple):
    """The queries of the messages with some statuses, and about how many pages they have."""

    queries: list[Query]
    pages: int


class MessageLookups:
    """A reader of messages by their IDs.

    Args:
        reader: Reads the resource `message`.
        params: Parameters of every request.
        key: Returns the identity of a row.
        to_record: Converts a row to a record, None if that is impossible.
        on_reread: Called at each repeated read.
    """

    def __init__(
        self,
        reader: PageReader,
        params: Query,
        *,
        key: Callable[[Row], Hashable],
        to_record: Callable[[Row], Record | None],
        on_reread: Callable[[], None],
    ) -> None:
        self._reader = reader
        self._params = params
        self._key = key
        self._to_record = to_record
        self._on_reread = on_reread

    def one_by_one(self, numbers: Sequence[int]) -> Iterator[Record | None]:
        """Yield each message with one request, in order; None if Mailjet no longer has it.

        `message/{ID}` is in Mailjet's OpenAPI file. Whether it has the fields that a list shows on
        request is not documented.

        Raises:
            FatalAPIError: Mailjet returns another message.
        """
        lists = [(f"message/{number}", self._params) for number in numbers]
        results = read_each(self._reader, lists, key=self._key)
        for number, rows in zip(numbers, results, strict=True):
            if isinstance(rows, Refusal):
                if not isinstance(rows.error, NotFoundError):
                    raise rows.error
                yield None
                continue
            records = [record for row in rows if (record := self._to_record(row)) is not None]
            if any(record["ID"] != number for record in records):
                message = f"Mailjet returned message {records[0]['ID']} for message/{number}."
                raise FatalAPIError(message)
            yield records[0] if records else None

    def with_status(self, numbers: Collection[int], statuses: Collection[str]) -> Iterator[Record]:
        """Yield the messages of given IDs that have one of some statuses.

        The messages are requested one by one, or all messages with these statuses are listed,
        whichever costs fewer requests.
        """
        wanted = {*numbers}
        listed = self._pages_of(statuses) if len(wanted) > FEW else None
        if listed is not None and listed.pages <= len(wanted):
            yield from self._listed(wanted, statuses, listed)
            return
        for record in self.one_by_one(sorted(wanted)):
            if record is not None and record["Status"] in statuses:
                yield record

    def _listed(
        self, wanted: set[int], statuses: Collection[str], listed: StatusPages
    ) -> Iterator[Record]:
        for query in listed.queries:
            for row in read_table(self._reader, query, key=self._key, on_reread=self._on_reread):
                record = self._to_record(row)
                if record is not None and record["ID"] in wanted and record["Status"] in statuses:
                    wanted.discard(record["ID"])
                    yield record

    def _pages_of(self, statuses: Collection[str]) -> StatusPages | None:
        """Return the queries that list the messages with some statuses, None if there are none.

        Whether MessageStatus takes names or numbers is not documented. The rows of a response have
        their Status, which shows what a value selects.
        """
        found = self._values(MESSAGE_STATUSES) or self._values(_NUMBERS)
        missing = {*statuses} - {*found.values()}
        if not found or (missing and not _are_in_order(found)):
            return None
        # Every value was requested, so that no message has a status that is missing.
        queries: list[Query] = [
            {**self._params, STATUS: value} for value, status in found.items() if status in statuses
        ]
        counts = [self._reader.row_count(query) for query in queries]
        if not self._reader.counts_are_usable or any(count < 0 for count in counts):
            return None
        return StatusPages(queries, sum(1 + count // self._reader.page_size for count in counts))

    def _values(self, values: Sequence[str]) -> dict[str, str]:
        """Return the status that each value of MessageStatus selects, if it has messages.

        Returns:
            The statuses by value; empty if Mailjet does not filter by such values.
        """
        found: dict[str, str] = {}
        pages = self._reader.map_concurrently(self._page_of, values)
        for value, page in zip(values, pages, strict=True):
            records = [self._to_record(row) for row in page.data] if page else []
            selected = {str(record["Status"]) for record in records if record is not None}
            if len(selected) > 1 or selected & {*found.values()}:
                return {}  # the filter is ignored, or means something else
            if selected:
                found[value] = selected.pop()
        return found

    def _page_of(self, value: str) -> Page | None:
        try:
            return self._reader.page({**self._params, STATUS: value})
        except BadRequestError:
            return None


_NUMBERS = tuple(map(str, range(len(MESSAGE_STATUSES) + 1)))


def _are_in_order(found: Mapping[str, str]) -> bool:
    """Return True if values are names, or numbers in the order of Mailjet's metadata."""
    if all(value == status for value, status in found.items()):
        return True
    places = {
        int(value) - MESSAGE_STATUSES.index(status)
        for value, status in found.items()
        if value.isdecimal() and status in MESSAGE_STATUSES
    }
    return len(found) > 1 and len(places) == 1
