"""Messages, whose status may change for weeks after their arrival."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, ClassVar, cast

from typing_extensions import override

from tap_mailjet.reading.status_changes import Remembered, StatusChanges
from tap_mailjet.reading.status_counts import StatusCounts
from tap_mailjet.reading.status_tally import StatusTally
from tap_mailjet.reading.time_windows import Window
from tap_mailjet.singer.counted_state import STATUSES
from tap_mailjet.singer.counted_stream import CountedStream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pendulum
    from msgspec import Struct
    from singer_sdk.helpers.types import Record

    from tap_mailjet.reading.page_reader import PageReader
    from tap_mailjet.reading.row_tally import TalliedReader
    from tap_mailjet.reading.windowed_reader import WindowedReader


class StatusStream(CountedStream):
    """A stream of messages that keeps their Status right for `status_lookback_window` days.

    The state has the number of delivered messages by status. `StatusChanges` compares them with
    Mailjet's counts. Days that the state lacks are read again.
    """

    resume_keys: ClassVar[Sequence[str]] = (STATUSES,)
    counted_key = STATUSES

    @property
    @override
    def counted_for(self) -> pendulum.Duration:
        return self.runtime.settings.status_lookback

    @override
    def new_tally(self, begin: pendulum.DateTime) -> StatusTally:
        return StatusTally(begin)

    @override
    def _windowed_reader(
        self, reader: PageReader, params: Mapping[str, str] | None = None
    ) -> WindowedReader:
        windowed = cast("TalliedReader", super()._windowed_reader(reader, params))
        if params is None and self.counts_rows:
            windowed.changes_from = self.counted_from
        return windowed

    @override
    def read_changes(
        self, reader: PageReader, whole: Window, *, structs: bool
    ) -> Iterator[Record | Struct]:
        if self._tally is None or self.bookmark is None or self.counted_from >= whole.start:
            return
        counts = StatusCounts(reader, self.queries, self.time_filter, self._facts)
        changes = StatusChanges(
            Remembered(self.earlier_parts, Window(self.counted_from, whole.start)),
            counts,
            functools.partial(self._reader_for, reader),
            known_second=self._tally.known_second,
            queries=len(self.queries),
            page_size=reader.page_size,
            log=lambda level, text: self.logger.log(level, "%s %s", self.name, text),
        )
        for rows in changes.read():
            yield from self.codec.to_output(rows, structs=structs)
        self._changed_parts, self._facts = lambda: changes.parts, counts.facts
