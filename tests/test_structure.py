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
    "client": ["errors", "throttle"],
    "early": ["pages"],
    "pages": [],
    "row_fields": ["pages"],
    "server_findings": ["pages"],
    "page_requests": ["client", "early", "errors", "pages", "queries", "server_findings"],
    "page_reader": ["page_requests", "pages"],
    "complete_reads": ["errors", "page_reader", "pages"],
    "list_reads": ["complete_reads", "errors", "page_reader", "pages"],
    "table_reads": ["complete_reads", "page_reader", "pages"],
    "windowed_reader": [
        "complete_reads",
        "errors",
        "page_reader",
        "pages",
        "records",
        "table_reads",
        "windows",
    ],
    "report": ["client"],
    "structs": ["pages", "records"],
    "access": ["client", "early", "report", "server_findings", "settings"],
    "records": ["redaction", "windows"],
    "additions": [],
    "schemas": [],
    "messages": [],
    "streams.batch_files": [],
    "streams.bulk": ["messages", "streams.batch_files"],
    "streams.parent": ["report", "streams.bulk"],
    "streams.bookmark_settings": ["config_schema", "queries", "settings", "windows"],
    "streams.bookmarks": [
        "access",
        "queries",
        "streams.bookmark_settings",
        "streams.parent",
        "windows",
    ],
    "streams.base": [
        "access",
        "additions",
        "client",
        "errors",
        "page_reader",
        "pages",
        "queries",
        "records",
        "report",
        "row_fields",
        "schemas",
        "streams.bookmarks",
        "structs",
    ],
    "streams.end_bookmark": ["streams.base", "windows"],
    "streams.windowed": [
        "errors",
        "page_reader",
        "pages",
        "records",
        "streams.end_bookmark",
        "windowed_reader",
        "windows",
    ],
    "streams.table": [
        "page_reader",
        "pages",
        "queries",
        "records",
        "row_fields",
        "streams.end_bookmark",
        "table_reads",
        "windows",
    ],
    "streams.child": [
        "access",
        "complete_reads",
        "errors",
        "page_reader",
        "pages",
        "queries",
        "list_reads",
        "report",
        "streams.base",
        "streams.parent",
        "windowed_reader",
    ],
    "streams": [
        "access",
        "additions",
        "complete_reads",
        "errors",
        "list_reads",
        "page_reader",
        "pages",
        "queries",
        "row_fields",
        "streams",
        "streams.base",
        "streams.bookmark_settings",
        "streams.child",
        "streams.table",
        "streams.windowed",
        "table_reads",
        "windowed_reader",
        "windows",
    ],
    "tap": [
        "client",
        "access",
        "config_schema",
        "early",
        "messages",
        "redaction",
        "report",
        "server_findings",
        "settings",
        "streams.base",
        "streams",
        "streams.bookmark_settings",
        "windows",
    ],
    "memory": [],
    "cli": ["memory", "messages", "redaction", "tap"],
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
