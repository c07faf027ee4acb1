"""Versions of full tables, which a target activates to remove the rows of earlier versions.

The SDK writes ACTIVATE_VERSION before the first record. A target that removes rows then has lost
them if the read fails. Here the message follows the last record, and only if the read proves that
Mailjet lists no other row.
"""

from __future__ import annotations

import abc
import time
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE
from typing_extensions import override

from tap_mailjet.singer.child_batching import ChildBatchingStream

if TYPE_CHECKING:
    from tap_mailjet.singer.runtime import SyncRuntime


class VersionedStream(ChildBatchingStream, abc.ABC):
    """A stream whose table version is activated after a complete and verified read.

    Attributes:
        resource: The resource's name, with fields of the parent in braces.
    """

    resource: ClassVar[str]

    @property
    @abc.abstractmethod
    def runtime(self) -> SyncRuntime:
        """The shared resources of the sync."""

    @override
    def _write_activate_version_message(self, full_table_version: int) -> None:
        """Write nothing, because the SDK calls this before the first record."""

    @override
    def _finalize_state(self, state: dict[str, Any] | None = None) -> None:
        # The SDK calls this after the last record and before the last STATE, but twice.
        super()._finalize_state(state)
        is_child = self.parent_stream_type is not None
        if is_child or self.runtime.is_dry_run or self.progress.has_activation_result:
            return
        self.progress.has_activation_result = True
        self._activate_with_children()

    def _activate_with_children(self) -> None:
        """Activate the versions of this stream and of its child streams, where they are proved."""
        is_full_table = self.replication_method == REPLICATION_FULL_TABLE
        if not (is_full_table and self.emit_activate_version_messages):
            return
        doubt = self._doubt()
        self._activate(doubt)
        for child in self.selected_children:
            if isinstance(child, VersionedStream):
                child._activate_below(self.name, doubt)  # noqa: SLF001 - the same class

    def _activate_below(self, parent: str, doubt: str | None) -> None:
        """Activate the version of a child stream after the last batch of its parent."""
        if self._stream_version is None:
            # The parent has no rows, so that the SDK has not begun the child.
            self._stream_version = self._initialized_at // 1000
            self._write_schema_message()
        self._activate(f"{parent}: {doubt}" if doubt else self._doubt())

    def _activate(self, doubt: str | None) -> None:
        version = self._stream_version
        if version is None:
            return
        if doubt:
            self.logger.warning(
                "%s: no ACTIVATE_VERSION, because other rows may exist: %s. The target keeps the "
                "rows that this sync did not write.",
                self.name,
                doubt,
            )
            return
        _wait_until_after(version)
        super()._write_activate_version_message(version)

    def _doubt(self) -> str | None:
        """Return why Mailjet may have rows of this table that were not written, None if proved."""
        progress = self.progress
        reason = progress.failure or progress.unavailable_reason or progress.refusal
        if reason or not progress.finished:
            return (reason or "the read was interrupted").rstrip(".")
        is_read = progress.has_succeeded or not self._needs_requests()
        if not is_read:
            return "nothing was requested, or every request was a 404"
        if number := progress.problems.skipped_rows:
            return f"{number:,} rows were skipped, because they could not be converted"
        if self.runtime.findings.has_hidden_rows(self.resource):
            return "Mailjet counts rows that it does not return"
        return progress.doubt

    def _needs_requests(self) -> bool:
        """Return True if the table can only be read with a request."""
        return True


def _wait_until_after(version: int) -> None:
    """Wait until the second of a version is over, so that a later sync has a higher version.

    A version is the start of the sync in seconds. A target removes rows with a lower version only.
    """
    time.sleep(min(1.0, max(0.0, version + 1 - time.time())))
