"""Pure: fields that records have beyond the wire's, each made of one wire row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Row = Mapping[str, Any]
    Addition = Callable[[Row], Any]

EVENT_NAMES = {
    "sent": "Email Delivered",
    "opened": "Email Opened",
    "clicked": "Email Link Clicked",
    "bounced": "Email Bounced",
    "blocked": "Email Blocked",
    "unsub": "Unsubscribed",
    "spam": "Email Marked as Spam",
}
"""What event pipelines call what Mailjet calls by a word; blocked, which they lack, alike."""


def api_key(_row: Row) -> str:
    """Say that a row is about the key that authenticates, as statcounters has it."""
    return "APIKey"


def properties(row: Row) -> dict[str, Any] | None:
    """Make an object of a list of `{"Name": ..., "Value": ...}` in Data."""
    data = row.get("Data")
    if not isinstance(data, list):
        return None
    return {str(item["Name"]): item.get("Value") for item in data if "Name" in item}


def event_timestamp(row: Row) -> Any:
    """Give the Unix seconds in EventAt, which become a timestamp for the schema's sake."""
    return row.get("EventAt")


def event_name(row: Row) -> str | None:
    """Give the name by which event pipelines know the EventType; None for one that is new."""
    return EVENT_NAMES.get(str(row.get("EventType")))
