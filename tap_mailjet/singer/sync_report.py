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
        lacking: why there is nothing of it to read, in words: the account does not have it.
        problems: rows and values that could not be carried over.
        parent: what became of the stream whose rows it is read for, if it is a child's.
        is_early: whether requests were sent before the stream's turn came.
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
    lacking: str | None = None
    is_early: bool = False
    is_answered: bool = False
    parent_rows: int = 0
    gone: int = 0
    refused: int = 0
    refusal: str | None = None
    problems: DataProblems = field(default_factory=DataProblems)
    _began: float | None = None
    _seconds: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, exchange: RequestOutcome) -> None:
        """Count a request; on any thread."""
        with self._lock:
            self.requests += 1
            self.retries += exchange.is_retry
            self.is_answered |= exchange.status == http.HTTPStatus.OK

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
    def is_short(self) -> bool:
        """Return True if the stream failed as a whole or for some rows of its parent."""
        return self.failure is not None or (self.refused > 0 and self.lacking is None)

    def settle(self) -> None:
        """Decide what became of the stream, once all streams have been read."""
        if self.lacking and self.is_answered:
            # Another request was under way when one was refused.
            self.failure, self.lacking = self.lacking, None
        if self.parent is not None and not self.failure:
            self.parent.settle()
            self._settle_as_child(self.parent)

    def _settle_as_child(self, parent: StreamProgress) -> None:
        self.finished = self.finished and parent.finished
        if parent.failure:
            self.failure = f"{self.stream}: its parent stream {parent.stream} failed."
        elif parent.lacking:
            self.lacking = self.lacking or parent.lacking
        elif self.is_short:
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
        if self.lacking:
            return f"not read, as the account does not have it: {self.lacking}"
        return "complete, proved" if self.finished else "NOT COMPLETE: stopped"


class SyncReport:
    """The outcomes of a sync's streams, in the order in which they began."""

    def __init__(self) -> None:
        self._outcomes: dict[str, StreamProgress] = {}

    def begin(self, stream: str, parent: StreamProgress | None = None) -> StreamProgress:
        """Begin to count for a stream."""
        outcome = self._outcomes[stream] = StreamProgress(stream, parent)
        return outcome

    def tell(self, stream: str, logger: logging.Logger, metrics_logger: logging.Logger) -> None:
        """Log what became of a stream, if it was begun, and emit its metrics."""
        outcome = self._outcomes.get(stream)
        if outcome is None:
            return
        outcome.settle()
        (logger.info if outcome.finished or outcome.lacking else logger.error)("%s", outcome)
        for count, value in ((Count.RETRIES, outcome.retries), (Count.REREADS, outcome.rereads)):
            tags: dict[str, str] = {metrics.Tag.STREAM: stream}
            point = metrics.Point("counter", cast("metrics.Metric", count), value, tags)
            metrics.log(metrics_logger, point=point)

    @property
    def failed(self) -> list[str]:
        """The streams that failed."""
        return [outcome.stream for outcome in self._outcomes.values() if outcome.failure]

    def check_dry_run(self) -> None:
        """Raise if a stream failed of which one record was to be read.

        Raises:
            IncompleteSyncError: naming the streams.
        """
        if failed := self.failed:
            message = f"{len(failed)} of {len(self._outcomes)} streams failed: {', '.join(failed)}."
            raise IncompleteSyncError(message)

    def check(self) -> None:
        """Raise if a stream failed.

        Raises:
            IncompleteSyncError: naming the streams.
        """
        if failed := self.failed:
            message = (
                f"{len(failed)} of {len(self._outcomes)} streams failed: {', '.join(failed)}. "
                f"The others are whole."
            )
            raise IncompleteSyncError(message)
