"""Messages, whose status may change for weeks after their arrival."""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING, Any, ClassVar, cast

from typing_extensions import override

from tap_mailjet.reading.day_parts import merge_parts
from tap_mailjet.reading.row_tally import TalliedReader
from tap_mailjet.reading.status_changes import Remembered, StatusChanges
from tap_mailjet.reading.status_counts import StatusCounts
from tap_mailjet.reading.status_tally import StatusTally
from tap_mailjet.reading.time_windows import Window
from tap_mailjet.singer.bookmarks import VALUE
from tap_mailjet.singer.status_state import STATUSES, read_statuses, write_statuses
from tap_mailjet.singer.windowed_stream import WindowedStream
from tap_mailjet.timestamps import EARLIEST_DATA, parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pendulum
    from msgspec import Struct
    from singer_sdk.helpers.types import Context, Record

    from tap_mailjet.reading.day_parts import Part
    from tap_mailjet.reading.page_reader import PageReader
    from tap_mailjet.reading.status_facts import StatusFacts
    from tap_mailjet.reading.windowed_reader import TimeFilterError, WindowedReader

HOUR = len("2020-10-08T06")


class StatusStream(WindowedStream):
    """A stream of messages that keeps their Status right for `status_lookback_window` days.

    The state has the number of delivered messages by status, for parts of time up to the start of
    the range of the next sync. `StatusChanges` compares them with Mailjet's counts.
    """

    resume_keys: ClassVar[Sequence[str]] = (STATUSES,)
    reader_type = TalliedReader
    _tally: StatusTally | None = None
    _before: object = None
    _earlier: list[Part]
    _recent: list[Part]
    _facts: StatusFacts
    _changes: StatusChanges | None = None
    _hour = ""

    @property
    def follows_statuses(self) -> bool:
        """Return True if this sync reads messages again whose status changed."""
        return bool(self.runtime.settings.status_lookback) and self.has_bookmark and self.selected

    @functools.cached_property
    def status_start(self) -> pendulum.DateTime:
        """The start of the range in which statuses are kept up to date."""
        settings = self.runtime.settings
        earliest = self._start_date
        if self.runtime.started - earliest <= settings.status_lookback:
            return earliest
        return max(earliest, (self.runtime.started - settings.status_lookback).start_of("day"))

    @property
    def _start_date(self) -> pendulum.DateTime:
        return (self.runtime.settings.start_date or EARLIEST_DATA).start_of("second")

    @override
    def _range(self, bookmark: pendulum.DateTime | None) -> Window | None:
        whole = super()._range(bookmark)
        if whole is None or bookmark is None or not self.follows_statuses:
            return whole
        # On the hour, because delivered messages are counted by the hour.
        return Window(max(whole.start.start_of("hour"), self._start_date), whole.end)

    def _resumes_history(self, regular: Window) -> bool:
        """Return True if a history that an earlier sync began is read; nothing is counted then.

        The next sync finds days that were not counted, and reads them again.
        """
        history = self.history(regular)
        return history is not None and not history.is_first

    @override
    def range_to_sync(self, context: Context | None) -> Window | None:
        whole = super().range_to_sync(context)
        self._tally = None
        if whole is not None and self.follows_statuses and not self._resumes_history(whole):
            self._before = self.stream_state.get(STATUSES)
            parts, self._facts = read_statuses(self.stream_state)
            # The regular range is read again, with other statuses than those that are remembered.
            self._earlier = [
                part
                for part in parts
                if part.window.end <= whole.start and part.window.start >= self._start_date
            ]
            self._recent = []
            self._tally = StatusTally(self.status_start)
        return whole

    @override
    def _windowed_reader(
        self, reader: PageReader, params: Mapping[str, str] | None = None
    ) -> WindowedReader:
        windowed = cast("TalliedReader", super()._windowed_reader(reader, params))
        if params is None and self.follows_statuses:
            windowed.tally = self._tally
            windowed.changes_from = self.status_start
        return windowed

    @override
    def read_changes(
        self, reader: PageReader, whole: Window, *, structs: bool
    ) -> Iterator[Record | Struct]:
        if self._tally is None or self.bookmark is None or self.status_start >= whole.start:
            return
        needed = Window(self.status_start, whole.start)
        earlier = [part for part in self._earlier if part.window.end > needed.start]
        counts = StatusCounts(reader, self.queries, self.time_filter, self._facts)
        changes = StatusChanges(
            Remembered(earlier, needed),
            counts,
            functools.partial(self._reader_for, reader),
            known_second=self._tally.known_second,
            queries=len(self.queries),
            page_size=reader.page_size,
            log=lambda level, text: self.logger.log(level, "%s %s", self.name, text),
        )
        for rows in changes.read():
            yield from self.codec.to_output(rows, structs=structs)
        self._changes, self._facts = changes, counts.facts

    def _reader_for(
        self, reader: PageReader, params: Mapping[str, str], tally: StatusTally | None
    ) -> TalliedReader:
        windowed = cast("TalliedReader", self._windowed_reader(reader, params))
        windowed.tally = tally
        return windowed

    @override
    def _begin_unfiltered(self, reader: PageReader, finding: TimeFilterError) -> None:
        super()._begin_unfiltered(reader, finding)
        # Earlier windows may lack rows, so nothing that this sync counted is remembered.
        if self._tally is not None:
            self._tally = self._changes = None
            self.stream_state.pop(STATUSES, None)
            if self._before is not None:
                self.stream_state[STATUSES] = self._before

    @override
    def _increment_stream_state(
        self, latest_record: Record, *, context: Context | None = None
    ) -> None:
        super()._increment_stream_state(latest_record, context=context)
        # The rows up to the latest record are written, and of its window only these.
        latest = str(latest_record[self.replication_key or ""])
        if self._tally is not None and latest[:HOUR] != self._hour:
            self._hour = latest[:HOUR]
            self._remember(latest)

    def _remember(self, latest: str | None = None) -> None:
        """Write to the state what was delivered up to the start of the next sync's range.

        Args:
            latest: The timestamp of the latest record; None if all rows are written.
        """
        bookmark = self.stream_state.get(VALUE)
        if self._tally is None or bookmark is None:
            return
        until = min(map(parse_instant, (str(bookmark), latest or str(bookmark))))
        until = (until - self.runtime.settings.lookback).start_of("hour")
        if recent := self._tally.take(until):
            self._recent += recent
            self._write_statuses()

    def _write_statuses(self) -> None:
        parts = merge_parts(itertools.chain(self._earlier, self._recent))
        kept = [part for part in parts if part.window.end > self.status_start]
        write_statuses(self.stream_state, kept, self._facts)

    @override
    def _finalize_state(self, state: dict[str, Any] | None = None) -> None:
        is_complete = self.progress.finished and not self.has_failed_children
        if self._tally is not None and is_complete:
            if self._changes is not None:
                self._earlier, self._changes = self._changes.parts, None
            self._remember()
            self._write_statuses()
        super()._finalize_state(state)
