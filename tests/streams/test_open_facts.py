"""Whole syncs of all streams, over each behaviour that Mailjet does not document."""

from __future__ import annotations

from typing import Any

import pytest

from tap_mailjet.sandbox import Quirks, Sandbox
from tap_mailjet.sandbox.api.quirks import choices
from tap_mailjet.singer.sync_report import IncompleteSyncError
from tests.helpers import RESOURCES, Run, as_set, sync, truth

pytestmark = pytest.mark.usefixtures("_small_is_direct")
# An absent number is "" on the wire there and 0 elsewhere, so that the records differ.
IN_STRINGS = {"values": "strings"}
UNREADABLE = [
    {"offset": "ignored"},
    {"offset": "refused"},
    {"offset": "empty"},
    {"offset": "clamped"},
    {"hidden_rows": "first"},
]
"""Servers that do not return some rows whatever is requested."""
ODD = [{name: value} for name, values in choices().items() for value in values[1:]]
READABLE = [odd for odd in ODD if odd not in [*UNREADABLE, IN_STRINGS]]
CONTENTS = {
    *("timestamps", "deleted", "deleted_events", "anonymized", "user_agent_event"),
    *("message_status", "empty_result", "error_bodies", "unknown_paths"),
}
"""Behaviours that do not change which rows there are to page through in a window."""


def pairs() -> list[dict[str, str]]:
    """Return each readable behaviour once; those of contents go with others, to save syncs."""
    contents = [odd for odd in READABLE if odd.keys() <= CONTENTS]
    others = [odd for odd in READABLE if not odd.keys() <= CONTENTS]
    assert len(contents) < len(others)
    alone: list[dict[str, str]] = [{}] * (len(others) - len(contents))
    return [one | other for one, other in zip(others, [*contents, *alone], strict=True)]


CLOCKS = [
    {},
    {"current_day": "any_time", "event_bounds": "ignored"},
    {"current_day": "any_time", "event_bounds": "refused"},
]
TOGETHER = [
    {"limit": "capped", "count_records": "ignored"},
    {"hidden_rows": "some", "count_records": "ignored"},
    {"unknown_parameters": "refused", "count_records": "refused", "sort": "refused"},
    {"event_bounds": "ignored", "sort": "refused", "order": "shuffled"},
    {"event_bounds": "refused", "count_only": "zero", "count_records": "ignored"},
    {"event_bounds": "ignored", "count_only": "zero", "total": "huge"},
]
CONTRADICTORY = [
    {"count_only": "unfiltered", "total": "huge"},
    {"count_only": "unfiltered", "count_records": "ignored", "hidden_rows": "some"},
    {"event_bounds": "ignored", "count_only": "unfiltered", "count_records": "unfiltered"},
]
"""Servers whose counts are wrong in every way there is to count."""


# What Mailjet sums up, and whether deleted campaigns count, is its own decision there.
TOTALS = {
    "domain_statistics",
    "geo_statistics",
    "message_statistics",
    "top_links_clicked",
    "user_agent_statistics",
}


def named(odd: dict[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in odd.items()) or "as documented"


def differences(sandbox: Sandbox, run: Run) -> dict[str, str]:
    """Which streams are not what the account holds, with the rows missing and too many."""
    found = {}
    for stream in RESOURCES:
        if stream == "statcounters":
            held = as_set(counters(sandbox))
        else:
            held = as_set(truth(sandbox, stream))
        emitted = as_set(run.records[stream])
        assert held, stream
        if emitted != held:
            missing, extra = (held - emitted).total(), (emitted - held).total()
            found[stream] = f"{missing} missing, {extra} too many"
    return found


def counters(sandbox: Sandbox) -> list[dict[str, Any]]:
    added = {"CounterSource": "APIKey", "CounterTiming": "Event", "CounterResolution": "Day"}
    rows = sandbox.counters(source="APIKey", timing="Event", resolution="Day")
    return [{**row, **added} for row in rows]


@pytest.mark.parametrize(
    "odd",
    [
        *(pytest.param(odd, id=named(odd)) for odd in [*CLOCKS, *pairs(), *TOGETHER]),
        *(
            pytest.param(odd, id=f"{named(odd)} alone", marks=pytest.mark.scheduled)
            for odd in READABLE
        ),
    ],
)
def test_sync_of_all_streams_equals_the_account_row_by_row(
    small: Sandbox, odd: dict[str, Any]
) -> None:
    small.quirks = Quirks(**odd)
    run = sync(small, *RESOURCES, page_size=25)
    excepted = TOTALS if odd.get("deleted_events") == "hidden" else set()
    assert differences(small, run).keys() <= excepted
    assert len(small.requests) < 6000


@pytest.mark.parametrize("odd", UNREADABLE, ids=named)
def test_rows_that_cannot_be_read_are_an_error_and_never_a_complete_sync(
    small: Sandbox, odd: dict[str, Any]
) -> None:
    small.quirks = Quirks(**odd)
    with pytest.raises(IncompleteSyncError, match="message_sent_statistics"):
        sync(small, "message_sent_statistics", "messages", page_size=20)
    assert len(small.requests) < 1000


@pytest.mark.parametrize("odd", CONTRADICTORY, ids=named)
def test_counts_that_are_all_wrong_end_in_the_right_rows_or_in_an_error(
    small: Sandbox, odd: dict[str, Any]
) -> None:
    small.quirks = Quirks(**odd)
    try:
        run = sync(small, *RESOURCES, page_size=40)
    except IncompleteSyncError:
        pass
    else:
        assert differences(small, run) == {}
    assert len(small.requests) < 20_000


def test_server_that_ignores_the_clock_of_events_is_named_once_with_what_it_costs(
    small: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    state = sync(small, "open_events").state
    small.quirks = Quirks(event_bounds="ignored")
    small.requests.clear()
    run = sync(small, "open_events", state=state, page_size=40)
    warned = [
        record.getMessage()
        for record in caplog.records
        if "does not filter by" in record.getMessage()
    ]
    assert len(warned) == 1
    assert "open_events: Mailjet does not filter by EventFromTs and EventToTs" in warned[0]
    rows = len(small.rows("openinformation"))
    assert f"about {rows} rows and {2 + rows // 40} requests in each sync" in warned[0]
    assert len(small.requests) < 15
    assert run.state["bookmarks"]["open_events"] == state["bookmarks"]["open_events"] | {
        "replication_key_value": run.state["bookmarks"]["open_events"]["replication_key_value"]
    }
