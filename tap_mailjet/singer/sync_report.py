"""The progress of each stream, logged at the end of the sync."""

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
    """Some streams failed. The others were synced, and the next sync can resume from the state."""


class TapMetric(str, enum.Enum):
    """The names of metrics that the SDK does not have."""

    RETRIES = "http_retry_count"
    REREADS = "reread_count"


@dataclass
class StreamProgress:
    """The progress and the result of one stream.

    Attributes:
        stream: The name of the stream.
        rows: The number of emitted records.
        requests: The number of requests, including retries.
        retries: The number of requests that repeated a failed request.
        rereads: The number of repeated reads and backtracks, because rows had shifted.
        finished: True if the stream was read to the end, and each read was verified.
        failure: The error message, if the stream failed.
        unavailable_reason: The reason why the account does not have the resource, if so.
        problems: Rows and values that could not be converted.
        parent: The progress of the parent stream, if the stream is a child.
        has_succeeded: True if a request succeeded.
        parent_rows: The number of parent rows that a child stream has processed.
        gone: The number of parent rows with a normal 404.
        refused: The number of parent rows with another refusal (403 or 404).
        refusal: The first of these refusals, as text.
        doubt: Why rows may exist that a complete read did not return, as text.
        has_activation_result: True after the version of a full table was activated, or was not.
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
    has_succeeded: bool = False
    parent_rows: int = 0
    gone: int = 0
    refused: int = 0
    refusal: str | None = None
    doubt: str | None = None
    has_activation_result: bool = False
    problems: DataProblems = field(default_factory=DataProblems)
    _began: float | None = None
    _seconds: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count_request(self, request: RequestOutcome) -> None:
        """Count a request. Called on any thread."""
        with self._lock:
            self.requests += 1
            self.retries += request.is_retry
            self.has_succeeded |= request.status == http.HTTPStatus.OK

    def reread(self, reads: int = 1) -> None:
        """Count repeated reads."""
        self.rereads += reads

    def resume(self) -> None:
        """Start or continue the timer; a child stream is read in several parts."""
        self._began = time.monotonic()

    def end(self) -> None:
        """Stop the timer."""
        if self._began is not None:
            self._seconds += time.monotonic() - self._began
            self._began = None

    @property
    def is_incomplete(self) -> bool:
        """Return True if the stream failed, completely or for some rows of its parent."""
        return self.failure is not None or (self.refused > 0 and self.unavailable_reason is None)

    def conclude(self) -> None:
        """Set the result of the stream after all streams have been read."""
        if self.unavailable_reason and self.has_succeeded:
            # A concurrent request succeeded after the refusal.
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
                f"{parent.stream}. First refusal: {self.refusal} The next sync reads these rows "
                f"again."
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
        return f"{self.stream}: {', '.join(counts)}: {self._status()}"

    def _status(self) -> str:
        if self.failure:
            return f"INCOMPLETE: {self.failure}"
        if self.unavailable_reason:
            return f"skipped: not available for this account ({self.unavailable_reason})"
        return "complete (verified)" if self.finished else "INCOMPLETE: interrupted"


class SyncReport:
    """The progress of all streams of a sync, in the order in which they began."""

    def __init__(self) -> None:
        self._streams: dict[str, StreamProgress] = {}

    def begin(
        self, stream: str, problems: DataProblems, parent: StreamProgress | None
    ) -> StreamProgress:
        """Start the progress of a stream, and return it.

        Args:
            stream: The name of the stream.
            problems: The rows and values that could not be converted.
            parent: The progress of the parent stream, if the stream is a child.
        """
        progress = self._streams[stream] = StreamProgress(stream, parent, problems=problems)
        return progress

    def has_begun(self, stream: str) -> bool:
        """Return True if the progress of a stream has started."""
        return stream in self._streams

    def log(self, stream: str, logger: logging.Logger, metrics_logger: logging.Logger) -> None:
        """Log the result of a stream, if it was started, and emit its metrics."""
        progress = self._streams.get(stream)
        if progress is None:
            return
        progress.conclude()
        (logger.info if progress.finished or progress.unavailable_reason else logger.error)(
            "%s", progress
        )
        for metric, value in (
            (TapMetric.RETRIES, progress.retries),
            (TapMetric.REREADS, progress.rereads),
        ):
            tags: dict[str, str] = {metrics.Tag.STREAM: stream}
            point = metrics.Point("counter", cast("metrics.Metric", metric), value, tags)
            metrics.log(metrics_logger, point=point)

    @property
    def failed(self) -> list[str]:
        """The streams that failed."""
        return [progress.stream for progress in self._streams.values() if progress.failure]

    def check_dry_run(self) -> None:
        """Raise an error if a stream failed in a dry run.

        Raises:
            IncompleteSyncError: Some streams failed; the message names them.
        """
        if failed := self.failed:
            message = f"{len(failed)} of {len(self._streams)} streams failed: {', '.join(failed)}."
            raise IncompleteSyncError(message)

    def check(self) -> None:
        """Raise an error if a stream failed.

        Raises:
            IncompleteSyncError: Some streams failed; the message names them.
        """
        if failed := self.failed:
            message = (
                f"{len(failed)} of {len(self._streams)} streams failed: {', '.join(failed)}. "
                f"All other streams completed."
            )
            raise IncompleteSyncError(message)
