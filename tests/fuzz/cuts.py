"""Where a run is killed: anywhere, or where its last STATE seems to claim too much."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.fuzz.account import seconds
from tests.fuzz.output import read_batch
from tests.fuzz.resources import RESOURCES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fuzz.account import Account
    from tests.fuzz.case import Ending, Night

Key = tuple[str, tuple[Any, ...]]


def cut(
    content: bytes,
    ending: Ending,
    *,
    account: Account,
    night: Night,
    came_before: set[Key],
    lookback: int,
) -> bytes:
    """Return what a kill leaves of a run's stdout: some of its lines.

    "worst" leaves the STATE before which most rows have not come that its bookmarks seem to have
    passed. That decides nothing: whether they are lost is for the next run to show.
    """
    lines = content.splitlines(keepends=True)
    kept = int(len(lines) * ending.place)
    if ending.kind == "worst":
        open_rows = list(_open_rows(lines, account, night, came_before, lookback))
        most = max(open_rows, default=(0, 0))
        kept = most[1] if most[0] else kept
    return b"".join(lines[:kept])


def _open_rows(
    lines: list[bytes], account: Account, night: Night, came_before: set[Key], lookback: int
) -> Iterator[tuple[int, int]]:
    """Yield for each STATE how many rows it seems to have passed, and its place among the lines."""
    awaited: dict[Key, tuple[str, int]] = {
        (stream, item.key): (parent or stream, (item.parent or item).now.at or 0)
        for stream in night.streams
        for parent in [RESOURCES[stream].parent]
        for item in account.tables[stream]
        if item.key is not None and RESOURCES[parent or stream].clock is not None
    }
    for key in came_before:
        awaited.pop(key, None)
    for place, line in enumerate(lines, start=1):
        try:
            message = json.loads(line)
        except ValueError:
            return
        for stream, record in _records(message):
            values = tuple(record.get(name) for name in RESOURCES[stream].key)
            awaited.pop((stream, values), None)
        if message["type"] == "STATE":
            passed = {
                stream: seconds(str(bookmark["replication_key_value"])[:19] + "Z") - lookback
                for stream, bookmark in (message["value"].get("bookmarks") or {}).items()
                if bookmark.get("replication_key_value")
            }
            yield sum(at < passed.get(stream, 0) for stream, at in awaited.values()), place


def _records(message: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if message["type"] == "RECORD":
        yield message["stream"], message["record"]
    elif message["type"] == "BATCH":
        for url in message["manifest"]:
            yield from ((message["stream"], record) for record in read_batch(url))
