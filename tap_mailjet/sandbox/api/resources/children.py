"""The sub-resources: what there is of one message, contact, draft, template or campaign."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from tap_mailjet.sandbox.account.size import DAY
from tap_mailjet.sandbox.account.tables import Kind
from tap_mailjet.sandbox.api.contact_columns import IS_SUBSCRIBED
from tap_mailjet.sandbox.api.drawn_resource import Drawn
from tap_mailjet.sandbox.api.message_status import (
    IS_BLOCKED,
    STATUS,
    UNSENT,
    bounce_status,
    happened,
    of_bounce,
)
from tap_mailjet.sandbox.api.resource import Resource, booleans, integers, numbers, texts, times
from tap_mailjet.sandbox.api.resources.account import TEMPLATES
from tap_mailjet.sandbox.api.resources.campaigns import DRAFTS
from tap_mailjet.sandbox.api.resources.contacts import (
    IS_ACTIVE,
    IS_UNSUBSCRIBED,
    LIST_RECIPIENTS,
    SUBSCRIPTION,
)


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


_TYPES = {Kind.OPEN: "opened", Kind.CLICK: "clicked", Kind.UNSUB: "unsub", Kind.SPAM: "spam"}
"""Mailjet's words for what happened; of leaving a workflow a message's history says nothing."""
_TYPE = (
    "CASE e.Kind "
    + " ".join(f"WHEN {int(kind)} THEN '{word}'" for kind, word in _TYPES.items())
    + f" ELSE CASE WHEN {IS_BLOCKED.format(e='e')} THEN 'blocked' ELSE 'bounced' END END"
)
_COMMENT = "CASE WHEN e.StateID IS NOT NULL THEN 'smtp; 550' END"
_HISTORY = (
    "history AS ("  # noqa: S608 - constants only
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

_LIST_RECIPIENT = replace(
    LIST_RECIPIENTS,
    name="listrecipient/ID",
    visible=f"{LIST_RECIPIENTS.visible} AND {SUBSCRIPTION} = :parent",
    filters={},
    unsupported=frozenset(),
)
"""A single object, which stands for the path with its ID."""

_STATUS_OF_DRAFT = next(one.sql for one in DRAFTS.fields if one.name == "Status")
_SCHEDULES = Resource(
    name="campaigndraft/schedule",
    table=DRAFTS.table,
    key=DRAFTS.key,
    visible=f"{DRAFTS.visible} AND {DRAFTS.key} = :parent AND {_STATUS_OF_DRAFT} IN (1, 2)",
    order=DRAFTS.order,
    fields=(
        *times(Date=f"d.CreatedAt + {DAY}"),
        *texts(Status=f"CASE {_STATUS_OF_DRAFT} WHEN 2 THEN 'Sent' ELSE 'Programmed' END"),
    ),
)


def _content(name: str, stream: str, parent: str, of: Resource) -> Resource:
    """Return the text of each draft or template."""
    text = Drawn(
        name,
        stream,
        without=parent,
        choices={
            "Headers": ({"Subject": "L'été arrive ☀", "From": '"Shop" <hello@example.com>'}, {}),
            "Html-part": ("<html><body><h1>№ {n}</h1>\n</body></html>",),
            "MJMLContent": ("<mjml>№ {n}</mjml>", {"tagName": "mjml", "children": []}, None),
            "Text-part": ("№ {n}\n", ""),
        },
    ).of(of, "d.CreatedAt")
    return replace(text, visible=f"{of.visible} AND {of.key} = :parent")


_LINK_CLICKS = Resource(
    name="statistics/link-click",
    table="links",
    key="links.key",
    visible="1",
    order=("links.key",),
    grouped=(
        "links AS (SELECT number_of(e.Url) AS key, e.Url AS Url, COUNT(*) AS Clicks, "  # noqa: S608 - constants only
        f"COUNT(DISTINCT e.MessageID) AS Messages FROM event AS e WHERE e.Kind = {int(Kind.CLICK)} "
        "AND e.CampaignID = :parent AND e.VisibleAt <= :clock GROUP BY e.Url)"
    ),
    fields=(
        *integers(
            ClickedEventsCount="links.Clicks",
            ClickedMessagesCount="links.Messages",
            PositionIndex="links.key % 23",
        ),
        *texts(URL="links.Url"),
    ),
)

_PROVIDERS = ("Gmail", "Microsoft", "Yahoo", "Orange", "GMX", 'The "Other" ones')
_PROVIDER = f"m.ContactID * 5 / 3 % {len(_PROVIDERS)}"
_BOUNCE = of_bounce(bounce_status("x"))
_COUNTS = {
    "AttemptedMessagesCount": "1",
    "ClickedMessagesCount": happened(Kind.CLICK),
    "DeferredMessagesCount": f"{UNSENT} AND {STATUS} = 'deferred'",
    "DeliveredMessagesCount": f"NOT {UNSENT} AND NOT {happened(Kind.BOUNCE)}",
    "HardBouncedMessagesCount": f"COALESCE({_BOUNCE} IN ('hardbounced', 'bounce'), 0)",
    "OpenedMessagesCount": happened(Kind.OPEN),
    "SoftBouncedMessagesCount": f"COALESCE({_BOUNCE} = 'softbounced', 0)",
    "SpamReportsCount": happened(Kind.SPAM),
    "UnsubscribedMessagesCount": happened(Kind.UNSUB),
}
_RATES = {
    "OpenRate": "OpenedMessagesCount",
    "DeferredRate": "DeferredMessagesCount",
    "HardBouncedRate": "HardBouncedMessagesCount",
    "SoftBouncedRate": "SoftBouncedMessagesCount",
    "SpamReportsRate": "SpamReportsCount",
    "UnsubscribedRate": "UnsubscribedMessagesCount",
}
_SUMS = ", ".join(f"SUM({sql}) AS {name}" for name, sql in _COUNTS.items())
_NAMES = " ".join(f"WHEN {n} THEN '{name}'" for n, name in enumerate(_PROVIDERS))

_PROVIDERS_OF_CAMPAIGN = Resource(
    name="statistics/recipient-esp",
    table="provider AS p",
    key="p.key",
    visible="1",
    order=("p.key",),
    grouped=(
        f"provider AS (SELECT {_PROVIDER} AS key, {_SUMS} FROM message AS m "  # noqa: S608 - constants only
        "WHERE m.CampaignID = :parent AND m.VisibleAt <= :clock GROUP BY 1)"
    ),
    fields=(
        *texts(ESPName=f"CASE p.key {_NAMES} END"),
        *integers(**{name: f"p.{name}" for name in _COUNTS}),
        *numbers(
            ClickThroughRate="1.0 * p.ClickedMessagesCount / NULLIF(p.OpenedMessagesCount, 0)",
            **{n: f"1.0 * p.{of} / p.AttemptedMessagesCount" for n, of in _RATES.items()},
        ),
    ),
)

_ALL = (
    Child(_MESSAGE_HISTORY, "message", is_empty_if_unknown=True),
    Child(_MEMBERSHIPS, "contact"),
    Child(_LIST_RECIPIENT, "listrecipient", is_single=True),
    Child(
        _content(
            "campaigndraft/detailcontent", "campaign_draft_contents", "CampaignDraftID", DRAFTS
        ),
        "campaigndraft",
        is_single=True,
    ),
    Child(_SCHEDULES, "campaigndraft", is_single=True),
    Child(
        _content("template/detailcontent", "template_contents", "TemplateID", TEMPLATES),
        "template",
        is_single=True,
    ),
    Child(_LINK_CLICKS, "campaign", "CampaignId"),
    Child(_PROVIDERS_OF_CAMPAIGN, "campaign", "CampaignId"),
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
        first, number, last = match.groups()
        for name in [f"{first}/{last}"] if last else [first, f"{first}/ID"]:
            if name in CHILDREN:
                return name, number
    return path, ""
