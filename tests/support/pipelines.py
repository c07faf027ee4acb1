"""What the tests of whole pipelines share: running scripts, and reading what has been loaded."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from tap_mailjet.sandbox.commands import warehouse
from tap_mailjet.timestamps import parse_instant, to_wire
from tests.helpers import CLOCKS, LISTED, UNTIL, as_set, catalog_of, truth

if TYPE_CHECKING:
    from tap_mailjet.sandbox import Sandbox
    from tap_mailjet.sandbox.commands.warehouse import Warehouse

ROOT = pathlib.Path(__file__).parents[2]
PATH = f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
WIRE = "%Y-%m-%dT%H:%M:%SZ"
YESTERDAY = UNTIL - timedelta(days=1)


def run(script: str, folder: pathlib.Path, **environment: str) -> str:
    """Run a script as a scheduler would, and return what it said."""
    done = subprocess.run(
        ["/bin/bash", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, "PATH": PATH, **environment},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
    return done.stdout + done.stderr


def table(store: Warehouse, stream: str, schema: str = warehouse.SCHEMA) -> list[dict[str, Any]]:
    """The rows that a stream's table has, as records have them."""
    query = sql.SQL("SELECT * FROM {}").format(sql.Identifier(schema, stream))
    with psycopg.connect(store.url, row_factory=dict_row) as connection:
        rows = connection.execute(query).fetchall()
    return [
        {name: _plain(value) for name, value in row.items() if not name.startswith("_sdc")}
        for row in rows
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.strftime(WIRE)
    return float(value) if isinstance(value, Decimal) else value


Tables = dict[str, dict[tuple[Any, ...], dict[str, Any]]]


def held(sandbox: Sandbox) -> Tables:
    """What the sandbox holds, by stream and key: equal clicks of one second are one row."""
    keys = {one["stream"]: one["key_properties"] for one in catalog_of()["streams"]}
    return {
        stream: {tuple(row[name] for name in keys[stream]): row for row in truth(sandbox, stream)}
        for stream in LISTED
    }


def after(before: Tables, now: Tables) -> Tables:
    """What a warehouse holds after a second sync: what is older than the lookback stays.

    Campaigns that changed are read again, however old they are.
    """
    for stream, clock in CLOCKS.items():
        if stream == "sent_campaigns":
            continue
        last = max(row[clock] for row in before[stream].values())
        margin = to_wire(parse_instant(last).subtract(hours=24))
        for key, row in before[stream].items():
            if row[clock] < margin:
                now[stream][key] = row
    return now


def assert_loaded(store: Warehouse, expected: Tables, schema: str = warehouse.SCHEMA) -> None:
    for stream, rows in expected.items():
        assert rows, stream
        assert as_set(table(store, stream, schema)) == as_set(rows.values()), stream


def is_incremental(sandbox: Sandbox) -> bool:
    """Return True if the last requests for recent events began at a bookmark."""
    requests = [one.params for one in sandbox.requests if one.resource == "openinformation"]
    # A sync of the years before may run at the same time.
    recent = [params for params in requests if params["EventToTs"] > "2026-01-02"]
    assert recent
    begun = (YESTERDAY - timedelta(days=14)).strftime(WIRE)
    return all(params["EventFromTs"] > begun for params in recent)
