"""The command as a process, for tests of several subjects."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from typing_extensions import override

if TYPE_CHECKING:
    import pathlib

COMMAND = "from tap_mailjet.cli import main; main()"


def argv(*options: str, python: tuple[str, ...] = ()) -> list[str]:
    """The arguments of a process that runs the command."""
    return [sys.executable, *python, "-c", COMMAND, *options]


def environment(level: str = "INFO") -> dict[str, str]:
    return {**os.environ, "TAP_MAILJET_LOGLEVEL": level, "LOGLEVEL": level}


def run(
    *options: str, level: str = "INFO", hurry: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end; in a hurry, it does not wait between tries."""
    arguments = argv(*options)
    if hurry:
        arguments[2] = f"import time; time.sleep = lambda _: None; {COMMAND}"
    return subprocess.run(
        arguments,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=environment(level),
    )


def write(folder: pathlib.Path, name: str, content: Any) -> str:
    """Write a JSON file, or a text as it is, and return its path."""
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


def lines(said: str, *levels: str) -> list[str]:
    """The messages of some levels on stderr."""
    return [
        line.split("|", 3)[-1].strip()
        for line in said.splitlines()
        if any(f"| {level}" in line for level in levels)
    ]


class Reader(threading.Thread):
    """Reads a pipe slowly, in odd pieces."""

    def __init__(self, descriptor: int, pause: float = 0.0005) -> None:
        super().__init__(daemon=True)
        self._descriptor = descriptor
        self._pause = pause
        self.got = b""
        self.start()

    @override
    def run(self) -> None:
        pieces = []
        while piece := os.read(self._descriptor, 31_337):
            pieces.append(piece)
            time.sleep(self._pause)
        self.got = b"".join(pieces)
