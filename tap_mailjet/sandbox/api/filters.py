"""Which query parameters select rows, and by what condition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_mailjet.sandbox.api.campaign_filters import (
    FROM_TYPE,
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
from tap_mailjet.sandbox.api.contact_columns import EMAIL, IS_SUBSCRIBED
from tap_mailjet.sandbox.api.message_resource import STATUS
from tap_mailjet.sandbox.api.parameters import boolean, choice, integer, moment, text
from tap_mailjet.sandbox.api.report_filters import FILTERS as REPORT_FILTERS
from tap_mailjet.sandbox.api.report_filters import HIDDEN as REPORT_HIDDEN
from tap_mailjet.sandbox.api.report_filters import INCLUDE_ANONYMIZED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_mailjet.sandbox.api.quirks import Quirks

_OF_EVENT = {
    **of_its_campaign("e"),
    "EventFromTs": Filter(moment, "e.At {lower} :EventFromTs"),
    "EventToTs": Filter(moment, "e.At {upper} :EventToTs"),
    "MessageStatus": of_status(f"(SELECT {STATUS} FROM message AS m WHERE m.ID = e.MessageID)"),  # noqa: S608 - our own text
}
_OF_MESSAGE_EVENT = {**_OF_EVENT, "MessageID": Filter(integer, "e.MessageID = :MessageID")}

FILTERS: dict[str, dict[str, Filter]] = {
    "bouncestatistics": _OF_EVENT,
    "clickstatistics": _OF_MESSAGE_EVENT,
    "openinformation": _OF_MESSAGE_EVENT,
    "campaign": {
        **OF_CAMPAIGN,
        "CampaignID": Filter(integer, "c.ID = :CampaignID"),
        "WorkflowID": Filter(integer, "c.WorkflowID = :WorkflowID"),
    },
    "message": {
        "Campaign": Filter(integer, "m.CampaignID = :Campaign"),
        "CampaignID": Filter(integer, "m.CampaignID = :CampaignID"),
        "Contact": Filter(integer, "m.ContactID = :Contact"),
        "ContactID": Filter(integer, "m.ContactID = :ContactID"),
        "CustomID": Filter(text, "m.CustomID = :CustomID"),
        **{
            name: Filter(text, by_campaign("m", OF_CAMPAIGN[name].condition))
            for name in ("From", "FromDomain")
        },
        "FromID": Filter(integer, by_campaign("m", "c.FromID = :FromID")),
        "FromTS": Filter(moment, "m.ArrivedAt {lower} :FromTS"),
        "FromType": Filter(FROM_TYPE, by_campaign("m", OF_CAMPAIGN["FromType"].condition)),
        "MessageStatus": of_status(STATUS),
        "SenderID": Filter(integer, by_campaign("m", "c.SenderID = :SenderID")),
        "ToTS": Filter(moment, "m.ArrivedAt {upper} :ToTS"),
    },
    "contact": {
        "Campaign": Filter(
            integer,
            "k.ID IN (SELECT m.ContactID FROM message AS m "
            "WHERE m.CampaignID = :Campaign AND m.VisibleAt <= :clock)",
        ),
        "ContactsList": Filter(
            integer,
            "k.ID IN (SELECT s.ContactID FROM subscription AS s "  # noqa: S608 - our own text
            f"WHERE s.ListID = :ContactsList AND {IS_SUBSCRIBED})",
        ),
        "Email": Filter(text, f"{EMAIL} = :Email"),
        **INCLUDE_ANONYMIZED,
        "IsExcludedFromCampaigns": Filter(
            boolean, "COALESCE(k.ExcludedAt <= :clock, 0) = :IsExcludedFromCampaigns"
        ),
    },
    "contactslist": {
        "Address": Filter(text, "l.Address = :Address"),
        "ExcludeID": Filter(integer, "l.ID <> :ExcludeID"),
        "IsDeleted": Filter(boolean, f"{is_deleted('l')} = :IsDeleted"),
        "Name": Filter(text, "l.Name = :Name"),
    },
    "contactfilter": {
        "Name": Filter(text, "g.Name = :Name"),
        "ShowDeleted": Filter(boolean, "(:ShowDeleted OR g.Status <> 'deleted')"),
        "Status": Filter(choice("used", "unused", "deleted"), "g.Status = :Status"),
    },
    "sender": {
        "Email": Filter(text, "s.Email = :Email"),
        "IsDomainSender": Filter(boolean, "(s.Email LIKE '*@%') = :IsDomainSender"),
        "ShowDeleted": Filter(boolean, "(:ShowDeleted OR s.Status <> 'Deleted')"),
        "Status": Filter(choice("Active", "Inactive", "Deleted"), "s.Status = :Status"),
    },
    **REPORT_FILTERS,
}

_OF_STATUS = frozenset({"ShowDeleted", "Status"})
HIDDEN: dict[str, tuple[Hidden, ...]] = {
    **dict.fromkeys(
        ("bouncestatistics", "clickstatistics", "openinformation"),
        (of_deleted_campaigns_hidden("e"),),
    ),
    "campaign": (deleted_hidden("c"),),
    "contactfilter": (Hidden(_OF_STATUS, "g.Status <> 'deleted'", "deleted"),),
    "contactslist": (deleted_hidden("l"),),
    "sender": (Hidden(_OF_STATUS, "s.Status <> 'Deleted'", "deleted"),),
    **REPORT_HIDDEN,
}


def hidden(resource: str, given: Mapping[str, object], quirks: Quirks) -> list[str]:
    """Return the conditions on what a query leaves out as long as it does not ask for it.

    Args:
        resource: The resource's name.
        given: The parameters of the query.
        quirks: How the API behaves.
    """
    return [
        rule.condition
        for rule in HIDDEN.get(resource, ())
        if not given.keys() & rule.unless
        and (rule.quirk is None or getattr(quirks, rule.quirk) == "hidden")
    ]
