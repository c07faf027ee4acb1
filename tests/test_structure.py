"""Imports run one way: a module imports only modules that stand before it, also for types."""

from __future__ import annotations

import ast
import pathlib

import pytest

import tap_mailjet

ROOT = pathlib.Path(tap_mailjet.__file__).parent

ORDER = [
    # Values from the wire and the settings; no network, no SDK.
    *(
        "redaction",
        "logs",
        "inputs",
        "lenient",
        "row_fields",
        "windows",
        "timestamps",
        "values",
        "pages",
    ),
    *("config_schema", "settings", "additions", "queries", "records", "structs"),
    # HTTP.
    *("errors", "throttle", "body", "deadline", "first_response", "client"),
    # Reads that are verified to be complete.
    *("early", "server_findings", "page_requests", "page_reader", "page_joins", "complete_reads"),
    *("table_reads", "list_reads", "windowed_reader"),
    # Singer: output, then the base classes of the streams.
    *("stdout", "messages", "problems", "report", "access", "schemas"),
    *("streams.batch_files", "streams.bulk", "streams.parent", "streams.bookmark_settings"),
    *("streams.bookmarks", "streams.conversion", "streams.base", "streams.end_bookmark"),
    *("streams.table", "streams.windowed", "streams.child"),
    # The streams, by family, and the tap.
    *("streams.account", "streams.senders", "streams.statcounters", "streams.events"),
    *("streams.messages", "streams.contacts", "streams.campaigns", "streams.templates"),
    *("streams.statistics", "streams.catalogue", "tap", "memory", "cli", "start", "__main__"),
]
FILES = sorted(path for path in ROOT.rglob("*.py") if path.stem != "__init__")
TAP_FILES = [path for path in FILES if path.relative_to(ROOT).parts[0] != "sandbox"]


def name_of(path: pathlib.Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def imported(path: pathlib.Path) -> set[str]:
    """The modules of the package that a file imports, also where only types are wanted."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tap_mailjet"):
            package = (node.module or "").removeprefix("tap_mailjet").removeprefix(".")
            if package in {"", "streams"}:
                prefix = f"{package}." if package else ""
                names |= {f"{prefix}{alias.name}" for alias in node.names}
            else:
                names.add(package)
    return names


@pytest.mark.parametrize("path", TAP_FILES, ids=name_of)
def test_a_module_imports_only_modules_before_it(path: pathlib.Path) -> None:
    place = ORDER.index(name_of(path))
    assert imported(path) <= {*ORDER[:place]}


def test_the_sandbox_imports_nothing_of_the_tap() -> None:
    for path in FILES:
        if path.relative_to(ROOT).parts[0] == "sandbox":
            assert {name.split(".")[0] for name in imported(path)} <= {"sandbox"}, path


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_file_is_short_enough_to_be_one_thing(path: pathlib.Path) -> None:
    assert len(path.read_text().splitlines()) <= 300
