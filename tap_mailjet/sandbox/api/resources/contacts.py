"""The resources of contacts: subscriptions, properties, and jobs about them."""

from __future__ import annotations

from tap_mailjet.sandbox.account.dimensions import COUNTRIES, country_of, word
from tap_mailjet.sandbox.account.tables import LIST_RECIPIENT, Kind
from tap_mailjet.sandbox.api.contact_columns import EMAIL, IS_ANONYMIZED, IS_LISTED, IS_SUBSCRIBED
from tap_mailjet.sandbox.api.object_resources import CONTACT_ORDERS, UNSUBSCRIBED, of_contact
from tap_mailjet.sandbox.api.resource import (
    Resource,
    booleans,
    integers,
    named,
    objects,
    reached,
    texts,
    times,
)
from tap_mailjet.sandbox.api.tally import BY_CONTACT, JOINS, AggregationScope, counts, tally

SUBSCRIPTION = LIST_RECIPIENT.format(s="s.")
IS_UNSUBSCRIBED = f"{UNSUBSCRIBED} IS NOT NULL"
IS_ACTIVE = f"NOT COALESCE(k.ExcludedAt <= :clock, 0) AND {UNSUBSCRIBED} IS NULL"
_LAST_EVENT = of_contact("MAX(x.At)", ", ".join(str(int(kind)) for kind in Kind))
CONTACT_ACTIVE_AT = f"MAX(k.CreatedAt, IFNULL({_LAST_EVENT}, 0))"
RECIPIENT_ACTIVE_AT = (
    f"MAX(s.SubscribedAt, IFNULL({_LAST_EVENT.replace('k.ID', 's.ContactID')}, 0))"
)
RECIPIENT_LEFT_AT = UNSUBSCRIBED.replace("k.ID", "s.ContactID")
_PROCESSED = (
    "(SELECT COUNT(*) FROM message AS o WHERE o.ContactID = {contact} AND o.VisibleAt <= :clock)"
)
_COUNTED = (
    "BlockedCount BouncedCount ClickedCount DeferredCount DeliveredCount HardbouncedCount "
    "OpenedCount PreQueuedCount ProcessedCount QueuedCount SoftbouncedCount SpamComplaintCount "
    "UnsubscribedCount WorkFlowExitedCount"
)
"""Two of them are written as Node knows them; OpenAPI has HardBouncedCount, SoftBouncedCount."""
_VALUES = {
    "age": "18 + k.ID * 7 % 60",
    "country": word(country_of("k.ID"), COUNTRIES),
    "city": word("k.ID % 3", ("Besançon", 'The "Hague"', "L'Aquila"), 0),
    "is_vip": "json(CASE WHEN k.ID % 4 THEN 'false' ELSE 'true' END)",
    "member_since": "strftime('%Y-%m-%dT%H:%M:%SZ', k.CreatedAt, 'unixepoch')",
    "score": "k.ID % 100 / 4.0",
}
_PAIRS = ", ".join(
    f"json_object('Name', '{name}', 'Value', {value})" for name, value in _VALUES.items()
)
DATA = f"CASE WHEN {IS_ANONYMIZED} OR k.ID % 9 = 4 THEN '[]' ELSE json_array({_PAIRS}) END"
"""Of some contacts nothing is known."""
_STATUS = (
    "CASE WHEN j.IsAborted AND j.JobEnd <= :clock THEN 'Abort' "
    "WHEN j.JobEnd <= :clock THEN 'Completed' WHEN j.JobStart <= :clock THEN 'Uploading' "
    "ELSE 'Upload' END"
)
_CURRENT = "CASE WHEN j.JobEnd <= :clock THEN j.Count ELSE 0 END"
_ALIVE = "MIN(MAX(j.RequestAt, :clock), j.JobEnd)"

LIST_RECIPIENTS = Resource(
    name="listrecipient",
    table="subscription AS s",
    key=SUBSCRIPTION,
    visible=IS_SUBSCRIBED,
    order=(SUBSCRIPTION,),
    joins="JOIN contact AS k ON k.ID = s.ContactID JOIN contactslist AS l ON l.ID = s.ListID",
    fields=(
        *texts(ContactALT=EMAIL),
        *integers(ContactID="s.ContactID", ID=SUBSCRIPTION),
        *booleans(IsActive=IS_ACTIVE, IsUnsubscribed=IS_UNSUBSCRIBED),
        *texts(ListALT="l.Name"),
        *integers(ListID="s.ListID"),
        *texts(ListName="l.Name"),
        *times(SubscribedAt="s.SubscribedAt", UnsubscribedAt=UNSUBSCRIBED),
    ),
    sortable={"ID": SUBSCRIPTION},
)

CONTACT_DATA = Resource(
    name="contactdata",
    table="contact AS k",
    key="k.ID",
    visible=IS_LISTED,
    order=("k.ID",),
    fields=(
        *integers(ContactID="k.ID"),
        *objects(Data=DATA),
        *integers(ID="k.ID"),
        *texts(MethodCollection="NULL"),
    ),
    sortable=CONTACT_ORDERS,
)

CONTACT_METADATA = Resource(
    name="contactmetadata",
    table="contactmetadata AS p",
    key="p.ID",
    visible="p.VisibleAt <= :clock",
    order=("p.ID",),
    fields=(*named("p", texts, "Datatype Name NameSpace"), *integers(ID="p.ID")),
    sortable={"ID": "p.ID", "Name": "p.Name"},
    ascending=(),
)

CONTACT_HISTORY = Resource(
    name="contacthistorydata",
    table="contacthistory AS h",
    key="h.ID",
    visible="h.VisibleAt <= :clock",
    order=("h.ID",),
    joins="JOIN contact AS k ON k.ID = h.ContactID",
    fields=(
        *texts(ContactALT=EMAIL),
        *integers(ContactID="h.ContactID"),
        *times(CreatedAt="h.CreatedAt"),
        *texts(Data="h.Data"),
        *integers(ID="h.ID"),
        *texts(Name="h.Name"),
    ),
    sortable={"ID": "h.ID", "CreatedAt": "h.CreatedAt"},
)

CONTACT_STATISTICS = Resource(
    name="contactstatistics",
    table="contact AS k",
    key="k.ID",
    visible=IS_LISTED,
    order=("k.ID",),
    joins=JOINS,
    counted=tally(
        AggregationScope(
            "page CROSS JOIN message AS m ON m.ContactID = page.key",
            f"page CROSS JOIN {BY_CONTACT} ON e.ContactID = page.key",
        )
    ),
    fields=(
        *counts(_COUNTED),
        *texts(ContactALT=EMAIL),
        *integers(
            ContactID="k.ID", MarketingContacts=f"{IS_ACTIVE}", UserMarketingContacts=f"{IS_ACTIVE}"
        ),
        *times(LastActivityAt=CONTACT_ACTIVE_AT),
    ),
    sortable={"ID": "k.ID", "ProcessedCount": _PROCESSED.format(contact="k.ID")},
)

LIST_RECIPIENT_STATISTICS = Resource(
    name="listrecipientstatistics",
    table="subscription AS s",
    key=SUBSCRIPTION,
    visible=IS_SUBSCRIBED,
    order=(SUBSCRIPTION,),
    joins=f"JOIN contact AS k ON k.ID = s.ContactID {JOINS}",
    # What was sent to the contact by way of the list.
    counted=tally(
        AggregationScope(
            "page CROSS JOIN message AS m ON m.ContactID = page.key >> 40 JOIN campaign AS c "
            "ON c.ID = m.CampaignID AND c.ListID = page.key & ((1 << 40) - 1)",
            f"page CROSS JOIN {BY_CONTACT} ON e.ContactID = page.key >> 40 JOIN campaign AS c "
            "ON c.ID = e.CampaignID AND c.ListID = page.key & ((1 << 40) - 1)",
        )
    ),
    fields=(
        *counts(_COUNTED),
        *objects(Data=f"CASE WHEN :ShowExtraData THEN {DATA} ELSE '[]' END"),
        *times(LastActivityAt=RECIPIENT_ACTIVE_AT),
        *integers(ListRecipientID=SUBSCRIPTION),
    ),
    sortable={
        "ID": SUBSCRIPTION,
        "ProcessedCount": _PROCESSED.format(
            contact="s.ContactID AND o.CampaignID IN "
            "(SELECT v.ID FROM campaign AS v WHERE v.ListID = s.ListID)"
        ),
        "Email": f"(SELECT {EMAIL} FROM contact AS k WHERE k.ID = s.ContactID)",  # noqa: S608 - our own text
    },
    shown=("ShowExtraData",),
)

SIGNUPS = Resource(
    name="contactslistsignup",
    table="signup AS p",
    key="p.ID",
    visible="p.VisibleAt <= :clock",
    order=("p.ID",),
    joins="JOIN contact AS k ON k.ID = p.ContactID JOIN contactslist AS l ON l.ID = p.ListID",
    fields=(
        *integers(**reached("p", "ConfirmAt")),
        *texts(
            ConfirmIp="CASE WHEN p.ConfirmAt <= :clock THEN p.ConfirmIp END",
            ContactALT=EMAIL,
            Email=EMAIL,
            ListALT="l.Name",
        ),
        *named("p", integers, "ConsentID ContactID ID ListID SignupAt SourceId"),
        *named("p", texts, "Properties SignupIp SignupKey Source ValidationResponse"),
    ),
    sortable={"ID": "p.ID"},
)

IMPORTS = Resource(
    name="csvimport",
    table="csvimport AS j",
    key="j.ID",
    visible="j.VisibleAt <= :clock",
    order=("j.ID",),
    joins="JOIN contactslist AS l ON l.ID = j.ContactsListID",
    fields=(
        *times(AliveAt=_ALIVE, RequestAt="j.RequestAt", **reached("j", "JobEnd", "JobStart")),
        *texts(ContactsListALT="l.Name", Status=_STATUS),
        *named("j", integers, "ContactsListID Count DataID ErrTreshold Errcount ID"),
        *integers(Current=_CURRENT),
        *named("j", texts, "ImportOptions Method"),
    ),
)

JOBS = Resource(
    name="batchjob",
    table="batchjob AS j",
    key="j.ID",
    visible="j.VisibleAt <= :clock",
    order=("j.ID",),
    joins="JOIN apikey AS a ON a.ID = j.APIKeyID",
    fields=(
        *texts(APIKeyALT="a.APIKey", Status=_STATUS),
        *integers(AliveAt=_ALIVE, Current=_CURRENT, **reached("j", "JobEnd", "JobStart")),
        *named(
            "j",
            integers,
            "APIKeyID Blocksize Count DataID ErrTreshold Errcount ID RefID RequestAt Throttle",
        ),
        *objects(Data="j.Data"),
        *named("j", texts, "JobType Method"),
    ),
    sortable={"ID": "j.ID"},
    ascending=(),
)
