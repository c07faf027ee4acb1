"""Pure: what the settings ask for, as the query parameters of one resource."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_mailjet.config.settings import Settings

Query = dict[str, str]

FROM_TS = "FromTS"
DATED_RESOURCES = frozenset(
    {
        "bouncestatistics",
        "campaign",
        "campaignstatistics",
        "clickstatistics",
        "domainstatistics",
        "geostatistics",
        "graphstatistics",
        "message",
        "messageinformation",
        "messagesentstatistics",
        "messagestatistics",
        "openinformation",
        "openstatistics",
        "statcounters",
        "toplinkclicked",
        "useragentstatistics",
        "workflowstatistics",
    }
)
"""The resources that have a `FromTS` filter, by Mailjet's own `GET /v3/REST/metadata`."""
EVERYTHING = {FROM_TS: "1"}
"""No lower bound. Never 0: Mailjet takes 0 for the current time.

https://dev.mailjet.com/email/reference/campaigns/sent-campaigns/
"""
UNSORTABLE_RESOURCES = frozenset({"csvimport", "geostatistics", "useragentstatistics"})
"""The resources that cannot be sorted by `ID`, by the same metadata: Mailjet responds with 400."""


def with_explicit_range(resource: str, params: Mapping[str, str]) -> Query:
    """Return the parameters of a request with a lower bound on time, where the resource has one.

    Without `FromTS`, Mailjet returns only what belongs to the current UTC day, and it is not
    documented whether another time filter lifts that default. So every request names its bound.
    The one exception is a lifetime counter, which Mailjet does not combine with a range.

    Args:
        resource: the name in `/v3/REST/<resource>`.
        params: the parameters; a `FromTS` among them stays.
    """
    if resource not in DATED_RESOURCES or params.get("CounterResolution") == "Lifetime":
        return dict(params)
    return {**EVERYTHING, **params}


@dataclass(frozen=True)
class Filters:
    """Which settings a resource can be asked by, and under which parameter.

    Attributes:
        campaign_ids: the parameter that takes a campaign's ID.
        contact_list_ids: the parameter that takes a contact list's ID.
        sender_ids: the parameter that takes a sender's ID.
        newsletter_tool: whether it takes IsNewsletterTool.
        starred: whether it takes IsStarred.
        deleted: the setting that says whether deleted ones are wanted, if it takes IsDeleted.
        deleted_apart: whether IsDeleted selects the rows themselves, so that the deleted and the
            others are asked for one after the other. What comes without the filter is not
            documented. On the event reports it selects by the campaign of the event.
        archived_apart: whether it takes IsArchived, which selects in the same way.
        segment_status: whether it takes the Status and ShowDeleted of a segment.
        overview: whether it takes the states and the IDType of a campaign overview.
    """

    campaign_ids: str | None = None
    contact_list_ids: str | None = None
    sender_ids: str | None = None
    newsletter_tool: bool = False
    starred: bool = False
    deleted: Literal["include_deleted_campaigns", "include_deleted_lists"] | None = None
    deleted_apart: bool = False
    archived_apart: bool = False
    segment_status: bool = False
    overview: bool = False


CAMPAIGN_FILTERS = Filters(
    campaign_ids="CampaignID",
    contact_list_ids="ContactsList",
    sender_ids="FromID",
    newsletter_tool=True,
    starred=True,
    deleted="include_deleted_campaigns",
    deleted_apart=True,
)
# Sums over the whole account: asked for each of several campaigns, they could not be put together.
TOTAL_FILTERS = Filters(newsletter_tool=True, starred=True, deleted="include_deleted_campaigns")
LIST_FILTERS = Filters(deleted="include_deleted_lists", deleted_apart=True)


def build_queries(
    settings: Settings, filters: Filters, params: Mapping[str, str] | None = None
) -> list[Query]:
    """List the queries whose answers, taken together, are what the settings ask for.

    A filter takes one ID at a time, so lists of IDs multiply: two campaigns and three senders
    are six queries.

    Args:
        settings: what is wanted.
        filters: what the resource can be asked by.
        params: parameters that go with every query.
    """
    alternatives: list[list[Query]] = [[dict(params or {})]]
    for parameter, ids in (
        (filters.campaign_ids, settings.campaign_ids),
        (filters.contact_list_ids, settings.contact_list_ids),
        (filters.sender_ids, settings.sender_ids),
    ):
        if parameter and ids:
            alternatives.append([{parameter: str(number)} for number in ids])
    if filters.newsletter_tool and not settings.include_newsletter_tool:
        alternatives.append([{"IsNewsletterTool": "false"}])
    if filters.starred and settings.starred_only:
        alternatives.append([{"IsStarred": "true"}])
    if filters.deleted:
        alternatives.append(_deleted(filters, wanted=getattr(settings, filters.deleted)))
    if filters.archived_apart:
        alternatives.append(_either("IsArchived", wanted=settings.include_archived))
    if filters.segment_status:
        alternatives.append([_segments(settings.segment_status)])
    if filters.overview:
        alternatives += [_overview_states(settings), _overview_kinds(settings)]
    return [
        {name: value for part in parts for name, value in part.items()}
        for parts in itertools.product(*alternatives)
    ]


def _deleted(filters: Filters, *, wanted: bool) -> list[Query]:
    if wanted and not filters.deleted_apart:
        return [{}]
    return _either("IsDeleted", wanted=wanted)


def _either(parameter: str, *, wanted: bool) -> list[Query]:
    """Ask for the ordinary ones, and if wanted for the others as well."""
    return [{parameter: value} for value in ("false", "true")[: 1 + wanted]]


def _overview_states(settings: Settings) -> list[Query]:
    wanted = {"Drafts": settings.include_drafts, "Archived": settings.include_archived}
    # All may or may not take in the drafts and the archived; where they are not wanted, only
    # what surely is something else is asked for.
    others = ["All"] if all(wanted.values()) else ["Sent", "Programmed"]
    return [{state: "true"} for state in (*others, *(name for name in wanted if wanted[name]))]


def _overview_kinds(settings: Settings) -> list[Query]:
    if settings.include_ab_tests:
        return [{}]
    return [{"IDType": "Campaign"}, {"IDType": "NL"}]


def _segments(status: str) -> Query:
    # ShowDeleted adds the deleted to the others; without it even Status=deleted might find none.
    query = {"ShowDeleted": "true"} if status in {"all", "deleted"} else {}
    return query if status == "all" else {**query, "Status": status}
