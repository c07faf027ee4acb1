"""Events, which Mailjet may show days after their own time."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from tap_mailjet.reading.late_rows import LateRows
from tap_mailjet.reading.row_counts import RowCounts
from tap_mailjet.reading.row_tally import RowTally
from tap_mailjet.singer.counted_state import DELIVERED
from tap_mailjet.singer.counted_stream import CountedStream

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pendulum
    from msgspec import Struct
    from singer_sdk.helpers.types import Record

    from tap_mailjet.reading.page_reader import PageReader
    from tap_mailjet.reading.time_windows import Window


class LateEventStream(CountedStream):
    """A stream of events that reads days again in which events became visible later.

    The state has the number of delivered events. `LateRows` compares them with Mailjet's counts.
    Days that the state lacks are not compared, because their events were read in the past.
    """

    resume_keys: ClassVar[Sequence[str]] = (DELIVERED,)
    counted_key = DELIVERED

    @property
    @override
    def counted_for(self) -> pendulum.Duration:
        return self.runtime.settings.late_events

    @override
    def new_tally(self, begin: pendulum.DateTime) -> RowTally:
        return RowTally(begin, self.codec.timestamp)

    @override
    def read_changes(
        self, reader: PageReader, _whole: Window, *, structs: bool
    ) -> Iterator[Record | Struct]:
        if self._tally is None or self.bookmark is None:
            return
        counts = RowCounts(reader, self.queries, self.time_filter, self._facts)
        late = LateRows(
            self.earlier_parts,
            counts,
            functools.partial(self._reader_for, reader, {}),
            new_tally=self.new_tally,
            known_second=self._tally.known_second,
            page_size=reader.page_size,
            log=lambda level, text: self.logger.log(level, "%s %s", self.name, text),
        )
        for rows in late.read():
            yield from self.codec.to_output(rows, structs=structs)
        self._changed_parts, self._facts = lambda: late.parts, counts.facts
