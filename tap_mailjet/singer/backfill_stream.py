"""The base class of streams that can read their history newest first, in several syncs."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from typing_extensions import override

from tap_mailjet.reading.time_windows import Window, resume_range
from tap_mailjet.singer import backfill
from tap_mailjet.singer.backfill import Backfill
from tap_mailjet.singer.bookmarks import VALUE
from tap_mailjet.singer.end_bookmark import EndBookmarkStream
from tap_mailjet.timestamps import parse_instant

if TYPE_CHECKING:
    import pendulum
    from singer_sdk.helpers.types import Context, Record


class History(NamedTuple):
    """The rows that a sync reads newest first.

    Attributes:
        window: The range, None if the regular range of the sync covers it.
        is_first: True in the first sync, in which this is the whole range.
        moves_end: True if the state can follow the read. It cannot if `end_date` is before the
            unread end, because the state has only one end.
    """

    window: Window | None
    is_first: bool
    moves_end: bool


class BackfillStream(EndBookmarkStream, abc.ABC):
    """A stream that is read by time, whose history may be read newest first.

    The unread rows of the stream are always those before the end of the backfill in the state and
    those from the bookmark on.

    Attributes:
        can_read_newest_first: False if the stream reads its history oldest first in any case.
    """

    can_read_newest_first: ClassVar[bool] = True
    _backfill = Backfill()
    _all_is_read = False

    @property
    def _usable_state(self) -> dict[str, Any]:
        """The state of the stream if this sync can resume from it, else an empty object."""
        state: dict[str, Any] = self.tap_state.get("bookmarks", {}).get(self.name, {})
        is_used = self.has_bookmark and not self.judge_bookmark().changes
        return state if is_used else {}

    @property
    def bookmark(self) -> str | None:
        """The bookmark of the last sync; None if there is no usable bookmark."""
        state = self._usable_state
        is_ours = state.get("replication_key") == self.replication_key
        return state.get(VALUE) if is_ours else None

    @property
    def unread_end(self) -> pendulum.DateTime | None:
        """The end of the rows that earlier syncs have left unread, None if there are none."""
        state = self._usable_state
        is_ours = state.get("replication_key") in {None, self.replication_key}
        return backfill.unread_end(state) if is_ours and self.can_read_newest_first else None

    def regular_range(self) -> Window | None:
        """Return the range from the bookmark on, None if it is empty.

        Without a bookmark, the range begins where the unread rows end. Then the rows from there
        on were read, but there were none.
        """
        bookmark = self.bookmark
        return self._range(self.unread_end if bookmark is None else parse_instant(str(bookmark)))

    @property
    def lookback(self) -> pendulum.Duration:
        """How long before its bookmark the range of a sync begins."""
        return self.runtime.settings.lookback

    def _range(self, bookmark: pendulum.DateTime | None) -> Window | None:
        return self._range_with(bookmark, self.lookback)

    def _range_with(
        self, bookmark: pendulum.DateTime | None, lookback: pendulum.Duration
    ) -> Window | None:
        return resume_range(
            start_date=self.runtime.settings.start_date,
            bookmark=bookmark,
            lookback=lookback,
            end_date=self.runtime.settings.end_date,
            now=self.runtime.started,
        )

    def history(self, regular: Window | None) -> History | None:
        """Return what this sync has to read newest first, None if nothing.

        Args:
            regular: The range from the bookmark on.
        """
        whole, end = self._range(None), self.unread_end
        if whole is None or not (self.has_bookmark and self.can_read_newest_first):
            return None
        if end is None:
            is_wanted = self.runtime.settings.backfill == "newest_first"
            is_first = is_wanted and self.bookmark is None
            return History(whole, is_first=True, moves_end=True) if is_first else None
        end = min(end, self.runtime.started.start_of("second"))
        moves_end = whole.end >= end or (regular is not None and regular.start >= end)
        stop = min(end, whole.end, regular.start if regular else end)
        window = Window(whole.start, stop) if whole.start < stop else None
        return History(window, is_first=False, moves_end=moves_end)

    @override
    def _hold(self, record: Record) -> None:
        read = self._backfill
        read.freeze()
        end = backfill.unread_end(self.stream_state)
        is_unread = end is not None and parse_instant(str(record[self.replication_key or ""])) < end
        if not (read.has_row(self.progress.rows) and is_unread):
            super()._hold(record)

    @override
    def _increment_stream_state(
        self, latest_record: Record, *, context: Context | None = None
    ) -> None:
        if not self._backfill.has_row(self.progress.rows):
            self._move_bookmark(latest_record, context)
        self._take_marks(self.get_context_state(context), context)

    def _move_bookmark(self, latest_record: Record, context: Context | None) -> None:
        # In the SDK, the first row within the lookback would move the bookmark back. After a
        # killed sync, the lookback would then start from there.
        bookmark = self.get_context_state(context).get(VALUE)
        if bookmark is None or latest_record[self.replication_key or ""] >= bookmark:
            super()._increment_stream_state(latest_record, context=context)

    def _take_marks(self, state: dict[str, Any], context: Context | None = None) -> None:
        """Update the state for the rows that were written; a signal may come at any line."""
        if not (self.selected and self.has_bookmark):
            return
        for mark in self._backfill.take(self.progress.rows):
            if mark.end is not None and not mark.is_regular:
                # First, because a bookmark without the end would cover the unread rows.
                backfill.set_unread_end(state, mark.end)
            if mark.newest and (mark.is_regular or VALUE not in state):
                self._move_bookmark({self.replication_key or "": mark.newest}, context)
            backfill.set_unread_end(state, mark.end)

    @override
    def _finalize_state(self, state: dict[str, Any] | None = None) -> None:
        if state is not None:
            self._take_marks(state)
        super()._finalize_state(state)
        is_complete = self.progress.finished and not self.has_failed_children
        if state is not None and self._all_is_read and is_complete and self.selected:
            backfill.set_unread_end(state, None)

    def start_read(self, state: dict[str, Any], history: History | None) -> None:
        """Drop the marks of an earlier sync, and what is left of an unusable state."""
        self._backfill = Backfill()
        if self.selected and self.has_bookmark and self.unread_end is None:
            if history:
                state.pop(VALUE, None)  # the bookmark of another field
            state.pop(backfill.KEY, None)
