"""Fields of records that are computed from a wire row."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from tap_mailjet.records.row_fields import lookup

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Row = Mapping[str, Any]
    DerivedField = Callable[[Row], Any]

UNSET_SECONDS = (0, "0", "")
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
"""The names of Mailjet's event types in common event pipelines.

The pipelines have no names for `blocked` and for the types from `hardbounced` on; these names
follow the same pattern. The types are documented by Mailjet (`GET /v3/REST/metadata`).
"""


def api_key(_row: Row) -> str:
    """Return the source of rows about the authenticating key, as in statcounters."""
    return "APIKey"


def list_recipient_id(row: Row) -> Any:
    """Return the ID of a row of listrecipient, which other resources call ListRecipientID."""
    return lookup(row, "ID")


def properties(row: Row) -> dict[str, Any] | None:
    """Convert the list of `{"Name": ..., "Value": ...}` in Data to an object."""
    data = lookup(row, "Data")
    if not isinstance(data, list):
        return None
    pairs = [item for item in data if isinstance(item, dict) and "Name" in item]
    return {str(item["Name"]): item.get("Value") for item in pairs}


def timestamps(*fields: str) -> dict[str, DerivedField]:
    """Return the timestamp fields of fields with Unix seconds.

    The name is that of the field without `At`, plus `Timestamp`: `EventTimestamp` of `EventAt`.
    """
    return {
        f"{field.removesuffix('At')}Timestamp": functools.partial(_unix_seconds, field)
        for field in fields
    }


def _unix_seconds(field: str, row: Row) -> Any:
    """Return the Unix seconds of a field, which the schema declares as a timestamp.

    0 and "" mean that the time is not set.
    """
    seconds = lookup(row, field)
    return None if seconds in UNSET_SECONDS else seconds


def event_name(row: Row) -> str | None:
    """Return the name of the EventType in event pipelines; None for an unknown type."""
    return EVENT_NAMES.get(str(lookup(row, "EventType")))
