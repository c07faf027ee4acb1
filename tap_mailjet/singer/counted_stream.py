"""The base class of streams that remember how many rows of the last days they delivered."""

from __future__ import annotations

import abc
import functools
import itertools
from typing import TYPE_CHECKING, Any, ClassVar, cast

from typing_extensions import override

from tap_mailjet.reading.day_parts import merge_parts
from tap_mailjet.reading.row_tally import TalliedReader
from tap_mailjet.reading.time_windows import Window
from tap_mailjet.singer.bookmarks import VALUE
from tap_mailjet.singer.counted_state import read_counted, write_counted
from tap_mailjet.singer.windowed_stream import WindowedStream
from tap_mailjet.timestamps import EARLIEST_DATA, parse_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pendulum
    from singer_sdk.helpers.types import Context, Record

    from tap_mailjet.reading.day_parts import Part
    from tap_mailjet.reading.page_reader import PageReader
    from tap_mailjet.reading.row_tally import RowTally
    from tap_mailjet.reading.status_facts import StatusFacts
    from tap_mailjet.reading.windowed_reader import TimeFilterError, WindowedReader

HOUR = len("2020-10-08T06")


class CountedStream(WindowedStream):
    """A stream that compares the number of rows it delivered for the last days with Mailjet's.

    The state has the numbers for parts of time up to the start of the range of the next sync.

    Attributes:
        counted_key: The key of the numbers in the state of the stream.
    """

    counted_key: ClassVar[str]
    reader_type = TalliedReader
    _tally: RowTally | None = None
    _before: object = None
    _earlier: list[Part]
    _recent: list[Part]
    _facts: StatusFacts
    _changed_parts: Callable[[], list[Part]] | None = None
    _hour = ""

    @property
    @abc.abstractmethod
    def counted_for(self) -> pendulum.Duration:
        """How long before the start of a sync its rows are counted; 0 to count no rows."""

    @abc.abstractmethod
    def new_tally(self, begin: pendulum.DateTime) -> RowTally:
        """Return a tally of the rows of this stream."""

    @property
    def counts_rows(self) -> bool:
        """Return True if this sync counts its rows, and compares earlier counts with Mailjet's."""
        return bool(self.counted_for) and self.has_bookmark and self.selected

    @functools.cached_property
    def counted_from(self) -> pendulum.DateTime:
        """The start of the range whose rows are counted."""
        earliest = self._start_date
        if self.runtime.started - earliest <= self.counted_for:
            return earliest
        return max(earliest, (self.runtime.started - self.counted_for).start_of("day"))

    @property
    def _start_date(self) -> pendulum.DateTime:
        return (self.runtime.settings.start_date or EARLIEST_DATA).start_of("second")

    @override
    def _range(self, bookmark: pendulum.DateTime | None) -> Window | None:
        whole = super()._range(bookmark)
        if whole is None or bookmark is None or not self.counts_rows:
            return whole
        # On the hour, because delivered rows are counted by the hour.
        return Window(max(whole.start.start_of("hour"), self._start_date), whole.end)

    def _resumes_history(self, regular: Window) -> bool:
        """Return True if a history that an earlier sync began is read; nothing is counted then."""
        history = self.history(regular)
        return history is not None and not history.is_first

    @override
    def range_to_sync(self, context: Context | None) -> Window | None:
        whole = super().range_to_sync(context)
        self._tally = None
        if whole is not None and self.counts_rows and not self._resumes_history(whole):
            self._before = self.stream_state.get(self.counted_key)
            parts, self._facts = read_counted(self.stream_state, self.counted_key)
            # The regular range is read again, with other numbers than those that are remembered.
            self._earlier = [
                part
                for part in parts
                if part.window.end <= whole.start and part.window.start >= self._start_date
            ]
            self._recent = []
            self._tally = self.new_tally(self.counted_from)
        return whole

    @override
    def _windowed_reader(
        self, reader: PageReader, params: Mapping[str, str] | None = None
    ) -> WindowedReader:
        windowed = cast("TalliedReader", super()._windowed_reader(reader, params))
        if params is None and self.counts_rows:
            windowed.tally = self._tally
        return windowed

    @property
    def earlier_parts(self) -> list[Part]:
        """The parts before the range of this sync, in order."""
        return [part for part in self._earlier if part.window.end > self.counted_from]

    def _reader_for(
        self, reader: PageReader, params: Mapping[str, str], tally: RowTally | None
    ) -> TalliedReader:
        windowed = cast("TalliedReader", self._windowed_reader(reader, params))
        windowed.tally = tally
        return windowed

    @override
    def _begin_unfiltered(self, reader: PageReader, finding: TimeFilterError) -> None:
        super()._begin_unfiltered(reader, finding)
        # Earlier windows may lack rows, so nothing that this sync counted is remembered.
        if self._tally is not None:
            self._tally = self._changed_parts = None
            self.stream_state.pop(self.counted_key, None)
            if self._before is not None:
                self.stream_state[self.counted_key] = self._before

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
            self._write_parts()

    def _write_parts(self) -> None:
        parts = merge_parts(itertools.chain(self._earlier, self._recent))
        kept = [part for part in parts if part.window.end > self.counted_from]
        write_counted(self.stream_state, self.counted_key, kept, self._facts)

    @override
    def _finalize_state(self, state: dict[str, Any] | None = None) -> None:
        is_complete = self.progress.finished and not self.has_failed_children
        if self._tally is not None and is_complete:
            if self._changed_parts is not None:
                self._earlier, self._changed_parts = self._changed_parts(), None
            self._remember()
            self._write_parts()
        super()._finalize_state(state)
