"""Bookmarks that cover the rows of the current settings and of the child streams."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, ClassVar

from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL
from typing_extensions import override

from tap_mailjet.reading.queries import Filters
from tap_mailjet.singer import backfill
from tap_mailjet.singer.bookmark_settings import (
    CHILDREN,
    KEY,
    changed_settings,
    filter_settings,
    judge,
)
from tap_mailjet.singer.table_versions import VersionedStream
from tap_mailjet.timestamps import parse_instant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from singer_sdk.helpers.types import Context, Record

    from tap_mailjet.singer.bookmark_settings import Verdict
    from tap_mailjet.singer.child_batching import BatchResult

VALUE = "replication_key_value"


class BookmarkedStream(VersionedStream, abc.ABC):
    """A stream whose bookmark never passes an unread row.

    Attributes:
        filters: The filters of the resource.
        resume_keys: Other keys in the state of the stream that are valid only with its bookmark.
    """

    filters: ClassVar[Filters] = Filters()
    resume_keys: ClassVar[Sequence[str]] = ()
    _held_at: str | None = None

    @property
    def has_bookmark(self) -> bool:
        """Return True if the stream resumes from a bookmark."""
        return bool(self.replication_key) and self.replication_method == REPLICATION_INCREMENTAL

    @property
    def bookmark_settings(self) -> list[str]:
        """The names of the settings that decide which rows the bookmark covers."""
        return filter_settings(self.filters)

    def judge_bookmark(self) -> Verdict:
        """Compare the settings of the bookmark with the settings of this sync."""
        settings = self.runtime.settings
        return judge(
            self.tap_state.get("bookmarks", {}).get(self.name, {}),
            changed_settings(settings, self.bookmark_settings),
            start_date=settings.start_date if self.is_sorted else None,
            children=[child.name for child in self.selected_children],
        )

    @override
    def _write_starting_replication_value(self, context: Context | None) -> None:
        # The SDK calls this once before the read, and reads the bookmark from the state here.
        if self.has_bookmark:
            self._renew_bookmark()
        super()._write_starting_replication_value(context)

    def _renew_bookmark(self) -> None:
        """Drop a bookmark of other settings, and store the settings of this sync."""
        verdict = self.judge_bookmark()
        if verdict.changes:
            self.logger.warning(
                "%s: the bookmark in the state was made with other settings: %s. Reading again "
                "from start_date. Keep one state for each combination of settings to avoid this.",
                self.name,
                "; ".join(verdict.changes),
            )
        if self.selected:  # otherwise the bookmark stays as it is
            if verdict.changes:
                # First, so that a signal cannot leave the old bookmark with the new settings.
                for key in (VALUE, backfill.KEY, *self.resume_keys):
                    self.stream_state.pop(key, None)
            self.stream_state[KEY] = verdict.settings

    @override
    def record_batch_result(self, child: str, result: BatchResult) -> None:
        if result.was_unavailable:
            self._forget_child(child)
        if result.unread:
            self._hold(result.unread)

    def _hold(self, record: Record) -> None:
        """Hold the bookmark at a record for which a child stream failed.

        The next sync reads the record again, because a range includes its bookmark. The bookmark
        moves in the order of the records, so one timestamp is enough for any number of records.
        Unsorted streams do not move their bookmark at all (`has_failed_children`).
        """
        if not (self.selected and self.has_bookmark and self.is_sorted):
            return
        at = str(record[self.replication_key or ""])
        self._held_at = min(at, self._held_at or at)
        value = self.stream_state.get(VALUE)
        if value is not None and parse_instant(str(value)) > parse_instant(at):
            self.stream_state[VALUE] = at  # the record is older than the bookmark

    def _forget_child(self, name: str) -> None:
        """Remove a child from the state, because earlier rows were not read for it.

        The resource of the child was not available before. The next sync drops the bookmark.
        """
        made_with = self.stream_state.get(KEY, {})
        children = [child for child in made_with.get(CHILDREN, []) if child != name]
        if made_with:
            self.stream_state[KEY] = {**made_with, CHILDREN: children}

    @override
    def _increment_stream_state(
        self, latest_record: Record, *, context: Context | None = None
    ) -> None:
        if self._held_at is not None:
            clock = self.replication_key or ""
            latest_record = {clock: min(self._held_at, str(latest_record[clock]))}
        super()._increment_stream_state(latest_record, context=context)
