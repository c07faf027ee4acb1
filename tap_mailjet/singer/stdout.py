"""Write to stdout completely, or raise an error.

Stdout may be unbuffered (`python -u`) or non-blocking. `write()` may then accept only a part of the
data, or no data, and returns the number of bytes.
"""

from __future__ import annotations

import contextlib
import io
import select
import sys
import time
from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import FatalSyncError
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator

CLOSED = "The target closed its end of the pipe. The next sync resumes from the last STATE."


class OutputError(FatalSyncError):
    """Writing to stdout failed."""


class TargetClosedError(OutputError):
    """The target has closed its end of the pipe."""


def write_all(data: bytes | bytearray) -> None:
    """Write all of the data to stdout, after the data that `sys.stdout` has buffered.

    Raises:
        TargetClosedError: The target no longer reads.
        OutputError: Writing failed for another reason.
    """
    stdout = sys.stdout
    with _output_errors():
        binary = getattr(stdout, "buffer", None)
        if binary is None:  # a replacement for stdout that accepts text
            stdout.write(data.decode())
            stdout.flush()
            return
        _flush(stdout)
        # The buffered writer would lose data if the pipe is non-blocking.
        _write_raw(getattr(binary, "raw", binary), data)


def use_complete_stdout() -> None:
    """Replace `sys.stdout` by a stream that writes completely or raises an error.

    It raises the errors of `write_all`. Other replacements of stdout stay in place.
    """
    stdout = sys.stdout
    if stdout is None:
        message = "stdout is closed, so nothing can be written. Connect it to a target or a file."
        raise OutputError(message)
    binary = getattr(stdout, "buffer", None)
    raw = getattr(binary, "raw", binary)
    if isinstance(raw, io.RawIOBase) and not isinstance(raw, _CompleteRaw):
        with _output_errors():
            _flush(stdout)
        sys.stdout = io.TextIOWrapper(
            io.BufferedWriter(_CompleteRaw(raw, stdout)),
            encoding=stdout.encoding,
            errors=stdout.errors,
            line_buffering=stdout.isatty(),
        )


class _CompleteRaw(io.RawIOBase):
    """A raw stream whose `write()` writes all of the data or raises an error.

    Args:
        raw: The stream to write to.
        owner: The stream above `raw`, referenced because its deletion would close `raw`.
    """

    def __init__(self, raw: io.RawIOBase, owner: object) -> None:
        self._raw = raw
        self._owner = owner

    @override
    def writable(self) -> bool:
        return True

    @override
    def write(self, data: Any, /) -> int:
        with _output_errors():
            _write_raw(self._raw, data)
        return len(data)

    @override
    def fileno(self) -> int:
        return self._raw.fileno()

    @override
    def isatty(self) -> bool:
        return self._raw.isatty()


@contextlib.contextmanager
def _output_errors() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        raise TargetClosedError(CLOSED) from error
    except (OSError, ValueError) as error:  # ValueError: the file was closed in this process
        reason = getattr(error, "strerror", None) or error
        message = (
            f"Writing to stdout failed: {reason}. The next sync resumes from the last STATE that "
            f"arrived."
        )
        raise OutputError(message) from error


def _flush(stream: Any) -> None:
    while not _has_flushed(stream):
        _wait_until_writable(stream)


def _has_flushed(stream: Any) -> bool:
    try:
        stream.flush()
    except BlockingIOError:
        return False
    return True


def _write_raw(raw: Any, data: bytes | bytearray) -> None:
    """Write all of the data to a stream whose `write()` may accept a part."""
    view = memoryview(data)
    while view:
        try:
            written = raw.write(view)
        except BlockingIOError as error:  # a buffer above a non-blocking stream
            written = error.characters_written or None
        if written is None:
            _wait_until_writable(raw)
        elif written == 0:
            message = "it accepts no data"
            raise OSError(message)
        else:
            view = view[written:]


def _wait_until_writable(stream: Any) -> None:
    try:
        select.select([], [stream.fileno()], [], 1.0)
    except (OSError, ValueError):  # the descriptor does not support select
        time.sleep(0.01)
