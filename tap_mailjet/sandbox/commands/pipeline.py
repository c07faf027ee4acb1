"""One run of `tap-mailjet | target-postgres`, with the number of records."""

from __future__ import annotations

import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from tap_mailjet.sandbox.commands.warehouse import program

if TYPE_CHECKING:
    from pathlib import Path


class PipelineError(RuntimeError):
    """A program of the pipeline ended with an error; its log says why."""


@dataclass
class Run:
    """The result of one run.

    Attributes:
        records: How many records of each stream went through the pipe.
        keys: The key of each stream, as stated in its SCHEMA message.
        clocks: The field of each stream's bookmark; a full table has none.
        seconds: How long it took, from start to the target's end.
    """

    records: Counter[str] = field(default_factory=Counter)
    keys: dict[str, list[str]] = field(default_factory=dict)
    clocks: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def note(self, line: bytes) -> None:
        """Count a message."""
        message: dict[str, Any] = msgspec.json.decode(line)
        if message["type"] == "RECORD":
            self.records[message["stream"]] += 1
        elif message["type"] == "SCHEMA":
            self.keys[message["stream"]] = message["key_properties"]
            for clock in message.get("bookmark_properties") or ():
                self.clocks[message["stream"]] = clock


def run(folder: Path, log: Path) -> Run:
    """Run tap and target with the settings, and from the state, that lie in a folder.

    The state that the target confirms last becomes the folder's `state.json`, also when a program
    fails: what it covers has been loaded.

    Raises:
        PipelineError: If either program fails.
    """
    state = folder / "state.json"
    resume = ["--state", str(state)] if state.exists() else []
    confirmed = folder / "confirmed.jsonl"
    noted = Run()
    began = time.monotonic()
    with log.open("ab") as says, confirmed.open("wb") as states:
        tap = subprocess.Popen(  # noqa: S603 - programs of this environment
            [program("tap-mailjet"), "--config", str(folder / "tap.json"), *resume],
            stdout=subprocess.PIPE,
            stderr=says,
        )
        target = subprocess.Popen(  # noqa: S603
            [program("target-postgres"), "--config", str(folder / "target.json")],
            stdin=subprocess.PIPE,
            stdout=states,
            stderr=says,
        )
        codes = _pump(tap, target, noted)
    noted.seconds = time.monotonic() - began
    lines = confirmed.read_bytes().splitlines()
    if lines:
        state.write_bytes(lines[-1])
    if any(codes.values()):
        failed = ", ".join(f"{name} with {code}" for name, code in codes.items() if code)
        message = f"The pipeline failed ({failed}); {log} says why."
        raise PipelineError(message)
    return noted


def _pump(
    tap: subprocess.Popen[bytes], target: subprocess.Popen[bytes], noted: Run
) -> dict[str, int]:
    """Copy the tap's lines to the target, and return both exit codes by name."""
    assert tap.stdout is not None  # noqa: S101 - both are pipes
    assert target.stdin is not None  # noqa: S101
    with tap.stdout, target.stdin:
        try:
            for line in tap.stdout:
                target.stdin.write(line)
                noted.note(line)
        except BrokenPipeError:
            tap.terminate()
    return {"tap-mailjet": tap.wait(), "target-postgres": target.wait()}
