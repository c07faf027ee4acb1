"""One budget of requests for all threads: how long to hold back, learnt from refusals.

Mailjet's limits are not published, so nothing is known until the first 429. From then on requests
are paced at a little less than what was let through, and the pace quickens with each that is.
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
# Of its own, so that a seed that the embedding program sets is left alone.
_jitter = random.Random()  # noqa: S311 - not cryptography

SLOWER = 0.9
"""After a refusal, this much of the rate that was let through."""
FASTER = 0.99
"""Each request let through shortens the pace by so much: ten lead back to where it was."""
ENOUGH = 8
"""So many requests let through tell a rate; of fewer, chance may say anything.

Nor is a limit expected that lets fewer through in the time that it makes us wait."""
SHORTEST = 0.001
"""Seconds between requests below which there is no point in pacing."""
WORTH_SAYING = 5.0
"""Seconds from which on a wait is said in the log."""


class ClientClosed(Exception):  # noqa: N818 - not an error: the sync is over
    """The sync ends; nothing more is to be sent."""


class AdaptiveRateLimiter:
    """Holds requests back after a refusal, and paces them from then on.

    Args:
        base: seconds to wait at least after a first refusal; up to half less, at random.
        ceiling: the longest such wait, because each refusal in a row doubles it.
        longest: the longest wait that is taken from `Retry-After`.
        clock: a monotonic clock, in seconds.
    """

    def __init__(
        self,
        *,
        base: float = 1.0,
        ceiling: float = 60.0,
        longest: float = 900.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._base = base
        self._ceiling = ceiling
        self._longest = longest
        self._clock = clock
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._interval = 0.0
        self._next = 0.0
        self._resume = 0.0
        self._epoch: float | None = None
        self._passed = 0
        self._refusals = 0
        self._refused_at = 0.0
        self._longest_wait = 0.0

    def acquire(self) -> float:
        """Wait for the turn to send a request, and return when that was.

        Raises:
            ClientClosed: the sync is over.
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
                # Another thread was refused while this one waited: all stop, and then come in turn.
                turn = max(self._resume, self._next)
                self._next = turn + self._interval

    def record_success(self) -> None:
        """Take note of a request that was not refused, whatever else became of it."""
        with self._lock:
            if self._refusals:
                self._epoch, self._passed, self._refusals = self._resume, 0, 0
            self._passed += 1
            self._interval *= FASTER
            if self._interval < SHORTEST:
                self._interval = 0.0

    def record_429(self, sent: float, retry_after: float | None) -> None:
        """Hold all requests back, for twice as long with each refusal in a row or as told.

        Args:
            sent: what `acquire` returned for the request.
            retry_after: seconds that the response wants, or None if it does not say.
        """
        with self._lock:
            now = self._clock()
            # Requests that were under way when another was refused: that is one event.
            if sent < self._resume:
                return
            # Also the floor of Retry-After: with 0, or a date that has passed, a server that goes
            # on refusing would get thousands of requests.
            step = min(self._base * 2 ** min(self._refusals, 32), self._ceiling)
            wait = step * _jitter.uniform(0.5, 1)
            if retry_after is not None:
                wait = min(max(retry_after, wait), self._longest)
            if not self._refusals:
                self._refused_at = now
            self._refusals += 1
            self._resume = self._next = now + wait
            self._longest_wait = max(self._longest_wait, self._resume - self._refused_at)
            self._slow_down()
        say = logger.warning if wait >= WORTH_SAYING else logger.info
        say("Mailjet's rate limit is reached: waiting %.1f s.", wait)

    def _slow_down(self) -> None:
        """Pace by what was let through since the last wait, if that is enough to judge by."""
        elapsed = self._resume - (self._epoch or 0.0)
        if self._passed >= ENOUGH or (self._passed and not self._interval):
            self._interval = elapsed / self._passed / SLOWER
        elif self._refusals == 1:
            self._interval /= SLOWER
        # Refusals that come whatever the pace must not slow it down without end.
        self._interval = min(self._interval, self._longest_wait / ENOUGH)

    def stop(self) -> None:
        """Let nobody pass any more, and wake who waits."""
        self._stop.set()
