"""Which query parameters select rows, and by what condition."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tap_mailjet.sandbox.message_resource import STATUS, STATUSES
from tap_mailjet.sandbox.parameters import boolean, choice, integer, moment, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_mailjet.sandbox.parameters import Parse
    from tap_mailjet.sandbox.quirks import Quirks


class Filter(NamedTuple):
    """A parameter that selects rows.

    Attributes:
        parse: How its text becomes a value.
        condition: SQL with the value as `:Name`; `{lower}` and `{upper}` stand for the operators
            of time bounds.
    """

    parse: Parse
    condition: str


_IS_DELETED = "COALESCE({alias}.DeletedAt <= :clock, 0)"
_CAMPAIGN_DELETED = _IS_DELETED.format(alias="c")
_LIST_DELETED = _IS_DELETED.format(alias="l")
_FROM_TYPE = choice("1", "2", "3")

_OF_CAMPAIGN = {
    "ContactsList": Filter(integer, "c.ListID = :ContactsList"),
    "CustomCampaign": Filter(text, "c.CustomValue = :CustomCampaign"),
    "FromID": Filter(integer, "c.FromID = :FromID"),
    "FromTS": Filter(moment, "c.SendStartAt {lower} :FromTS"),
    "FromType": Filter(_FROM_TYPE, "c.CampaignType = CAST(:FromType AS INTEGER)"),
    "IsDeleted": Filter(boolean, f"{_CAMPAIGN_DELETED} = :IsDeleted"),
    "IsNewsletterTool": Filter(boolean, "(c.NewsLetterID IS NOT NULL) = :IsNewsletterTool"),
    "IsStarred": Filter(boolean, "c.IsStarred = :IsStarred"),
    "ToTS": Filter(moment, "c.SendStartAt {upper} :ToTS"),
}


def _by_campaign(table: str, condition: str) -> str:
    """Return the condition that the campaign of a row of a table, by its alias, meets another."""
    return f"{table}.CampaignID IN (SELECT c.ID FROM campaign AS c WHERE {condition})"  # noqa: S608 - our own text


_OF_EVENT = {
    **{
        name: Filter(one.parse, _by_campaign("e", one.condition))
        for name, one in _OF_CAMPAIGN.items()
    },
    "CampaignID": Filter(integer, "e.CampaignID = :CampaignID"),
    "EventFromTs": Filter(moment, "e.At {lower} :EventFromTs"),
    "EventToTs": Filter(moment, "e.At {upper} :EventToTs"),
    "MessageStatus": Filter(
        choice(*STATUSES),
        f"(SELECT {STATUS} FROM message AS m WHERE m.ID = e.MessageID) = :MessageStatus",  # noqa: S608 - our own text
    ),
}
_OF_MESSAGE_EVENT = {**_OF_EVENT, "MessageID": Filter(integer, "e.MessageID = :MessageID")}

FILTERS: dict[str, dict[str, Filter]] = {
    "bouncestatistics": _OF_EVENT,
    "clickstatistics": _OF_MESSAGE_EVENT,
    "openinformation": _OF_MESSAGE_EVENT,
    "campaign": {
        **_OF_CAMPAIGN,
        "CampaignID": Filter(integer, "c.ID = :CampaignID"),
        "WorkflowID": Filter(integer, "c.WorkflowID = :WorkflowID"),
    },
    "message": {
        "Campaign": Filter(integer, "m.CampaignID = :Campaign"),
        "CampaignID": Filter(integer, "m.CampaignID = :CampaignID"),
        "Contact": Filter(integer, "m.ContactID = :Contact"),
        "ContactID": Filter(integer, "m.ContactID = :ContactID"),
        "CustomID": Filter(text, "m.CustomID = :CustomID"),
        "FromID": Filter(integer, _by_campaign("m", "c.FromID = :FromID")),
        "FromTS": Filter(moment, "m.ArrivedAt {lower} :FromTS"),
        "FromType": Filter(_FROM_TYPE, _by_campaign("m", _OF_CAMPAIGN["FromType"].condition)),
        "MessageStatus": Filter(choice(*STATUSES), f"{STATUS} = :MessageStatus"),
        "SenderID": Filter(integer, _by_campaign("m", "c.SenderID = :SenderID")),
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
            "k.ID IN (SELECT s.ContactID FROM subscription AS s "
            "WHERE s.ListID = :ContactsList AND s.SubscribedAt <= :clock)",
        ),
        "Email": Filter(text, "k.Email = :Email"),
        "IsExcludedFromCampaigns": Filter(
            boolean, "COALESCE(k.ExcludedAt <= :clock, 0) = :IsExcludedFromCampaigns"
        ),
    },
    "contactslist": {
        "Address": Filter(text, "l.Address = :Address"),
        "ExcludeID": Filter(integer, "l.ID <> :ExcludeID"),
        "IsDeleted": Filter(boolean, f"{_LIST_DELETED} = :IsDeleted"),
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
}


def hidden(resource: str, given: Mapping[str, object], quirks: Quirks) -> list[str]:
    """Return the conditions on what a query leaves out as long as it does not ask for it.

    Args:
        resource: The resource's name.
        given: The parameters of the query.
        quirks: How the API behaves.
    """
    if resource in {"contactfilter", "sender"}:
        asked = given.keys() & {"ShowDeleted", "Status"}
        status = {"contactfilter": "g.Status <> 'deleted'", "sender": "s.Status <> 'Deleted'"}
        return [] if asked else [status[resource]]
    if "IsDeleted" in given:
        return []
    if resource in {"campaign", "contactslist"} and quirks.deleted == "hidden":
        return [f"NOT {_CAMPAIGN_DELETED if resource == 'campaign' else _LIST_DELETED}"]
    if "EventFromTs" in FILTERS[resource] and quirks.deleted_events == "hidden":
        return [_by_campaign("e", f"NOT {_CAMPAIGN_DELETED}")]
    return []
