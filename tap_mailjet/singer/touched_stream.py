"""The base class of streams of messages whose child streams follow new events."""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from singer_sdk.mapper import SameRecordTransform
from typing_extensions import override

from tap_mailjet.reading.message_lookups import MessageLookups
from tap_mailjet.reading.queries import Filters, build_queries
from tap_mailjet.reading.time_windows import Window
from tap_mailjet.reading.touched_messages import SOURCES, TouchedMessages
from tap_mailjet.singer.bookmarks import VALUE
from tap_mailjet.singer.child_batching import MIN_BATCH, ParentBatch
from tap_mailjet.singer.resume_clocks import TOUCHED, moved_to, resume_at
from tap_mailjet.singer.windowed_stream import WindowedStream
from tap_mailjet.timestamps import to_wire

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from singer_sdk.helpers.types import Context, Record

    from tap_mailjet.reading.page_reader import PageReader
    from tap_mailjet.reading.touched_messages import TouchedMessage

SETTING = "message_events_for"
_CAMPAIGN = Filters(
    campaign_ids="CampaignID", deleted="include_deleted_campaigns", deleted_apart=True
)
"""The filters of events. All messages are read, so deleted campaigns are included in any case."""


class _Batch(NamedTuple):
    """Messages of one batch: parent records, and IDs of messages that have to be looked up."""

    known: list[Record]
    unknown: list[int]


class TouchedStream(WindowedStream):
    """Messages, whose child streams are also read for earlier messages with new events.

    The state has the newest event that was followed (`TOUCHED`). It moves only after the child
    streams were read for all messages with events until then.
    """

    resume_keys: ClassVar[Sequence[str]] = (TOUCHED,)
    _bookmark_before: str | None = None
    _newest_event: str | None = None
    _is_followed = False

    @property
    @override
    def bookmark_settings(self) -> list[str]:
        return [*super().bookmark_settings, SETTING]

    @override
    def range_to_sync(self, context: Context | None) -> Window | None:
        self._bookmark_before = self.bookmark
        self._newest_event, self._is_followed = None, False
        # Collected only if an earlier sync has read messages, and if there is a child stream.
        self._handled: set[int] = set()
        return super().range_to_sync(context)

    @override
    def _is_kept(self, record: Record) -> bool:
        if self._bookmark_before is not None:
            self._handled.add(record["ID"])
        return super()._is_kept(record) and self._has_wanted_status(record)

    def _has_wanted_status(self, record: Record) -> bool:
        """Return True if the child streams have to be read for a message with its status."""
        wanted = self.runtime.settings.message_events_for
        # A status that could not be read may be one of them.
        return not wanted or record["Status"] is None or record["Status"] in wanted

    @override
    def further_parents(self, reader: PageReader) -> Iterator[ParentBatch]:
        yield from super().further_parents(reader)
        whole = self._events_range()
        if whole is None or not any(child.is_readable for child in self.selected_children):
            return
        lookups = MessageLookups(
            reader,
            self.params,
            key=self.codec.key,
            to_record=self.codec.to_record,
            on_reread=self.progress.reread,
        )
        touched = self._touched(whole)
        if self.runtime.settings.message_events_for:
            numbers = [message.number for message in touched]
            records = self._with_wanted_status(lookups, numbers)
        else:
            records = self._records(lookups, touched)
        while batch := list(itertools.islice(records, max(reader.page_size, MIN_BATCH))):
            yield ParentBatch(self.name, batch, is_full_table=False)
        self._is_followed = True

    def _events_range(self) -> Window | None:
        """Return the range of new events; None if no earlier sync has read messages."""
        runtime = self.runtime
        # Without the clock, no earlier sync has followed events to its end. Each message before
        # the bookmark was read after the time of the bookmark.
        clock = self.stream_state.get(TOUCHED) or self._bookmark_before
        if self._bookmark_before is None or clock is None:
            return None
        start = resume_at(clock, lookback=runtime.settings.lookback, now=runtime.started)
        end = min(runtime.settings.end_date or runtime.started, runtime.started)
        end = end.start_of("second")
        return Window(start, end) if start < end else None

    def _touched(self, whole: Window) -> Iterator[TouchedMessage]:
        """Yield each message with an event in a range, unless this sync has already read it."""
        runtime = self.runtime
        messages = TouchedMessages(
            self.reader(),
            on_reread=self.progress.reread,
            warn=self.warn_once,
            now=runtime.started,
        )
        every = dataclasses.replace(runtime.settings, include_deleted_campaigns=True)
        queries = build_queries(every, _CAMPAIGN)
        first = runtime.settings.start_date
        for source in SOURCES:
            for message in messages.read(source, queries, whole):
                self._newest_event = max(
                    filter(None, (self._newest_event, message.happened)), default=None
                )
                if message.number in self._handled:
                    continue
                self._handled.add(message.number)
                if not (first and message.arrived and message.arrived[:19] < to_wire(first)[:19]):
                    yield message

    def _records(
        self, lookups: MessageLookups, touched: Iterator[TouchedMessage]
    ) -> Iterator[Record]:
        """Yield the parent records of messages; look up those that are not known well enough."""
        while batch := list(itertools.islice(touched, MIN_BATCH)):
            unknown = [message.number for message in batch if not self._is_known(message)]
            for message in batch:
                if self._is_known(message):
                    yield {
                        "ID": message.number,
                        "ContactID": message.contact,
                        "CampaignID": message.campaign,
                    }
            yield from self._looked_up(lookups.one_by_one(unknown))

    def _is_known(self, message: TouchedMessage) -> bool:
        """Return True if an event shows that its message belongs to the stream."""
        settings = self.runtime.settings
        return (
            message.contact is not None
            and message.campaign is not None
            and (settings.start_date is None or message.arrived is not None)
            # No event has the sender or the fields that a stream map may filter by.
            and not settings.sender_ids
            and type(self.stream_maps[0]) is SameRecordTransform
        )

    def _with_wanted_status(
        self, lookups: MessageLookups, numbers: Sequence[int]
    ) -> Iterator[Record]:
        wanted = self.runtime.settings.message_events_for
        return self._looked_up(lookups.with_status(numbers, wanted))

    def _looked_up(self, records: Iterator[Record | None]) -> Iterator[Record]:
        """Yield the records that belong to the stream, as parent records."""
        settings = self.runtime.settings
        first = to_wire(settings.start_date)[:19] if settings.start_date else ""
        gone = 0
        for record in records:
            if record is None:
                gone += 1
            elif (
                str(record["ArrivedAt"])[:19] >= first
                and (not settings.sender_ids or record["SenderID"] in settings.sender_ids)
                and (not settings.campaign_ids or record["CampaignID"] in settings.campaign_ids)
                and super()._is_kept(record)
            ):
                # Without its time: a failure for it must not move the bookmark back.
                yield {name: record[name] for name in ("ID", "ContactID", "CampaignID")}
        if gone:
            self.logger.info(
                "%s: Mailjet no longer has %d messages that had events.", self.name, gone
            )

    @override
    def _hold(self, record: Record) -> None:
        # A message that was read for its events is read again because `TOUCHED` does not move.
        if self.replication_key in record:
            super()._hold(record)

    @override
    def _finalize_state(self, state: dict[str, Any] | None = None) -> None:
        super()._finalize_state(state)
        is_complete = self.progress.finished and not self.has_failed_children
        if state is None or not (is_complete and self.selected and self.has_bookmark):
            return
        if not self.selected_children:
            return
        if self._bookmark_before is None:
            # All messages were read after the newest of them arrived.
            newest = state.get(VALUE)
        elif self._is_followed:
            newest = self._newest_event
        else:
            return
        before = state.get(TOUCHED) or self._bookmark_before
        if followed := moved_to(before, newest, self.runtime.started):
            state[TOUCHED] = followed
