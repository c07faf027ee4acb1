"""Deletions in a warehouse: target-postgres removes what Mailjet no longer lists, and only that."""

from __future__ import annotations

import json
import signal
import subprocess
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import requests
from psycopg import sql

from tap_mailjet.sandbox import ChurnConfig, Faults, Sandbox, ScheduledFault
from tap_mailjet.sandbox.commands import warehouse
from tests.helpers import catalog_of, config_of
from tests.support.commands import argv

if TYPE_CHECKING:
    import pathlib

    from tap_mailjet.sandbox.commands.warehouse import Warehouse

Json = dict[str, Any]
TABLE = "contacts"


def shrink(sandbox: Sandbox) -> None:
    """Delete some contacts."""
    sandbox.churn = ChurnConfig(every=2, deletes=2)
    url, pair = f"{sandbox.url}/v3/REST/sender", (sandbox.api_key, sandbox.api_secret)
    for _ in range(8):
        requests.get(url, auth=pair, timeout=10).raise_for_status()
    sandbox.churn = ChurnConfig()


class Pipe:
    """`tap-mailjet | target-postgres`, with table versions."""

    def __init__(
        self, sandbox: Sandbox, store: Warehouse, folder: pathlib.Path, **target: Any
    ) -> None:
        self._sandbox, self._store, self._folder = sandbox, store, folder
        self._target = {
            "sqlalchemy_url": store.sqlalchemy_url,
            "default_target_schema": warehouse.SCHEMA,
            **target,
        }

    def run(self, *, kill_after: int | None = None, **given: Any) -> int:
        """Run both, and return the exit code of the tap; end the tap after a number of lines."""
        config = config_of(self._sandbox, page_size=5, emit_activate_version_messages=True, **given)
        files = {"config": config, "catalog": catalog_of(TABLE), "target": self._target}
        for name, content in files.items():
            (self._folder / f"{name}.json").write_text(json.dumps(content))
        options = ("--config", "config.json", "--catalog", "catalog.json")
        with subprocess.Popen(
            argv(*options), cwd=self._folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as tap:
            assert tap.stdout
            assert tap.stderr
            lines = []
            for line in tap.stdout:
                lines.append(line)
                if len(lines) == kill_after:
                    tap.send_signal(signal.SIGTERM)
            tap.stderr.read()
        subprocess.run(
            [warehouse.program("target-postgres"), "--config", "target.json"],
            cwd=self._folder,
            input=b"".join(lines),
            capture_output=True,
            timeout=120,
            check=True,
        )
        return tap.returncode

    def table(self) -> dict[int, bool]:
        """Return the IDs in the table, each with True if the row is marked as deleted."""
        query = sql.SQL('SELECT "ID", "_sdc_deleted_at" IS NOT NULL FROM {}').format(
            sql.Identifier(warehouse.SCHEMA, TABLE)
        )
        with psycopg.connect(self._store.url) as connection:
            return dict(connection.execute(query).fetchall())

    def listed(self) -> set[int]:
        return {row["ID"] for row in self._sandbox.rows("contact")}


@pytest.mark.parametrize(
    ("kind", "is_hard"), [("RECORD", False), ("RECORD", True), ("BATCH", True)]
)
def test_rows_that_mailjet_no_longer_lists_are_marked_or_removed(
    own_sandbox: Sandbox, store: Warehouse, tmp_path: pathlib.Path, is_hard: bool, kind: str
) -> None:
    pipe = Pipe(own_sandbox, store, tmp_path, hard_delete=is_hard)
    given: Json = {}
    if kind == "BATCH":
        encoding = {"format": "jsonl", "compression": "gzip"}
        storage = {"root": f"file://{tmp_path}"}
        given = {"batch_config": {"encoding": encoding, "storage": storage, "batch_size": 10}}
    assert pipe.run(**given) == 0
    before = pipe.listed()
    assert pipe.table() == dict.fromkeys(before, False)
    shrink(own_sandbox)
    gone = before - pipe.listed()
    assert gone
    assert pipe.run(**given) == 0
    deleted = {} if is_hard else dict.fromkeys(gone, True)
    assert pipe.table() == {**dict.fromkeys(pipe.listed(), False), **deleted}


def test_failed_or_ended_sync_removes_nothing(
    own_sandbox: Sandbox, store: Warehouse, tmp_path: pathlib.Path
) -> None:
    pipe = Pipe(own_sandbox, store, tmp_path, hard_delete=True)
    assert pipe.run() == 0
    before = pipe.listed()
    shrink(own_sandbox)
    own_sandbox.faults = Faults(
        scheduled=(ScheduledFault(resource="contact", first=3, status=403),)
    )
    assert pipe.run() == 1
    assert pipe.table() == dict.fromkeys(before, False)
    own_sandbox.faults = Faults(latency=0.3)
    assert pipe.run(kill_after=1) == 128 + signal.SIGTERM
    assert pipe.table() == dict.fromkeys(before, False)
    own_sandbox.faults = Faults()
    assert pipe.run() == 0
    assert pipe.table() == dict.fromkeys(pipe.listed(), False)
