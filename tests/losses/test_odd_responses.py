"""Responses that are valid JSON and odd all the same."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tap_mailjet.sandbox import Faults, Quirks, ScheduledFault
from tap_mailjet.singer.sync_report import IncompleteSyncError
from tests.helpers import CLOCKS, RESOURCES
from tests.losses.runs import assert_complete, attempt, break_value, schedule, warnings_of

if TYPE_CHECKING:
    from tap_mailjet.sandbox import Sandbox

EMPTY_OF_40 = '{"Count":0,"Data":[],"Total":40}'


@pytest.mark.parametrize("sort", ["honoured", "refused"])
@pytest.mark.parametrize("times", [1, None])
@pytest.mark.parametrize("stream", ["contacts", "csv_imports"])
def test_empty_first_page_with_a_total_of_40_is_not_an_empty_table(
    small: Sandbox, stream: str, sort: Any, times: int | None
) -> None:
    small.quirks = Quirks(sort=sort)
    refused = ScheduledFault(
        resource=RESOURCES[stream],
        params={"countOnly": None} if sort == "honoured" else {"countOnly": None, "Sort": None},
        status=200,
        body=EMPTY_OF_40,
        times=times,
    )
    small.faults = Faults(scheduled=(refused,))
    run = attempt(small, stream)
    assert small.injected_faults["scheduled"] > 0
    if run.error is None:
        assert_complete(small, run, stream)
    else:
        assert isinstance(run.error, IncompleteSyncError)


@pytest.mark.parametrize(("stream", "clock"), CLOCKS.items())
@pytest.mark.parametrize("spelled", [str.lower, str.upper])
def test_clock_spelled_in_another_case_is_the_clock(
    small: Sandbox, stream: str, clock: str, spelled: Any
) -> None:
    break_value(small, RESOURCES[stream], clock, name=spelled(clock))
    run = attempt(small, stream)
    assert run.error is None, f"the stream failed: {run.error}"
    assert_complete(small, run, stream)


@pytest.mark.parametrize(("stream", "key"), [("messages", "ID"), ("contacts", "ID")])
@pytest.mark.parametrize("page_size", [1000, 7])
def test_key_spelled_in_another_case_is_the_key(
    small: Sandbox, stream: str, key: str, page_size: int
) -> None:
    break_value(small, RESOURCES[stream], key, name=key.lower())
    run = attempt(small, stream, page_size=page_size)
    assert run.error is None, f"the stream failed: {run.error}"
    assert_complete(small, run, stream)


@pytest.mark.parametrize("resolution", ["Day", "Lifetime"])
def test_campaign_whose_counters_are_not_found_leaves_those_of_the_others(
    small: Sandbox, caplog: pytest.LogCaptureFixture, resolution: Any
) -> None:
    held = small.counters(source="Campaign", timing="Message", resolution=resolution)
    missing = held[0]["SourceID"]
    schedule(small, "statcounters", params={"SourceID": str(missing)}, status=404, times=None)
    run = attempt(
        small,
        "statcounters",
        counter_source="Campaign",
        counter_timing="Message",
        counter_resolution=resolution,
        start_date="2026-03-01T00:00:00Z",
        include_deleted_campaigns=True,
    )
    assert small.injected_faults["scheduled"] > 0
    expected = Counter(
        (row["SourceID"], row["Timeslice"] or None, row["MessageSentCount"])
        for row in held
        if row["SourceID"] != missing
    )
    got = Counter(
        (record["SourceID"], record["Timeslice"], record["MessageSentCount"])
        for record in run.records["statcounters"]
    )
    assert expected
    assert got == expected, f"{got.total()} of {expected.total()} slices of the other campaigns"
    assert warnings_of(caplog, "statcounters", str(missing))


def test_only_row_of_a_parent_without_a_child_does_not_fail_the_run(small: Sandbox) -> None:
    # Mailjet documents 404 for the lists of a contact that is not known.
    number = small.rows("contact")[3]["ID"]
    schedule(small, "contact/getcontactslists", status=404, times=None)
    run = attempt(
        small,
        "contacts",
        "contact_list_memberships",
        stream_maps={"contacts": {"__filter__": f"ID == {number}"}},
    )
    assert [record["ID"] for record in run.records["contacts"]] == [number]
    assert small.injected_faults["scheduled"] == 1
    assert run.error is None, f"a quiet night failed: {run.error}"


@pytest.mark.parametrize(
    "body",
    [
        '{"Count":0,"Data":null,"Total":null}',
        '{"Count":0,"Data":null,"Total":0}',
        '{"Count":0,"Data":[],"Total":null}',
        '{"Count":null,"Data":[],"Total":null}',
    ],
)
@pytest.mark.parametrize("stream", ["bounce_events", "widgets"])
def test_null_in_place_of_no_rows_is_no_rows(small: Sandbox, stream: str, body: str) -> None:
    schedule(small, RESOURCES[stream], status=200, body=body, times=None)
    run = attempt(small, stream)
    assert run.error is None, f"the stream failed: {run.error}"
    assert not run.records[stream]


@pytest.mark.parametrize("field", ["Total", "Count"])
@pytest.mark.parametrize("stream", ["messages", "contacts"])
@pytest.mark.parametrize("page_size", [1000, 7])
def test_rows_of_a_page_without_a_total_are_delivered(
    small: Sandbox, stream: str, field: str, page_size: int
) -> None:
    break_value(small, RESOURCES[stream], field, raw="null", envelope=True)
    run = attempt(small, stream, page_size=page_size)
    assert small.injected_faults["broken"] > 0
    assert run.error is None, f"the stream failed: {run.error}"
    assert_complete(small, run, stream)


def test_null_in_place_of_rows_that_are_counted_is_not_an_empty_table(small: Sandbox) -> None:
    schedule(small, "contact", status=200, body='{"Count":20,"Data":null,"Total":20}', times=None)
    run = attempt(small, "contacts")
    assert isinstance(run.error, IncompleteSyncError)
