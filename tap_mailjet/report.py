"""What became of each stream: counted while it is read, told at the end of the sync."""

from __future__ import annotations

import enum
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from singer_sdk import metrics
from singer_sdk.exceptions import FatalSyncError
from typing_extensions import override

if TYPE_CHECKING:
    import logging

    from tap_mailjet.client import Exchange


class IncompleteSyncError(FatalSyncError):
    """Some streams failed; the others were synced, and every state is a true resume point."""


class Count(str, enum.Enum):
    """The names of what is counted beyond what the SDK counts, as metrics."""

    RETRIES = "http_retry_count"
    REREADS = "reread_count"


@dataclass
class Outcome:
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
        parent: what became of the stream whose rows it is read for, if it is a child's.
        is_early: whether requests were sent before the stream's turn came.
    """

    stream: str
    parent: Outcome | None = None
    rows: int = 0
    requests: int = 0
    retries: int = 0
    rereads: int = 0
    finished: bool = False
    failure: str | None = None
    lacking: str | None = None
    is_early: bool = False
    _began: float | None = None
    _seconds: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, exchange: Exchange) -> None:
        """Count a request; on any thread."""
        with self._lock:
            self.requests += 1
            self.retries += exchange.is_retry

    def reread(self) -> None:
        """Count a read that had to be done again."""
        self.rereads += 1

    def resume(self) -> None:
        """Let the time run; a child stream is read piece by piece."""
        self._began = time.monotonic()

    def end(self) -> None:
        """Stop the time."""
        if self._began is not None:
            self._seconds += time.monotonic() - self._began
            self._began = None

    def settle(self) -> None:
        """Take note that of a child there is no more than of its parent."""
        if self.parent is None or self.failure:
            return
        self.finished = self.finished and self.parent.finished
        if self.parent.failure:
            self.failure = f"{self.stream}: its parent stream {self.parent.stream} failed."
        elif self.parent.lacking:
            self.lacking = self.lacking or self.parent.lacking

    @override
    def __str__(self) -> str:
        return (
            f"{self.stream}: {self.rows:,} rows, {self.requests:,} requests, "
            f"{self.retries:,} retries, {self.rereads:,} read again, {self._seconds:.1f} s: "
            f"{self._end()}"
        )

    def _end(self) -> str:
        if self.failure:
            return f"NOT COMPLETE: {self.failure}"
        if self.lacking:
            return f"not read, as the account does not have it: {self.lacking}"
        return "complete, proved" if self.finished else "NOT COMPLETE: stopped"


class Report:
    """The outcomes of a sync's streams, in the order in which they began."""

    def __init__(self) -> None:
        self._outcomes: dict[str, Outcome] = {}

    def begin(self, stream: str, parent: Outcome | None = None) -> Outcome:
        """Begin to count for a stream."""
        outcome = self._outcomes[stream] = Outcome(stream, parent)
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
