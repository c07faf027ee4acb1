"""The filters by which campaigns are chosen, and what is of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tap_mailjet.sandbox.api.parameters import boolean, choice, integer, moment, text, words

if TYPE_CHECKING:
    from tap_mailjet.sandbox.api.parameters import Parse


class Filter(NamedTuple):
    """A parameter that selects rows.

    Attributes:
        parse: How its text becomes a value.
        condition: SQL with the value as `:Name`; `{lower}` and `{upper}` stand for the operators
            of time bounds.
        on_rows: Whether it selects rows also where other filters select what is counted.
    """

    parse: Parse
    condition: str
    on_rows: bool = False


class Hidden(NamedTuple):
    """What a query leaves out as long as it does not ask for it.

    Attributes:
        unless: The parameters by which it is asked for.
        condition: SQL that holds for the rest.
        quirk: The quirk that decides whether it is left out; None leaves it out in any case.
    """

    unless: frozenset[str]
    condition: str
    quirk: str | None = None


def is_deleted(alias: str) -> str:
    """Return the condition that a row of a table, by its alias, was deleted."""
    return f"COALESCE({alias}.DeletedAt <= :clock, 0)"


def deleted_hidden(alias: str) -> Hidden:
    """Return the rule by which the deleted rows of a table are left out."""
    return Hidden(frozenset({"IsDeleted"}), f"NOT {is_deleted(alias)}", "deleted")


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
    # FromTS and ToTS take its place before anything is filtered.
    "Period": Filter(text, "1"),
    "ToTS": Filter(moment, "c.SendStartAt {upper} :ToTS"),
}


def of_status(expression: str) -> Filter:
    """Return the filter by the status of a message, given the expression for the status."""
    return Filter(words, f"{expression} IN (SELECT value FROM json_each(:MessageStatus))")  # noqa: S608 - our own text


def by_campaign(table: str, condition: str) -> str:
    """Return the condition that the campaign of a row of a table, by its alias, meets another."""
    return f"{table}.CampaignID IN (SELECT c.ID FROM campaign AS c WHERE {condition})"  # noqa: S608 - our own text


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
    """Return the rule by which a table's rows of deleted campaigns are left out."""
    condition = by_campaign(table, f"NOT {is_deleted('c')}")
    return Hidden(frozenset({"IsDeleted"}), condition, "deleted_events")
