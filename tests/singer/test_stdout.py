"""Writing to a stdout that is slow, odd or full."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import TYPE_CHECKING

import pytest

from tap_mailjet.singer.stdout import OutputError, TargetClosedError, use_complete_stdout, write_all
from tests.support.commands import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZE = 3 * 2**20
DATA = bytes(range(256)) * (SIZE // 256)


@contextlib.contextmanager
def stdout_into(descriptor: int, *, buffering: int = -1) -> Iterator[None]:
    """Make a descriptor `sys.stdout`, as Python does at its start."""
    raw = os.fdopen(descriptor, "wb", buffering=buffering)
    before = sys.stdout
    sys.stdout = io.TextIOWrapper(raw, encoding="utf-8", write_through=buffering == 0)
    try:
        yield
    finally:
        made, sys.stdout = sys.stdout, before
        for stream in (made, raw):
            with contextlib.suppress(OSError, ValueError, OutputError):
                stream.close()


@pytest.mark.parametrize("buffering", [0, -1], ids=["unbuffered", "buffered"])
@pytest.mark.parametrize("is_blocking", [True, False], ids=["blocking", "non-blocking"])
@pytest.mark.parametrize("is_complete", [True, False], ids=["complete stdout", "stdout as it is"])
def test_write_all_writes_all(buffering: int, is_blocking: bool, is_complete: bool) -> None:
    reading, writing = os.pipe()
    reader = Reader(reading)
    with stdout_into(writing, buffering=buffering):
        os.set_blocking(writing, is_blocking)
        if is_complete:
            use_complete_stdout()
        print("before", end="")  # noqa: T201
        write_all(DATA)
        write_all(b"after")
    reader.join(10)
    assert reader.got == b"before" + DATA + b"after"


@pytest.mark.parametrize("buffering", [0, -1], ids=["unbuffered", "buffered"])
def test_complete_stdout_prints_all_to_a_pipe_that_does_not_block(buffering: int) -> None:
    reading, writing = os.pipe()
    reader = Reader(reading)
    with stdout_into(writing, buffering=buffering):
        os.set_blocking(writing, False)
        use_complete_stdout()
        print("ü" * SIZE)  # noqa: T201
        sys.stdout.flush()
    reader.join(10)
    assert reader.got.decode() == "ü" * SIZE + "\n"


@pytest.mark.parametrize("buffering", [0, -1], ids=["unbuffered", "buffered"])
def test_write_all_to_a_pipe_that_nobody_reads_names_the_target(buffering: int) -> None:
    reading, writing = os.pipe()
    with stdout_into(writing, buffering=buffering):
        os.close(reading)
        with pytest.raises(TargetClosedError, match="closed its end of the pipe"):
            write_all(DATA)


@pytest.mark.parametrize("buffering", [0, -1], ids=["unbuffered", "buffered"])
def test_write_all_to_a_full_disk_names_the_reason(buffering: int) -> None:
    with (
        stdout_into(os.open("/dev/full", os.O_WRONLY), buffering=buffering),
        pytest.raises(OutputError, match="Writing to stdout failed: No space left on device"),
    ):
        write_all(b"x")


def test_print_to_a_full_disk_raises_when_it_is_flushed() -> None:
    with stdout_into(os.open("/dev/full", os.O_WRONLY)):
        use_complete_stdout()
        print("lost")  # noqa: T201
        with pytest.raises(OutputError, match="No space left on device"):
            sys.stdout.flush()


def test_write_all_takes_a_stand_in_for_stdout() -> None:
    with contextlib.redirect_stdout(io.StringIO()) as written:
        use_complete_stdout()
        write_all("é\n".encode())
    assert written.getvalue() == "é\n"


def test_write_all_takes_a_stand_in_with_a_buffer(monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(buffer, encoding="utf-8"))
    use_complete_stdout()
    print("text", end="")  # noqa: T201
    write_all(DATA)
    assert buffer.getvalue() == b"text" + DATA


def test_closed_stdout_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(OutputError, match="stdout is closed"):
        use_complete_stdout()
