"""The entry point of the command: the steps that must precede all other imports."""

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
    # These handlers serve until the tap sets its own: no STATE can be lost before that.
    for signum in (signal.SIGTERM, signal.SIGINT):
        if signal.getsignal(signum) is not signal.SIG_IGN:
            signal.signal(signum, _exit_before_start)
    _return_large_blocks()
    # Imported modules stay in memory. Garbage collection takes a fifth of the import time.
    gc.disable()
    from tap_mailjet import command  # noqa: PLC0415

    gc.freeze()
    gc.enable()
    command.main(began)


def _exit_before_start(signum: int, _frame: FrameType | None) -> None:
    name = signal.Signals(signum).name
    line = f"tap-mailjet: interrupted by {name} before the sync began; no STATE was written.\n"
    os.write(2, line.encode())
    os._exit(128 + signum)


def _return_large_blocks() -> None:
    """Make glibc allocate large blocks, such as response bodies, apart from small ones.

    By default glibc mixes large and small blocks once the first large block has been freed. The
    space between them cannot be returned to the system then: a million messages took a quarter
    more memory. Other C libraries need no setting. See mallopt(3), M_MMAP_THRESHOLD.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BLOCK)
