"""What became of messages, counted for whatever it is that they are counted by."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tap_mailjet.sandbox.account.tables import Kind
from tap_mailjet.sandbox.api.message_resource import EVENTS_OF_MESSAGE, STATUS, bounce_status
from tap_mailjet.sandbox.api.resource import SCOPE, integers

if TYPE_CHECKING:
    from tap_mailjet.sandbox.api.resource import Field

CHOSEN = f"chosen AS (SELECT c.ID FROM campaign AS c WHERE {SCOPE})"  # noqa: S608 - our own text
"""The common table of the campaigns that count."""
UNSENT = "COALESCE(m.SentAt > :clock, 1)"
FIRST = (
    f"NOT EXISTS (SELECT 1 FROM {EVENTS_OF_MESSAGE} "  # noqa: S608 - our own text
    "WHERE x.Kind = e.Kind AND x.MessageID = e.MessageID "
    "AND x.VisibleAt <= :clock AND (x.At < e.At OR x.At = e.At AND x.Seq < e.Seq))"
)
"""Of several bounces of a message the first one decides, as it does for the message's Status."""
_LEFT = "(SELECT x.SentAt <= :clock FROM message AS x WHERE x.ID = e.MessageID)"
KINDS = ", ".join(str(int(kind)) for kind in Kind)
BY_CONTACT = "event AS e INDEXED BY event_by_contact"
BY_CAMPAIGN = "event AS e INDEXED BY event_by_campaign"
"""Left to itself, SQLite walks through all events by time."""


class AggregationScope(NamedTuple):
    """How the messages and events of something are found.

    Attributes:
        messages: The tables the messages are in, as `m`.
        events: The tables the events are in, as `e`.
        key: What they are counted by, with `{of}` for the alias; empty counts all together.
        where: A condition on either, with `{of}` for the alias.
        more: Further columns to be counted over the messages.
    """

    messages: str
    events: str
    key: str = "page.key"
    where: str = "1"
    more: str = ""


def _unsent(condition: str) -> str:
    """Return the counting of messages that were not sent and meet a condition."""
    # The case keeps it from looking for the events of messages that were sent.
    return f"SUM(CASE WHEN {UNSENT} THEN {condition} ELSE 0 END)"


def _met(kind: Kind, condition: str = "1") -> str:
    """Return the counting of the messages that had an event."""
    return f"COUNT(DISTINCT CASE WHEN e.Kind = {int(kind)} AND {condition} THEN e.MessageID END)"


def _bounced(*statuses: str) -> str:
    """Return the counting of the messages that a bounce gave one of these statuses."""
    listed = ", ".join(f"'{status}'" for status in statuses)
    return _met(Kind.BOUNCE, f"{bounce_status('e')} IN ({listed}) AND {FIRST}")


_OF_MESSAGES = {
    "Processed": "COUNT(*)",
    "Sent": "SUM(COALESCE(m.SentAt <= :clock, 0))",
    "Queued": _unsent(f"{STATUS} = 'queued'"),
    "PreQueued": _unsent(f"m.AttemptCount = 0 AND {STATUS} = 'queued'"),
    "Deferred": _unsent(f"{STATUS} = 'deferred'"),
    "ArrivedAt": "MAX(m.ArrivedAt)",
}
_OF_EVENTS = {
    "Opened": _met(Kind.OPEN),
    "Clicked": _met(Kind.CLICK),
    "Spam": _met(Kind.SPAM),
    "Unsubscribed": _met(Kind.UNSUB),
    "Exited": _met(Kind.EXIT),
    "Returned": _met(Kind.BOUNCE, _LEFT),
    "Blocked": _bounced("blocked"),
    "Soft": _bounced("softbounced"),
    "Hard": _bounced("hardbounced", "bounce"),
    "At": "MAX(e.At)",
}
JOINS = "LEFT JOIN sent ON sent.key = page.key LEFT JOIN met ON met.key = page.key"
"""Joins what was counted to a page."""
_COUNTS = {
    "blockedcount": "met.Blocked",
    "bouncedcount": "met.Hard + met.Soft",
    "clickedcount": "met.Clicked",
    "deferredcount": "sent.Deferred",
    "deliveredcount": "sent.Sent - COALESCE(met.Returned, 0)",
    "hardbouncedcount": "met.Hard",
    "openedcount": "met.Opened",
    "prequeuedcount": "sent.PreQueued",
    "processedcount": "sent.Processed",
    "queuedcount": "sent.Queued",
    "softbouncedcount": "met.Soft",
    "spamcomplaintcount": "met.Spam",
    "unsubscribedcount": "met.Unsubscribed",
    "workflowexitedcount": "met.Exited",
}


def tally(scope: AggregationScope) -> str:
    """Return the common tables `sent` and `met`: counts of messages and of events, by `key`."""
    sent = _columns(_OF_MESSAGES) + (f", {scope.more}" if scope.more else "")
    key, by = (scope.key or "0"), ("GROUP BY 1" if scope.key else "")
    return (
        f"sent AS (SELECT {key.format(of='m')} AS key, {sent} FROM {scope.messages} "  # noqa: S608 - our own text
        f"WHERE m.VisibleAt <= :clock AND {scope.where.format(of='m')} {by}), "
        f"met AS (SELECT {key.format(of='e')} AS key, {_columns(_OF_EVENTS)} FROM {scope.events} "
        f"WHERE e.Kind IN ({KINDS}) AND e.VisibleAt <= :clock "
        f"AND {scope.where.format(of='e')} {by})"
    )


def _columns(named: dict[str, str]) -> str:
    """Return columns under their names."""
    return ", ".join(f"{expression} AS {name}" for name, expression in named.items())


def counts(names: str) -> tuple[Field, ...]:
    """Return fields that were counted, by their names; their case is that of the wire."""
    return integers(**{name: _COUNTS[name.lower()] for name in names.split()})
