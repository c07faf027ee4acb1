"""Convert the settings to the query parameters of one resource."""

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
"""The resources that have a `FromTS` filter, according to `GET /v3/REST/metadata`."""
EVERYTHING = {FROM_TS: "1"}
"""Parameters without a lower bound. Never 0: Mailjet treats 0 as the current time.

https://dev.mailjet.com/email/reference/campaigns/sent-campaigns/
"""
UNSORTABLE_RESOURCES = frozenset({"csvimport", "geostatistics", "useragentstatistics"})
"""The resources that cannot be sorted by `ID`, by the same metadata: Mailjet responds with 400."""


@dataclass(frozen=True)
class Filters:
    """The filters of a resource, and the settings that they implement.

    Attributes:
        campaign_ids: The parameter for the ID of a campaign.
        contact_list_ids: The parameter for the ID of a contact list.
        sender_ids: The parameter for the ID of a sender.
        newsletter_tool: True if the resource has the filter IsNewsletterTool.
        starred: True if the resource has the filter IsStarred.
        deleted: The setting that includes deleted rows, if the resource has the filter IsDeleted.
        deleted_apart: True if IsDeleted filters the rows themselves. Deleted and other rows then
            need separate queries, because the default is not documented. On the event reports,
            IsDeleted filters by the campaign of the event.
        archived_apart: True if the resource has the filter IsArchived, which works the same way.
        segment_status: True if the resource has the filters Status and ShowDeleted of segments.
        overview: True if the resource has the states and the IDType of the campaign overview.
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
# Totals of the whole account. The totals of several campaigns could not be combined.
TOTAL_FILTERS = Filters(newsletter_tool=True, starred=True, deleted="include_deleted_campaigns")
LIST_FILTERS = Filters(deleted="include_deleted_lists", deleted_apart=True)


def build_queries(
    settings: Settings, filters: Filters, params: Mapping[str, str] | None = None
) -> list[Query]:
    """Return the queries whose responses together have the rows that the settings select.

    A filter takes one ID at a time, so lists of IDs multiply: two campaigns and three senders
    need six queries.

    Args:
        settings: The settings.
        filters: The filters of the resource.
        params: Parameters of every query.
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
        alternatives.append(_deleted(filters, is_included=getattr(settings, filters.deleted)))
    if filters.archived_apart:
        alternatives.append(_either("IsArchived", is_included=settings.include_archived))
    if filters.segment_status:
        alternatives.append([_segments(settings.segment_status)])
    if filters.overview:
        alternatives += [_overview_states(settings), _overview_kinds(settings)]
    return [
        {name: value for part in parts for name, value in part.items()}
        for parts in itertools.product(*alternatives)
    ]


def _deleted(filters: Filters, *, is_included: bool) -> list[Query]:
    if is_included and not filters.deleted_apart:
        return [{}]
    return _either("IsDeleted", is_included=is_included)


def _either(parameter: str, *, is_included: bool) -> list[Query]:
    """Return the query for `false`, and if included also the query for `true`."""
    return [{parameter: value} for value in ("false", "true")[: 1 + is_included]]


def _overview_states(settings: Settings) -> list[Query]:
    is_included = {"Drafts": settings.include_drafts, "Archived": settings.include_archived}
    # It is not documented whether All includes drafts and archived campaigns. If one of them is
    # excluded, the other states are requested by name.
    states = ["All"] if all(is_included.values()) else ["Sent", "Programmed"]
    states += [name for name in is_included if is_included[name]]
    return [{state: "true"} for state in states]


def _overview_kinds(settings: Settings) -> list[Query]:
    if settings.include_ab_tests:
        return [{}]
    return [{"IDType": "Campaign"}, {"IDType": "NL"}]


def _segments(status: str) -> Query:
    # ShowDeleted adds deleted segments. Without it, Status=deleted may return no rows.
    query = {"ShowDeleted": "true"} if status in {"all", "deleted"} else {}
    return query if status == "all" else {**query, "Status": status}
