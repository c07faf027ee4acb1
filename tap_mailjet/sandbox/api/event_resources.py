"""The resources that list events: bounces, clicks and opens."""

from __future__ import annotations

from tap_mailjet.sandbox.account.tables import Kind
from tap_mailjet.sandbox.api.contact_columns import EMAIL
from tap_mailjet.sandbox.api.resource import Resource, booleans, integers, texts, times

IS_BLOCKED = "{e}.StateID >= 14"
"""From 14 on the states are reasons for which Mailjet never tried."""
IS_TEMPORARY = "{e}.StateID IN (3, 10, 12, 13)"
_ORDER = ("e.MessageID", "e.Seq")
_JOINS = (
    "JOIN message AS m ON m.ID = e.MessageID "
    "JOIN campaign AS c ON c.ID = e.CampaignID "
    "JOIN contact AS k ON k.ID = e.ContactID "
    "LEFT JOIN useragent AS u ON u.ID = e.UserAgentID"
)
DELAY = "MAX(0, e.At - COALESCE(m.SentAt, m.ArrivedAt))"
"""Seconds from the sending of a message to the event."""


def _visible(kind: Kind) -> str:
    """Return the condition for the visible events of a kind."""
    return f"e.Kind = {int(kind)} AND e.VisibleAt <= :clock"


BOUNCES = Resource(
    name="bouncestatistics",
    table="event AS e",
    key="e.Seq",
    visible=_visible(Kind.BOUNCE),
    order=_ORDER,
    joins=_JOINS,
    fields=(
        *times(BouncedAt="e.At"),
        *texts(CampaignALT="c.ALT"),
        *integers(CampaignID="e.CampaignID"),
        *texts(ContactALT=EMAIL),
        *integers(ContactID="e.ContactID", ID="e.MessageID"),
        *booleans(
            IsBlocked=IS_BLOCKED.format(e="e"),
            IsStatePermanent=f"NOT {IS_TEMPORARY.format(e='e')}",
        ),
        *integers(StateID="e.StateID"),
    ),
    sortable={"ID": "e.MessageID"},
)

CLICKS = Resource(
    name="clickstatistics",
    table="event AS e",
    key="e.Seq",
    visible=_visible(Kind.CLICK),
    order=_ORDER,
    joins=_JOINS,
    fields=(
        *times(ClickedAt="e.At"),
        *integers(ClickedDelay=DELAY),
        *texts(ContactALT=EMAIL),
        *integers(ContactID="e.ContactID", ID="e.MessageID", MessageID="e.MessageID"),
        *texts(Url="e.Url", UserAgent="u.Name"),
        *integers(UserAgentID="e.UserAgentID"),
    ),
    sortable={"ID": "e.MessageID"},
)

OPENS = Resource(
    name="openinformation",
    table="event AS e",
    key="e.Seq",
    visible=_visible(Kind.OPEN),
    order=_ORDER,
    joins=_JOINS,
    fields=(
        *times(ArrivedAt="m.ArrivedAt"),
        *texts(CampaignALT="c.ALT"),
        *integers(CampaignID="e.CampaignID"),
        *texts(ContactALT=EMAIL),
        *integers(ContactID="e.ContactID", ID="e.MessageID", MessageID="e.MessageID"),
        *times(OpenedAt="e.At"),
        *texts(UserAgent="u.Name", UserAgentFull="u.FullName"),
        *integers(UserAgentID="e.UserAgentID"),
    ),
    sortable={"ID": "e.MessageID"},
)
