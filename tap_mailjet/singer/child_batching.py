"""Child streams run over many rows of their parent at a time, where the SDK runs them for each."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, cast

from typing_extensions import override

from tap_mailjet.singer.bulk_stream import BulkStream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.helpers.types import Context, Record

    from tap_mailjet.singer.sync_report import StreamProgress

FIRST_CHUNK = 20
"""Records that child streams run over first: if Mailjet refuses all of them, it refuses all."""
LEAST_CHUNK = 100
"""Records that child streams run over at a time afterwards, however small a page is."""


class ChildBatchingStream(BulkStream):
    """A stream that may have others which are read for its rows.

    Attributes:
        outcome: what has become of it in this sync.
        chunk: the records that its child streams are to run over now.
    """

    outcome: StreamProgress
    chunk: list[Record]
    _has_new_chunk = False

    @property
    def selected_children(self) -> list[ChildBatchingStream]:
        """The streams that are read for the rows of this one."""
        return [
            cast("ChildBatchingStream", child) for child in self.child_streams if child.selected
        ]

    @property
    def has_failed_children(self) -> bool:
        """Return True if a child could not be read for all rows so far."""
        return any(child.outcome.is_short for child in self.selected_children)

    def in_chunks(self, records: Iterator[Record], size: int) -> Iterator[Record]:
        """Let the child streams run over many records at a time, before those are emitted."""
        if not self.selected_children:
            yield from records
            return
        # A dry run wants no more than a record.
        most = self.ABORT_AT_RECORD_COUNT or FIRST_CHUNK
        # Copies, as the SDK takes deselected fields out of what it emits.
        while chunk := list(itertools.islice(records, most)):
            most = self.ABORT_AT_RECORD_COUNT or max(size, LEAST_CHUNK)
            self.chunk = [dict(record) for record in chunk if self._is_kept(record)]
            self._has_new_chunk = bool(self.chunk)
            yield from chunk

    def _is_kept(self, record: Record) -> bool:
        """Tell whether the user's stream map lets a record through."""
        return bool(self.stream_maps[0].get_filter_result(record))

    @override
    def _process_record(
        self,
        record: Record,
        child_context: Context | None = None,
        partition_context: Context | None = None,
    ) -> None:
        # The SDK would run the children once for each record, one after the other.
        if self._has_new_chunk:
            self._has_new_chunk = False
            self._sync_children({"parent": self.name})
