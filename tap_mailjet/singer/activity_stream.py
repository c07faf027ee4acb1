"""The base class of streams whose rows change with activity, long after they were created."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, ClassVar, cast

from typing_extensions import override

from tap_mailjet.api.errors import BadRequestError, ForbiddenError, NotFoundError, format_error
from tap_mailjet.reading import campaign_activity
from tap_mailjet.reading.campaign_activity import Activity, ActivityReader, ChosenCampaigns
from tap_mailjet.reading.queries import Filters, build_queries
from tap_mailjet.reading.table_reads import read_table
from tap_mailjet.reading.time_windows import Window
from tap_mailjet.singer.bookmarks import VALUE
from tap_mailjet.singer.resume_clocks import ACTIVITY, SEEN, moved_to, resume_at, seen_since
from tap_mailjet.singer.windowed_stream import WindowedStream
from tap_mailjet.timestamps import EARLIEST_DATA, parse_instant, to_wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pendulum
    from msgspec import Struct
    from singer_sdk.helpers.types import Context, Record

    from tap_mailjet.api.page import Row
    from tap_mailjet.reading.page_reader import PageReader

MAX_NAMED = 5
"""Maximum number of campaigns that a warning names."""
_NARROWING = ("campaign_ids", "contact_list_ids", "sender_ids", "starred_only")


class ActivityStream(WindowedStream):
    """Campaigns, which are read again when they had activity or were deleted.

    The state has the newest LastActivityAt that was followed (`ACTIVITY`). It moves only after
    all rows with activity, and their rows in the child streams, are written.
    """

    resume_keys = (ACTIVITY, SEEN)
    # Only deleted campaigns are a matter of this list. Other filters could mean something else
    # here; the request of a campaign has all filters.
    activity_filters: ClassVar[Filters] = Filters(
        deleted="include_deleted_campaigns", deleted_apart=True
    )
    _bookmark_before: str | None = None
    _range_read: Window | None = None
    _children_from = ""
    _found: Activity | None = None
    _is_searched = False

    @property
    @override
    def lookback(self) -> pendulum.Duration:
        # Campaigns are few: 30 days of them rarely need a second page.
        settings = self.runtime.settings
        return max(settings.lookback, settings.status_lookback)

    @override
    def range_to_sync(self, context: Context | None) -> Window | None:
        self._bookmark_before = self.bookmark
        self._emitted: set[int] = set()
        self._found, self._is_searched = None, False
        if self._bookmark_before is not None:
            bookmark = parse_instant(self._bookmark_before)
            new = self._range_with(bookmark, self.runtime.settings.lookback)
            self._children_from = to_wire(new.start)[:19] if new else ""
        self._range_read = super().range_to_sync(context)
        return self._range_read

    @override
    def read(
        self, reader: PageReader, context: Context | None, *, structs: bool
    ) -> Iterator[Record | Struct]:
        for record in self._read_all(reader, context):
            self._emitted.add(record["ID"])
            yield record

    def _read_all(self, reader: PageReader, context: Context | None) -> Iterator[Record]:
        # Records, because their IDs are needed.
        yield from cast("Iterator[Record]", super().read(reader, context, structs=False))
        if self._is_unfiltered and self._range_read:
            yield from self.read_changes(reader, self._range_read, structs=False)

    @override
    def read_changes(self, reader: PageReader, whole: Window, *, structs: bool) -> Iterator[Record]:
        yield from cast("Iterator[Record]", super().read_changes(reader, whole, structs=structs))
        start = (self.runtime.settings.start_date or EARLIEST_DATA).start_of("second")
        if self._bookmark_before is None or start >= whole.start:
            return  # the range has all rows
        before = Window(start, whole.start)
        yield from self._chosen(self._deleted_rows(reader, before), before)
        yield from self._active_records(reader, Window(start, whole.end))

    def _deleted_rows(self, reader: PageReader, before: Window) -> Iterator[Row]:
        """Read all deleted campaigns: a deletion is no activity, and has no time."""
        for query in self.queries:
            if query.get("IsDeleted") == "true":
                yield from read_table(
                    reader,
                    {**query, **before.to_params(self.time_filter)},
                    key=self.codec.key,
                    on_reread=self.progress.reread,
                )

    def _active_records(self, reader: PageReader, history: Window) -> Iterator[Record]:
        """Read the campaigns with activity that this sync has not read yet."""
        chosen = ChosenCampaigns(
            reader,
            [query for query in self.queries if query.get("IsDeleted") != "true"],
            time_filter=self.time_filter,
            key=self.codec.key,
            on_reread=self.progress.reread,
        )
        activity = self._activity()
        if activity is None:
            yield from self._chosen(chosen.rows_within(history), history)
            return
        ids = self.runtime.settings.campaign_ids
        wanted = {
            number: started
            for number, started in activity.campaigns.items()
            if number not in self._emitted
            and (started is None or history.contains(started))
            and (not ids or number in ids)
        }
        for record in self._chosen(chosen.rows(wanted, history), history):
            if record["ID"] in wanted:
                yield record
        self._warn_of_missing(sorted({*wanted} - self._emitted))

    def _chosen(self, rows: Iterator[Row], within: Window) -> Iterator[Record]:
        """Yield the records of rows that this sync has not emitted yet, and that began in time."""
        for row in rows:
            started = self.codec.timestamp(row)
            if started is None:
                self._count_undated(row)
            elif within.contains(started):
                record = self.codec.to_record(row)
                if record is not None and record["ID"] not in self._emitted:
                    yield record

    def _warn_of_missing(self, missing: list[int]) -> None:
        """Log the campaigns that had activity and were not returned."""
        settings = self.runtime.settings
        is_narrowed = not settings.include_newsletter_tool or any(
            getattr(settings, name) for name in _NARROWING
        )
        if missing:
            self.logger.log(
                logging.INFO if is_narrowed else logging.WARNING,
                "%s: %d campaigns had activity but Mailjet did not return them%s: %s.",
                self.name,
                len(missing),
                " for the filters of the settings" if is_narrowed else "",
                ", ".join(map(str, missing[:MAX_NAMED])) + ", ..." * (len(missing) > MAX_NAMED),
            )

    def _activity(self) -> Activity | None:
        """Return the campaigns with activity since the last sync; None if Mailjet refuses that."""
        if not self._is_searched:
            self._found = self._search()
            self._is_searched = True
        return self._found

    def _search(self) -> Activity | None:
        runtime = self.runtime
        settings = runtime.settings
        clock, lookback = self.stream_state.get(ACTIVITY), settings.lookback
        if clock is None:
            # The state is that of a first sync that did not end, which began after its bookmark,
            # or of an earlier version, which did not follow activity.
            clock, lookback = self._bookmark_before or "", self.lookback
        activity = ActivityReader(
            self.reader().for_resource(campaign_activity.RESOURCE),
            build_queries(settings, self.activity_filters),
            on_reread=self.progress.reread,
            warn=self.warn_once,
        )
        try:
            found = activity.read(resume_at(clock, lookback=lookback, now=runtime.started))
        except (BadRequestError, ForbiddenError, NotFoundError) as error:
            if activity.has_read:
                raise
            self.logger.warning(
                "%s: Mailjet refuses %s, which lists the campaigns with activity: %s All campaigns "
                "and their child streams are read again in each sync.",
                self.name,
                campaign_activity.RESOURCE,
                format_error(error),
            )
            return None
        return found if self._is_unsettled(found) else found._replace(campaigns={})

    def _is_unsettled(self, found: Activity) -> bool:
        """Return True unless the same statistics were seen, and followed, for a whole lookback.

        Without this, an account without activity would read its last campaigns in each sync.
        """
        since = seen_since(self.stream_state, found.digest)
        if since is None:
            return True
        # Two times of this machine: only their difference counts.
        started, lookback = self.runtime.started, self.runtime.settings.lookback
        return started - parse_instant(since) < lookback

    @override
    def _is_kept(self, record: Record) -> bool:
        return super()._is_kept(record) and self._needs_children(record)

    def _needs_children(self, record: Record) -> bool:
        """Return True if the child streams have to be read for a row.

        Rows that were read again only because of the longer lookback have the same child rows as
        before, unless they had activity.
        """
        if self._is_new(record):
            return True
        activity = self._activity()
        return activity is None or record["ID"] in activity.campaigns

    def _is_new(self, record: Record) -> bool:
        """Return True if no earlier sync is sure to have read a row and its child rows."""
        started = str(record[self.replication_key or ""])
        return self._bookmark_before is None or started[:19] >= self._children_from

    @override
    def _hold(self, record: Record) -> None:
        # A row with activity is read again because `ACTIVITY` does not move. If the bookmark moved
        # back to an old campaign, all campaigns after it would be read again.
        if self._is_new(record):
            super()._hold(record)

    @override
    def _finalize_state(self, state: dict[str, Any] | None = None) -> None:
        super()._finalize_state(state)
        is_complete = self.progress.finished and not self.has_failed_children
        if state is None or not (is_complete and self.selected and self.has_bookmark):
            return
        if self._bookmark_before is None:
            # All rows were read after the newest of them was sent.
            newest = state.get(VALUE)
        elif self._found:
            newest = self._found.newest
            digest = self._found.digest
            since = seen_since(state, digest) or to_wire(self.runtime.started)
            state[SEEN] = {"rows": digest, "since": since}
        else:
            return  # activity was not read
        if followed := moved_to(state.get(ACTIVITY), newest, self.runtime.started):
            state[ACTIVITY] = followed
