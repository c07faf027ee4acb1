"""What the sandbox plays of the live API, sentence by sentence, each with a test.

docs/sandbox.md lists the same sentences with how sure each is; test_docs.py compares the two.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta, timezone
from typing import TYPE_CHECKING, TypeVar

from tests.sandbox.api import Api, Row, parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_mailjet.sandbox import Sandbox

T = TypeVar("T")

FACTS: list[str] = []


def fact(*sentences: str) -> Callable[[T], T]:
    """Name the sentences that a test shows."""

    def named(test: T) -> T:
        FACTS.extend(sentences)
        return test

    return named


def busy_day(sandbox: Sandbox) -> datetime:
    """Set the clock to the end of a day with a sending and its events; return its midnight."""
    campaign = next(row for row in sandbox.rows("campaign") if row["IsStarred"])
    day = parse(campaign["SendStartAt"]).date()
    sandbox.clock.set(datetime.combine(day, time(23, 59, 59), timezone.utc))
    return datetime.combine(day, time(), timezone.utc)


def next_midnight(at: datetime) -> datetime:
    return datetime.combine(at.date(), time(), timezone.utc) + timedelta(days=1)


def since(rows: list[Row], at: str, begin: datetime) -> list[Row]:
    """The rows whose clock is in the day that begins then, or later."""
    return [row for row in rows if row[at] and parse(row[at]) >= begin]


def of_campaigns_since(api: Api, resource: str, begin: datetime) -> list[Row]:
    """The rows of messages, or of their events, of campaigns that started then or later."""
    sent = {row["ID"] for row in since(api.sandbox.rows("campaign"), "SendStartAt", begin)}
    of_message = {row["ID"]: row["CampaignID"] for row in api.sandbox.rows("message")}
    chosen = [
        row
        for row in api.sandbox.rows(resource)
        if of_message[row.get("MessageID", row.get("ID"))] in sent
    ]
    assert 0 < len(chosen) < len(api.sandbox.rows(resource))
    return chosen
