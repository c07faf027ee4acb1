"""Load the tap's output into PostgreSQL by key, as a Singer target does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Iterable

    import psycopg

Json = dict[str, Any]


class Loader:
    """A target that upserts by key and removes what ACTIVATE_VERSION says is gone.

    Args:
        connection: An open connection to PostgreSQL.
        schema: A schema of its own.
    """

    def __init__(self, connection: psycopg.Connection[Any], schema: str) -> None:
        self._connection = connection
        self._schema = schema
        self._keys: dict[str, list[str]] = {}
        self._pending: dict[str, dict[str, tuple[str, int | None]]] = {}
        self.state: Json | None = None
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))

    def load(self, lines: Iterable[str]) -> None:
        """Load messages; a STATE counts once everything before it is committed."""
        for line in lines:
            message = json.loads(line)
            kind = message["type"]
            if kind == "SCHEMA":
                self._flush()
                self._create(message["stream"], message["key_properties"])
            elif kind == "RECORD":
                self._add(message)
            elif kind == "ACTIVATE_VERSION":
                self._flush()
                self._activate(message["stream"], message["version"])
            elif kind == "STATE":
                self._flush()
                self._connection.commit()
                self.state = message["value"]
        self._flush()
        self._connection.commit()

    def rows(self, stream: str) -> list[Json]:
        """Return the rows of a stream's table as they were loaded."""
        if stream not in self._keys:
            return []
        query = sql.SQL("SELECT record FROM {}").format(self._table(stream))
        return [row[0] for row in self._connection.execute(query)]

    def _table(self, stream: str) -> sql.Identifier:
        return sql.Identifier(self._schema, stream)

    def _create(self, stream: str, keys: list[str]) -> None:
        self._keys[stream] = keys
        statement = (
            "CREATE TABLE IF NOT EXISTS {} (key text PRIMARY KEY, record json, version bigint)"
        )
        self._connection.execute(sql.SQL(statement).format(self._table(stream)))

    def _add(self, message: Json) -> None:
        record = message["record"]
        key = [record[name] for name in self._keys[message["stream"]]]
        assert None not in key, (message["stream"], key)
        rows = self._pending.setdefault(message["stream"], {})
        rows[json.dumps(key)] = (json.dumps(record), message.get("version"))

    def _flush(self) -> None:
        for stream, rows in self._pending.items():
            with self._connection.cursor() as cursor:
                cursor.executemany(
                    sql.SQL(
                        "INSERT INTO {} VALUES (%s, %s, %s) ON CONFLICT (key) DO UPDATE "
                        "SET record = EXCLUDED.record, version = EXCLUDED.version"
                    ).format(self._table(stream)),
                    [(key, record, version) for key, (record, version) in rows.items()],
                )
        self._pending.clear()

    def _activate(self, stream: str, version: int) -> None:
        statement = "DELETE FROM {} WHERE version IS DISTINCT FROM %s"
        self._connection.execute(sql.SQL(statement).format(self._table(stream)), (version,))
