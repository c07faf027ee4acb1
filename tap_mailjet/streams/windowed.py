"""The base class of the streams that have a clock: read by windows, emitted in its order."""

from __future__ import annotations

import functools
import math
import sys
from concurrent.futures import ThreadPoolExecutor
from operator import itemgetter
from typing import TYPE_CHECKING, ClassVar

from msgspec import Raw
from singer_sdk.exceptions import FatalAPIError
from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL
from typing_extensions import override

from tap_mailjet.errors import explained
from tap_mailjet.reads import TRIES, TooManyRows, Unsettled, Whole, read_window
from tap_mailjet.records import clock_function, distinct
from tap_mailjet.streams.base import MailjetStream
from tap_mailjet.windows import FilterPair, Window, parse_instant, resume_range

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.singerlib import Catalog

    from tap_mailjet.pages import Reader, Row

PAGES_A_WINDOW = 20
"""How many pages of rows a window may hold: they are held in memory until it is complete."""
PAGES_A_PART = 6
"""How many pages its parts are to have where it has more: some of them will have twice that."""
MANY_PARTS, FEW_PARTS = 32, 8
"""Instead of more parts than that it gets few, to be cut again, lest empty years be many."""
WINDOWS_AHEAD = 2
"""How many windows are read at the same time, so that one need not wait for another's answers."""


class WindowedStream(MailjetStream):
    """A resource with a clock: read by windows of time, emitted in its order.

    Attributes:
        replication_key: the field that shows the clock.
        pair: the parameters that filter by that very clock, which is not always the first that
            comes to mind: on the event resources FromTS reads the campaign's clock.
    """

    pair: ClassVar[FilterPair]
    is_sorted = True
    # Looked-back rows come before the bookmark; they must neither fail nor move it.
    check_sorted = False

    @property
    @override
    def required(self) -> Sequence[str]:
        return (*self.identity, *filter(None, [self.replication_key]))

    @override
    def apply_catalog(self, catalog: Catalog) -> None:
        clock = self.replication_key
        super().apply_catalog(catalog)
        # The filters read one clock only, whatever the catalogue says or leaves out.
        self.replication_key = clock

    @override
    def read(self, reader: Reader, context: Context | None) -> Iterator[Record]:
        whole = self.due(context)
        if whole is None:
            return
        for window, answers in self._windows(reader, whole):
            with explained(window):
                yield from self.to_lines(self._inside(window, answers))

    @override
    def ask_early(self, reader: Reader) -> None:
        if whole := self.likely_range():
            for query in self.queries:
                reader.ask_early({**query, **whole.ask(self.pair)}, ordered=False)

    def likely_range(self) -> Window | None:
        """Say what will be due, before the SDK has got to the stream's state."""
        return self._range(self.bookmark)

    @property
    def bookmark(self) -> str | None:
        """Where the last sync got to; None if this is the first one, or reads all anew."""
        state = self.tap_state.get("bookmarks", {}).get(self.name, {})
        is_ours = state.get("replication_key") == self.replication_key
        is_used = is_ours and self.replication_method == REPLICATION_INCREMENTAL
        return state.get("replication_key_value") if is_used else None

    def due(self, context: Context | None) -> Window | None:
        """Say what this sync has to read: a half-open range that ends when the sync started."""
        value = self.get_starting_replication_key_value(context)
        self._say_if_changed(context)
        whole = self._range(value)
        if whole is None:
            self.logger.warning(
                "%s: nothing to read: its bookmark %s, or start_date, is not before the end of "
                "the range, which is end_date or the start of this sync.",
                self.name,
                value,
            )
        return whole

    def _range(self, bookmark: object) -> Window | None:
        return resume_range(
            start_date=self.access.settings.start_date,
            bookmark=None if bookmark is None else parse_instant(str(bookmark)),
            lookback=self.access.settings.lookback,
            end_date=self.access.settings.end_date,
            now=self.access.started,
        )

    def _say_if_changed(self, context: Context | None) -> None:
        """Say that a bookmark of another field, maybe another version's, is not used."""
        field = self.get_context_state(context).get("replication_key")
        if field not in {None, self.replication_key}:
            self.logger.warning(
                "%s: the state has a bookmark of %s and not of %s; reading from start_date.",
                self.name,
                field,
                self.replication_key,
            )

    @override
    def compare_start_date(self, value: str, start_date_value: str) -> str:
        return max(value, start_date_value, key=parse_instant)

    @override
    def _increment_stream_state(
        self, latest_record: Record, *, context: Context | None = None
    ) -> None:
        # The SDK would let the first looked-back row turn the bookmark back, and a sync killed
        # then would look back once more from there.
        bookmark = self.get_context_state(context).get("replication_key_value")
        if bookmark is None or latest_record[self.replication_key or ""] >= bookmark:
            super()._increment_stream_state(latest_record, context=context)

    def _windows(self, reader: Reader, whole: Window) -> Iterator[tuple[Window, list[list[Row]]]]:
        """Read a range, oldest part first, in windows of a few pages each.

        Small windows keep `Offset` small, and with it the server's cost of a page, however old
        the account is. A few are read at the same time.

        Yields:
            Each window with the rows of each of the stream's queries.
        """
        most = PAGES_A_WINDOW * reader.page_size
        is_resumed = self.bookmark is not None
        pending = [whole]
        begun: dict[Window, Future[Whole]] = {}
        workers = ThreadPoolExecutor(WINDOWS_AHEAD, thread_name_prefix=self.name)
        try:
            while pending:
                for window in reversed(pending[-WINDOWS_AHEAD:]):
                    if window not in begun:
                        # A first sync, or a part of more: there will be many rows.
                        many = window is not whole or not is_resumed
                        begun[window] = workers.submit(
                            self._read, reader, window, most=most, many=many
                        )
                window = pending.pop()
                parts, answers = self._taken(window, begun.pop(window), reader.page_size)
                pending += reversed(parts)
                if answers is not None:
                    yield window, answers
        finally:
            workers.shutdown(wait=False, cancel_futures=True)

    def _read(self, reader: Reader, window: Window, *, most: int, many: bool) -> Whole:
        """Read a window, on a thread of its own."""
        queries = [{**query, **window.ask(self.pair)} for query in self.queries]
        # What happened in one second cannot be cut any smaller.
        limit = sys.maxsize if window.seconds == 1 else most
        return read_window(reader, queries, key=self.key, most=limit, many=many)

    def _taken(
        self, window: Window, read: Future[Whole], page_size: int
    ) -> tuple[list[Window], list[list[Row]] | None]:
        """Take what was read of a window, or the parts that it is to be read in instead."""
        with explained(window):
            try:
                whole = read.result()
            except TooManyRows as finding:
                parts = math.ceil(finding.expected / (PAGES_A_PART * page_size))
                return window.split(parts if parts <= MANY_PARTS else FEW_PARTS), None
            except Unsettled as finding:
                self.outcome.rereads += TRIES
                if window.seconds == 1:
                    raise not_settled(finding) from None
                return window.split(2), None
        self.outcome.rereads += whole.reads - 1
        return [], whole.answers

    def _inside(self, window: Window, answers: list[list[Row]]) -> list[Row]:
        """List the rows of a window by its clock, and leave out what the wider question let in."""
        inside = []
        for row in distinct(answers, self.key):
            try:
                happened = self._clock(row)
            except ValueError:
                self._skip_without_clock(row, is_unset=False)
                continue
            if happened is None:
                # It belongs to no window yet, unless it cannot be an event without its time.
                self._skip_without_clock(row, is_unset=self.replication_key not in self.identity)
            elif window.holds(happened):
                inside.append((happened, row))
        inside.sort(key=itemgetter(0))
        return [row for _, row in inside]

    def _skip_without_clock(self, row: Row, *, is_unset: bool) -> None:
        # A struct always has its clock, so the row is as it came.
        as_it_came = bytes(row) if isinstance(row, Raw) else b""
        field = self.replication_key or ""
        self.outcome.problems.skip_once(field, as_it_came, is_unset=is_unset)

    @functools.cached_property
    def _clock(self) -> Callable[[Row], str | None]:
        """The function that reads a row's clock, in a form that can be compared."""
        of_raw = clock_function(self.replication_key or "")
        if self.is_altered:
            return of_raw
        of_struct = self.struct.getter(self.replication_key or "")
        return lambda row: of_raw(row) if isinstance(row, Raw) else of_struct(row)[:-1]


def not_settled(finding: Unsettled) -> FatalAPIError:
    """Put into words that the reads kept differing, and in what."""
    return FatalAPIError(f"it could not be read completely: {finding}")
