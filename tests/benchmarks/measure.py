"""One process, timed: how long it took, what it used, and how many rows came out of it."""

from __future__ import annotations

import gzip
import json
import os
import pathlib
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass

MARK = b'"RECORD"'
"""What each line with a record has once, Singer's as well as Airbyte's, and no other line has."""
PIECE = 2**18
TAIL = 2**12
"""Bytes to keep of the end of the output: where those are that say how many rows there are."""


@dataclass(frozen=True)
class Output:
    """What came out of a process: lines with records, and the very end."""

    marks: int
    tail: bytes
    folder: pathlib.Path


Count = Callable[[Output], int]
"""How the rows of a contender are counted, when its time has been taken."""


def by_mark(output: Output) -> int:
    """Count lines with a record."""
    return output.marks


def by_word(output: Output) -> int:
    """Take its own word, the last line."""
    return int(json.loads(output.tail.splitlines()[-1])["rows"])


def by_batches(output: Output) -> int:
    """Count the lines of the files that it wrote."""
    counts = []
    for path in (output.folder / "batches").iterdir():
        with gzip.open(path) as lines:
            counts.append(sum(1 for _ in lines))
    return sum(counts)


@dataclass(frozen=True)
class Run:
    """How one run of one contender went.

    Attributes:
        rows: how many there were to read.
        delivered: how many came out.
        wall: seconds from its start to its end.
        cpu: seconds of CPU time.
        peak: the most memory it had, in MiB.
    """

    contender: str
    rows: int
    delivered: int
    wall: float
    cpu: float
    peak: float

    @property
    def is_whole(self) -> bool:
        """Whether all rows came out, and no more."""
        return self.delivered == self.rows


class FailedError(Exception):
    """A contender did not end well."""


@dataclass(frozen=True)
class Usage:
    """What a process used."""

    wall: float
    cpu: float
    peak: float


def timed(command: list[str], folder: pathlib.Path) -> tuple[Usage, Output]:
    """Run a command to its end, with its output drained by a pipe as a target would.

    `peak` cannot be less than what this process has itself, for the kernel counts from the fork:
    so nothing large may be imported into it before the plot.

    Raises:
        FailedError: its exit code was not 0; with the end of what it said.
    """
    root = pathlib.Path(__file__).parents[2]
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=said, cwd=root, env=_environment(folder)
        )
        marks, tail = _drain(process)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            message = f"{' '.join(command)}: {said.read()[-TAIL:].decode(errors='replace')}"
            raise FailedError(message)
    usage = Usage(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
    return usage, Output(marks, tail, folder)


def _drain(process: subprocess.Popen[bytes]) -> tuple[int, bytes]:
    """Count the marks in what a process writes."""
    if process.stdout is None:
        return 0, b""
    marks, tail = 0, b""
    with process.stdout as pipe:
        while piece := os.read(pipe.fileno(), PIECE):
            # One may lie across two pieces.
            marks += (tail[1 - len(MARK) :] + piece).count(MARK)
            tail = (tail + piece)[-TAIL:]
    return marks, tail


def _environment(folder: pathlib.Path) -> dict[str, str]:
    """Return the environment of a contender: without telemetry, and with a folder for its files."""
    return {
        **os.environ,
        "DO_NOT_TRACK": "1",
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "DLT_DATA_DIR": str(folder / "dlt-data"),
        "PYTHONWARNINGS": "ignore",
    }
