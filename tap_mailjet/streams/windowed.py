"""The base class of the streams that have a clock: read by windows, emitted in its order."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, ClassVar

from singer_sdk.exceptions import FatalAPIError
from typing_extensions import override

from tap_mailjet.errors import explained
from tap_mailjet.reads import TRIES, TooManyRows, Unsettled, read_window
from tap_mailjet.records import distinct
from tap_mailjet.streams.base import MailjetStream
from tap_mailjet.windows import FilterPair, Window, parse_instant, resume_range

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from singer_sdk.helpers.types import Context, Record

    from tap_mailjet.pages import Reader, Row
    from tap_mailjet.queries import Query

PAGES_A_WINDOW = 5
"""How many pages of rows a window may hold: they are held in memory until it is complete."""


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

    @override
    def read(self, reader: Reader, context: Context | None) -> Iterator[Record]:
        whole = self.due(context)
        if whole is None:
            return
        for window, answers in self._windows(reader, whole):
            with explained(window):
                records = self._inside(window, answers)
            yield from records

    def due(self, context: Context | None) -> Window | None:
        """Say what this sync has to read: a half-open range that ends when the sync started."""
        value = self.get_starting_replication_key_value(context)
        self._say_if_changed(context)
        whole = resume_range(
            start_date=self.access.settings.start_date,
            bookmark=None if value is None else parse_instant(str(value)),
            lookback=self.access.settings.lookback,
            end_date=self.access.settings.end_date,
            now=self.access.started,
        )
        if whole is None:
            self.logger.warning(
                "%s: nothing to read: its bookmark %s, or start_date, is not before the end of "
                "the range, which is end_date or the start of this sync.",
                self.name,
                value,
            )
        return whole

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
        the account is.

        Yields:
            Each window with the rows of each of the stream's queries.
        """
        most = PAGES_A_WINDOW * reader.page_size
        pending = [whole]
        while pending:
            window = pending.pop()
            queries = [{**query, **window.ask(self.pair)} for query in self.queries]
            # What happened in one second cannot be cut any smaller.
            is_least = window.seconds == 1
            with explained(window):
                try:
                    answers = self._settled(reader, queries, sys.maxsize if is_least else most)
                except TooManyRows as finding:
                    pending += reversed(window.split(math.ceil(finding.expected / most)))
                    continue
                except Unsettled as finding:
                    if is_least:
                        raise not_settled(finding) from None
                    pending += reversed(window.split(2))
                    continue
            yield window, answers

    def _settled(
        self, reader: Reader, queries: Sequence[Query], most: int = sys.maxsize
    ) -> list[list[Row]]:
        """Read some queries whole, and count how often that took more than one look."""
        try:
            whole = read_window(reader, queries, key=self.key, most=most)
        except Unsettled:
            self.outcome.rereads += TRIES
            raise
        self.outcome.rereads += whole.reads - 1
        return whole.answers

    def _inside(self, window: Window, answers: list[list[Row]]) -> list[Record]:
        """Make records of the rows of a window, and leave out what the wider question let in."""
        key = self.replication_key or ""
        happened = [[row for row in rows if self._has_happened(row)] for rows in answers]
        records = distinct([map(self.to_record, rows) for rows in happened], self.primary_keys)
        inside = [record for record in records if window.holds(record[key])]
        # Without the Z, a second sorts before its own fractions.
        inside.sort(key=lambda record: record[key].rstrip("Z"))
        return inside

    def _has_happened(self, row: Row) -> bool:
        """Tell whether a row has a time at all; one without belongs to no window yet."""
        happened = row.get(self.replication_key or "") not in {None, ""}
        if not happened:
            self.report(f"Rows without {self.replication_key} are left until they have one.")
        return happened


def not_settled(finding: Unsettled) -> FatalAPIError:
    """Put into words that the reads kept differing, and in what."""
    return FatalAPIError(f"it could not be read completely: {finding}")
