"""A limit on the requests in a window of time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class FixedWindowLimiter:
    """Counts requests in consecutive windows, the first of which starts with the first request."""

    def __init__(
        self, calls: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._calls = calls
        self._seconds = seconds
        self._clock = clock
        self._begin: float | None = None
        self._window = 0
        self._taken = 0

    def take(self) -> float | None:
        """Count a request; return None if it is accepted, else the seconds to wait."""
        now = self._clock()
        if self._begin is None:
            self._begin = now
        window = int((now - self._begin) // self._seconds)
        if window != self._window:
            self._window, self._taken = window, 0
        if self._taken < self._calls:
            self._taken += 1
            return None
        return self._begin + (window + 1) * self._seconds - now
