"""The base class of the streams without a clock: read whole, each time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL
from typing_extensions import override

from tap_mailjet.reads import read_table
from tap_mailjet.records import distinct
from tap_mailjet.streams.base import MailjetStream
from tap_mailjet.windows import parse_instant, to_wire

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.singerlib import Catalog, MetadataMapping

    from tap_mailjet.pages import Reader


class FullTableStream(MailjetStream):
    """A resource without a clock to filter by: read whole, each time.

    Attributes:
        changed_at: the timestamps that tell when a row came to be or changed. A catalogue may
            make a stream that has them INCREMENTAL: it is read whole all the same, but only rows
            that are new or changed since the bookmark are emitted. The first one is the
            replication key unless the catalogue names another; the latest of all of them counts.
    """

    changed_at: ClassVar[Sequence[str]] = ()
    _newest = ""

    @property
    def is_incremental(self) -> bool:
        """Whether only what is new or changed is to be emitted."""
        return bool(self.changed_at) and self.replication_method == REPLICATION_INCREMENTAL

    @property
    @override
    def metadata(self) -> MetadataMapping:
        mapping = super().metadata
        if self.changed_at and mapping.root.valid_replication_keys is None:
            mapping.root.valid_replication_keys = list(self.changed_at)
        return mapping

    @override
    def apply_catalog(self, catalog: Catalog) -> None:
        super().apply_catalog(catalog)
        if self.is_incremental and not self.replication_key:
            self.replication_key = self.changed_at[0]

    @override
    def ask_early(self, reader: Reader) -> None:
        for query in self.queries:
            reader.ask_early(query, ordered=True)

    @override
    def read(self, reader: Reader, context: Context | None) -> Iterator[Record]:
        tables = [
            read_table(reader, query, key=self.key, stepped=self.outcome.reread)
            for query in self.queries
        ]
        rows = distinct(tables, self.key)
        if self.is_incremental:
            return self._changed(self.to_records(rows), context)
        return self.to_lines(rows)

    def _changed(self, records: Iterator[Record], context: Context | None) -> Iterator[Record]:
        """Let through what changed since the bookmark, and move that when all has been read."""
        state = self.get_context_state(context)
        bookmark = state.get("replication_key_value") or ""
        since = bookmark and to_wire(parse_instant(bookmark) - self.access.settings.lookback)
        self._newest = bookmark
        for record in records:
            changed = max(filter(None, map(record.get, self.changed_at)), default="")
            if changed and changed[:19] < since[:19]:
                continue
            self._newest = max(self._newest, changed, key=_second)
            yield record

    @override
    def _increment_stream_state(
        self, latest_record: Record, *, context: Context | None = None
    ) -> None:
        # The table is not sorted by it: the bookmark moves in one step, when all has been written.
        pass

    @override
    def _finalize_state(self, state: dict[str, Any] | None = None) -> None:
        is_done = self.outcome.finished and not self.has_failed_children
        if state is not None and self._newest and self.selected and is_done:
            # A time in the future would hide what changes until then.
            newest = min(self._newest, to_wire(self.access.started), key=_second)
            state["replication_key"] = self.replication_key
            state["replication_key_value"] = newest
        super()._finalize_state(state)


def _second(timestamp: str) -> str:
    """Without its fraction and Z, by which timestamps in the form of records can be compared."""
    return timestamp[:19]
