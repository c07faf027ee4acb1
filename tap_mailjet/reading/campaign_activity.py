"""Find the campaigns that had activity since a time, and read their rows."""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING, NamedTuple

from tap_mailjet.api.errors import BadRequestError
from tap_mailjet.reading.table_reads import read_table
from tap_mailjet.reading.time_windows import Window
from tap_mailjet.records.row_fields import decode_fields, key_function, lookup
from tap_mailjet.records.values import MISFIT, integer
from tap_mailjet.timestamps import parse_instant, record_time, to_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

    import pendulum

    from tap_mailjet.api.page import Row
    from tap_mailjet.reading.page_reader import PageReader
    from tap_mailjet.reading.time_windows import TimeFilter

    Query = Mapping[str, str]

RESOURCE = "campaignstatistics"
SINCE = "MinLastActivityAt"
"""Documented to filter by LastActivityAt; whether the bound is inclusive is not documented. There
is no upper bound: a campaign whose LastActivityAt moves on during the read must be listed."""
CAMPAIGN_ID = "CampaignID"
UNCOUNTED_PAGES = 10
"""The number of pages to expect if Mailjet does not count them."""


class Activity(NamedTuple):
    """The campaigns that had activity since a time.

    Attributes:
        campaigns: SendStartAt by ID, without the Z; None if it is missing or invalid.
        newest: The newest LastActivityAt; None if no campaign had activity.
        digest: A digest of all fields of these rows, which changes if a count changes.
    """

    campaigns: dict[int, str | None]
    newest: str | None
    digest: str = ""


class ActivityReader:
    """A reader of the campaigns that had activity.

    Args:
        reader: Reads the resource `RESOURCE`.
        queries: The queries that together list all campaigns.
        on_reread: Called at each backtrack.
        warn: Called with a warning about the server.

    Attributes:
        has_read: True if a request has succeeded.
    """

    def __init__(
        self,
        reader: PageReader,
        queries: Sequence[Query],
        *,
        on_reread: Callable[[], None],
        warn: Callable[[str], None],
    ) -> None:
        self._reader = reader
        self._queries = queries
        self._key = key_function([CAMPAIGN_ID])
        self._on_reread = on_reread
        self._warn = warn
        self.has_read = False

    def read(self, since: pendulum.DateTime) -> Activity:
        """Read the campaigns with activity since an instant.

        Raises:
            BadRequestError: Mailjet refuses the resource, even without a filter.
        """
        bounds = {SINCE: to_wire(since.subtract(seconds=1))}
        try:
            return self._read(bounds, since)
        except BadRequestError as error:
            if self.has_read:
                raise
            self._warn_of_cost(f"Mailjet refuses {SINCE}: {error}")
            return self._read({}, since)

    def _read(self, bounds: Query, since: pendulum.DateTime) -> Activity:
        first = to_wire(since)[:19]
        campaigns: dict[int, str | None] = {}
        newest: str | None = None
        digests: set[bytes] = set()
        earlier = unusable = 0
        for query in self._queries:
            for row in self._rows({**query, **bounds}):
                found = _activity_of(row)
                if found is None:
                    unusable += 1
                    continue
                number, started, happened = found
                if not (happened and happened[:19] >= first):
                    # The bound that was sent is a second earlier, and may be inclusive.
                    earlier += not happened or happened[:19] < bounds.get(SINCE, "")[:19]
                    continue
                campaigns[number] = started
                digests.add(hashlib.sha256(bytes(row)).digest())  # type: ignore[arg-type]
                newest = max(filter(None, (newest, happened)), default=None)
        if bounds and earlier:
            self._warn_of_cost(
                f"Mailjet returned {earlier} campaigns without activity since {bounds[SINCE]}"
            )
        if unusable:
            self._warn(f"{unusable} rows of {RESOURCE} without {CAMPAIGN_ID} were skipped.")
        digest = hashlib.sha256(b"".join(sorted(digests))).hexdigest()
        return Activity(campaigns, newest, digest)

    def _rows(self, query: Query) -> Iterator[Row]:
        for row in read_table(self._reader, query, key=self._key, on_reread=self._on_reread):
            self.has_read = True
            yield row
        self.has_read = True

    def _warn_of_cost(self, evidence: str) -> None:
        rows = sum(max(0, self._reader.row_count(query)) for query in self._queries)
        pages = len(self._queries) + rows // self._reader.page_size
        self._warn(
            f"{evidence}. All campaigns are listed and filtered in the tap: about {rows} rows and "
            f"{pages} requests in each sync."
        )


def _activity_of(row: Row) -> tuple[int, str | None, str | None] | None:
    """Return the ID, SendStartAt and LastActivityAt of a row; None if it has no ID.

    A campaign whose LastActivityAt is invalid counts as active now, so that it is read.
    """
    try:
        fields = decode_fields(bytes(row))  # type: ignore[arg-type] # undecoded
        # The documentation of some resources names the field without ID.
        found = lookup(fields, CAMPAIGN_ID)
        number = integer(lookup(fields, "Campaign") if found is None else found)
    except MISFIT:
        return None
    if number is None:
        return None
    started = _time(lookup(fields, "CampaignSendStartAt"))
    try:
        happened = record_time(lookup(fields, "LastActivityAt"))
    except ValueError:
        happened = "9999-12-31T23:59:59Z"
    return number, started[:19] if started else None, happened


def _time(value: object) -> str | None:
    try:
        return record_time(value)
    except ValueError:
        return None


class ChosenCampaigns:
    """A reader of campaigns that are chosen by their IDs.

    Args:
        reader: Reads the resource of the campaigns.
        queries: The queries whose rows make up the stream.
        time_filter: The parameters that filter by SendStartAt.
        key: Returns the identity of a row.
        on_reread: Called at each backtrack.
    """

    def __init__(
        self,
        reader: PageReader,
        queries: Sequence[Query],
        *,
        time_filter: TimeFilter,
        key: Callable[[Row], Hashable],
        on_reread: Callable[[], None],
    ) -> None:
        self._reader = reader
        self._queries = queries
        self._filter = time_filter
        self._key = key
        self._on_reread = on_reread

    def rows(self, wanted: Mapping[int, str | None], history: Window) -> Iterator[Row]:
        """Yield the rows of campaigns, and possibly other rows.

        The campaigns are requested one by one, or the span of time that they lie in is read,
        whichever costs fewer requests.

        Args:
            wanted: SendStartAt of each campaign by ID, without the Z; None if it is unknown.
            history: The range that all campaigns lie in.
        """
        dated = {number: started for number, started in wanted.items() if started}
        single = [number for number in wanted if number not in dated]
        if dated and self._is_cheaper_by_id(dated):
            single += dated
            dated = {}
        for number, rows in self._by_id(single):
            if any(str(self._key(row)) != str(number) for row in rows):
                # Mailjet ignores the ID.
                yield from self.rows_within(history)
                return
            yield from rows
        if dated:
            yield from self.rows_within(_span(dated))

    def rows_within(self, span: Window) -> Iterator[Row]:
        """Yield the rows of campaigns that began within a span of time, and possibly others."""
        for query in self._in_span(span):
            yield from read_table(self._reader, query, key=self._key, on_reread=self._on_reread)

    def _in_span(self, span: Window) -> list[Query]:
        return [{**query, **span.to_params(self._filter)} for query in self._queries]

    def _is_cheaper_by_id(self, dated: Mapping[int, str]) -> bool:
        number = len(self._requests(list(dated)))
        if number <= 1:
            return True
        pages = 0
        for query in self._in_span(_span(dated)):
            counted = self._reader.row_count(query) if self._reader.counts_are_usable else -1
            known = math.ceil(counted / self._reader.page_size)
            pages += max(1, known) if counted >= 0 else UNCOUNTED_PAGES
        return number <= pages

    def _requests(self, numbers: Sequence[int]) -> list[tuple[int, Query]]:
        # A query of other campaigns has no row of this one.
        return [
            (number, {**query, CAMPAIGN_ID: str(number)})
            for number in numbers
            for query in self._queries
            if query.get(CAMPAIGN_ID, str(number)) == str(number)
        ]

    def _by_id(self, numbers: Sequence[int]) -> Iterator[tuple[int, Sequence[Row]]]:
        requests = self._requests(numbers)
        pages = self._reader.first_pages([query for _, query in requests])
        for (number, _), page in zip(requests, pages, strict=True):
            yield number, page.data


def _span(dated: Mapping[int, str]) -> Window:
    """Return the span of time that campaigns lie in."""
    first, last = min(dated.values()), max(dated.values())
    return Window(parse_instant(first), parse_instant(last).add(seconds=1))
