"""The generation of an account in an empty database."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from tap_mailjet.sandbox.account import campaign_plan, sample_text, tables
from tap_mailjet.sandbox.account.people import SHOWN_AFTER, People
from tap_mailjet.sandbox.account.size import Span
from tap_mailjet.sandbox.account.traffic import Traffic

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator

    from tap_mailjet.sandbox.account.size import Size

BATCH = 10_000
"""Messages held in memory at once."""


def generate(connection: sqlite3.Connection, size: Size, seed: int, until: int) -> None:
    """Create the account's tables, rows and indexes."""
    people = People(size, Span.of(size, until))
    plan = campaign_plan.plan(people, seed)
    connection.executescript(tables.TABLES)
    connection.execute("BEGIN")
    _insert(connection, "sender", people.senders())
    _insert(connection, "contactslist", people.lists())
    _insert(connection, "contactfilter", people.segments())
    _insert(connection, "contact", people.contacts())
    _insert(connection, "subscription", people.subscriptions())
    _insert(connection, "useragent", ((n, *agent) for n, agent in enumerate(sample_text.AGENTS, 1)))
    states = enumerate(sample_text.STATES, 1)
    _insert(connection, "messagestate", ((n, *state) for n, state in states))
    _insert(connection, "history_row", _history_rows(people.span))
    _insert(connection, "campaign", campaign_plan.rows(plan))
    _send(connection, Traffic(people, plan, seed))
    connection.execute("COMMIT")
    connection.executescript(tables.INDEXES)


def _history_rows(span: Span) -> Iterator[tuple[int, int, int]]:
    """Yield the rows of the table `history_row`: when small things are created, ascending.

    Every ninth row is created in the same second as the row before. Some are created after the
    history.
    """
    late = tables.HISTORY_ROWS // 12
    early = tables.HISTORY_ROWS - late
    at = span.begin
    for place in range(tables.HISTORY_ROWS):
        if place >= early:
            at = span.until + (span.end - span.until) * (place - early + 1) // (late + 1)
        elif place % 9 != 5:  # noqa: PLR2004 - one in nine
            at = span.begin + (span.until - SHOWN_AFTER - span.begin) * place // early
        yield place, at, at + SHOWN_AFTER


def _send(connection: sqlite3.Connection, traffic: Traffic) -> None:
    """Write messages and events, some thousands at a time."""
    stream = iter(traffic)
    while batch := list(islice(stream, BATCH)):
        _insert(connection, "message", (message for message, _ in batch))
        _insert(connection, "event", ((None, *event) for _, events in batch for event in events))


def _insert(connection: sqlite3.Connection, table: str, rows: Iterable[tuple[object, ...]]) -> None:
    """Write rows that have a value for each column of a table."""
    columns = len(connection.execute(f"SELECT * FROM {table} LIMIT 0").description)  # noqa: S608 - our own names
    marks = ", ".join("?" * columns)
    connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - our own names
