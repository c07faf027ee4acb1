"""The status of a message, which follows from its visible events."""

from __future__ import annotations

from tap_mailjet.sandbox.account.tables import Kind

STATUSES = (
    "processed",
    "queued",
    "sent",
    "opened",
    "clicked",
    "bounce",
    "spam",
    "unsub",
    "blocked",
    "softbounced",
    "hardbounced",
    "deferred",
    "unknown",
)
"""In the order of Mailjet's metadata. Their numbers are not documented; here they start at 0."""
IS_BLOCKED = "{e}.StateID >= 14"
"""From 14 on the states are reasons for which Mailjet did not try to deliver."""
IS_TEMPORARY = "{e}.StateID IN (3, 10, 12, 13)"
DELAY = "MAX(0, e.At - COALESCE(m.SentAt, m.ArrivedAt))"
"""Seconds from the sending of a message to the event."""
UNSENT = "COALESCE(m.SentAt > :clock, 1)"

EVENTS_OF_MESSAGE = "event AS x INDEXED BY event_by_message"
"""Without this hint, SQLite takes an index by time and reads all events of the kind."""
FIRST = (
    f"NOT EXISTS (SELECT 1 FROM {EVENTS_OF_MESSAGE} "  # noqa: S608 - constants only
    "WHERE x.Kind = e.Kind AND x.MessageID = e.MessageID "
    "AND x.VisibleAt <= :clock AND (x.At < e.At OR x.At = e.At AND x.Seq < e.Seq))"
)
"""The condition that an event is the first of its kind of a message."""


def happened(kind: Kind, message: str = "m.ID") -> str:
    """Return the condition that an event of a kind is visible for a message."""
    return (
        f"EXISTS (SELECT 1 FROM {EVENTS_OF_MESSAGE} "  # noqa: S608 - constants only
        f"WHERE x.Kind = {int(kind)} AND x.MessageID = {message} AND x.VisibleAt <= :clock)"
    )


def of_bounce(expression: str) -> str:
    """Return an expression read from a message's first visible bounce, the one that counts."""
    return (
        f"(SELECT {expression} FROM {EVENTS_OF_MESSAGE} "  # noqa: S608 - constants only
        f"WHERE x.Kind = {int(Kind.BOUNCE)} AND x.MessageID = m.ID AND x.VisibleAt <= :clock "
        "ORDER BY x.At, x.Seq LIMIT 1)"
    )


_BOUNCE_STATUS = (
    "CASE WHEN {blocked} THEN 'blocked' WHEN {temporary} THEN 'softbounced' "
    "WHEN {e}.StateID <= 5 THEN 'hardbounced' ELSE 'bounce' END"
)


def bounce_status(event: str) -> str:
    """Return the expression for the Status a bounce gives; `event` is the table's alias."""
    return _BOUNCE_STATUS.format(
        e=event, blocked=IS_BLOCKED.format(e=event), temporary=IS_TEMPORARY.format(e=event)
    )


STATUS = (
    f"CASE WHEN {happened(Kind.SPAM)} THEN 'spam' WHEN {happened(Kind.UNSUB)} THEN 'unsub' "
    f"WHEN {happened(Kind.CLICK)} THEN 'clicked' WHEN {happened(Kind.OPEN)} THEN 'opened' "
    f"ELSE COALESCE({of_bounce(bounce_status('x'))}, "
    "CASE WHEN m.SentAt <= :clock THEN 'sent' WHEN m.DeferredAt <= :clock THEN 'deferred' "
    "ELSE 'queued' END) END"
)
