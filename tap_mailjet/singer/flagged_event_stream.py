"""Streams of events from a resource that has more rows than events, with a flag in each row."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from tap_mailjet.reading.windowed_reader import TimeFilterError
from tap_mailjet.records.row_fields import decode_row, lookup
from tap_mailjet.records.values import as_boolean
from tap_mailjet.singer.windowed_stream import WindowedStream

if TYPE_CHECKING:
    from tap_mailjet.api.page import Row


class FlaggedEventStream(WindowedStream):
    """Events from a resource with one row for each message or subscription, with or without event.

    The time filter selects the rows with an event. A server that ignores the filter returns rows
    without it as well, in which the replication key is not set.

    Attributes:
        event_flag: The field that is true in a row with an event.
    """

    event_flag: ClassVar[str]

    @override
    def _count_undated(self, row: Row) -> None:
        if self._has_event(row):
            super()._count_undated(row)
        elif not self._is_unfiltered:
            message = (
                f"Mailjet returned a row without {self.replication_key} for "
                f"{self.time_filter.lower} and {self.time_filter.upper}"
            )
            raise TimeFilterError(message)

    def _has_event(self, row: Row) -> bool:
        """Return True if a row has an event, or a time of an event that is invalid."""
        try:
            fields = decode_row(row)
        except ValueError:  # the row is not a JSON object
            return True
        if lookup(fields, self.replication_key or "") not in (None, ""):
            return True
        return as_boolean(lookup(fields, self.event_flag)) is True
