"""Every request to a resource with a `FromTS` filter names its lower bound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tap_mailjet.reading.page_reader import PageReader
from tap_mailjet.reading.prefetch import PagePrefetcher
from tap_mailjet.reading.queries import DATED_RESOURCES, UNSORTABLE_RESOURCES, build_queries
from tap_mailjet.streams.registry import STREAMS
from tests.helpers import RESOURCES, settings, sync
from tests.support.metadata import METADATA
from tests.support.moving import Inline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_mailjet.sandbox import Sandbox

DATED = {name for name, resource in METADATA.items() if "FromTS" in resource["filters"]}


def test_dated_resources_are_those_of_the_metadata() -> None:
    assert DATED == DATED_RESOURCES
    assert len(DATED) == 17


def test_unsortable_resources_are_those_of_the_metadata() -> None:
    unsortable = {name for name, resource in METADATA.items() if "ID" not in resource["sort"]}
    assert unsortable - {"metadata"} == UNSORTABLE_RESOURCES


class Recorder:
    """Stands in for MailjetClient and keeps the parameters of each request."""

    def __init__(self) -> None:
        self.requests: list[Mapping[str, str]] = []

    def get(self, _resource: str, params: Mapping[str, str], **how: Any) -> Any:
        self.requests.append(params)
        data = [{"ID": number} for number in range(int(params.get("Limit", 0)))][
            : 9 - 2 * len(self.requests)
        ]
        body = {
            "Count": len(data),
            "Data": data,
            "Total": 5 if "countOnly" in params else len(data),
        }
        return how["decode"](msgspec.json.encode(body))


def reader_of(recorder: Recorder, resource: str) -> PageReader:
    """Return a reader and a prefetcher that send their requests to a recorder."""
    prefetcher = PagePrefetcher(recorder, Inline(), 1)  # type: ignore[arg-type]
    return PageReader(
        recorder,  # type: ignore[arg-type]
        resource,
        page_size=5,
        pool=Inline(),
        ahead=2,
        prefetcher=prefetcher,
    )


def sent(resource: str, query: dict[str, str]) -> Mapping[str, str]:
    """Return the parameters with which the first page of a query is requested."""
    recorder = Recorder()
    reader_of(recorder, resource).page(query)
    [params] = recorder.requests
    return params


@pytest.mark.parametrize("resource", sorted(DATED))
@pytest.mark.parametrize(
    "query", [{}, {"EventFromTs": "2026-01-01T00:00:00Z"}, {"IsDeleted": "true"}]
)
def test_every_kind_of_request_to_a_dated_resource_names_its_lower_bound(
    resource: str, query: dict[str, str]
) -> None:
    recorder = Recorder()
    reader = reader_of(recorder, resource)
    reader.prefetch(query, by_id=True)
    assert len(recorder.requests) == 1
    reader.page(query)
    reader.page(query, 7)
    reader.row_count(query)
    reader.first_page_by_id(query)
    reader.first_pages_with_counts([query], expects_many=True)
    reader.for_resource(resource).page(query)
    assert len(recorder.requests) >= 7
    assert {params.get("FromTS") for params in recorder.requests} == {"1"}


def test_bound_of_the_window_is_kept_and_zero_is_never_sent() -> None:
    window = {"FromTS": "2026-01-01T00:00:00Z", "ToTS": "2026-01-02T00:00:00Z"}
    assert sent("message", window).items() >= window.items()
    assert "FromTS" not in sent("contact", {})


def test_lifetime_counter_has_no_range_because_mailjet_refuses_one() -> None:
    lifetime = {"CounterSource": "APIKey", "CounterResolution": "Lifetime"}
    assert "FromTS" not in sent("statcounters", lifetime)
    assert sent("statcounters", {**lifetime, "CounterResolution": "Day"})["FromTS"] == "1"


@pytest.mark.parametrize("counter_source", ["APIKey", "Campaign", "Sender"])
def test_no_request_of_a_whole_sync_lacks_its_lower_bound(
    small: Sandbox, counter_source: str
) -> None:
    timing = "Message" if counter_source == "Sender" else "Event"
    sync(
        small,
        *RESOURCES,
        page_size=30,
        counter_source=counter_source,
        counter_timing=timing,
        start_date="2026-01-01",
    )
    dated = [request for request in small.requests if request.resource in DATED]
    assert {request.resource for request in dated} == DATED & {*RESOURCES.values()}
    for request in dated:
        assert request.params.get("FromTS", "0") != "0", request


def test_no_sort_is_sent_to_a_resource_that_cannot_be_sorted_by_id(small: Sandbox) -> None:
    sync(small, *RESOURCES)
    refused = [request for request in small.requests if request.status == 400]
    assert refused == []
    for request in small.requests:
        known = METADATA.get(request.resource)
        if known and "Sort" in request.params:
            assert request.params["Sort"] in known["sort"], request


IN_OPENAPI = {
    ("contact", "IncludeAnonymized"),
    ("contactdata", "IncludeAnonymized"),
    ("contactstatistics", "IncludeAnonymized"),
    ("widget", "IsStarred"),
    ("workflow", "ShowAll"),
}
"""Filters that Mailjet's OpenAPI file has, which is newer than the metadata."""
EVERY_SETTING = {
    "include_archived": False,
    "include_drafts": False,
    "include_ab_tests": False,
    "starred_only": True,
    "include_newsletter_tool": False,
    "include_deleted_campaigns": False,
    "include_deleted_lists": False,
    "segment_status": "used",
    "campaign_ids": [1],
    "contact_list_ids": [1],
    "sender_ids": [1],
}


@pytest.mark.parametrize("given", [{}, EVERY_SETTING], ids=["defaults", "every setting"])
def test_no_filter_is_sent_that_the_resource_does_not_have(given: dict[str, Any]) -> None:
    # Mailjet ignores a parameter that it does not know, and returns all rows.
    unknown = {
        (stream.resource, name)
        for stream in STREAMS
        if stream.resource in METADATA
        for query in build_queries(settings(**given), stream.filters, stream.params)
        for name in query
        if name not in METADATA[stream.resource]["filters"]
    }
    assert unknown <= IN_OPENAPI
