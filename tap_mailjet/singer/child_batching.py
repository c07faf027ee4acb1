"""Child streams run over many rows of their parent at a time, where the SDK runs them for each."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple, cast

from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE
from typing_extensions import override

from tap_mailjet.singer.bulk_stream import BulkStream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.helpers.types import Context, Record

    from tap_mailjet.singer.sync_report import StreamProgress

FIRST_BATCH = 20
"""Records that child streams run over first: if Mailjet refuses all of them, it refuses all."""
MIN_BATCH = 100
"""Records that child streams run over at a time afterwards, however small a page is."""


class ParentBatch(NamedTuple):
    """Records of a parent stream, and what a child has to know of the parent.

    Attributes:
        stream: The parent's name.
        records: The records, at least one.
        is_full_table: Whether the next sync brings the same records again.
    """

    stream: str
    records: list[Record]
    is_full_table: bool


class BatchResult(NamedTuple):
    """What a child stream made of a batch of its parent.

    Attributes:
        unread: The first record that the child could not be read for, if any.
        was_unavailable: Whether earlier syncs took the child's resource for unavailable, so that
            the parent's bookmark does not vouch for it.
    """

    unread: Record | None = None
    was_unavailable: bool = False


class ChildBatchingStream(BulkStream):
    """A stream that may have child streams, and may be one.

    Attributes:
        progress: What has become of the stream in this sync.
        parent_batch: The records that the stream is to run over, if it is a child.
        batch_result: What the stream made of them.
    """

    progress: StreamProgress
    parent_batch: ParentBatch
    batch_result = BatchResult()
    _next_batch: ParentBatch | None = None

    @property
    def selected_children(self) -> list[ChildBatchingStream]:
        """The streams that are read for the rows of this one."""
        children = cast("list[ChildBatchingStream]", self.child_streams)
        return [child for child in children if child.selected]

    @property
    def has_failed_children(self) -> bool:
        """Return True if a child could not be read for all rows so far."""
        return any(child.progress.is_incomplete for child in self.selected_children)

    def batch_for_children(self, records: Iterator[Record], size: int) -> Iterator[Record]:
        """Yield records, after the child streams have run over a batch of them."""
        if not self.selected_children:
            yield from records
            return
        # A dry run wants no more than a record.
        most = self.ABORT_AT_RECORD_COUNT or FIRST_BATCH
        while batch := list(itertools.islice(records, most)):
            most = self.ABORT_AT_RECORD_COUNT or max(size, MIN_BATCH)
            # Copies, because the SDK takes deselected fields out of what it emits.
            kept = [dict(record) for record in batch if self._is_kept(record)]
            if kept:
                is_full_table = self.replication_method == REPLICATION_FULL_TABLE
                self._next_batch = ParentBatch(self.name, kept, is_full_table)
            yield from batch

    def record_batch_result(self, child: str, result: BatchResult) -> None:
        """Change the bookmark according to what a child stream made of a batch."""

    def finish_batch(self) -> None:
        """Change the state of a child stream after its parent has recorded the batch's result."""

    def _is_kept(self, record: Record) -> bool:
        """Return True if the user's stream map lets a record through."""
        return bool(self.stream_maps[0].get_filter_result(record))

    @override
    def _process_record(
        self,
        record: Record,
        child_context: Context | None = None,
        partition_context: Context | None = None,
    ) -> None:
        # The SDK would run the children once for each record, one after the other.
        batch, self._next_batch = self._next_batch, None
        if batch is None:
            return
        for child in self.selected_children:
            child.parent_batch, child.batch_result = batch, BatchResult()
        self._sync_children({"parent": self.name})
        for child in self.selected_children:
            self.record_batch_result(child.name, child.batch_result)
            child.finish_batch()
