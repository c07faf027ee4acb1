"""The sandbox's parameters against what the live API says of itself."""

from __future__ import annotations

from tap_mailjet.sandbox.api.counter_query import NAMES as OF_COUNTERS
from tap_mailjet.sandbox.api.counters import UNSUPPORTED
from tap_mailjet.sandbox.api.registry import RESOURCES
from tests.sandbox.api import CURRENT_DAY as ASKED
from tests.sandbox.api import Api
from tests.sandbox.test_facts import COUNTED, FULL_HISTORY
from tests.sandbox.test_facts_rows import METADATA, RECORDED

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


NAMES = RECORDED


def unsupported(resource: str) -> frozenset[str]:
    return UNSUPPORTED if resource == "statcounters" else RESOURCES[resource].unsupported


def test_filters_of_the_metadata_are_supported_or_refused() -> None:
    offenders = {}
    for resource in NAMES:
        supported = set(OF_COUNTERS)
        if resource != "statcounters":
            supported = {*RESOURCES[resource].filters, *RESOURCES[resource].shown}
        listed = {*METADATA[resource]["filters"], *LATER.get(resource, set())}
        wrong = (supported | unsupported(resource)) ^ listed
        if wrong or supported & unsupported(resource):
            offenders[resource] = sorted(wrong | (supported & unsupported(resource)))
    assert offenders == {}


def test_unsupported_filters_are_refused_and_not_ignored(api: Api) -> None:
    offenders = []
    for resource in NAMES:
        more = COUNTED if resource == "statcounters" else {}
        for name in unsupported(resource):
            response = api.get(resource, **{name: "1"}, **more)
            assert response.status_code == 501, (resource, name)
            if f'"{name}"' not in response.json().get("ErrorMessage", ""):
                offenders.append((resource, name))
    assert offenders == []
    assert sum(len(unsupported(resource)) for resource in NAMES) > 100


def test_resources_with_from_ts_have_the_current_day_or_the_full_history_by_default() -> None:
    dated = {name for name in RECORDED if "FromTS" in METADATA[name]["filters"]}
    filtered = dated - {"statcounters"}
    current_day = {name for name, resource in RESOURCES.items() if resource.is_current_day}
    # workflowstatistics is not documented.
    assert filtered - current_day == {*FULL_HISTORY} & filtered | {"workflowstatistics"}
    assert filtered > current_day == ASKED
