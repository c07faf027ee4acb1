from __future__ import annotations

from typing import Any

import pytest

from tap_mailjet.reading.queries import (
    CAMPAIGN_FILTERS,
    LIST_FILTERS,
    Filters,
    build_queries,
)
from tests.helpers import settings

BOTH = [{"IsDeleted": "false"}, {"IsDeleted": "true"}]
LIVE = [{"IsDeleted": "false"}]
SEGMENTS = Filters(segment_status=True)


def both(**query: str) -> list[dict[str, str]]:
    """A query for what is of campaigns that are not deleted, and one for the deleted ones."""
    return [{**query, **one} for one in BOTH]


@pytest.mark.parametrize(
    ("filters", "given", "queries"),
    [
        (Filters(), {}, [{}]),
        (Filters(), {"campaign_ids": [1], "starred_only": True}, [{}]),
        (CAMPAIGN_FILTERS, {}, BOTH),
        (CAMPAIGN_FILTERS, {"include_deleted_campaigns": False}, LIVE),
        (CAMPAIGN_FILTERS, {"include_deleted_lists": False}, BOTH),
        (CAMPAIGN_FILTERS, {"include_newsletter_tool": False}, both(IsNewsletterTool="false")),
        (CAMPAIGN_FILTERS, {"starred_only": True}, both(IsStarred="true")),
        (
            CAMPAIGN_FILTERS,
            {"campaign_ids": [7, 8]},
            [*both(CampaignID="7"), *both(CampaignID="8")],
        ),
        (CAMPAIGN_FILTERS, {"contact_list_ids": [7]}, both(ContactsList="7")),
        (CAMPAIGN_FILTERS, {"sender_ids": [7]}, both(FromID="7")),
        (
            CAMPAIGN_FILTERS,
            {"campaign_ids": [7, 8], "sender_ids": [1], "starred_only": True},
            [
                *both(CampaignID="7", FromID="1", IsStarred="true"),
                *both(CampaignID="8", FromID="1", IsStarred="true"),
            ],
        ),
        (LIST_FILTERS, {}, BOTH),
        (LIST_FILTERS, {"include_deleted_lists": False}, LIVE),
        (SEGMENTS, {}, [{"ShowDeleted": "true"}]),
        (SEGMENTS, {"segment_status": "used"}, [{"Status": "used"}]),
        (
            SEGMENTS,
            {"segment_status": "deleted"},
            [{"ShowDeleted": "true", "Status": "deleted"}],
        ),
    ],
)
def test_queries_ask_for_what_the_settings_say(
    filters: Filters, given: dict[str, Any], queries: list[dict[str, str]]
) -> None:
    assert build_queries(settings(**given), filters) == queries


def test_fixed_parameters_go_with_every_query() -> None:
    given = settings(campaign_ids=[1, 2])
    queries = build_queries(given, CAMPAIGN_FILTERS, {"ShowSubject": "true"})
    assert [query["ShowSubject"] for query in queries] == ["true"] * 4


@pytest.mark.parametrize(
    ("given", "queries"),
    [
        ({}, [{"All": "true"}, {"Drafts": "true"}, {"Archived": "true"}]),
        (
            {"include_drafts": False},
            [{"Sent": "true"}, {"Programmed": "true"}, {"Archived": "true"}],
        ),
        (
            {"include_archived": False},
            [{"Sent": "true"}, {"Programmed": "true"}, {"Drafts": "true"}],
        ),
        (
            {"include_archived": False, "include_drafts": False, "include_ab_tests": False},
            [
                {state: "true", "IDType": kind}
                for state in ("Sent", "Programmed")
                for kind in ("Campaign", "NL")
            ],
        ),
    ],
)
def test_overview_is_asked_for_by_what_is_wanted_only(
    given: dict[str, Any], queries: list[dict[str, str]]
) -> None:
    assert build_queries(settings(**given), Filters(overview=True)) == queries


@pytest.mark.parametrize(
    ("given", "queries"),
    [
        ({}, [{"IsArchived": "false"}, {"IsArchived": "true"}]),
        ({"include_archived": False}, [{"IsArchived": "false"}]),
    ],
)
def test_archived_ones_are_asked_for_apart(
    given: dict[str, Any], queries: list[dict[str, str]]
) -> None:
    assert build_queries(settings(**given), Filters(archived_apart=True)) == queries
