"""The resources that list events: bounces, clicks and opens."""

from __future__ import annotations

from tap_mailjet.sandbox.account.tables import Kind
from tap_mailjet.sandbox.api.campaign_filters import (
    of_deleted_campaigns_hidden,
    of_its_campaign,
    of_status,
)
from tap_mailjet.sandbox.api.contact_columns import EMAIL
from tap_mailjet.sandbox.api.message_status import DELAY, IS_BLOCKED, IS_TEMPORARY, STATUS
from tap_mailjet.sandbox.api.parameters import integer, moment
from tap_mailjet.sandbox.api.resource import (
    Filter,
    Resource,
    booleans,
    integers,
    same,
    texts,
    times,
)

_ORDER = ("e.MessageID", "e.Seq")
_JOINS = (
    "JOIN message AS m ON m.ID = e.MessageID "
    "JOIN campaign AS c ON c.ID = e.CampaignID "
    "JOIN contact AS k ON k.ID = e.ContactID "
    "LEFT JOIN useragent AS u ON u.ID = e.UserAgentID"
)
_FILTERS = {
    **of_its_campaign("e"),
    "EventFromTs": Filter(moment, "e.At {lower} :EventFromTs"),
    "EventToTs": Filter(moment, "e.At {upper} :EventToTs"),
    "MessageStatus": of_status(f"(SELECT {STATUS} FROM message AS m WHERE m.ID = e.MessageID)"),  # noqa: S608 - constants only
}
_BY_MESSAGE = {"MessageID": Filter(integer, "e.MessageID = :MessageID")}
_HIDDEN = (of_deleted_campaigns_hidden("e"),)


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
        *texts(CampaignALT="c.ALT", ContactALT=EMAIL),
        *integers(**same("e", "CampaignID ContactID StateID"), ID="e.MessageID"),
        *booleans(
            IsBlocked=IS_BLOCKED.format(e="e"), IsStatePermanent=f"NOT {IS_TEMPORARY.format(e='e')}"
        ),
    ),
    filters=_FILTERS,
    hidden=_HIDDEN,
    is_current_day=True,
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
        *integers(
            **same("e", "ContactID MessageID UserAgentID"), ClickedDelay=DELAY, ID="e.MessageID"
        ),
        *texts(ContactALT=EMAIL, Url="e.Url", UserAgent="u.Name"),
    ),
    filters={**_FILTERS, **_BY_MESSAGE},
    hidden=_HIDDEN,
    is_current_day=True,
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
        *times(ArrivedAt="m.ArrivedAt", OpenedAt="e.At"),
        *texts(
            CampaignALT="c.ALT", ContactALT=EMAIL, UserAgent="u.Name", UserAgentFull="u.FullName"
        ),
        *integers(**same("e", "CampaignID ContactID MessageID UserAgentID"), ID="e.MessageID"),
    ),
    filters={**_FILTERS, **_BY_MESSAGE},
    hidden=_HIDDEN,
    is_current_day=True,
    sortable={"ID": "e.MessageID"},
)

RESOURCES = (BOUNCES, CLICKS, OPENS)
