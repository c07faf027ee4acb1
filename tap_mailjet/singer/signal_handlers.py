"""Restore the signal handlers that the SDK replaces."""

from __future__ import annotations

import signal
import threading

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class SignalHandlers:
    """The handlers of SIGINT and SIGTERM from before the tap was created."""

    def __init__(self) -> None:
        self._handlers = {signum: signal.getsignal(signum) for signum in SIGNALS}

    def restore(self) -> None:
        """Restore the handlers if this is the main thread, because no other thread can."""
        if threading.current_thread() is threading.main_thread():
            for signum, handler in self._handlers.items():
                if handler is not None:  # None means a handler that Python did not set
                    signal.signal(signum, handler)
