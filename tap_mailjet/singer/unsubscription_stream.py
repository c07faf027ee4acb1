"""The base class of streams of ended subscriptions, which two resources have together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_mailjet.reading.ended_subscriptions import ENDED, RESOURCE, EndedSubscriptions
from tap_mailjet.reading.subscription_list import SubscriptionList
from tap_mailjet.singer.flagged_event_stream import FlaggedEventStream
from tap_mailjet.timestamps import parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pendulum
    from msgspec import Struct
    from singer_sdk.helpers.types import Context, Record

    from tap_mailjet.api.page import Row
    from tap_mailjet.reading.page_reader import PageReader
    from tap_mailjet.reading.time_windows import Window

LISTED = "listed"
"""The digest in the state of the rows that were listed, and written, last."""


class UnsubscriptionStream(FlaggedEventStream):
    """Subscriptions by the time at which they ended.

    The rows are not in order of time, so the bookmark moves at the end. If nothing has ended since
    the last sync, one request is enough: it lists the same rows as the last sync. A contact who
    joined and left the same list again may look like that. The row is then written by the next
    sync that lists another row, because the bookmark has not passed it.
    """

    resume_keys = (LISTED,)
    event_flag = "IsUnsubscribed"
    can_read_newest_first = False
    _is_unfiltered = True
    _digest = ""

    @override
    def read(
        self, reader: PageReader, context: Context | None, *, structs: bool
    ) -> Iterator[Record | Struct]:
        whole = self.range_to_sync(context)
        if whole is None:
            return
        known = self.stream_state.get(LISTED)
        listed = SubscriptionList(
            reader,
            self.queries,
            time_filter=self.time_filter,
            on_reread=self.progress.reread,
            warn=self.warn_once,
            now=self.runtime.started,
        )
        ended = EndedSubscriptions(
            listed,
            reader.for_resource(RESOURCE),
            self.queries,
            clock=self.codec.timestamp,
            on_reread=self.progress.reread,
        )
        is_first = self.bookmark is None
        # The contact with the newest row may have subscribed again. The bookmark stays there.
        self.record_newest(str(self.bookmark or ""))
        rows = ended.read_all(whole) if is_first else ended.read(whole, known=known)
        yield from self.codec.to_output(self._in_range(rows, whole), structs=structs)
        if not is_first and (following := self._range(self._newest_instant)):
            self._digest = ended.digest(whole, following)
        self._report(ended)

    def _in_range(self, rows: Iterator[Row], whole: Window) -> Iterator[Row]:
        for row in rows:
            happened = self.codec.timestamp(row)
            if happened is None:
                self._count_undated(row)
            elif whole.contains(happened):
                self.record_newest(f"{happened}Z")
                yield row

    @property
    def _newest_instant(self) -> pendulum.DateTime | None:
        return parse_instant(self._newest) if self._newest else None

    def _report(self, ended: EndedSubscriptions) -> None:
        if ended.gone:
            self.logger.warning(
                "%s: %d subscriptions that ended do not exist any more (404), such as those of "
                "deleted contacts. They are omitted.",
                self.name,
                ended.gone,
            )
        if ended.renewed:
            self.logger.info(
                "%s: %d contacts had subscribed again before their unsubscription was read.",
                self.name,
                ended.renewed,
            )

    @override
    def prefetch_pages(self, reader: PageReader) -> None:
        if self.bookmark is not None:
            super().prefetch_pages(reader)
            return
        recipients = reader.for_resource(RESOURCE)
        for query in self.queries:
            recipients.prefetch({**query, **ENDED}, by_id=True)

    @override
    def _finalize_state(self, state: dict[str, Any] | None = None) -> None:
        super()._finalize_state(state)
        if state is not None and self.selected and self.progress.finished:
            state[LISTED] = self._digest
