"""Fills an empty database with an account."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from tap_mailjet.sandbox.account import campaign_plan, sample_text, tables
from tap_mailjet.sandbox.account.holdings.account_plan import AccountPlan
from tap_mailjet.sandbox.account.holdings.fill import fill
from tap_mailjet.sandbox.account.people import People
from tap_mailjet.sandbox.account.size import Span
from tap_mailjet.sandbox.account.traffic import Traffic

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from tap_mailjet.sandbox.account.size import Size

BATCH = 10_000
"""Messages held in memory at once."""


def generate(connection: sqlite3.Connection, size: Size, seed: int, until: int) -> None:
    """Make the account's tables, rows and indexes.

    Args:
        connection: An empty database, in autocommit mode.
        size: How large the account is.
        seed: The same seed, size and `until` give the same account.
        until: Where its history ends, a Unix second.
    """
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
    _insert(connection, "campaign", campaign_plan.rows(plan))
    _send(connection, Traffic(people, plan, seed))
    connection.execute("COMMIT")
    connection.executescript(tables.INDEXES)
    fill(connection, AccountPlan(people, plan, seed))


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
