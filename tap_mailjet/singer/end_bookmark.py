"""Streams whose bookmark moves once, at the end, because rows are not ordered by time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_mailjet.singer.base_stream import MailjetStream
from tap_mailjet.timestamps import to_wire

if TYPE_CHECKING:
    from singer_sdk.helpers.types import Context, Record


class EndBookmarkStream(MailjetStream):
    """A stream whose bookmark may move only after all rows are written."""

    _newest = ""

    @property
    def moves_bookmark_at_end(self) -> bool:
        """Return True if rows are not ordered by time, so that the bookmark moves at the end."""
        return True

    def record_newest(self, timestamp: str) -> None:
        """Record the newest timestamp of the rows, in the form of records."""
        self._newest = max(self._newest, timestamp, key=second_of)

    @override
    def _increment_stream_state(
        self, latest_record: Record, *, context: Context | None = None
    ) -> None:
        if not self.moves_bookmark_at_end:
            super()._increment_stream_state(latest_record, context=context)

    @override
    def _finalize_state(self, state: dict[str, Any] | None = None) -> None:
        is_complete = self.progress.finished and not self.has_failed_children
        is_waiting = self.moves_bookmark_at_end and self._newest
        if state is not None and is_waiting and self.selected and is_complete:
            # A bookmark in the future would skip the changes until then.
            newest = min(self._newest, to_wire(self.runtime.started), key=second_of)
            state["replication_key"] = self.replication_key
            state["replication_key_value"] = newest
        super()._finalize_state(state)


def second_of(timestamp: str) -> str:
    """Return a timestamp of a record without fraction and Z, for comparisons."""
    return timestamp[:19]
