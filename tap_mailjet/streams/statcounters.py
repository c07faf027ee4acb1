"""Counters: the one resource with rules of its own.

https://dev.mailjet.com/email/reference/statistics/ (statcounters)
"""

from __future__ import annotations

import contextlib
import itertools
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE
from typing_extensions import override

from tap_mailjet.errors import explained
from tap_mailjet.pages import decode_row
from tap_mailjet.queries import CAMPAIGN_FILTERS, LIST_FILTERS, Filters, build_queries
from tap_mailjet.reads import TRIES, Unsettled, key_function, read_table, read_window
from tap_mailjet.streams.windowed import WindowedStream, not_settled
from tap_mailjet.timestamps import record_time
from tap_mailjet.windows import MAILJET_BEGAN, FilterPair, parse_instant, slice_windows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pendulum
    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.singerlib import Catalog
    from singer_sdk.tap_base import Tap

    from tap_mailjet.access import Access
    from tap_mailjet.pages import Reader, Row
    from tap_mailjet.queries import Query
    from tap_mailjet.windows import Window

Fields = dict[str, Any]

SLICE_SECONDS = {"Highest": 300, "Hour": 3600, "Day": 86400}
SLICES_A_WINDOW = 99
"""A range may span at most 100 slices; the question is a second wider than its window."""


class Origin(NamedTuple):
    """Where one kind of source is listed, and the setting that lists the IDs wanted."""

    resource: str
    filters: Filters
    setting: str


ORIGINS = {
    "Campaign": Origin("campaign", CAMPAIGN_FILTERS, "campaign_ids"),
    "List": Origin("contactslist", LIST_FILTERS, "contact_list_ids"),
    "Sender": Origin("sender", Filters(), "sender_ids"),
}


class Source(NamedTuple):
    """One thing that is counted for; None is the key that authenticates."""

    number: int | None = None
    since: pendulum.DateTime = MAILJET_BEGAN

    def asked(self) -> Query:
        """The parameter that asks for it; a key is asked for by authenticating with it."""
        return {} if self.number is None else {"SourceID": str(self.number)}


class Statcounters(WindowedStream):
    """Counts of messages, opens, clicks and so on, for one kind of source, in slices of time."""

    name = "statcounters"
    resource = "statcounters"
    is_essential = True
    selected_by_default = True
    pair = FilterPair("FromTS", "ToTS")

    def __init__(self, tap: Tap, access: Callable[[], Access]) -> None:
        super().__init__(tap, access)
        self.counter_type = {
            "CounterSource": self.config.get("counter_source", "APIKey"),
            "CounterTiming": self.config.get("counter_timing", "Event"),
            "CounterResolution": self.config.get("counter_resolution", "Day"),
        }
        self.is_lifetime = self.counter_type["CounterResolution"] == "Lifetime"
        self._set_keys()

    @property
    @override
    def is_altered(self) -> bool:
        return True

    def _set_keys(self) -> None:
        # A lifetime has no slices: one row for each source, read anew each time.
        self.replication_key = None if self.is_lifetime else "Timeslice"
        self.primary_keys = (
            *self.counter_type,
            "SourceID",
            *filter(None, [self.replication_key]),
        )
        self.identity = self.primary_keys

    @override
    def apply_catalog(self, catalog: Catalog) -> None:
        super().apply_catalog(catalog)
        # The catalogue may have been made with another resolution; the setting decides.
        self._set_keys()
        if self.is_lifetime:
            self.forced_replication_method = REPLICATION_FULL_TABLE

    @override
    def ask_early(self, reader: Reader) -> None:
        # What else is counted for has to be listed first.
        if self.counter_type["CounterSource"] != "APIKey" or self.is_lifetime:
            return
        if whole := self.likely_range():
            window = next(self._slices(whole))
            reader.ask_early({**self.counter_type, **window.ask(self.pair)}, ordered=False)

    def _slices(self, whole: Window) -> Iterator[Window]:
        seconds = SLICE_SECONDS[self.counter_type["CounterResolution"]]
        return iter(slice_windows(whole, slice_seconds=seconds, most=SLICES_A_WINDOW))

    @override
    def read(self, reader: Reader, context: Context | None) -> Iterator[Record]:
        if self.is_lifetime:
            yield from self.convert_all(self._answers(reader, self.sources(reader), {}))
            return
        whole = self.due(context)
        if whole is None:
            return
        sources = self.sources(reader)
        windows = list(self._slices(whole))
        self.logger.info("%s: %d sources in %d windows", self.name, len(sources), len(windows))
        for window in windows:
            with explained(window):
                there = [source for source in sources if source.since < window.end]
                answers = self._answers(reader, there, window.ask(self.pair))
                yield from self._in_order(window, answers)

    def _in_order(self, window: Window, rows: Iterable[Fields]) -> list[Record]:
        """Make records of the rows of a window, by time over all sources."""
        records = self.convert_all(rows)
        inside = [record for record in records if window.holds(record["Timeslice"])]
        return sorted(inside, key=lambda record: str(record["Timeslice"]))

    def sources(self, reader: Reader) -> list[Source]:
        """List what is counted for: the IDs that the settings give, or all of the account."""
        origin = ORIGINS.get(self.counter_type["CounterSource"])
        if origin is None:
            return [Source()]
        given: tuple[int, ...] = getattr(self.access.settings, origin.setting)
        if given:
            return [Source(number) for number in given]
        listing = reader.of(origin.resource)
        queries = build_queries(self.access.settings, origin.filters)
        rows = itertools.chain.from_iterable(
            read_table(listing, query, key=key_function(["ID"]), stepped=self.outcome.reread)
            for query in queries
        )
        # A dictionary, as a server that ignores IsDeleted lists the same ones twice.
        return list({source.number: source for source in map(_source, rows)}.values())

    def _answers(self, reader: Reader, sources: list[Source], bounds: Query) -> Iterator[Fields]:
        """Read the rows of each source, with what they count for added to them."""
        queries = [self.counter_type | bounds | source.asked() for source in sources]
        try:
            whole = read_window(reader, queries, key=self.key, most=sys.maxsize)
        except Unsettled as finding:
            self.outcome.rereads += TRIES
            raise not_settled(finding) from None
        self.outcome.rereads += whole.reads - 1
        for source, rows in zip(sources, whole.answers, strict=True):
            for row in self.fields(rows):
                yield {**row, **self.counter_type, "SourceID": _source_id(row, source)}


def _source(row: Row) -> Source:
    """A source counts nothing before it came to be, which spares the requests for it."""
    fields = decode_row(row)
    with contextlib.suppress(ValueError):  # no time: nothing is known of when it began
        if began := record_time(fields.get("CreatedAt")):
            return Source(int(fields["ID"]), parse_instant(began))
    return Source(int(fields["ID"]))


def _source_id(row: Fields, source: Source) -> object:
    """Who is counted for: the answer says so, or the question did, or it is the key itself."""
    return row.get("SourceID") or source.number or row.get("APIKeyID")
