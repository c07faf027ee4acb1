"""What the tap takes for stdout, and for a process that it can leave."""

from __future__ import annotations

import errno
import io
from typing import TYPE_CHECKING, Any, NoReturn

from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable


class Pipe(io.TextIOBase):
    """A stdout that keeps what is written, and may break.

    Attributes:
        buffer: where bytes are written to, as sys.stdout has one.
    """

    def __init__(self, kind: str, room: int, before: Callable[[int], None]) -> None:
        self.buffer = _Buffer(kind, room, before)

    @override
    def write(self, text: str) -> int:
        """Write a text."""
        rest = memoryview(text.encode())
        while rest:
            rest = rest[self.buffer.write(rest) :]
        return len(text)

    @override
    def flush(self) -> None:
        """Do nothing, as nothing is held back."""


class _Buffer(io.RawIOBase):
    """The bytes of a stdout.

    Args:
        kind: "whole" takes everything, "short" only a piece at a time, as an unbuffered pipe does;
            "full" is a full disk after `room` bytes, "closed" a pipe that is closed after them.
        room: a number of bytes.
        before: called before each write with its number, counted from 1.
    """

    def __init__(self, kind: str, room: int, before: Callable[[int], None]) -> None:
        super().__init__()
        self._kind = kind
        self._room = room
        self._before = before
        self._writes = 0
        self.content = bytearray()
        self.is_broken = False

    @override
    def writable(self) -> bool:
        """Return True: a pipe can be written to."""
        return True

    @override
    def write(self, data: Any) -> int:
        """Write as many bytes as it takes now, and return how many those are."""
        taken = bytes(data)
        self._writes += 1
        self._before(self._writes)
        if self._kind == "short":
            taken = taken[: max(1, self._room)]
        elif self._kind in {"full", "closed"}:
            left = max(0, self._room - len(self.content))
            is_done = len(taken) <= left
            taken = taken[:left]
            # A full disk takes what it has room for, and says so; a buffer before a closed pipe
            # goes on until it fails.
            if not is_done and not (taken and self._kind == "full"):
                self.content += taken
                self._break()
        self.content += taken
        return len(taken)

    def _break(self) -> NoReturn:
        self.is_broken = True
        if self._kind == "full":
            raise OSError(errno.ENOSPC, "No space left on device")
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")
