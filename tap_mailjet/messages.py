"""The way out: Singer messages on stdout."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import msgspec
from singer_sdk.contrib.msgspec import MsgSpecWriter, encoder
from singer_sdk.exceptions import FatalSyncError
from singer_sdk.singerlib import RecordMessage
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from singer_sdk import Tap
    from singer_sdk.singerlib import Message

MOST_HELD = 2**18
"""Bytes that are held back before they are written: larger writes do not go any faster."""

CLOSED = "The target closed its end of the pipe; what it did not confirm comes again."


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


class RecordLine(msgspec.Struct, tag_field="type", tag="RECORD", omit_defaults=True):
    """A RECORD message, as the SDK's own but made at a fraction of its cost."""

    stream: str
    record: dict[str, Any] | msgspec.Struct
    version: int | None = None
    time_extracted: datetime | None = None


class MessageWriter(MsgSpecWriter):
    """The SDK's writer, which lets no signal cut a line in two, and writes many lines at a time.

    Records are held back until another message comes, `flush`, or `MOST_HELD` bytes. A STATE comes
    with all that it vouches for, as they leave in one piece and in order.

    It has an error of its own for a target that is gone: click takes a BrokenPipeError for the
    ordinary end of a pager and exits without a word.
    """

    def __init__(self) -> None:
        super().__init__()
        self._held = bytearray()
        self._is_writing = False
        # Nothing may follow half a line, least of all a STATE that vouches for it.
        self._is_cut = False
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
        """Write a message, or hold it back.

        Raises:
            TargetClosedError: nobody reads any more.
            Stop: a signal came meanwhile.
        """
        self._uninterrupted(lambda: self._hold(message))

    def write_records(self, lines: list[RecordLine]) -> None:
        """Write many records, or hold them back; it raises what `write_message` does."""
        self._uninterrupted(lambda: self._hold_records(lines))

    def flush(self) -> None:
        """Write what is held back; it raises what `write_message` does."""
        self._uninterrupted(self._flush)

    def _hold(self, message: Message) -> None:
        self._held += self.format_message(message)
        if not isinstance(message, RecordMessage) or len(self._held) >= MOST_HELD:
            self._flush()

    def _hold_records(self, lines: list[RecordLine]) -> None:
        self._held += encoder.encode_lines(lines)
        if len(self._held) >= MOST_HELD:
            self._flush()

    def _flush(self) -> None:
        held, self._held = self._held, bytearray()
        if binary := getattr(sys.stdout, "buffer", None):
            binary.write(held)
        else:  # a stand-in for stdout that takes text
            sys.stdout.write(held.decode())
        sys.stdout.flush()

    def _uninterrupted(self, write: Callable[[], None]) -> None:
        """Let a signal wait for the end of what is written."""
        if self._is_cut:
            raise TargetClosedError(CLOSED)
        self._is_writing = True
        try:
            write()
        except BrokenPipeError as error:
            self._is_cut = True
            raise TargetClosedError(CLOSED) from error
        except BaseException:
            self._is_cut = True
            raise
        finally:
            self._is_writing = False
        if self._stop is not None:
            stop, self._stop = self._stop, None
            raise stop
