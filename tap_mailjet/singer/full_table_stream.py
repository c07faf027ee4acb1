"""The base class of streams without a time filter, which are read completely each time."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar

from msgspec import Raw
from msgspec.json import encode
from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL
from typing_extensions import override

from tap_mailjet.reading.table_reads import read_table
from tap_mailjet.records.conversion import distinct
from tap_mailjet.records.row_fields import decode_row, key_function
from tap_mailjet.singer.end_bookmark import EndBookmarkStream, second_of
from tap_mailjet.timestamps import parse_instant, to_wire

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from msgspec import Struct
    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.singerlib import Catalog, MetadataMapping

    from tap_mailjet.api.page import Row
    from tap_mailjet.reading.page_reader import PageReader
    from tap_mailjet.reading.queries import Query


class FullTableStream(EndBookmarkStream):
    """A resource without a time filter, which is read completely in each sync.

    Attributes:
        change_timestamps: The timestamps of the creation and of changes of a row. A catalog may
            make a stream with these fields INCREMENTAL. The resource is still read completely, but
            only rows that are new or changed since the bookmark are emitted. The first field is the
            default replication key; the latest timestamp of all fields decides.
        variants: Alternative parameters, each read by its own queries. The parameters become fields
            of the records.
    """

    change_timestamps: ClassVar[Sequence[str]] = ()
    variants: ClassVar[Sequence[Mapping[str, str]]] = ()

    @property
    def is_incremental(self) -> bool:
        """Return True if only new or changed rows are emitted."""
        return bool(self.change_timestamps) and self.replication_method == REPLICATION_INCREMENTAL

    @property
    @override
    def metadata(self) -> MetadataMapping:
        mapping = super().metadata
        if self.change_timestamps and mapping.root.valid_replication_keys is None:
            mapping.root.valid_replication_keys = list(self.change_timestamps)
        return mapping

    @override
    def apply_catalog(self, catalog: Catalog) -> None:
        super().apply_catalog(catalog)
        if self.is_incremental and not self.replication_key:
            self.replication_key = self.change_timestamps[0]

    @property
    @override
    def adds_fields(self) -> bool:
        return bool(self.variants)

    @override
    def prefetch_pages(self, reader: PageReader) -> None:
        for query, _ in self._queries_and_variants():
            reader.prefetch(query, by_id=True)

    def _queries_and_variants(self) -> list[tuple[Query, Mapping[str, str]]]:
        variants = self.variants or ({},)
        return [({**query, **variant}, variant) for variant in variants for query in self.queries]

    @override
    def read(
        self, reader: PageReader, context: Context | None, *, structs: bool
    ) -> Iterator[Record | Struct]:
        rows = distinct(self._tables(reader), self.codec.key)
        if self.is_incremental:
            return self._changed(self.codec.to_output(rows, structs=False), context)
        return self.codec.to_output(rows, structs=structs)

    def _tables(self, reader: PageReader) -> list[Iterator[Row]]:
        """Return the rows of each query."""
        queries = self._queries_and_variants()
        tables = [self._read_table(reader, query, variant) for query, variant in queries]
        is_proof_wanted = self._stream_version is not None or self.selected_children
        if not (self.emit_activate_version_messages and is_proof_wanted and len(tables) > 1):
            return tables
        received: Counter[int] = Counter()
        counted = [_counting(rows, received, at) for at, rows in enumerate(tables)]
        return [*counted, self._recount(reader, [query for query, _ in queries], received)]

    def _recount(
        self, reader: PageReader, queries: list[Query], received: Counter[int]
    ) -> Iterator[Row]:
        """Count the rows of each query after all queries were read; yield no rows.

        A row may move during the read from a query that was not read yet to an earlier one, for
        example when a campaign is restored. No response has this row.
        """
        for at, query in enumerate(queries):
            counted = reader.row_count(query)
            if counted != received[at]:
                self.progress.doubt = (
                    f"query {at + 1} of {len(queries)} had {received[at]:,} rows, but Mailjet "
                    f"counted {counted:,} after all queries were read"
                )
        yield from ()

    def _read_table(
        self, reader: PageReader, query: Query, variant: Mapping[str, str]
    ) -> Iterator[Row]:
        on_reread = self.progress.reread
        if not variant:
            return read_table(reader, query, key=self.codec.key, on_reread=on_reread)
        key = key_function([name for name in self.row_key if name not in variant])
        rows = read_table(reader, query, key=key, on_reread=on_reread)
        return (Raw(encode({**decode_row(row), **variant})) for row in rows)

    def _changed(self, records: Iterator[Record], context: Context | None) -> Iterator[Record]:
        """Yield the records that changed since the bookmark, and record the newest timestamp."""
        state = self.get_context_state(context)
        bookmark = state.get("replication_key_value") or ""
        since = bookmark and to_wire(parse_instant(bookmark) - self.runtime.settings.lookback)
        self.record_newest(bookmark)
        for record in records:
            changed = max(filter(None, map(record.get, self.change_timestamps)), default="")
            if changed and second_of(changed) < second_of(since):
                continue
            self.record_newest(changed)
            yield record


def _counting(rows: Iterator[Row], received: Counter[int], at: int) -> Iterator[Row]:
    for row in rows:
        received[at] += 1
        yield row
