"""The base class of streams with a time filter, which are read by windows, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from msgspec import Raw, to_builtins
from typing_extensions import override

from tap_mailjet.api.errors import error_context
from tap_mailjet.reading.time_windows import TimeFilter, Window, resume_range
from tap_mailjet.reading.windowed_reader import TimeFilterError, WindowedReader
from tap_mailjet.singer.end_bookmark import EndBookmarkStream
from tap_mailjet.timestamps import parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pendulum
    from msgspec import Struct
    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.singerlib import Catalog

    from tap_mailjet.api.page import Row
    from tap_mailjet.reading.page_reader import PageReader


class WindowedStream(EndBookmarkStream):
    """A resource with a time filter, which is read by windows and emitted in order of time.

    Attributes:
        replication_key: The timestamp that the filter uses.
        time_filter: The parameters that filter by this timestamp. On the event resources, FromTS
            filters by another timestamp: that of the campaign.
    """

    time_filter: ClassVar[TimeFilter]
    is_sorted = True
    # Rows within the lookback are older than the bookmark; they must not fail or move it.
    check_sorted = False
    _is_unfiltered = False

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
        whole = self.range_to_sync(context)
        if whole is None:
            return
        state = self.get_context_state(context)
        bookmark = state.get("replication_key_value")
        windowed = self._windowed_reader(reader)
        try:
            for window, rows in windowed.read(whole, expects_many=self.bookmark is None):
                with error_context(window):
                    yield from self.codec.to_output(rows, structs=structs)
            yield from self.read_changes(reader, whole, structs=structs)
        except TimeFilterError as finding:
            self._begin_unfiltered(reader, finding)
            # Earlier windows may lack rows, so the bookmark must not cover them.
            if bookmark is None:
                state.pop("replication_key_value", None)
            else:
                state["replication_key_value"] = bookmark
                self.record_newest(bookmark)
            rows = self._recording_newest(windowed.read_unfiltered(whole))
            yield from self.codec.to_output(rows, structs=structs)

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

    def _windowed_reader(self, reader: PageReader) -> WindowedReader:
        return WindowedReader(
            reader,
            self.queries,
            time_filter=self.time_filter,
            key=self.codec.key,
            clock=self._usable_clock,
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

    def _usable_clock(self, row: Row) -> str | None:
        """Return the timestamp of a row as comparable text, None if it is missing or invalid."""
        try:
            return self.codec.timestamp(row)
        except ValueError:
            return None

    def _count_undated(self, row: Row) -> None:
        """Count a row that is skipped because its timestamp is missing or invalid."""
        try:
            is_unset = (
                self.codec.timestamp(row) is None and self.replication_key not in self.row_key
            )
        except ValueError:
            is_unset = False
        # A struct always has its timestamp, so the row is undecoded.
        content = bytes(row) if isinstance(row, Raw) else b""
        self.progress.problems.skip_once(self.replication_key or "", content, is_unset=is_unset)

    @override
    def prefetch_pages(self, reader: PageReader) -> None:
        if whole := self.range_to_prefetch():
            bounds = whole.to_params(self.time_filter)
            for query in self.queries:
                reader.prefetch(self.runtime.prefetcher, {**query, **bounds}, by_id=False)

    def range_to_prefetch(self) -> Window | None:
        """Return the range that this sync will read, before the SDK has loaded the state."""
        return self._range(self.bookmark)

    @property
    def bookmark(self) -> str | None:
        """The bookmark of the last sync; None if there is no usable bookmark."""
        state = self.tap_state.get("bookmarks", {}).get(self.name, {})
        is_ours = state.get("replication_key") == self.replication_key
        is_used = is_ours and self.has_bookmark and not self.judge_bookmark().changes
        return state.get("replication_key_value") if is_used else None

    def range_to_sync(self, context: Context | None) -> Window | None:
        """Return the half-open range that this sync has to read, None if it is empty."""
        value = self.bookmark
        self._warn_if_changed(context)
        whole = self._range(value)
        if whole is None:
            self.logger.warning(
                "%s: nothing to read: the bookmark (%s) or start_date is not before the end of "
                "the range, which is end_date or the start of this sync.",
                self.name,
                value,
            )
        return whole

    @property
    def lookback(self) -> pendulum.Duration:
        """How long before its bookmark the range of a sync begins."""
        return self.runtime.settings.lookback

    def _range(self, bookmark: object) -> Window | None:
        return self._range_with(bookmark, self.lookback)

    def _range_with(self, bookmark: object, lookback: pendulum.Duration) -> Window | None:
        return resume_range(
            start_date=self.runtime.settings.start_date,
            bookmark=None if bookmark is None else parse_instant(str(bookmark)),
            lookback=lookback,
            end_date=self.runtime.settings.end_date,
            now=self.runtime.started,
        )

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
        if self._timestamp_of(chunk[-1]) >= self._timestamp_of(chunk[0]):
            return chunk[-1]
        return max(chunk, key=self._timestamp_of)

    def _timestamp_of(self, record: Record | Struct) -> str:
        return str(to_builtins(record)[self.replication_key])

    @override
    def _increment_stream_state(
        self, latest_record: Record, *, context: Context | None = None
    ) -> None:
        # In the SDK, the first row within the lookback would move the bookmark back. After a
        # killed sync, the lookback would then start from there.
        bookmark = self.get_context_state(context).get("replication_key_value")
        if bookmark is None or latest_record[self.replication_key or ""] >= bookmark:
            super()._increment_stream_state(latest_record, context=context)
