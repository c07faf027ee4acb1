"""What became of each stream: counted while it is read, told at the end of the sync."""

from __future__ import annotations

import enum
import http
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from singer_sdk import metrics
from singer_sdk.exceptions import FatalSyncError
from typing_extensions import override

from tap_mailjet.records.problems import DataProblems

if TYPE_CHECKING:
    import logging

    from tap_mailjet.api.client import RequestOutcome


class IncompleteSyncError(FatalSyncError):
    """Some streams failed; the others were synced, and every state is a true resume point."""


class Count(str, enum.Enum):
    """The names of what is counted beyond what the SDK counts, as metrics."""

    RETRIES = "http_retry_count"
    REREADS = "reread_count"


@dataclass
class StreamProgress:
    """What became of one stream.

    Attributes:
        stream: its name.
        rows: records that were handed on.
        requests: requests that were sent, retries among them.
        retries: requests that repeated a failed one.
        rereads: windows read again, and steps back in a table, because rows had moved.
        finished: whether it was read to the end, and each read proved complete.
        failure: what ended it early, in words.
        unavailable_reason: why the account does not have the resource, if that is so.
        problems: rows and values that could not be carried over.
        parent: what became of the stream whose rows it is read for, if it is a child's.
        is_answered: whether a request was answered with success.
        parent_rows: of a child, the rows of the parent that it was requested for.
        gone: how many of them Mailjet has nothing for (404), where that is ordinary.
        refused: how many of them were refused otherwise, with 403 or 404.
        refusal: the first of these refusals, as text.
    """

    stream: str
    parent: StreamProgress | None = None
    rows: int = 0
    requests: int = 0
    retries: int = 0
    rereads: int = 0
    finished: bool = False
    failure: str | None = None
    unavailable_reason: str | None = None
    is_answered: bool = False
    parent_rows: int = 0
    gone: int = 0
    refused: int = 0
    refusal: str | None = None
    problems: DataProblems = field(default_factory=DataProblems)
    _began: float | None = None
    _seconds: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count_request(self, request: RequestOutcome) -> None:
        """Count a request; on any thread."""
        with self._lock:
            self.requests += 1
            self.retries += request.is_retry
            self.is_answered |= request.status == http.HTTPStatus.OK

    def reread(self, reads: int = 1) -> None:
        """Count reads that had to be repeated."""
        self.rereads += reads

    def resume(self) -> None:
        """Let the time run; a child stream is read piece by piece."""
        self._began = time.monotonic()

    def end(self) -> None:
        """Stop the time."""
        if self._began is not None:
            self._seconds += time.monotonic() - self._began
            self._began = None

    @property
    def is_incomplete(self) -> bool:
        """Return True if the stream failed as a whole or for some rows of its parent."""
        return self.failure is not None or (self.refused > 0 and self.unavailable_reason is None)

    def conclude(self) -> None:
        """Decide what became of the stream, once all streams have been read."""
        if self.unavailable_reason and self.is_answered:
            # Another request was under way when one was refused.
            self.failure, self.unavailable_reason = self.unavailable_reason, None
        if self.parent is not None and not self.failure:
            self.parent.conclude()
            self._inherit_parent_result(self.parent)

    def _inherit_parent_result(self, parent: StreamProgress) -> None:
        self.finished = self.finished and parent.finished
        if parent.failure:
            self.failure = f"{self.stream}: its parent stream {parent.stream} failed."
        elif parent.unavailable_reason:
            self.unavailable_reason = self.unavailable_reason or parent.unavailable_reason
        elif self.is_incomplete:
            self.finished = False
            self.failure = (
                f"{self.stream}: Mailjet refused {self.refused:,} of {self.parent_rows:,} rows of "
                f"{parent.stream}, first {self.refusal} The next sync reads them again."
            )

    @override
    def __str__(self) -> str:
        counts = (
            f"{self.rows:,} rows",
            f"{self.requests:,} requests",
            f"{self.retries:,} retries",
            f"{self.rereads:,} read again",
            f"{self._seconds:.1f} s",
            *self.problems.descriptions(),
        )
        return f"{self.stream}: {', '.join(counts)}: {self._end()}"

    def _end(self) -> str:
        if self.failure:
            return f"NOT COMPLETE: {self.failure}"
        if self.unavailable_reason:
            return f"not read, as the account does not have it: {self.unavailable_reason}"
        return "complete, proved" if self.finished else "NOT COMPLETE: stopped"


class SyncReport:
    """The progresss of a sync's streams, in the order in which they began."""

    def __init__(self) -> None:
        self._streams: dict[str, StreamProgress] = {}

    def begin(
        self, stream: str, problems: DataProblems, parent: StreamProgress | None
    ) -> StreamProgress:
        """Begin to count for a stream.

        Args:
            stream: Its name.
            problems: Its rows and values that could not be converted.
            parent: The progress of its parent stream, if it is a child.
        """
        progress = self._streams[stream] = StreamProgress(stream, parent, problems=problems)
        return progress

    def has_begun(self, stream: str) -> bool:
        """Return True if a stream is being counted for."""
        return stream in self._streams

    def log(self, stream: str, logger: logging.Logger, metrics_logger: logging.Logger) -> None:
        """Log what became of a stream, if it was begun, and emit its metrics."""
        progress = self._streams.get(stream)
        if progress is None:
            return
        progress.conclude()
        (logger.info if progress.finished or progress.unavailable_reason else logger.error)(
            "%s", progress
        )
        for count, value in ((Count.RETRIES, progress.retries), (Count.REREADS, progress.rereads)):
            tags: dict[str, str] = {metrics.Tag.STREAM: stream}
            point = metrics.Point("counter", cast("metrics.Metric", count), value, tags)
            metrics.log(metrics_logger, point=point)

    @property
    def failed(self) -> list[str]:
        """The streams that failed."""
        return [progress.stream for progress in self._streams.values() if progress.failure]

    def check_dry_run(self) -> None:
        """Raise if a stream failed of which one record was to be read.

        Raises:
            IncompleteSyncError: naming the streams.
        """
        if failed := self.failed:
            message = f"{len(failed)} of {len(self._streams)} streams failed: {', '.join(failed)}."
            raise IncompleteSyncError(message)

    def check(self) -> None:
        """Raise if a stream failed.

        Raises:
            IncompleteSyncError: naming the streams.
        """
        if failed := self.failed:
            message = (
                f"{len(failed)} of {len(self._streams)} streams failed: {', '.join(failed)}. "
                f"The others are whole."
            )
            raise IncompleteSyncError(message)
