"""Memory that is free again goes back to the system, so that a sync stays as small as it is."""

from __future__ import annotations

import contextlib
import ctypes
import sys

_M_MMAP_THRESHOLD = -3
_BYTES = 128 * 1024


def give_back_large_blocks() -> None:
    """Let glibc keep large blocks, such as the bodies of answers, apart from the small ones.

    By default it begins to mix them once the first has been freed, in a heap for each thread, and
    what is between them can no longer be given back: a quarter more memory for a million messages.
    Elsewhere than on glibc there is nothing to do. See mallopt(3), M_MMAP_THRESHOLD.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _BYTES)
