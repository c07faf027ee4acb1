"""The resources that count for each campaign, list, sender and automation."""

from __future__ import annotations

from tap_mailjet.sandbox.account.tables import Kind
from tap_mailjet.sandbox.api.campaign_filters import is_deleted
from tap_mailjet.sandbox.api.contact_columns import IS_SUBSCRIBED
from tap_mailjet.sandbox.api.message_resource import happened
from tap_mailjet.sandbox.api.object_resources import SUBSCRIBERS, of_contact
from tap_mailjet.sandbox.api.resource import (
    Resource,
    booleans,
    integers,
    named,
    objects,
    texts,
    times,
)
from tap_mailjet.sandbox.api.resources.campaigns import TEST
from tap_mailjet.sandbox.api.resources.contacts import IS_UNSUBSCRIBED
from tap_mailjet.sandbox.api.tally import BY_CAMPAIGN, JOINS, KINDS, AggregationScope, counts, tally

_COUNTED = (
    "BlockedCount BouncedCount ClickedCount DeferredCount DeliveredCount HardBouncedCount "
    "OpenedCount PreQueuedCount ProcessedCount QueuedCount SoftBouncedCount SpamComplaintCount "
    "UnsubscribedCount WorkFlowExitedCount"
)


def _by_campaign(column: str, more: str = "") -> str:
    """Return the counting of what was sent by the campaigns of something.

    Args:
        column: The campaign's column that has the keys in `page`.
        more: Further columns to be counted over the messages.
    """
    campaigns = f"page CROSS JOIN campaign AS c ON c.{column} = page.key CROSS JOIN"
    return tally(
        AggregationScope(
            f"{campaigns} message AS m ON m.CampaignID = c.ID",
            f"{campaigns} {BY_CAMPAIGN} ON e.CampaignID = c.ID",
            more=more,
        )
    )


_ACTIVE = of_contact("1", f"{int(Kind.OPEN)}, {int(Kind.CLICK)}").removesuffix(")") + " LIMIT 1)"


def _subscribers(condition: str) -> str:
    """Return the counting of the contacts on a list that meet a condition."""
    return (
        "(SELECT COUNT(*) FROM subscription AS s JOIN contact AS k ON k.ID = s.ContactID "  # noqa: S608 - our own text
        f"WHERE s.ListID = l.ID AND {IS_SUBSCRIBED} AND {condition})"
    )


_EXCLUDED = "COALESCE(k.ExcludedAt <= :clock, 0)"
_OF_SUBSCRIBERS = {
    "ActiveCount": ("CalcActive", f"{_ACTIVE} IS NOT NULL"),
    "ActiveUnsubscribedCount": (
        "CalcActiveUnsub",
        f"{IS_UNSUBSCRIBED} AND {_ACTIVE} IS NOT NULL",
    ),
    "ActiveExcludedSubscriberCount": (
        "CalcActiveExcludedSubscriber",
        f"{_EXCLUDED} AND {_ACTIVE} IS NOT NULL",
    ),
    "ExcludedSubscriberCount": ("CalcExcludedSubscriber", _EXCLUDED),
}
"""Counts of a list's contacts, which are made only if a parameter asks for them."""

_PROCESSED = (
    "(SELECT COUNT(*) FROM message AS o WHERE o.CampaignID {campaigns} AND o.VisibleAt <= :clock)"
)
_PROCESSED_FOR = _PROCESSED.format(
    campaigns="IN (SELECT v.ID FROM campaign AS v WHERE v.{column} = {key})"
)
CAMPAIGN_ACTIVE_AT = (
    f"(SELECT MAX(x.At) FROM event AS x INDEXED BY event_by_campaign WHERE x.Kind IN ({KINDS}) "  # noqa: S608 - our own text
    "AND x.CampaignID = c.ID AND x.VisibleAt <= :clock)"
)

CAMPAIGN_STATISTICS = Resource(
    name="campaignstatistics",
    table="campaign AS c",
    key="c.ID",
    visible="c.VisibleAt <= :clock",
    order=("c.ID",),
    joins=(
        "LEFT JOIN contactslist AS l ON l.ID = c.ListID "
        "LEFT JOIN contactfilter AS g ON g.ID = c.SegmentationID "
        f"LEFT JOIN axtest AS x ON x.CampaignID = c.ID {JOINS}"
    ),
    counted=_by_campaign("ID"),
    fields=(
        *counts(_COUNTED),
        *objects(AXTesting=TEST),
        *integers(
            AXTestingID="x.ID",
            CampaignID="c.ID",
            NewsLetterID="c.NewsLetterID",
            WorkflowID="c.WorkflowID",
        ),
        *booleans(CampaignIsStarred="c.IsStarred"),
        *times(CampaignSendStartAt="c.SendStartAt", LastActivityAt="met.At"),
        *texts(
            CampaignALT="c.ALT",
            CampaignSubject="CASE WHEN :ShowExtraData THEN c.Subject END",
            ContactListName="CASE WHEN :ShowExtraData THEN l.Name END",
            SegmentName="CASE WHEN :ShowExtraData THEN g.Name END",
        ),
    ),
    sortable={
        "ID": "c.ID",
        "ProcessedCount": _PROCESSED.format(campaigns="= c.ID"),
        "Newsletter.ID": "c.NewsLetterID",
    },
    ascending=(),
    shown=("ShowExtraData",),
)

LIST_STATISTICS = Resource(
    name="liststatistics",
    table="contactslist AS l",
    key="l.ID",
    visible="l.VisibleAt <= :clock",
    order=("l.ID",),
    joins=JOINS,
    counted=_by_campaign("ListID"),
    fields=(
        *counts(_COUNTED),
        *integers(
            ID="l.ID",
            SubscriberCount=SUBSCRIBERS,
            **{
                name: f"CASE WHEN :{asked} THEN {_subscribers(condition)} END"
                for name, (asked, condition) in _OF_SUBSCRIBERS.items()
            },
        ),
        *named("l", texts, "Address Name"),
        *times(CreatedAt="l.CreatedAt", LastActivityAt="met.At"),
        *booleans(IsDeleted="l.DeletedAt <= :clock"),
    ),
    sortable={
        "ID": "l.ID",
        "ProcessedCount": _PROCESSED_FOR.format(column="ListID", key="l.ID"),
        "IsDeleted": is_deleted("l"),
        "Name": "l.Name",
    },
    ascending=(),
    shown=tuple(asked for asked, _ in _OF_SUBSCRIBERS.values()),
)

SENDER_STATISTICS = Resource(
    name="senderstatistics",
    table="sender AS s",
    key="s.ID",
    visible="s.VisibleAt <= :clock",
    order=("s.ID",),
    joins=JOINS,
    counted=_by_campaign("SenderID"),
    fields=(
        *counts(_COUNTED),
        *times(LastActivityAt="met.At"),
        *texts(SenderALT="s.Email"),
        *integers(SenderID="s.ID"),
    ),
    sortable={
        "ID": "s.ID",
        "ProcessedCount": _PROCESSED_FOR.format(column="SenderID", key="s.ID"),
    },
)

_CONTACTS = {
    "Contacts": "COUNT(DISTINCT m.ContactID)",
    "Left": f"COUNT(DISTINCT CASE WHEN {happened(Kind.EXIT)} THEN m.ContactID END)",
    "SentAt": "MAX(CASE WHEN m.SentAt <= :clock THEN m.SentAt END)",
    "EnteredAt": "MAX(m.ArrivedAt)",
    "StartedAt": "MIN(m.ArrivedAt)",
}

WORKFLOW_STATISTICS = Resource(
    name="workflowstatistics",
    table="workflow AS w",
    key="w.ID",
    visible="w.VisibleAt <= :clock",
    order=("w.ID",),
    joins=JOINS,
    counted=_by_campaign(
        "WorkflowID", ", ".join(f'{sql} AS "{name}"' for name, sql in _CONTACTS.items())
    ),
    fields=(
        *counts(
            "BlockedCount BouncedCount ClickedCount DeliveredCount OpenedCount ProcessedCount "
            "QueuedCount SpamComplaintCount"
        ),
        *integers(
            AutoCleanExitedCount="0",
            ContactCompletedCount='sent.Contacts - sent."Left"',
            ContactCount="sent.Contacts",
            ContactUneligibleCount="0",
            ExitConditionExitedCount="0",
            ExitLinkExitedCount='sent."Left"',
            ExitedWorkflowCount='sent."Left"',
            UserExitedCount="0",
            WorkflowID="w.ID",
        ),
        *times(
            LastContactEnteredAt="sent.EnteredAt",
            LastMessageSentAt="sent.SentAt",
            # As Mailjet spells it.
            WorflowStartedAt="sent.StartedAt",
        ),
    ),
    sortable={"ID": "w.ID"},
    ascending=(),
)
