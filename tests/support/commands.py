"""The command, as a process of its own or in the process of the tests."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import threading
import time
import warnings
from typing import TYPE_CHECKING, Any
from unittest import mock

from typing_extensions import override

from tap_mailjet import command
from tests.support.restoring import process_restored

if TYPE_CHECKING:
    import pathlib

COMMAND = "from tap_mailjet.cli import main; main()"


def argv(*options: str, python: tuple[str, ...] = ()) -> list[str]:
    """The arguments of a process that runs the command."""
    return [sys.executable, *python, "-c", COMMAND, *options]


def environment(level: str = "INFO") -> dict[str, str]:
    return {**os.environ, "TAP_MAILJET_LOGLEVEL": level, "LOGLEVEL": level}


def run(
    *options: str,
    level: str = "INFO",
    hurry: bool = False,
    environ: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end; with `hurry`, it does not wait between tries."""
    arguments = argv(*options)
    if hurry:
        arguments[2] = f"import time; time.sleep = lambda _: None; {COMMAND}"
    return subprocess.run(
        arguments,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**environment(level), **(environ or {})},
    )


def run_inline(
    *options: str,
    level: str = "INFO",
    hurry: bool = False,
    environ: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run the command in this process, which saves the start of a new one: about a second.

    With `hurry`, the client does not wait between tries.
    """
    written, logged = io.StringIO(), io.StringIO()
    with contextlib.ExitStack() as stack:
        enter = stack.enter_context
        enter(process_restored())
        enter(mock.patch.object(sys, "argv", ["tap-mailjet", *options]))
        enter(mock.patch.dict(os.environ, {**environment(level), **(environ or {})}))
        if hurry:
            enter(mock.patch("time.sleep"))
        enter(contextlib.redirect_stdout(written))
        enter(contextlib.redirect_stderr(logged))
        enter(warnings.catch_warnings())
        warnings.simplefilter("ignore", ResourceWarning)  # the SDK leaves files to the process
        code = command.run()
    return subprocess.CompletedProcess(options, code, written.getvalue(), logged.getvalue())


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
