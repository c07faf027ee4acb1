"""The committed output of `--discover`: `uv run python -m tests.discovery` writes it again."""

from __future__ import annotations

import json
import pathlib
from typing import Any, Final

from tests.support import commands

SNAPSHOT: Final = pathlib.Path(__file__).parent / "snapshots" / "discover.json"
COMMAND: Final = "uv run python -m tests.discovery"


def discover() -> str:
    """Return the catalog of `--discover` as sorted JSON."""
    catalog = json.loads(commands.run("--discover").stdout)
    catalog["streams"].sort(key=lambda entry: entry["tap_stream_id"])
    for entry in catalog["streams"]:
        entry["metadata"].sort(key=lambda item: item["breadcrumb"])
    return json.dumps(catalog, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def entries() -> dict[str, dict[str, Any]]:
    """Return the entries of the committed catalog by stream."""
    catalog = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    return {entry["tap_stream_id"]: entry for entry in catalog["streams"]}


if __name__ == "__main__":
    SNAPSHOT.write_text(discover(), encoding="utf-8")
