from __future__ import annotations

import ast
import pathlib

import pytest

import tap_mailjet

ROOT = pathlib.Path(tap_mailjet.__file__).parent

# Each room, and the rooms before it that it may know.
BEFORE = {
    "windows": [],
    "redaction": [],
    "config_schema": [],
    "settings": ["windows"],
    "queries": ["settings"],
    "errors": ["redaction"],
    "throttle": [],
    "body": [],
    "deadline": [],
    "first_response": ["errors", "redaction", "throttle"],
    "client": ["body", "deadline", "errors", "first_response", "redaction", "throttle"],
    "early": ["pages"],
    "pages": ["client", "early", "errors"],
    "reads": ["errors", "pages"],
    "report": ["client"],
    "structs": ["pages", "records"],
    "access": ["client", "early", "report", "settings"],
    "records": ["redaction", "windows"],
    "additions": [],
    "schemas": [],
    "stdout": [],
    "messages": ["stdout"],
    "logs": ["redaction"],
    "inputs": [],
    "streams.bulk": ["messages"],
    "streams.parent": ["report", "streams.bulk"],
    "streams.base": [
        "access",
        "additions",
        "client",
        "errors",
        "pages",
        "queries",
        "reads",
        "records",
        "report",
        "schemas",
        "streams.parent",
        "structs",
    ],
    "streams.windowed": [
        "errors",
        "pages",
        "queries",
        "reads",
        "records",
        "streams.base",
        "windows",
    ],
    "streams.table": ["pages", "reads", "records", "streams.base", "windows"],
    "streams.child": [
        "access",
        "errors",
        "pages",
        "queries",
        "reads",
        "report",
        "streams.base",
        "streams.windowed",
    ],
    "streams": [
        "access",
        "additions",
        "errors",
        "pages",
        "queries",
        "reads",
        "streams",
        "streams.base",
        "streams.child",
        "streams.table",
        "streams.windowed",
        "windows",
    ],
    "tap": [
        "client",
        "access",
        "config_schema",
        "early",
        "inputs",
        "logs",
        "messages",
        "redaction",
        "report",
        "settings",
        "streams.base",
        "streams",
        "windows",
    ],
    "memory": [],
    "cli": ["inputs", "logs", "memory", "messages", "redaction", "stdout", "tap"],
    "start": ["cli"],
    "sandbox": ["sandbox"],
}
FILES = sorted(
    path for path in ROOT.rglob("*.py") if path.parent != ROOT or path.stem != "__init__"
)


def room(module: str) -> str:
    """The room of a module of ours: `tap_mailjet.streams.events` lies in `streams`."""
    parts = module.split(".")[1:]
    if ".".join(parts[:2]) in BEFORE:
        return ".".join(parts[:2])
    return parts[0] if parts else ""


def imported(path: pathlib.Path) -> set[str]:
    """The modules of ours that a file imports, also where only types are wanted."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "tap_mailjet":
                names |= {f"tap_mailjet.{alias.name}" for alias in node.names}
            else:
                names.add(node.module)
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {name for name in names if name.split(".")[0] == "tap_mailjet"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_knows_only_the_rooms_before_it(path: pathlib.Path) -> None:
    relative = path.relative_to(ROOT).with_suffix("").parts
    here = room(".".join(["tap_mailjet", *relative]))
    known = {room(name) for name in imported(path)}
    assert known <= set(BEFORE[here]), f"{here} knows {known - set(BEFORE[here])}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_short_enough_to_be_one_thing(path: pathlib.Path) -> None:
    assert len(path.read_text().splitlines()) <= 300
