"""The filters that select campaigns, and rows by their campaign."""

from __future__ import annotations

from tap_mailjet.sandbox.api.parameters import boolean, choice, integer, moment, text, words
from tap_mailjet.sandbox.api.resource import Filter, Hidden, names


def is_deleted(alias: str) -> str:
    """Return the condition that a row of a table, by its alias, was deleted."""
    return f"COALESCE({alias}.DeletedAt <= :clock, 0)"


def deleted_hidden(alias: str) -> Hidden:
    """Return the rule that hides the deleted rows of a table, by its alias."""
    return Hidden(names("IsDeleted"), f"NOT {is_deleted(alias)}", "deleted")


FROM_TYPE = choice("1", "2", "3")
SENT, SENDING = 2, 1
"""Statuses of a campaign; their numbers are those of a draft's."""
CAMPAIGN_STATUS = f"CASE WHEN c.SendEndAt <= :clock THEN {SENT} ELSE {SENDING} END"

_SENT_BY = "c.FromID IN (SELECT f.ID FROM sender AS f WHERE {condition})"

OF_CAMPAIGN = {
    "CampaignStatus": Filter(integer, f"{CAMPAIGN_STATUS} = :CampaignStatus"),
    "ContactsList": Filter(integer, "c.ListID = :ContactsList"),
    "ContactsListID": Filter(integer, "c.ListID = :ContactsListID"),
    "CustomCampaign": Filter(text, "c.CustomValue = :CustomCampaign"),
    "From": Filter(text, _SENT_BY.format(condition="f.Email = :From")),
    "FromDomain": Filter(text, _SENT_BY.format(condition="f.Email LIKE '%@' || :FromDomain")),
    "FromID": Filter(integer, "c.FromID = :FromID"),
    "FromTS": Filter(moment, "c.SendStartAt {lower} :FromTS"),
    "FromType": Filter(FROM_TYPE, "c.CampaignType = CAST(:FromType AS INTEGER)"),
    "IsDeleted": Filter(boolean, f"{is_deleted('c')} = :IsDeleted"),
    "IsNewsletterTool": Filter(boolean, "(c.NewsLetterID IS NOT NULL) = :IsNewsletterTool"),
    "IsStarred": Filter(boolean, "c.IsStarred = :IsStarred"),
    # FromTS and ToTS replace it before rows are filtered.
    "Period": Filter(text, "1"),
    "ToTS": Filter(moment, "c.SendStartAt {upper} :ToTS"),
}


def of_status(expression: str) -> Filter:
    """Return the filter by the status of a message, given the expression for the status."""
    return Filter(words, f"{expression} IN (SELECT value FROM json_each(:MessageStatus))")  # noqa: S608 - constants only


def by_campaign(table: str, condition: str) -> str:
    """Return the condition that the campaign of a row of a table, by its alias, meets another."""
    return f"{table}.CampaignID IN (SELECT c.ID FROM campaign AS c WHERE {condition})"  # noqa: S608 - constants only


def of_its_campaign(table: str) -> dict[str, Filter]:
    """Return the filters that choose the rows of a table, by its alias, by their campaign."""
    return {
        **{
            name: Filter(one.parse, by_campaign(table, one.condition))
            for name, one in OF_CAMPAIGN.items()
        },
        "CampaignID": Filter(integer, f"{table}.CampaignID = :CampaignID"),
    }


def of_deleted_campaigns_hidden(table: str) -> Hidden:
    """Return the rule that hides the rows of deleted campaigns of a table, by its alias."""
    condition = by_campaign(table, f"NOT {is_deleted('c')}")
    return Hidden(names("IsDeleted"), condition, "deleted_events")


def deleted_campaigns_hidden(alias: str) -> Hidden:
    """Return the rule that does not count deleted campaigns."""
    return Hidden(names("IsDeleted"), f"NOT {is_deleted(alias)}", "deleted_events")
