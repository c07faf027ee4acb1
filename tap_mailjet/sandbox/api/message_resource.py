"""The resource `message`, whose Status follows from the events visible by now."""

from __future__ import annotations

from tap_mailjet.sandbox.account.tables import FIRST_MESSAGE, Kind
from tap_mailjet.sandbox.api.contact_columns import EMAIL
from tap_mailjet.sandbox.api.event_resources import IS_BLOCKED, IS_TEMPORARY
from tap_mailjet.sandbox.api.resource import (
    Field,
    Resource,
    Type,
    booleans,
    integers,
    numbers,
    texts,
    times,
)

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
"""In the order of Mailjet's metadata. Which number stands for which status is not documented; the
sandbox numbers them in this order, from 0.
"""

EVENTS_OF_MESSAGE = "event AS x INDEXED BY event_by_message"
"""Left to itself, SQLite takes an index by time and walks through all events of the kind."""


def happened(kind: Kind, message: str = "m.ID") -> str:
    """Return the condition that an event of a kind is visible for a message."""
    return (
        f"EXISTS (SELECT 1 FROM {EVENTS_OF_MESSAGE} "  # noqa: S608 - made of our own text only
        f"WHERE x.Kind = {int(kind)} AND x.MessageID = {message} AND x.VisibleAt <= :clock)"
    )


def of_bounce(expression: str) -> str:
    """Return an expression read from a message's first visible bounce, the one that counts."""
    return (
        f"(SELECT {expression} FROM {EVENTS_OF_MESSAGE} "  # noqa: S608 - made of our own text only
        f"WHERE x.Kind = {int(Kind.BOUNCE)} AND x.MessageID = m.ID AND x.VisibleAt <= :clock "
        "ORDER BY x.At, x.Seq LIMIT 1)"
    )


BOUNCE_STATUS = (
    "CASE WHEN {blocked} THEN 'blocked' WHEN {temporary} THEN 'softbounced' "
    "WHEN {e}.StateID <= 5 THEN 'hardbounced' ELSE 'bounce' END"
)


def bounce_status(event: str) -> str:
    """Return the expression for the Status a bounce gives; `event` is the table's alias."""
    return BOUNCE_STATUS.format(
        e=event, blocked=IS_BLOCKED.format(e=event), temporary=IS_TEMPORARY.format(e=event)
    )


STATUS = (
    f"CASE WHEN {happened(Kind.SPAM)} THEN 'spam' WHEN {happened(Kind.UNSUB)} THEN 'unsub' "
    f"WHEN {happened(Kind.CLICK)} THEN 'clicked' WHEN {happened(Kind.OPEN)} THEN 'opened' "
    f"ELSE COALESCE({of_bounce(bounce_status('x'))}, "
    "CASE WHEN m.SentAt <= :clock THEN 'sent' WHEN m.DeferredAt <= :clock THEN 'deferred' "
    "ELSE 'queued' END) END"
)

MESSAGES = Resource(
    name="message",
    table="message AS m",
    key="m.ID",
    visible="m.VisibleAt <= :clock",
    # The same as by ID, for IDs grow with arrival unless an account is churned; but so the index
    # on it serves windows too.
    order=("m.ArrivedAt", "m.ID"),
    joins=(
        "JOIN campaign AS c ON c.ID = m.CampaignID "
        "JOIN contact AS k ON k.ID = m.ContactID "
        "JOIN sender AS f ON f.ID = c.FromID"
    ),
    fields=(
        *times(ArrivedAt="m.ArrivedAt"),
        *integers(
            AttachmentCount="c.AttachmentCount",
            AttemptCount="m.AttemptCount + COALESCE(m.AttemptCount = 0 AND m.SentAt <= :clock, 0)",
        ),
        *texts(CampaignALT="c.ALT"),
        *integers(CampaignID="m.CampaignID"),
        *texts(ContactAlt=f"CASE WHEN :ShowContactAlt THEN {EMAIL} END"),
        *integers(ContactID="m.ContactID"),
        *texts(CustomID="CASE WHEN :ShowCustomID THEN m.CustomID END"),
        *numbers(Delay="CASE WHEN m.SentAt <= :clock THEN m.SentAt - m.ArrivedAt END"),
        *integers(DestinationID="1 + m.ContactID % 3", FilterTime="3 + m.ID % 37"),
        *texts(FromALT="f.Email"),
        *integers(FromID="c.FromID", ID="m.ID"),
        *booleans(
            IsClickTracked="c.IsClickTracked",
            IsHTMLPartIncluded="c.HasHtml",
            IsOpenTracked="c.IsOpenTracked",
            IsTextPartIncluded="c.HasText",
            IsUnsubTracked="c.IsUnsubTracked",
        ),
        *integers(MessageSize="8000 + c.ID % 41 * 300 + m.ID % 97", SenderID="c.SenderID"),
        *texts(SpamassRules="c.SpamassRules"),
        *numbers(SpamassassinScore="c.SpamassScore"),
        *integers(StateID=of_bounce("x.StateID")),
        *booleans(StatePermanent=of_bounce(f"NOT {IS_TEMPORARY.format(e='x')}")),
        *texts(Status=STATUS, Subject="CASE WHEN :ShowSubject THEN c.Subject END"),
        Field("UUID", Type.UUID, f"m.ID - {FIRST_MESSAGE}"),
    ),
    sortable={"ArrivedAt": "m.ArrivedAt", "ID": "m.ID"},
    ascending=(),
    shown=("ShowContactAlt", "ShowCustomID", "ShowSubject"),
)
