"""Pure: fields that records have beyond the wire's, each made of one wire row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_mailjet.records.row_fields import lookup

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Row = Mapping[str, Any]
    DerivedField = Callable[[Row], Any]

EVENT_NAMES = {
    "sent": "Email Delivered",
    "opened": "Email Opened",
    "clicked": "Email Link Clicked",
    "bounced": "Email Bounced",
    "blocked": "Email Blocked",
    "unsub": "Unsubscribed",
    "spam": "Email Marked as Spam",
    "hardbounced": "Email Hard Bounced",
    "softbounced": "Email Soft Bounced",
    "workflowexit": "Workflow Exited",
    "workflowunsubscribe": "Workflow Unsubscribed",
}
"""The names that event pipelines have for Mailjet's kinds of events.

The pipelines have no name for blocked and for those from hardbounced on; they are named in the
same way. The kinds are those in Mailjet's description of its API (GET /v3/REST/metadata).
"""


def api_key(_row: Row) -> str:
    """Say that a row is about the key that authenticates, as statcounters has it."""
    return "APIKey"


def properties(row: Row) -> dict[str, Any] | None:
    """Make an object of a list of `{"Name": ..., "Value": ...}` in Data."""
    data = lookup(row, "Data")
    if not isinstance(data, list):
        return None
    pairs = [item for item in data if isinstance(item, dict) and "Name" in item]
    return {str(item["Name"]): item.get("Value") for item in pairs}


def event_timestamp(row: Row) -> Any:
    """Return the Unix seconds in EventAt, which the schema types as a timestamp."""
    return lookup(row, "EventAt")


def event_name(row: Row) -> str | None:
    """Return the name by which event pipelines know the EventType; None for a new type."""
    return EVENT_NAMES.get(str(lookup(row, "EventType")))
