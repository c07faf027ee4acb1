"""Syncs that write BATCH files, and what they should contain."""

from __future__ import annotations

from signal import SIGTERM
from typing import TYPE_CHECKING, Any

from tap_mailjet.singer.message_writer import TerminationSignal
from tap_mailjet.tap import TapMailjet
from tests.helpers import catalog_of, truth

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Callable

    from tap_mailjet.sandbox import Sandbox

Json = dict[str, Any]
STOP = TerminationSignal(SIGTERM, TapMailjet(config={}, validate_config=False))
PAIR = ("messages", "message_events")
KEPT = {"__filter__": "ID % 2 == 0"}
WAYS: dict[str, tuple[tuple[str, ...], Json]] = {
    "plain": (("messages", "contacts"), {}),
    "children": (PAIR, {}),
    "stream map": (("messages", "contacts"), {"stream_maps": {"messages": KEPT}}),
    "children and stream map": (PAIR, {"stream_maps": {"messages": KEPT}}),
    "flattening": (PAIR, {"flattening_enabled": True, "flattening_max_depth": 2}),
    "children without the parent": (("message_events",), {}),
}


def batched(folder: pathlib.Path, **given: Any) -> Json:
    """Settings that write small batches into a folder."""
    config = {
        "encoding": {"format": "jsonl", "compression": "gzip"},
        "storage": {"root": f"file://{folder}"},
        "batch_size": 25,
    }
    return {"page_size": 30, "lookback_window": 0, "batch_config": config, **given}


def since(sandbox: Sandbox, count: int = 100) -> str:
    """Return the start date from which the account has this number of messages."""
    return str(sorted(row["ArrivedAt"] for row in sandbox.rows("message"))[-count])


def truth_since(sandbox: Sandbox, start: str, *streams: str) -> dict[str, list[Json]]:
    """Return the rows of an account that a sync from a start date on reads."""
    late = {row["ID"] for row in sandbox.rows("message") if row["ArrivedAt"] >= start}
    is_late: dict[str, Callable[[Json], bool]] = {
        "messages": lambda row: row["ID"] in late,
        "message_events": lambda row: row["MessageID"] in late,
        "open_events": lambda row: row["OpenedAt"] >= start,
    }
    return {name: [*filter(is_late[name], truth(sandbox, name))] for name in streams}


def incremental(*streams: str) -> Json:
    """A catalogue with contacts as a table that has a bookmark, and without some fields."""
    catalog = catalog_of(*streams)
    for entry in catalog["streams"]:
        if entry["stream"] == "contacts":
            entry["replication_method"] = "INCREMENTAL"
    return catalog
