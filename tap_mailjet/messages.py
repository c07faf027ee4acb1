"""The way out: Singer messages on stdout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from singer_sdk.exceptions import FatalSyncError
from singer_sdk.io_base import SingerWriter
from typing_extensions import override

if TYPE_CHECKING:
    from singer_sdk import Tap
    from singer_sdk.singerlib import Message


class TargetClosedError(FatalSyncError):
    """The target has closed its end of the pipe."""


class Stop(SystemExit):
    """A signal asks the sync to end.

    Attributes:
        signum: the signal; the exit code is 128 more, as a shell has it.
        tap: whose state is to be written.
    """

    def __init__(self, signum: int, tap: Tap) -> None:
        super().__init__(128 + signum)
        self.signum = signum
        self.tap = tap


class MessageWriter(SingerWriter):
    """The SDK's writer, which lets no signal cut a line in two.

    It has an error of its own for a target that is gone: click takes a BrokenPipeError for the
    ordinary end of a pager and exits without a word.
    """

    def __init__(self) -> None:
        super().__init__()
        self._is_writing = False
        self._stop: Stop | None = None

    def stop(self, stop: Stop) -> None:
        """Raise at once, or when the line in hand is written; a second time, at once in any case.

        Raises:
            Stop: the one given.
        """
        if self._is_writing and self._stop is None:
            self._stop = stop
            return
        raise stop

    @override
    def write_message(self, message: Message) -> None:
        self._is_writing = True
        try:
            super().write_message(message)
        except BrokenPipeError as error:
            text = "The target closed its end of the pipe; what it did not confirm comes again."
            raise TargetClosedError(text) from error
        finally:
            self._is_writing = False
        if self._stop is not None:
            stop, self._stop = self._stop, None
            raise stop
