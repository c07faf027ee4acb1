"""The entry point of the command: what has to be done before anything else is imported."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import signal
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

_M_MMAP_THRESHOLD = -3
_LARGE_BLOCK = 128 * 1024


def main() -> None:
    """Run `tap-mailjet` as this process."""
    began = time.monotonic()
    # Until the tap sets its own handler: nothing has been written, and no state has been read.
    for signum in (signal.SIGTERM, signal.SIGINT):
        if signal.getsignal(signum) is not signal.SIG_IGN:
            signal.signal(signum, _exit_before_start)
    _return_large_blocks()
    # Imported modules stay in memory. Collecting garbage between imports costs a fifth of them.
    gc.disable()
    from tap_mailjet import command  # noqa: PLC0415

    gc.freeze()
    gc.enable()
    command.main(began)


def _exit_before_start(signum: int, _frame: FrameType | None) -> None:
    name = signal.Signals(signum).name
    line = f"tap-mailjet: stopped by {name} before the sync began; no STATE was written.\n"
    os.write(2, line.encode())
    os._exit(128 + signum)


def _return_large_blocks() -> None:
    """Make glibc keep large blocks, such as response bodies, apart from small ones.

    By default it mixes them once the first large block has been freed, in a heap for each thread.
    The space between them can then not be returned to the system: a million messages took a
    quarter more memory. Other C libraries need nothing. See mallopt(3), M_MMAP_THRESHOLD.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BLOCK)
