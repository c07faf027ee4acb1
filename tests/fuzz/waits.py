"""Time that is simulated where somebody waits, and threads that are not there."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from unittest import mock

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 0.0002
"""Maximum of the seconds that a wait really takes."""
LOADED = 10
AGAIN = 5.0
"""Seconds after which the watchdog barks again."""
_event_wait = threading.Event.wait
_sleep = time.sleep


class Waits:
    """How long all would have waited.

    Attributes:
        seconds: of simulated time, all waits and requests of a run added up.
    """

    def __init__(self) -> None:
        self.seconds = 0.0

    @contextlib.contextmanager
    def simulated(self) -> Iterator[None]:
        """Replace all waits by short ones, also in threads of a run that has ended."""

        def sleep(seconds: float) -> None:
            self.seconds += seconds
            _sleep(0)

        def wait(event: threading.Event, timeout: float | None = None) -> bool:
            if timeout is None:
                return _event_wait(event)
            if timeout > 0 and not event.is_set():
                self.seconds += timeout
            return _event_wait(event, min(timeout, LONGEST))

        with (
            mock.patch("time.sleep", sleep),
            mock.patch.object(threading.Event, "wait", wait),
        ):
            yield


@contextlib.contextmanager
def pools_inline() -> Iterator[None]:
    """Run the work of pools in the calling thread, so that the order of requests is fixed."""
    with mock.patch.object(ThreadPoolExecutor, "submit", _at_once):
        yield


def _at_once(_: ThreadPoolExecutor, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
    future: Future[Any] = Future()
    try:
        future.set_result(fn(*args, **kwargs))
    except Exception as error:  # noqa: BLE001 - as a pool does; what is worse ends the run
        future.set_exception(error)
    return future


class Watchdog:
    """Ends a case that hangs, even one that sends no request.

    Where other programs leave it little of the processor, a case may take `LOADED` times as long.

    Args:
        signum: the signal that it uses.
    """

    def __init__(self, signum: int) -> None:
        self._signum = signum
        self._lock = threading.Condition()
        self._until: float | None = None
        self._cpu = 0.0
        self._extensions = 0
        self._seconds = 0.0
        self._main = threading.main_thread().ident or 0
        self._thread = threading.Thread(target=self._watch, daemon=True, name="fuzz-watchdog")
        self._thread.start()

    def within(self, seconds: float | None) -> None:
        """Set the seconds within which the run has to end; None for no limit."""
        with self._lock:
            self._until = None if seconds is None else time.monotonic() + seconds
            self._seconds, self._cpu, self._extensions = seconds or 0.0, time.process_time(), 0
            self._lock.notify()

    def _watch(self) -> None:
        with self._lock:
            while True:
                left = None if self._until is None else self._until - time.monotonic()
                if left is not None and left <= 0 and self._is_starved():
                    self._until = time.monotonic() + self._seconds
                    continue
                if left is not None and left <= 0:
                    # Once more a little later: somebody may have swallowed the first one.
                    self._until = time.monotonic() + AGAIN
                    signal.pthread_kill(self._main, self._signum)
                    continue
                self._lock.wait(left)

    def _is_starved(self) -> bool:
        self._extensions += 1
        used = time.process_time() - self._cpu
        return used < self._seconds / 2 and self._extensions < LOADED
