"""Puts the signal handlers back that the SDK replaces."""

from __future__ import annotations

import signal
import threading

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class SignalHandlers:
    """The handlers of SIGINT and SIGTERM when the tap was created."""

    def __init__(self) -> None:
        self._handlers = {signum: signal.getsignal(signum) for signum in SIGNALS}

    def restore(self) -> None:
        """Put the handlers back, in the main thread, which alone can have handlers."""
        if threading.current_thread() is threading.main_thread():
            for signum, handler in self._handlers.items():
                if handler is not None:  # None was not set by Python
                    signal.signal(signum, handler)
