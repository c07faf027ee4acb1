"""The base class of streams with a time filter, which are read by windows, in order."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, ClassVar

from msgspec import Raw, Struct, to_builtins
from typing_extensions import override

from tap_mailjet.reading.windowed_reader import TimeFilterError, WindowedReader
from tap_mailjet.singer import backfill
from tap_mailjet.singer.backfill import Backfill, Mark
from tap_mailjet.singer.backfill_stream import BackfillStream, History
from tap_mailjet.singer.bookmarks import VALUE
from tap_mailjet.timestamps import parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.singerlib import Catalog

    from tap_mailjet.api.page import Row
    from tap_mailjet.reading.page_reader import PageReader
    from tap_mailjet.reading.time_windows import TimeFilter, Window

    Windows = Iterator[Iterator[Record | Struct]]


class WindowedStream(BackfillStream):
    """A resource with a time filter, which is read by windows and emitted in order of time.

    Attributes:
        replication_key: The timestamp that the filter uses.
        time_filter: The parameters that filter by this timestamp. On the event resources, FromTS
            filters by another timestamp: that of the campaign.
        reader_type: The class that reads the windows.
    """

    time_filter: ClassVar[TimeFilter]
    reader_type: ClassVar[type[WindowedReader]] = WindowedReader
    is_sorted = True
    # Rows within the lookback are older than the bookmark; they must not fail or move it.
    check_sorted = False
    _is_unfiltered = False

    @property
    @override
    def emit_activate_version_messages(self) -> bool:
        # Even if a catalog makes the stream a full table, rows outside the range exist. A row
        # whose timestamp changes during the read may not be in any window that is read.
        return False

    @property
    @override
    def moves_bookmark_at_end(self) -> bool:
        return self._is_unfiltered

    @override
    def apply_catalog(self, catalog: Catalog) -> None:
        replication_key = self.replication_key
        super().apply_catalog(catalog)
        # The filter uses only one timestamp, independent of the catalog.
        self.replication_key = replication_key

    @override
    def read(
        self, reader: PageReader, context: Context | None, *, structs: bool
    ) -> Iterator[Record | Struct]:
        # One iterator for all windows, so that a row passes no generator of its window.
        return itertools.chain.from_iterable(self._windows(reader, context, structs=structs))

    def _windows(self, reader: PageReader, context: Context | None, *, structs: bool) -> Windows:
        """Read the records of each window; all at once if the server ignores the filter."""
        regular = self.range_to_sync(context)
        history = self.history(regular)
        state = self.get_context_state(context)
        self.start_read(state, history)
        before = {key: state[key] for key in (VALUE, backfill.KEY) if key in state}
        windowed = self._windowed_reader(reader)
        try:
            if history:
                yield from self._read_history(windowed, reader, regular, history, structs=structs)
            elif regular:
                for _, rows in windowed.read(regular, expects_many=self.bookmark is None):
                    yield self.codec.to_output(rows, structs=structs)
                yield self.read_changes(reader, regular, structs=structs)
        except TimeFilterError as finding:
            self._begin_unfiltered(reader, finding)
            # Earlier windows may lack rows, so the state must not cover them.
            self._restore(state, before)
            self._all_is_read = bool(history and history.moves_end)
            whole = self._range(None) if history else regular
            rows = windowed.read_unfiltered(whole) if whole else iter(())
            yield self.codec.to_output(self._recording_newest(rows), structs=structs)

    def _read_history(
        self,
        windowed: WindowedReader,
        reader: PageReader,
        regular: Window | None,
        history: History,
        *,
        structs: bool,
    ) -> Windows:
        """Read the regular range oldest first, and then the history newest first.

        In the first sync, the history is the whole range.
        """
        count = _Count()
        if regular and not history.is_first:
            newest = None
            for _, rows in windowed.read(regular, expects_many=False):
                yield count.records(self.codec.to_output(rows, structs=structs))
                newest = self._timestamp(count.last) or newest
            yield count.records(self.read_changes(reader, regular, structs=structs))
            if history.moves_end:
                stop = history.window.end if history.window else None
                self._backfill.add(Mark(count.rows, stop, newest, is_regular=True))
        self._backfill.begins_after = count.rows
        yield from self._read_backwards(windowed, history, count, structs=structs)
        if regular and history.is_first:
            yield self.read_changes(reader, regular, structs=structs)

    def _read_backwards(
        self, windowed: WindowedReader, history: History, count: _Count, *, structs: bool
    ) -> Windows:
        whole = history.window
        if whole is None:
            if history.moves_end:
                self._backfill.add(Mark(count.rows, None, None))
            return
        self.logger.info("%s: reading %s, newest rows first.", self.name, whole)
        for window, rows in windowed.read(whole, expects_many=True, newest_first=True):
            yield count.records(self.codec.to_output(rows, structs=structs))
            if history.moves_end:
                is_last = window.start == whole.start
                end = None if is_last else window.start
                self._backfill.add(Mark(count.rows, end, self._timestamp(count.last)))

    def _timestamp(self, record: Record | Struct | None) -> str | None:
        if record is None:
            return None
        fields = to_builtins(record) if isinstance(record, Struct) else record
        timestamp: str = fields[self.replication_key or ""]
        return timestamp

    def _restore(self, state: dict[str, Any], before: dict[str, Any]) -> None:
        """Restore the bookmark and the end of the backfill; a signal may come at any line."""
        self._backfill = Backfill()
        if VALUE not in before:
            # First, because the end alone never covers too much.
            state.pop(VALUE, None)
        if backfill.KEY not in before:
            state.pop(backfill.KEY, None)
        state.update(before)
        if VALUE in before:
            self.record_newest(before[VALUE])

    def read_changes(
        self, _reader: PageReader, _whole: Window, *, structs: bool
    ) -> Iterator[Record | Struct]:
        """Read rows before the range of this sync that changed since the last sync.

        Args:
            structs: True if records may be structs, because they are only written.
        """
        del structs
        yield from ()

    def _recording_newest(self, rows: Iterator[Row]) -> Iterator[Row]:
        for row in rows:
            self.record_newest(f"{self.codec.timestamp(row)}Z")
            yield row

    def _windowed_reader(
        self, reader: PageReader, params: Mapping[str, str] | None = None
    ) -> WindowedReader:
        """Return a reader of windows; its requests have the additional parameters."""
        return self.reader_type(
            reader,
            [{**query, **(params or {})} for query in self.queries],
            time_filter=self.time_filter,
            key=self.codec.key,
            clock=self.codec.timestamp,
            on_reread=self.progress.reread,
            on_undated=self._count_undated,
            now=self.runtime.started,
        )

    def _begin_unfiltered(self, reader: PageReader, finding: TimeFilterError) -> None:
        """Log a warning that the whole resource is read, with the cost in each sync."""
        self._is_unfiltered = True
        rows = sum(reader.row_count(query) for query in self.queries)
        self.logger.warning(
            "%s: Mailjet does not filter by %s and %s: %s. The whole resource is read and filtered "
            "by %s in the tap: about %d rows and %d requests in each sync.",
            self.name,
            *self.time_filter,
            finding,
            self.replication_key,
            rows,
            len(self.queries) + rows // reader.page_size,
        )

    def _count_undated(self, row: Row) -> None:
        """Count a row that is skipped because its timestamp is missing or invalid."""
        is_unset = self.codec.has_unset_timestamp(row) and self.replication_key not in self.row_key
        # A struct always has its timestamp, so the row is undecoded.
        content = bytes(row) if isinstance(row, Raw) else b""
        self.progress.problems.skip_once(self.replication_key or "", content, is_unset=is_unset)

    @override
    def prefetch_pages(self, reader: PageReader) -> None:
        if whole := self.range_to_prefetch():
            bounds = whole.to_params(self.time_filter)
            for query in self.queries:
                reader.prefetch({**query, **bounds}, by_id=False)

    def range_to_prefetch(self) -> Window | None:
        """Return the range that this sync will read, before the SDK has loaded the state."""
        whole = self.regular_range()
        history = self.history(whole)
        if whole and history and history.is_first:
            *_, whole = whole.with_newest_day_apart()
        return whole

    def range_to_sync(self, context: Context | None) -> Window | None:
        """Return the half-open range that this sync has to read, None if it is empty."""
        value = self.bookmark
        self._warn_if_changed(context)
        whole = self.regular_range()
        if whole is None and self.unread_end is None:
            self.logger.warning(
                "%s: nothing to read: the bookmark (%s) or start_date is not before the end of "
                "the range, which is end_date or the start of this sync.",
                self.name,
                value,
            )
        return whole

    def _warn_if_changed(self, context: Context | None) -> None:
        """Log a warning if the state has a bookmark of another field, which is not used."""
        field = self.get_context_state(context).get("replication_key")
        if field not in {None, self.replication_key}:
            self.logger.warning(
                "%s: the state has a bookmark of %s instead of %s. Reading from start_date.",
                self.name,
                field,
                self.replication_key,
            )

    @override
    def compare_start_date(self, value: str, start_date_value: str) -> str:
        return max(value, start_date_value, key=parse_instant)

    @override
    def _latest_of(self, chunk: list[Record | Struct]) -> Record | Struct:
        # Changed rows from before the range may follow the newest row, and would hide it.
        if not self.replication_key or self._timestamp_of(chunk[-1]) >= self._timestamp_of(
            chunk[0]
        ):
            return chunk[-1]
        return max(chunk, key=self._timestamp_of)

    def _timestamp_of(self, record: Record | Struct) -> str:
        return str(to_builtins(record)[self.replication_key])


class _Count:
    """The number of records that a read has yielded, and the last one of the last iterator."""

    def __init__(self) -> None:
        self.rows = 0
        self.last: Record | Struct | None = None

    def records(self, records: Iterator[Record | Struct]) -> Iterator[Record | Struct]:
        """Yield the records of an iterator, and count each before it is yielded."""
        self.last = None
        for self.last in records:
            self.rows += 1
            yield self.last
