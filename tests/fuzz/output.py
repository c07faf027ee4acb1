"""What came out of a run: Singer messages, as a target reads them."""

from __future__ import annotations

import gzip
import json
import pathlib
from collections import defaultdict
from typing import Any
from urllib.parse import unquote, urlsplit

KINDS = {"SCHEMA", "RECORD", "STATE", "BATCH", "ACTIVATE_VERSION"}


class Output:
    """The complete lines of a run's stdout.

    Attributes:
        records: the records by stream, in their order, those of BATCH files among them.
        states: the values of STATE messages.
        problems: what no target could read.
    """

    def __init__(self, content: bytes, *, is_cut: bool) -> None:
        self.records: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.states: list[dict[str, Any]] = []
        self.problems: list[str] = []
        self._schemas: set[str] = set()
        *lines, rest = content.split(b"\n")
        if rest and not is_cut:
            self.problems.append(f"the last line is not complete: {rest[-80:]!r}")
        for line in lines:
            self._read(line)

    def _read(self, line: bytes) -> None:
        try:
            message = json.loads(line, parse_constant=_no_constant)
            kind = message["type"]
        except (ValueError, KeyError, TypeError) as error:
            self.problems.append(f"a line is no Singer message ({error}): {line[:80]!r}")
            return
        if kind not in KINDS:
            self.problems.append(f"a message of type {kind!r}")
        elif kind == "SCHEMA":
            self._schemas.add(message["stream"])
        elif kind == "STATE":
            self.states.append(message["value"])
        elif kind in {"RECORD", "BATCH"}:
            if message["stream"] not in self._schemas:
                self.problems.append(f"a {kind} of {message['stream']} before its SCHEMA")
            if kind == "RECORD":
                self.records[message["stream"]].append(message["record"])
            else:
                self._read_files(message)

    def _read_files(self, message: dict[str, Any]) -> None:
        records = self.records[message["stream"]]
        try:
            for url in message["manifest"]:
                records += read_batch(url)
        except (OSError, EOFError, ValueError) as error:
            self.problems.append(f"a BATCH file cannot be read: {error}")


def read_batch(url: str) -> list[dict[str, Any]]:
    """Return the records of a BATCH file."""
    path = pathlib.Path(unquote(urlsplit(url).path))
    text = gzip.decompress(path.read_bytes()).decode()
    return [json.loads(line) for line in text.split("\n") if line]


def _no_constant(name: str) -> None:
    message = f"{name} is not JSON"
    raise ValueError(message)
