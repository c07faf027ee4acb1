"""Which query parameters the resources of the catalogue take."""

from __future__ import annotations

from tap_mailjet.sandbox.api.campaign_filters import (
    OF_CAMPAIGN,
    Filter,
    Hidden,
    by_campaign,
    deleted_hidden,
    is_deleted,
    of_deleted_campaigns_hidden,
    of_its_campaign,
    of_status,
)
from tap_mailjet.sandbox.api.contact_columns import EMAIL, IS_ANONYMIZED, IS_SUBSCRIBED
from tap_mailjet.sandbox.api.message_resource import STATUS
from tap_mailjet.sandbox.api.parameters import boolean, choice, integer, moment, text
from tap_mailjet.sandbox.api.resources.campaigns import STATE
from tap_mailjet.sandbox.api.resources.contacts import (
    CONTACT_ACTIVE_AT,
    IS_UNSUBSCRIBED,
    RECIPIENT_ACTIVE_AT,
    RECIPIENT_LEFT_AT,
)
from tap_mailjet.sandbox.api.resources.messages import BOUNCED_AT, COMPLAINED_AT
from tap_mailjet.sandbox.api.resources.statistics import CAMPAIGN_ACTIVE_AT
from tap_mailjet.sandbox.api.resources.totals import USER_AGENT_EVENT

_OF_MESSAGE = {**of_its_campaign("m"), "MessageStatus": of_status(STATUS)}
_FIRST_OF_CAMPAIGN = (
    "m.ID IN (SELECT MIN(f.ID) FROM message AS f WHERE f.VisibleAt <= :clock GROUP BY f.CampaignID)"
)
INCLUDE_ANONYMIZED = {
    "IncludeAnonymized": Filter(boolean, f"(:IncludeAnonymized OR NOT {IS_ANONYMIZED})")
}
_CHOOSE_CAMPAIGNS = {**OF_CAMPAIGN, "CampaignID": Filter(integer, "c.ID = :CampaignID")}
"""Totals are counted over the campaigns that these choose."""
_OF_WRITTEN = {
    "AXTesting": Filter(integer, "d.AXTestingID = :AXTesting"),
    "Campaign": Filter(
        integer, "CASE WHEN d.DeliveredAt <= :clock THEN d.CampaignID END = :Campaign"
    ),
    "ContactsList": Filter(integer, "d.ListID = :ContactsList"),
    "EditMode": Filter(text, "d.EditMode = :EditMode"),
    "IsArchived": Filter(boolean, "COALESCE(d.ArchivedAt <= :clock, 0) = :IsArchived"),
    "IsDeleted": Filter(boolean, f"{is_deleted('d')} = :IsDeleted"),
    "IsStarred": Filter(boolean, "d.IsStarred = :IsStarred"),
    "Segmentation": Filter(integer, "d.SegmentationID = :Segmentation"),
    "Subject": Filter(text, "d.Subject = :Subject"),
}
_ARCHIVED_HIDDEN = Hidden(
    frozenset({"IsArchived"}), "NOT COALESCE(d.ArchivedAt <= :clock, 0)", "deleted"
)
_ANONYMIZED_HIDDEN = Hidden(frozenset({"IncludeAnonymized"}), f"NOT {IS_ANONYMIZED}", "anonymized")
_UNFILTERED = (
    "apikey",
    "apikeyaccess",
    "apikeytotals",
    "batchjob",
    "contactmetadata",
    "csvimport",
    "dns",
    "eventcallbackurl",
    "messagestate",
    "metasender",
    "myprofile",
    "parseroute",
    "preferences",
    "template",
    "user",
)
_SCOPED = (
    "domainstatistics",
    "geostatistics",
    "messagestatistics",
    "toplinkclicked",
)


def _activity(expression: str) -> dict[str, Filter]:
    """Return the filters by the latest activity of a row."""
    return {
        "MaxLastActivityAt": Filter(moment, f"{expression} {{upper}} :MaxLastActivityAt"),
        "MinLastActivityAt": Filter(moment, f"{expression} {{lower}} :MinLastActivityAt"),
    }


def _event_bounds(name: str, expression: str) -> dict[str, Filter]:
    """Return the filters by the time of an event of a message."""
    return {
        f"{name}EventFromTs": Filter(moment, f"{expression} {{lower}} :{name}EventFromTs"),
        f"{name}EventToTs": Filter(moment, f"{expression} {{upper}} :{name}EventToTs"),
    }


def _state(name: str) -> Filter:
    """Return the filter by a state of what is in the overview."""
    state = {"Drafts": "draft"}.get(name, name.lower())
    return Filter(boolean, f"({STATE} = '{state}') = :{name}")


FILTERS: dict[str, dict[str, Filter]] = {
    **{name: {} for name in _UNFILTERED},
    **dict.fromkeys(_SCOPED, _CHOOSE_CAMPAIGNS),
    "axtesting": {
        "ContactsList": Filter(integer, "d.ListID = :ContactsList"),
        "IsDeleted": Filter(boolean, f"{is_deleted('d')} = :IsDeleted"),
        "IsStarred": Filter(boolean, "d.Starred = :IsStarred"),
        "Segmentation": Filter(integer, "d.SegmentationID = :Segmentation"),
    },
    "campaignaggregate": {
        "ContactFilter": Filter(integer, "a.ContactFilterID = :ContactFilter"),
        "ContactsList": Filter(integer, "a.ContactsListID = :ContactsList"),
        "Sender": Filter(integer, "a.SenderID = :Sender"),
    },
    "campaigndraft": {
        **_OF_WRITTEN,
        "IsCampaignTemplate": Filter(boolean, "d.IsCampaignTemplate = :IsCampaignTemplate"),
        "Template": Filter(integer, "d.TemplateID = :Template"),
    },
    "campaignoverview": {
        **{name: _state(name) for name in ("Archived", "Drafts", "Programmed", "Sent")},
        "All": Filter(boolean, f"(:All OR {STATE} <> 'archived')"),
        "ID": Filter(integer, "d.ID = :ID"),
        "IDType": Filter(choice("Campaign", "AX", "NL"), "d.IDType = :IDType"),
        "Starred": Filter(boolean, "d.Starred = :Starred"),
        "Subject": Filter(text, "d.Subject = :Subject"),
    },
    "campaignstatistics": {
        **_activity(CAMPAIGN_ACTIVE_AT),
        **{
            name: OF_CAMPAIGN[name]
            for name in ("ContactsList", "FromTS", "FromType", "IsDeleted", "IsStarred", "ToTS")
        },
        "NewsLetter": Filter(integer, "c.NewsLetterID = :NewsLetter"),
        "Segmentation": Filter(integer, "c.SegmentationID = :Segmentation"),
        "Sender": Filter(integer, "c.SenderID = :Sender"),
        "Subject": Filter(text, "c.Subject = :Subject"),
        "WorkflowID": Filter(integer, "c.WorkflowID = :WorkflowID"),
    },
    "contactdata": {
        **INCLUDE_ANONYMIZED,
        "Campaign": Filter(
            integer,
            "k.ID IN (SELECT m.ContactID FROM message AS m "
            "WHERE m.CampaignID = :Campaign AND m.VisibleAt <= :clock)",
        ),
        "ContactEmail": Filter(text, f"{EMAIL} = :ContactEmail"),
        "ContactsList": Filter(
            integer,
            "k.ID IN (SELECT s.ContactID FROM subscription AS s "  # noqa: S608 - our own text
            f"WHERE s.ListID = :ContactsList AND {IS_SUBSCRIBED})",
        ),
    },
    "contacthistorydata": {
        "Contact": Filter(integer, "h.ContactID = :Contact"),
        # Of these alone Mailjet says whether they are inclusive: they follow no quirk.
        "MaxCreatedAt": Filter(moment, "h.CreatedAt < :MaxCreatedAt"),
        "MinCreatedAt": Filter(moment, "h.CreatedAt >= :MinCreatedAt"),
        "Name": Filter(text, "h.Name = :Name"),
    },
    "contactslistsignup": {
        "Contact": Filter(integer, "p.ContactID = :Contact"),
        "ContactsList": Filter(integer, "p.ListID = :ContactsList"),
    },
    "contactstatistics": {**_activity(CONTACT_ACTIVE_AT), **INCLUDE_ANONYMIZED},
    "listrecipient": {
        "Contact": Filter(integer, "s.ContactID = :Contact"),
        "ContactsList": Filter(integer, "s.ListID = :ContactsList"),
    },
    "listrecipientstatistics": {
        **_activity(RECIPIENT_ACTIVE_AT),
        "Contact": Filter(integer, "s.ContactID = :Contact"),
        "ContactsList": Filter(integer, "s.ListID = :ContactsList"),
        "IsUnsubscribed": Filter(
            boolean, f"({IS_UNSUBSCRIBED.replace('k.ID', 's.ContactID')}) = :IsUnsubscribed"
        ),
        # Documented as exclusive and inclusive: no quirk applies.
        "MaxUnsubscribedAt": Filter(moment, f"{RECIPIENT_LEFT_AT} < :MaxUnsubscribedAt"),
        "MinUnsubscribedAt": Filter(moment, f"{RECIPIENT_LEFT_AT} >= :MinUnsubscribedAt"),
    },
    "liststatistics": {
        "ContactsListID": Filter(integer, "l.ID = :ContactsListID"),
        "IsDeleted": Filter(boolean, f"{is_deleted('l')} = :IsDeleted"),
        "Name": Filter(text, "l.Name = :Name"),
    },
    "messageinformation": _OF_MESSAGE,
    "messagesentstatistics": {
        **_OF_MESSAGE,
        **_event_bounds("Bounce", BOUNCED_AT),
        **_event_bounds("Spam", COMPLAINED_AT),
        "AllMessages": Filter(boolean, f"(:AllMessages OR {_FIRST_OF_CAMPAIGN})"),
        "Contact": Filter(integer, "m.ContactID = :Contact"),
        "CustomID": Filter(text, "m.CustomID = :CustomID"),
        "WorkflowID": Filter(integer, by_campaign("m", "c.WorkflowID = :WorkflowID")),
    },
    "newsletter": {
        **_OF_WRITTEN,
        "IsHandled": Filter(boolean, "d.IsHandled = :IsHandled"),
    },
    "senderstatistics": {
        "Email": Filter(text, "s.Email = :Email"),
        "Sender": Filter(integer, "s.ID = :Sender"),
        "SenderID": Filter(integer, "s.ID = :SenderID"),
    },
    "useragentstatistics": {
        **_CHOOSE_CAMPAIGNS,
        "Event": Filter(choice("open", "click"), f"{USER_AGENT_EVENT} = :Event", on_rows=True),
    },
    "widget": {
        "ContactsList": Filter(integer, "t.ListID = :ContactsList"),
        "IsStarred": Filter(boolean, "t.IsStarred = :IsStarred"),
        "Name": Filter(text, "t.Name = :Name"),
        "Sender": Filter(integer, "t.FromID = :Sender"),
    },
    "workflow": {
        "IsDeleted": Filter(boolean, f"{is_deleted('w')} = :IsDeleted"),
        "Name": Filter(text, "w.Name = :Name"),
        "ShowAll": Filter(boolean, f"(:ShowAll OR NOT {is_deleted('w')})"),
        "Status": Filter(text, "w.Status = :Status"),
    },
    "workflowstatistics": {
        # Which clock they read is not documented.
        "FromTS": Filter(moment, "w.CreatedAt {lower} :FromTS"),
        "ToTS": Filter(moment, "w.CreatedAt {upper} :ToTS"),
        "WorkflowID": Filter(integer, "w.ID = :WorkflowID"),
    },
}

_OF_DELETED_CAMPAIGNS = Hidden(frozenset({"IsDeleted"}), f"NOT {is_deleted('c')}", "deleted_events")
HIDDEN: dict[str, tuple[Hidden, ...]] = {
    **dict.fromkeys((*_SCOPED, "useragentstatistics"), (_OF_DELETED_CAMPAIGNS,)),
    "axtesting": (deleted_hidden("d"),),
    "campaigndraft": (deleted_hidden("d"), _ARCHIVED_HIDDEN),
    "campaignoverview": (
        Hidden(frozenset({"All", "Archived"}), f"{STATE} <> 'archived'", "deleted"),
    ),
    "campaignstatistics": (deleted_hidden("c"),),
    **dict.fromkeys(("contact", "contactdata", "contactstatistics"), (_ANONYMIZED_HIDDEN,)),
    "liststatistics": (deleted_hidden("l"),),
    "messageinformation": (of_deleted_campaigns_hidden("m"),),
    "messagesentstatistics": (
        of_deleted_campaigns_hidden("m"),
        Hidden(frozenset({"AllMessages"}), _FIRST_OF_CAMPAIGN),
    ),
    "newsletter": (deleted_hidden("d"), _ARCHIVED_HIDDEN),
    "workflow": (Hidden(frozenset({"IsDeleted", "ShowAll"}), f"NOT {is_deleted('w')}", "deleted"),),
}
