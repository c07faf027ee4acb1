"""The entry point: imports, without garbage collection and with signals that end it."""

from __future__ import annotations

import gc
import os
import signal
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType


def main() -> None:
    """Run `tap-mailjet`."""
    began = time.monotonic()
    # Until the tap sets its own handler: nothing has been written, and no state has been read.
    for signum in (signal.SIGTERM, signal.SIGINT):
        if signal.getsignal(signum) is not signal.SIG_IGN:
            signal.signal(signum, _leave)
    # What imports make is there to stay; looking it through again and again takes a fifth of the
    # time that they do.
    gc.disable()
    from tap_mailjet import cli  # noqa: PLC0415

    gc.freeze()
    gc.enable()
    cli.main(began)


def _leave(signum: int, _frame: FrameType | None) -> None:
    name = signal.Signals(signum).name
    line = f"tap-mailjet: stopped by {name} before the sync began; no STATE was written.\n"
    os.write(2, line.encode())
    os._exit(128 + signum)
