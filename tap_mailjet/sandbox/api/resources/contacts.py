"""The resources of contacts, contact lists, segments and subscriptions."""

from __future__ import annotations

from tap_mailjet.sandbox.account.tables import LIST_RECIPIENT, Kind
from tap_mailjet.sandbox.api.campaign_filters import deleted_hidden, is_deleted
from tap_mailjet.sandbox.api.contact_columns import (
    EMAIL,
    IS_ANONYMIZED,
    IS_LISTED,
    IS_SUBSCRIBED,
    NAME,
)
from tap_mailjet.sandbox.api.message_status import happened
from tap_mailjet.sandbox.api.parameters import boolean, choice, integer, text
from tap_mailjet.sandbox.api.resource import (
    Filter,
    Hidden,
    Resource,
    booleans,
    integers,
    names,
    same,
    texts,
    times,
)


def _of_contact(expression: str, kinds: str) -> str:
    """Return an expression over the visible events of these kinds of a contact."""
    return (
        f"(SELECT {expression} FROM event AS x INDEXED BY event_by_contact "  # noqa: S608 - constants only
        f"WHERE x.ContactID = k.ID AND x.Kind IN ({kinds}) AND x.VisibleAt <= :clock)"
    )


UNSUBSCRIBED = _of_contact("MIN(x.At)", f"{int(Kind.UNSUB)}")
_ACTIVE = _of_contact("MAX(x.At)", f"{int(Kind.OPEN)}, {int(Kind.CLICK)}")
_COMPLAINTS = _of_contact("COUNT(*)", f"{int(Kind.SPAM)}")
_DELIVERED = (
    "(SELECT COUNT(*) FROM message AS m WHERE m.ContactID = k.ID AND m.SentAt <= :clock "  # noqa: S608 - constants only
    f"AND m.VisibleAt <= :clock AND NOT {happened(Kind.BOUNCE)})"
)
_CONTACT_ORDERS = {
    "ID": "k.ID",
    "CreatedAt": "k.CreatedAt",
    "DeliveredCount": _DELIVERED,
    "Email": EMAIL,
}
_EXCLUDED_AT = "CASE WHEN k.ExcludedAt <= :clock THEN k.ExcludedAt END"
_ANONYMIZED_AT = "CASE WHEN k.DeletedAt <= :clock THEN k.DeletedAt END"
_UPDATED = (
    f"MAX(k.CreatedAt, IFNULL({UNSUBSCRIBED}, 0), IFNULL({_EXCLUDED_AT}, 0), "
    f"IFNULL({_ANONYMIZED_AT}, 0))"
)
_SUBSCRIBERS = (
    "(SELECT COUNT(*) FROM subscription AS s "  # noqa: S608 - constants only
    f"WHERE s.ListID = l.ID AND {IS_SUBSCRIBED}) - "
    "(SELECT COUNT(DISTINCT x.ContactID) FROM event AS x JOIN subscription AS s "
    f"ON s.ListID = l.ID AND s.ContactID = x.ContactID AND {IS_SUBSCRIBED} "
    f"WHERE x.Kind = {int(Kind.UNSUB)} AND x.VisibleAt <= :clock)"
)
INCLUDE_ANONYMIZED = {
    "IncludeAnonymized": Filter(boolean, f"(:IncludeAnonymized OR NOT {IS_ANONYMIZED})")
}
CONTACTS_OF = {
    **INCLUDE_ANONYMIZED,
    "Campaign": Filter(
        integer,
        "k.ID IN (SELECT m.ContactID FROM message AS m "
        "WHERE m.CampaignID = :Campaign AND m.VisibleAt <= :clock)",
    ),
    "ContactsList": Filter(
        integer,
        "k.ID IN (SELECT s.ContactID FROM subscription AS s "  # noqa: S608 - constants only
        f"WHERE s.ListID = :ContactsList AND {IS_SUBSCRIBED})",
    ),
}
ANONYMIZED_HIDDEN = Hidden(names("IncludeAnonymized"), f"NOT {IS_ANONYMIZED}", "anonymized")
SUBSCRIPTION = LIST_RECIPIENT.format(s="s.")
IS_UNSUBSCRIBED = f"{UNSUBSCRIBED} IS NOT NULL"
LEFT_AT = UNSUBSCRIBED.replace("k.ID", "s.ContactID")
"""When the contact of a subscription left, for conditions without the table of contacts."""
IS_ACTIVE = f"NOT COALESCE(k.ExcludedAt <= :clock, 0) AND {UNSUBSCRIBED} IS NULL"
OF_LIST = {
    "Contact": Filter(integer, "s.ContactID = :Contact"),
    "ContactsList": Filter(integer, "s.ListID = :ContactsList"),
}

CONTACTS = Resource(
    name="contact",
    table="contact AS k",
    key="k.ID",
    visible=IS_LISTED,
    order=("k.ID",),
    fields=(
        *times(
            CreatedAt="k.CreatedAt",
            ExclusionFromCampaignsUpdatedAt=_EXCLUDED_AT,
            LastActivityAt=_ACTIVE,
            LastUpdateAt=_UPDATED,
            UnsubscribedAt=UNSUBSCRIBED,
        ),
        *integers(DeliveredCount=_DELIVERED, ID="k.ID"),
        *booleans(
            IsExcludedFromCampaigns="k.ExcludedAt <= :clock",
            IsOptInPending="k.IsOptInPending",
            IsSpamComplaining=f"{_COMPLAINTS} > 0",
        ),
        *texts(
            Email=EMAIL,
            Name=NAME,
            UnsubscribedBy=f"CASE WHEN {UNSUBSCRIBED} IS NOT NULL THEN {EMAIL} END",
        ),
    ),
    filters={
        **CONTACTS_OF,
        "Email": Filter(text, f"{EMAIL} = :Email"),
        "IsExcludedFromCampaigns": Filter(
            boolean, "COALESCE(k.ExcludedAt <= :clock, 0) = :IsExcludedFromCampaigns"
        ),
    },
    hidden=(ANONYMIZED_HIDDEN,),
    unsupported=names("IsUnsubscribed LastActivityAt Status"),
    sortable=_CONTACT_ORDERS,
)

LISTS = Resource(
    name="contactslist",
    table="contactslist AS l",
    key="l.ID",
    visible="l.VisibleAt <= :clock",
    order=("l.ID",),
    fields=(
        *texts(**same("l", "Address Name")),
        *times(CreatedAt="l.CreatedAt"),
        *integers(ID="l.ID", SubscriberCount=_SUBSCRIBERS),
        *booleans(IsDeleted="l.DeletedAt <= :clock"),
    ),
    filters={
        "Address": Filter(text, "l.Address = :Address"),
        "ExcludeID": Filter(integer, "l.ID <> :ExcludeID"),
        "IsDeleted": Filter(boolean, f"{is_deleted('l')} = :IsDeleted"),
        "Name": Filter(text, "l.Name = :Name"),
    },
    hidden=(deleted_hidden("l"),),
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
    fields=(*texts(**same("g", "Description Expression Name Status")), *integers(ID="g.ID")),
    filters={
        "Name": Filter(text, "g.Name = :Name"),
        "ShowDeleted": Filter(boolean, "(:ShowDeleted OR g.Status <> 'deleted')"),
        "Status": Filter(choice("used", "unused", "deleted"), "g.Status = :Status"),
    },
    hidden=(Hidden(names("ShowDeleted Status"), "g.Status <> 'deleted'", "deleted"),),
    sortable={"ID": "g.ID"},
    ascending=(),
)

LIST_RECIPIENTS = Resource(
    name="listrecipient",
    table="subscription AS s",
    key=SUBSCRIPTION,
    visible=IS_SUBSCRIBED,
    order=(SUBSCRIPTION,),
    joins="JOIN contact AS k ON k.ID = s.ContactID JOIN contactslist AS l ON l.ID = s.ListID",
    fields=(
        *texts(ContactALT=EMAIL, ListALT="l.Name", ListName="l.Name"),
        *integers(ContactID="s.ContactID", ID=SUBSCRIPTION, ListID="s.ListID"),
        *booleans(IsActive=IS_ACTIVE, IsUnsubscribed=IS_UNSUBSCRIBED),
        *times(SubscribedAt="s.SubscribedAt", UnsubscribedAt=UNSUBSCRIBED),
    ),
    filters={**OF_LIST, "Unsub": Filter(boolean, f"({LEFT_AT} IS NOT NULL) = :Unsub")},
    unsupported=names(
        "Active Blocked ContactEmail IgnoreDeleted IsExcludedFromCampaigns LastActivityAt "
        "ListName Opened Status"
    ),
    sortable={"ID": SUBSCRIPTION},
)

RESOURCES = (CONTACTS, LISTS, SEGMENTS, LIST_RECIPIENTS)
