"""What the tests of whole pipelines share: running scripts, and reading what has been loaded."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from tap_mailjet.sandbox.commands import warehouse

if TYPE_CHECKING:
    from tap_mailjet.sandbox.commands.warehouse import Warehouse

ROOT = pathlib.Path(__file__).parent.parent
PATH = f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
WIRE = "%Y-%m-%dT%H:%M:%SZ"


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
