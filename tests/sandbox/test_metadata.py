"""The sandbox's parameters against what the live API says of itself."""

from __future__ import annotations

import pytest

from tap_mailjet.sandbox.api.counter_query import NAMES as OF_COUNTERS
from tap_mailjet.sandbox.api.default_parameters import CURRENT_DAY
from tap_mailjet.sandbox.api.filters import FILTERS
from tap_mailjet.sandbox.api.registry import RESOURCES
from tap_mailjet.sandbox.api.unplayed import UNPLAYED
from tests.sandbox.api import CURRENT_DAY as ASKED
from tests.sandbox.api import Api
from tests.sandbox.test_facts import COUNTED, FULL_HISTORY
from tests.sandbox.test_facts_rows import METADATA

# Filters that are published elsewhere: Mailjet's documentation, its OpenAPI file, its clients.
LATER = {
    "campaigndraft": {"IsCampaignTemplate"},
    "contact": {"Email", "IncludeAnonymized"},
    "contactdata": {"IncludeAnonymized"},
    "contactfilter": {"Name"},
    "contactstatistics": {"IncludeAnonymized"},
    "openinformation": {"MessageID"},
    "statcounters": {"SourceID"},
    "widget": {"IsStarred", "Name"},
    "workflow": {"ShowAll"},
}


@pytest.mark.parametrize("resource", [*RESOURCES, "statcounters"])
def test_filters_of_the_metadata_are_played_or_refused(resource: str) -> None:
    played = set(OF_COUNTERS)
    if resource != "statcounters":
        played = {*FILTERS[resource], *RESOURCES[resource].shown}
    unplayed = UNPLAYED.get(resource, frozenset())
    assert played | unplayed == {*METADATA[resource]["filters"], *LATER.get(resource, set())}
    assert not played & unplayed


@pytest.mark.parametrize("resource", UNPLAYED)
def test_filter_that_is_not_played_is_refused_and_not_ignored(api: Api, resource: str) -> None:
    more = COUNTED if resource == "statcounters" else {}
    for name in UNPLAYED[resource]:
        assert f'"{name}"' in api.refused_with(501, resource, **{name: "1"}, **more)


def test_resources_with_from_ts_have_the_current_day_or_the_full_history_by_default() -> None:
    filtered = {name for name in RESOURCES if "FromTS" in METADATA[name]["filters"]}
    # Nothing is said of workflowstatistics.
    assert filtered - CURRENT_DAY == {*FULL_HISTORY} & filtered | {"workflowstatistics"}
    assert filtered > CURRENT_DAY == ASKED
