"""The stream of counters, which have their own rules for requests.

https://dev.mailjet.com/email/reference/statistics/ (statcounters)
"""

from __future__ import annotations

import contextlib
import itertools
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE
from typing_extensions import override

from tap_mailjet.api.errors import NotFoundError, error_context
from tap_mailjet.reading.complete_reads import MAX_READ_ATTEMPTS, InconsistentRead, read_window
from tap_mailjet.reading.list_reads import Refusal, read_each
from tap_mailjet.reading.queries import CAMPAIGN_FILTERS, LIST_FILTERS, Filters, build_queries
from tap_mailjet.reading.table_reads import read_table
from tap_mailjet.reading.time_windows import TimeFilter, slice_windows
from tap_mailjet.reading.windowed_reader import inconsistent
from tap_mailjet.records.row_fields import decode_row, key_function
from tap_mailjet.singer.bookmark_settings import filter_settings
from tap_mailjet.singer.windowed_stream import WindowedStream
from tap_mailjet.timestamps import EARLIEST_DATA, parse_instant, record_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pendulum
    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.singerlib import Catalog
    from singer_sdk.tap_base import Tap

    from tap_mailjet.api.page import Row
    from tap_mailjet.reading.page_reader import PageReader
    from tap_mailjet.reading.queries import Query
    from tap_mailjet.reading.time_windows import Window
    from tap_mailjet.singer.runtime import SyncRuntime

Fields = dict[str, Any]

SLICE_SECONDS = {"Highest": 300, "Hour": 3600, "Day": 86400}
MAX_SLICES_PER_WINDOW = 99
"""Mailjet allows 100 slices per request; a request is one second wider than its window."""
MAX_NAMED_SOURCES = 10
"""Maximum number of sources that a warning names."""


class Origin(NamedTuple):
    """The resource that lists one kind of source, and the setting that selects IDs."""

    resource: str
    filters: Filters
    setting: str


ORIGINS = {
    "Campaign": Origin("campaign", CAMPAIGN_FILTERS, "campaign_ids"),
    "List": Origin("contactslist", LIST_FILTERS, "contact_list_ids"),
    "Sender": Origin("sender", Filters(), "sender_ids"),
}


class Source(NamedTuple):
    """A source of counters; `number` is None for the authenticating key."""

    number: int | None = None
    since: pendulum.DateTime = EARLIEST_DATA

    def to_params(self) -> Query:
        """Return the query parameter of the source; the authenticating key needs none."""
        return {} if self.number is None else {"SourceID": str(self.number)}


class Statcounters(WindowedStream):
    """Counts of messages, opens, clicks and so on, for one kind of source, in slices of time."""

    name = "statcounters"
    resource = "statcounters"
    is_core = True
    selected_by_default = True
    time_filter = TimeFilter("FromTS", "ToTS")
    # A request covers 100 slices whatever their number of rows, so the history is read quickly.
    can_read_newest_first = False

    # The sources whose counters were read, and the sources that Mailjet does not know.
    _counted: set[int | None]
    _unknown: dict[int | None, NotFoundError]

    def __init__(self, tap: Tap, runtime: Callable[[], SyncRuntime]) -> None:
        super().__init__(tap, runtime)
        self.counter_type = {
            "CounterSource": self.config.get("counter_source", "APIKey"),
            "CounterTiming": self.config.get("counter_timing", "Event"),
            "CounterResolution": self.config.get("counter_resolution", "Day"),
        }
        self.is_lifetime = self.counter_type["CounterResolution"] == "Lifetime"
        self._set_keys()

    @property
    @override
    def emit_activate_version_messages(self) -> bool:
        # Lifetime counters have no range of time.
        wants_versions: bool = self.config.get("emit_activate_version_messages", False)
        return self.is_lifetime and wants_versions

    @property
    @override
    def bookmark_settings(self) -> list[str]:
        origin = ORIGINS.get(self.counter_type["CounterSource"])
        names = ["counter_source", "counter_timing", "counter_resolution"]
        if origin is None:
            return names
        return [*names, *dict.fromkeys([origin.setting, *filter_settings(origin.filters)])]

    @property
    @override
    def adds_fields(self) -> bool:
        return True

    def _set_keys(self) -> None:
        # Lifetime counters have no slices: one row for each source, read again in each sync.
        self.replication_key = None if self.is_lifetime else "Timeslice"
        self.primary_keys = (
            *self.counter_type,
            "SourceID",
            *filter(None, [self.replication_key]),
        )
        self.row_key = self.primary_keys

    @override
    def apply_catalog(self, catalog: Catalog) -> None:
        super().apply_catalog(catalog)
        # The catalog may have been made with another resolution; the setting decides.
        self._set_keys()
        if self.is_lifetime:
            self.forced_replication_method = REPLICATION_FULL_TABLE

    @override
    def prefetch_pages(self, reader: PageReader) -> None:
        # Other sources have to be listed first.
        if self.counter_type["CounterSource"] != "APIKey" or self.is_lifetime:
            return
        if whole := self.range_to_prefetch():
            window = next(self._slices(whole))
            query = {**self.counter_type, **window.to_params(self.time_filter)}
            reader.prefetch(query, by_id=False)

    def _slices(self, whole: Window) -> Iterator[Window]:
        seconds = SLICE_SECONDS[self.counter_type["CounterResolution"]]
        return iter(slice_windows(whole, slice_seconds=seconds, max_slices=MAX_SLICES_PER_WINDOW))

    @override
    def read(
        self, reader: PageReader, context: Context | None, *, structs: bool
    ) -> Iterator[Record]:
        self._counted, self._unknown = set(), {}
        if self.is_lifetime:
            # Without a time filter, because Mailjet refuses it for Lifetime.
            yield from self._records(self._read_sources(reader, self.sources(reader), {}))
        elif whole := self.range_to_sync(context):
            yield from self._slices_of(reader, whole)
        self._check_unknown()

    def _slices_of(self, reader: PageReader, whole: Window) -> Iterator[Record]:
        """Read a range in windows with the maximum number of slices."""
        sources = self.sources(reader)
        windows = list(self._slices(whole))
        self.logger.info("%s: %d sources in %d windows", self.name, len(sources), len(windows))
        for window in windows:
            with error_context(window):
                existing = [source for source in sources if source.since < window.end]
                rows = self._read_sources(reader, existing, window.to_params(self.time_filter))
                yield from self._in_order(window, rows)

    def _in_order(self, window: Window, rows: Iterable[Fields]) -> list[Record]:
        """Convert the rows of a window to records, in order of time over all sources."""
        records = self._records(rows)
        inside = [record for record in records if window.contains(record["Timeslice"])]
        return sorted(inside, key=lambda record: str(record["Timeslice"]))

    def _records(self, rows: Iterable[Fields]) -> Iterator[Record]:
        records = map(self.codec.from_fields, rows)
        return (record for record in records if record is not None)

    def sources(self, reader: PageReader) -> list[Source]:
        """Return the sources: the IDs in the settings, or all sources of the account."""
        origin = ORIGINS.get(self.counter_type["CounterSource"])
        if origin is None:
            return [Source()]
        given: tuple[int, ...] = getattr(self.runtime.settings, origin.setting)
        if given:
            return [Source(number) for number in given]
        listing = reader.for_resource(origin.resource)
        queries = build_queries(self.runtime.settings, origin.filters)
        rows = itertools.chain.from_iterable(
            read_table(listing, query, key=key_function(["ID"]), on_reread=self.progress.reread)
            for query in queries
        )
        # A dictionary, because a server that ignores IsDeleted lists sources twice.
        return list({source.number: source for source in map(_source, rows)}.values())

    def _read_sources(
        self, reader: PageReader, sources: list[Source], bounds: Query
    ) -> Iterator[Fields]:
        """Read the rows of each source, and add the counter type and the source to each row."""
        queries = [self.counter_type | bounds | source.to_params() for source in sources]
        for source, rows in zip(sources, self._rows(reader, sources, queries), strict=True):
            for row in map(self.codec.fields, rows):
                if row is not None:
                    yield {**row, **self.counter_type, "SourceID": _source_id(row, source)}

    def _rows(
        self, reader: PageReader, sources: list[Source], queries: list[Query]
    ) -> Iterator[list[Row]]:
        """Read the rows of each query; a source without counters has no rows."""
        try:
            if self.counter_type["CounterSource"] == "APIKey":
                complete = read_window(reader, queries, key=self.codec.key, max_rows=sys.maxsize)
                self.progress.rereads += complete.attempts - 1
                yield from complete.rows
                return
            lists = [(self.resource, query) for query in queries]
            results = read_each(reader, lists, key=self.codec.key)
            for source, rows in zip(sources, results, strict=True):
                yield self._skip_unknown(source, rows) if isinstance(rows, Refusal) else rows
                if not isinstance(rows, Refusal):
                    self._counted.add(source.number)
        except InconsistentRead as finding:
            self.progress.rereads += MAX_READ_ATTEMPTS
            raise inconsistent(finding) from None

    def _skip_unknown(self, source: Source, refusal: Refusal) -> list[Row]:
        """Skip a source that Mailjet does not know (404).

        Campaigns sent before 2018-04-03 have no counters (reported by the authors of another tool).

        Raises:
            FatalAPIError: Another refusal, or a refusal of a source that was read before.
        """
        error = refusal.error
        is_unknown = refusal.is_first and source.number not in self._counted
        if not (is_unknown and isinstance(error, NotFoundError)):
            raise error
        self._unknown[source.number] = error
        return []

    def _check_unknown(self) -> None:
        """Log a warning about skipped sources; raise an error if no source has counters.

        Raises:
            NotFoundError: Mailjet does not know any source.
        """
        if not self._unknown:
            return
        if not self._counted:
            raise next(iter(self._unknown.values()))
        self.progress.doubt = f"Mailjet has no counters for {len(self._unknown):,} sources (404)"
        named = ", ".join(map(str, itertools.islice(self._unknown, MAX_NAMED_SOURCES)))
        more = ", ..." if len(self._unknown) > MAX_NAMED_SOURCES else ""
        self.logger.warning(
            "%s: skipped %d of %d sources, because Mailjet has no counters for them (404): %s %s%s."
            " Campaigns sent before 2018-04-03 have none.",
            self.name,
            len(self._unknown),
            len({*self._unknown, *self._counted}),
            self.counter_type["CounterSource"],
            named,
            more,
        )


def _source(row: Row) -> Source:
    """Return the source of a row; its creation time saves requests for earlier windows."""
    fields = decode_row(row)
    with contextlib.suppress(ValueError):  # not a time, so the start of the source is unknown
        if began := record_time(fields.get("CreatedAt")):
            return Source(int(fields["ID"]), parse_instant(began))
    return Source(int(fields["ID"]))


def _source_id(row: Fields, source: Source) -> object:
    """Return the ID of the source, from the row, the request, or the authenticating key."""
    return row.get("SourceID") or source.number or row.get("APIKeyID")


STREAMS = (Statcounters,)
