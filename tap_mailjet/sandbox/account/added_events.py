"""Events that tests add to a running account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from tap_mailjet.sandbox.account.clock import to_seconds
from tap_mailjet.sandbox.account.tables import Kind

if TYPE_CHECKING:
    from datetime import datetime

    from tap_mailjet.sandbox.account.database import Account

EventKind = Literal["click", "open", "bounce", "spam"]
_KINDS = {"click": Kind.CLICK, "open": Kind.OPEN, "bounce": Kind.BOUNCE, "spam": Kind.SPAM}
_MESSAGE = (
    "SELECT CampaignID, ContactID, ArrivedAt, VisibleAt FROM message "
    "WHERE ID = ? AND VisibleAt IS NOT NULL"
)
_INSERT = "INSERT INTO event VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
DEFAULT_URL = "https://www.example.com/"
UNKNOWN_USER = 1
"""The state of an added bounce, a permanent one."""


def add_event(
    account: Account,
    kind: EventKind,
    *,
    message_id: int,
    at: datetime,
    visible_at: datetime | None,
    url: str | None,
) -> None:
    """Add an event of a message.

    Args:
        account: The account.
        kind: click, open, bounce or spam.
        message_id: The ID of the message.
        at: The aware time of the event, cut to the second.
        visible_at: The aware time from which it is visible; None is as soon as possible.
        url: The link of a click; None is a default link.

    Raises:
        ValueError: If the kind or the message is unknown, or the times contradict each other.
    """
    if kind not in _KINDS:
        message = f"an event is one of {', '.join(_KINDS)}, not {kind!r}"
        raise ValueError(message)
    if url is not None and kind != "click":
        message = f"only a click has a url, not an event of kind {kind!r}"
        raise ValueError(message)
    found = account.read(_MESSAGE, (message_id,))
    if not found:
        message = f"there is no message {message_id}"
        raise ValueError(message)
    campaign, contact, arrived, shown = found[0]
    happened = to_seconds(at)
    visible = max(happened, shown) if visible_at is None else to_seconds(visible_at)
    if happened < arrived or visible < max(happened, shown):
        message = "an event cannot come before its message, and cannot be visible before it"
        raise ValueError(message)
    link = (url or DEFAULT_URL) if kind == "click" else None
    agent = 1 if kind in {"click", "open"} else None
    state = UNKNOWN_USER if kind == "bounce" else None
    account.write(
        _INSERT,
        (_KINDS[kind], message_id, campaign, contact, happened, visible, link, agent, state),
    )
