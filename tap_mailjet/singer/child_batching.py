"""Run child streams for a batch of parent records; the SDK runs them for each record."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple, cast

from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE
from typing_extensions import override

from tap_mailjet.singer.bulk_stream import BulkStream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.helpers.types import Context, Record

    from tap_mailjet.reading.page_reader import PageReader
    from tap_mailjet.singer.sync_report import StreamProgress

FIRST_BATCH = 20
"""Size of the first batch. If Mailjet refuses all of its records, the resource is unavailable."""
MIN_BATCH = 100
"""Minimum size of later batches, even if a page is smaller."""


class ParentBatch(NamedTuple):
    """Records of a parent stream, and facts about the parent.

    Attributes:
        stream: The name of the parent.
        records: The records, at least one.
        is_full_table: True if the next sync emits the same records again.
    """

    stream: str
    records: list[Record]
    is_full_table: bool


class BatchResult(NamedTuple):
    """The result of a child stream for a batch of its parent.

    Attributes:
        unread: The first record for which the child stream failed, if any.
        was_unavailable: True if the resource of the child was unavailable in earlier syncs, so that
            the bookmark of the parent does not cover the child.
    """

    unread: Record | None = None
    was_unavailable: bool = False


class ChildBatchingStream(BulkStream):
    """A stream that may have child streams, and may be one.

    Attributes:
        progress: The progress of the stream in this sync.
        parent_batch: The parent records to read, if the stream is a child.
        batch_result: The result for these records.
    """

    progress: StreamProgress
    parent_batch: ParentBatch
    batch_result = BatchResult()
    _next_batch: ParentBatch | None = None

    @property
    def selected_children(self) -> list[ChildBatchingStream]:
        """The selected child streams."""
        children = cast("list[ChildBatchingStream]", self.child_streams)
        return [child for child in children if child.selected]

    @property
    def has_failed_children(self) -> bool:
        """Return True if a child stream failed for a row so far."""
        return any(child.progress.is_incomplete for child in self.selected_children)

    def batch_for_children(self, records: Iterator[Record], size: int) -> Iterator[Record]:
        """Return records; prepare a batch of them for the child streams before the first one."""
        return self._in_batches(records, size) if self.selected_children else records

    def _in_batches(self, records: Iterator[Record], size: int) -> Iterator[Record]:
        # A dry run reads only one record.
        batch_size = self.ABORT_AT_RECORD_COUNT or FIRST_BATCH
        while batch := list(itertools.islice(records, batch_size)):
            batch_size = self.ABORT_AT_RECORD_COUNT or max(size, MIN_BATCH)
            # Copies, because the SDK removes deselected fields from the records that it emits.
            kept = [dict(record) for record in batch if self._is_kept(record)]
            if kept:
                is_full_table = self.replication_method == REPLICATION_FULL_TABLE
                self._next_batch = ParentBatch(self.name, kept, is_full_table)
            yield from batch

    @property
    def is_readable(self) -> bool:
        """Return True unless the stream has failed or is not available in this sync."""
        return self.progress.failure is None and self.progress.unavailable_reason is None

    def further_parents(self, _reader: PageReader) -> Iterator[ParentBatch]:
        """Read parent records that the stream itself does not emit, after all its records.

        The child streams are run for each batch before the next one is read.
        """
        yield from ()

    def record_batch_result(self, child: str, result: BatchResult) -> None:
        """Update the bookmark according to the result of a child stream for a batch."""

    def finish_batch(self) -> None:
        """Update the state of a child stream after its parent has recorded the batch result."""

    def _is_kept(self, record: Record) -> bool:
        """Return True if the stream map of the user does not filter a record out."""
        return bool(self.stream_maps[0].get_filter_result(record))

    @override
    def _process_record(
        self,
        record: Record,
        child_context: Context | None = None,
        partition_context: Context | None = None,
    ) -> None:
        # The SDK would run the child streams once for each record, one after the other.
        batch, self._next_batch = self._next_batch, None
        if batch is not None:
            self.sync_children_of(batch)

    def sync_children_of(self, batch: ParentBatch) -> None:
        """Run the child streams for a batch of parent records, and record the results."""
        for child in self.selected_children:
            child.parent_batch, child.batch_result = batch, BatchResult()
        self._sync_children({"parent": self.name})
        for child in self.selected_children:
            self.record_batch_result(child.name, child.batch_result)
            child.finish_batch()
