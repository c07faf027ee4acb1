"""A rate limiter for all threads, which learns the rate from refusals.

Mailjet does not publish its limits, so the rate is unknown until the first 429. From then on, the
request rate is slightly below the accepted rate, and rises with each accepted request.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)
# A separate generator, because the embedding program may seed the global one.
_jitter = random.Random()  # noqa: S311 - not cryptography

RATE_FACTOR = 0.9
"""After a refusal, the request rate is this part of the accepted rate."""
INTERVAL_FACTOR = 0.99
"""Each accepted request shortens the interval by this factor: ten restore the accepted rate."""
MIN_SAMPLE = 8
"""Minimum number of accepted requests for estimating a rate; smaller samples are too noisy.

It is also the minimum number of requests that a limit is expected to accept per wait."""
MIN_INTERVAL = 0.001
"""Intervals in seconds below this are ignored, because they have no effect."""
WARNING_SECONDS = 5.0
"""Waits of at least this length are logged as warnings, shorter ones at level INFO."""


class ClientClosed(Exception):  # noqa: N818 - not an error: the sync has ended
    """The sync has ended; no further request may be sent."""


class AdaptiveRateLimiter:
    """A rate limiter that delays requests after a refusal, and limits their rate from then on.

    Args:
        base_delay: Seconds to wait after a first refusal, shortened by up to half at random.
        max_delay: Maximum of this wait, which doubles with each refusal in a row.
        max_retry_after: Maximum wait that is taken from `Retry-After`.
        clock: A monotonic clock, in seconds.
    """

    def __init__(
        self,
        *,
        base_delay: float = 1.0,
        max_delay: float = 60.0,
        max_retry_after: float = 900.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._base_delay = base_delay
        self._max_delay = max_delay
        self._max_retry_after = max_retry_after
        self._clock = clock
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._interval = 0.0
        self._next = 0.0
        self._resume = 0.0
        self._epoch: float | None = None
        self._accepted = 0
        self._refusals = 0
        self._refused_at = 0.0
        self._longest_wait = 0.0

    def acquire(self) -> float:
        """Wait until a request may be sent, and return the time of its turn.

        Raises:
            ClientClosed: The sync has ended.
        """
        with self._lock:
            now = self._clock()
            if self._epoch is None:
                self._epoch = now
            turn = max(now, self._next, self._resume)
            self._next = turn + self._interval
        while True:
            if self._stop.wait(max(0.0, turn - self._clock())):
                raise ClientClosed
            with self._lock:
                if self._resume <= turn:
                    return turn
                # Another thread was refused while this one waited, so this one waits again.
                turn = max(self._resume, self._next)
                self._next = turn + self._interval

    def record_success(self) -> None:
        """Record a request that the rate limit did not refuse, even if it failed otherwise."""
        with self._lock:
            if self._refusals:
                self._epoch, self._accepted, self._refusals = self._resume, 0, 0
            self._accepted += 1
            self._interval *= INTERVAL_FACTOR
            if self._interval < MIN_INTERVAL:
                self._interval = 0.0

    def record_429(self, sent: float, retry_after: float | None) -> None:
        """Delay all requests: twice as long with each refusal in a row, or by `Retry-After`.

        Args:
            sent: The result of `acquire` for the request.
            retry_after: The seconds in the `Retry-After` header of the response, if any.
        """
        with self._lock:
            now = self._clock()
            # Requests in progress when another one was refused count as the same refusal.
            if sent < self._resume:
                return
            # This is also the minimum for Retry-After: with 0, or a date in the past, a server that
            # keeps refusing would get thousands of requests.
            step = min(self._base_delay * 2 ** min(self._refusals, 32), self._max_delay)
            wait = step * _jitter.uniform(0.5, 1)
            if retry_after is not None:
                wait = min(max(retry_after, wait), self._max_retry_after)
            if not self._refusals:
                self._refused_at = now
            self._refusals += 1
            self._resume = self._next = now + wait
            self._longest_wait = max(self._longest_wait, self._resume - self._refused_at)
            self._slow_down()
        log = logger.warning if wait >= WARNING_SECONDS else logger.info
        log("Mailjet's rate limit is reached: waiting %.1f s.", wait)

    def _slow_down(self) -> None:
        """Set the interval from the rate accepted since the last wait, if the sample suffices."""
        elapsed = self._resume - (self._epoch or 0.0)
        if self._accepted >= MIN_SAMPLE or (self._accepted and not self._interval):
            self._interval = elapsed / self._accepted / RATE_FACTOR
        elif self._refusals == 1:
            self._interval /= RATE_FACTOR
        # Refusals that do not depend on the rate must not lengthen the interval without limit.
        self._interval = min(self._interval, self._longest_wait / MIN_SAMPLE)

    def pause(self, seconds: float) -> None:
        """Wait between two tries of a request.

        Raises:
            ClientClosed: The sync has ended, before or during the wait.
        """
        if self._stop.wait(seconds):
            raise ClientClosed

    def stop(self) -> None:
        """Refuse all further requests, and wake the waiting threads."""
        self._stop.set()
