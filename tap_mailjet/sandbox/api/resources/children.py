"""The sub-resources: what there is of one message, contact, draft, template or campaign."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tap_mailjet.sandbox.account.tables import Kind
from tap_mailjet.sandbox.api.contact_columns import IS_SUBSCRIBED
from tap_mailjet.sandbox.api.event_resources import IS_BLOCKED
from tap_mailjet.sandbox.api.resource import (
    Resource,
    booleans,
    integers,
    objects,
    texts,
    times,
)
from tap_mailjet.sandbox.api.resources.contacts import (
    IS_ACTIVE,
    IS_UNSUBSCRIBED,
    SUBSCRIPTION,
)
from tap_mailjet.sandbox.api.resources.totals import LINK_CLICKS, PROVIDERS_OF_CAMPAIGN


@dataclass(frozen=True)
class Child:
    """A sub-resource.

    Attributes:
        resource: Its rows, those of the parent with the ID `:parent`.
        parent: The name of the list resource that has the parents.
        parameter: The query parameter that names the parent; empty where the path does.
        is_single: Whether it is one object, with nothing to page through.
        is_empty_if_unknown: Whether an unknown parent has no rows; else it is a 404.
    """

    resource: Resource
    parent: str
    parameter: str = ""
    is_single: bool = False
    is_empty_if_unknown: bool = False


_TYPES = {
    Kind.OPEN: "opened",
    Kind.CLICK: "clicked",
    Kind.UNSUB: "unsub",
    Kind.SPAM: "spam",
}
"""Mailjet's words for what happened; of leaving a workflow a message's history says nothing."""
_TYPE = (
    "CASE e.Kind "
    + " ".join(f"WHEN {int(kind)} THEN '{word}'" for kind, word in _TYPES.items())
    + f" ELSE CASE WHEN {IS_BLOCKED.format(e='e')} THEN 'blocked' ELSE 'bounced' END END"
)
_COMMENT = "CASE WHEN e.StateID IS NOT NULL THEN 'smtp; 550' END"
_HISTORY = (
    "history AS ("  # noqa: S608 - our own text
    "SELECT 0 AS Seq, m.SentAt AS At, 'sent' AS Type, NULL AS StateID, NULL AS UserAgentID, "
    "NULL AS Comment FROM message AS m "
    "WHERE m.ID = :parent AND m.SentAt <= :clock AND m.VisibleAt <= :clock UNION ALL "
    f"SELECT e.Seq, e.At, {_TYPE}, e.StateID, e.UserAgentID, {_COMMENT} "
    "FROM event AS e INDEXED BY event_by_message "
    f"WHERE e.Kind IN ({', '.join(str(int(kind)) for kind in (*_TYPES, Kind.BOUNCE))}) "
    "AND e.MessageID = :parent AND e.VisibleAt <= :clock)"
)

_MESSAGE_HISTORY = Resource(
    name="messagehistory",
    table="history AS h",
    key="h.Seq",
    visible="1",
    order=("h.At", "h.Seq"),
    grouped=_HISTORY,
    joins=(
        "LEFT JOIN messagestate AS t ON t.ID = h.StateID "
        "LEFT JOIN useragent AS u ON u.ID = h.UserAgentID"
    ),
    fields=(
        *texts(Comment="h.Comment"),
        *integers(EventAt="h.At"),
        *texts(EventType="h.Type", State="t.State", Useragent="u.FullName"),
        *integers(UseragentID="h.UserAgentID"),
    ),
    # By the position in the history: a row has no ID.
    sortable={"ID": "h.At"},
)

_MEMBERSHIPS = Resource(
    name="contact/getcontactslists",
    table="subscription AS s",
    key=SUBSCRIPTION,
    visible=f"s.ContactID = :parent AND {IS_SUBSCRIBED}",
    order=(SUBSCRIPTION,),
    joins="JOIN contact AS k ON k.ID = s.ContactID",
    fields=(
        *booleans(IsActive=IS_ACTIVE, IsUnsub=IS_UNSUBSCRIBED),
        *integers(ListID="s.ListID"),
        *times(SubscribedAt="s.SubscribedAt"),
    ),
)

_SCHEDULES = Resource(
    name="campaigndraft/schedule",
    table="draft AS d",
    key="d.ID",
    visible=(
        "d.ID = :parent AND d.ProgrammedAt <= :clock "
        "AND NOT COALESCE(d.ArchivedAt <= :clock OR d.DeletedAt <= :clock, 0)"
    ),
    order=("d.ID",),
    fields=(
        *times(Date="d.DueAt"),
        *texts(Status="CASE WHEN d.DeliveredAt <= :clock THEN 'Sent' ELSE 'Programmed' END"),
    ),
)


def _content(name: str, table: str) -> Resource:
    """Return the text of the rows of a table."""
    return Resource(
        name=name,
        table=f"{table} AS t",
        key="t.ID",
        visible="t.ID = :parent",
        order=("t.ID",),
        fields=(
            *objects(Headers="t.Headers", MJMLContent="t.MJML"),
            *texts(**{"Html-part": "t.Html", "Text-part": "t.Text"}),
        ),
    )


_ALL = (
    Child(_MESSAGE_HISTORY, "message", is_empty_if_unknown=True),
    Child(_MEMBERSHIPS, "contact"),
    Child(_content("campaigndraft/detailcontent", "draft"), "campaigndraft", is_single=True),
    Child(_SCHEDULES, "campaigndraft", is_single=True),
    Child(_content("template/detailcontent", "template"), "template", is_single=True),
    Child(LINK_CLICKS, "campaign", "CampaignId"),
    Child(PROVIDERS_OF_CAMPAIGN, "campaign", "CampaignId"),
)
CHILDREN = {child.resource.name: child for child in _ALL}
"""The sub-resources by their names: those of their paths, without the parent's ID."""

_PATH = re.compile(r"(\w+)/([^/]+)(?:/(\w+))?")


def named(path: str) -> tuple[str, str]:
    """Return the name of the resource at a path, and the ID of the parent that the path names.

    The ID is empty where the path names none.
    """
    match = _PATH.fullmatch(path)
    if match is not None:
        name = "/".join(filter(None, (match[1], match[3])))
        if name in CHILDREN:
            return name, match[2]
    return path, ""
