"""The resources without events: campaigns, contacts, lists, segments and senders."""

from __future__ import annotations

from tap_mailjet.sandbox.account.tables import Kind
from tap_mailjet.sandbox.api.campaign_filters import CAMPAIGN_STATUS, is_deleted
from tap_mailjet.sandbox.api.contact_columns import EMAIL, IS_LISTED, IS_SUBSCRIBED, NAME
from tap_mailjet.sandbox.api.message_resource import happened
from tap_mailjet.sandbox.api.resource import Resource, booleans, integers, numbers, texts, times

_FIRST = "(SELECT MIN(m.ID) FROM message AS m WHERE m.CampaignID = c.ID AND m.VisibleAt <= :clock)"
_COUNT = (
    "(SELECT COUNT(*) FROM message AS m "
    "WHERE c.{flag} AND m.CampaignID = c.ID AND m.VisibleAt <= :clock)"
)


def of_contact(expression: str, kinds: str) -> str:
    """Return an expression over the visible events of these kinds of a contact."""
    return (
        f"(SELECT {expression} FROM event AS x INDEXED BY event_by_contact "  # noqa: S608 - made of our own text only
        f"WHERE x.ContactID = k.ID AND x.Kind IN ({kinds}) AND x.VisibleAt <= :clock)"
    )


UNSUBSCRIBED = of_contact("MIN(x.At)", f"{int(Kind.UNSUB)}")
_ACTIVE = of_contact("MAX(x.At)", f"{int(Kind.OPEN)}, {int(Kind.CLICK)}")
_COMPLAINTS = of_contact("COUNT(*)", f"{int(Kind.SPAM)}")
_DELIVERED = (
    "(SELECT COUNT(*) FROM message AS m WHERE m.ContactID = k.ID AND m.SentAt <= :clock "  # noqa: S608 - made of our own text only
    f"AND m.VisibleAt <= :clock AND NOT {happened(Kind.BOUNCE)})"
)
CONTACT_ORDERS = {
    "ID": "k.ID",
    "CreatedAt": "k.CreatedAt",
    "DeliveredCount": _DELIVERED,
    "Email": EMAIL,
}
"""What contacts can be sorted by."""
_EXCLUDED_AT = "CASE WHEN k.ExcludedAt <= :clock THEN k.ExcludedAt END"
_ANONYMIZED_AT = "CASE WHEN k.DeletedAt <= :clock THEN k.DeletedAt END"
_UPDATED = (
    f"MAX(k.CreatedAt, IFNULL({UNSUBSCRIBED}, 0), IFNULL({_EXCLUDED_AT}, 0), "
    f"IFNULL({_ANONYMIZED_AT}, 0))"
)
SUBSCRIBERS = (
    "(SELECT COUNT(*) FROM subscription AS s "  # noqa: S608 - made of our own text only
    f"WHERE s.ListID = l.ID AND {IS_SUBSCRIBED}) - "
    "(SELECT COUNT(DISTINCT x.ContactID) FROM event AS x JOIN subscription AS s "
    f"ON s.ListID = l.ID AND s.ContactID = x.ContactID AND {IS_SUBSCRIBED} "
    f"WHERE x.Kind = {int(Kind.UNSUB)} AND x.VisibleAt <= :clock)"
)

CAMPAIGNS = Resource(
    name="campaign",
    table="campaign AS c",
    key="c.ID",
    visible="c.VisibleAt <= :clock",
    order=("c.ID",),
    joins=(
        "JOIN sender AS f ON f.ID = c.FromID "
        "LEFT JOIN contactslist AS l ON l.ID = c.ListID "
        "LEFT JOIN contactfilter AS g ON g.ID = c.SegmentationID"
    ),
    fields=(
        *integers(CampaignType="c.CampaignType", ClickTracked=_COUNT.format(flag="IsClickTracked")),
        *times(CreatedAt="c.CreatedAt"),
        *texts(CustomValue="c.CustomValue"),
        *integers(FirstMessageID=_FIRST),
        *texts(FromALT="f.Email", FromEmail="f.Email"),
        *integers(FromID="c.FromID"),
        *texts(FromName="c.FromName"),
        *integers(
            HasHtmlCount=_COUNT.format(flag="HasHtml"),
            HasTxtCount=_COUNT.format(flag="HasText"),
            ID="c.ID",
        ),
        *booleans(IsDeleted="c.DeletedAt <= :clock", IsStarred="c.IsStarred"),
        *texts(ListALT="l.Name"),
        *integers(
            ListID="c.ListID",
            NewsLetterID="c.NewsLetterID",
            OpenTracked=_COUNT.format(flag="IsOpenTracked"),
        ),
        *texts(SegmentationALT="g.Name"),
        *integers(SegmentationID="c.SegmentationID"),
        *times(
            SendEndAt="CASE WHEN c.SendEndAt <= :clock THEN c.SendEndAt END",
            SendStartAt="c.SendStartAt",
        ),
        *numbers(SpamassScore="c.SpamassScore"),
        *integers(Status=CAMPAIGN_STATUS),
        *texts(Subject="c.Subject"),
        *integers(
            UnsubscribeTrackedCount=_COUNT.format(flag="IsUnsubTracked"), WorkflowID="c.WorkflowID"
        ),
    ),
    sortable={"ID": "c.ID"},
    ascending=(),
)

CONTACTS = Resource(
    name="contact",
    table="contact AS k",
    key="k.ID",
    visible=IS_LISTED,
    order=("k.ID",),
    fields=(
        *times(CreatedAt="k.CreatedAt"),
        *integers(DeliveredCount=_DELIVERED),
        *texts(Email=EMAIL),
        *times(ExclusionFromCampaignsUpdatedAt=_EXCLUDED_AT),
        *integers(ID="k.ID"),
        *booleans(
            IsExcludedFromCampaigns="k.ExcludedAt <= :clock",
            IsOptInPending="k.IsOptInPending",
            IsSpamComplaining=f"{_COMPLAINTS} > 0",
        ),
        *times(
            LastActivityAt=_ACTIVE,
            LastUpdateAt=_UPDATED,
        ),
        *texts(Name=NAME),
        *times(UnsubscribedAt=UNSUBSCRIBED),
        *texts(UnsubscribedBy=f"CASE WHEN {UNSUBSCRIBED} IS NOT NULL THEN {EMAIL} END"),
    ),
    sortable=CONTACT_ORDERS,
)

LISTS = Resource(
    name="contactslist",
    table="contactslist AS l",
    key="l.ID",
    visible="l.VisibleAt <= :clock",
    order=("l.ID",),
    fields=(
        *texts(Address="l.Address"),
        *times(CreatedAt="l.CreatedAt"),
        *integers(ID="l.ID"),
        *booleans(IsDeleted="l.DeletedAt <= :clock"),
        *texts(Name="l.Name"),
        *integers(SubscriberCount=SUBSCRIBERS),
    ),
    sortable={
        "ID": "l.ID",
        "CreatedAt": "l.CreatedAt",
        "IsDeleted": is_deleted("l"),
        "Name": "l.Name",
    },
    ascending=(),
)

SEGMENTS = Resource(
    name="contactfilter",
    table="contactfilter AS g",
    key="g.ID",
    visible="g.VisibleAt <= :clock",
    order=("g.ID",),
    fields=(
        *texts(Description="g.Description", Expression="g.Expression"),
        *integers(ID="g.ID"),
        *texts(Name="g.Name", Status="g.Status"),
    ),
    sortable={"ID": "g.ID"},
    ascending=(),
)

SENDERS = Resource(
    name="sender",
    table="sender AS s",
    key="s.ID",
    visible="s.VisibleAt <= :clock",
    order=("s.ID",),
    joins="LEFT JOIN dns AS d ON d.ID = s.DNSID",
    fields=(
        *times(CreatedAt="s.CreatedAt"),
        *texts(DNS="d.Domain"),
        *integers(DNSID="s.DNSID"),
        *texts(Email="s.Email", EmailType="s.EmailType", Filename="s.Filename"),
        *integers(ID="s.ID"),
        *booleans(IsDefaultSender="s.IsDefaultSender"),
        *texts(Name="s.Name", Status="s.Status"),
    ),
    sortable={"ID": "s.ID"},
    ascending=(),
)
