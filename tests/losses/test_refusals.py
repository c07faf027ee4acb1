"""A resource that is refused after some of it was read is not one that the account lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_mailjet.sandbox import Faults, Quirks
from tap_mailjet.singer.sync_report import IncompleteSyncError
from tests.helpers import RESOURCES, as_set, config_of, truth
from tests.losses.runs import assert_complete, attempt, schedule
from tests.support.commands import run_inline

if TYPE_CHECKING:
    from tap_mailjet.sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("_sandbox_is_direct", "_small_is_direct")
EVERY_STREAM = tuple(RESOURCES)


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("sort", ["honoured", "refused"])
def test_later_page_refused_ends_the_run_as_incomplete(
    sandbox: Sandbox, status: int, sort: Any
) -> None:
    sandbox.quirks = Quirks(sort=sort)
    schedule(sandbox, "sender", params={"Offset": ">0"}, status=status, times=None)
    run = attempt(sandbox, "senders", page_size=3)
    assert sandbox.injected_faults["scheduled"] > 0
    assert isinstance(run.error, IncompleteSyncError), (
        f"exit code 0 with {len(run.records['senders'])} of {len(truth(sandbox, 'senders'))} rows"
    )
    assert "senders" in str(run.error)


@pytest.mark.parametrize("status", [403, 404])
def test_later_page_refused_once_is_delivered_by_the_next_run(
    sandbox: Sandbox, status: int
) -> None:
    schedule(sandbox, "sender", params={"Offset": ">0"}, status=status)
    first = attempt(sandbox, "senders", page_size=3)
    assert isinstance(first.error, IncompleteSyncError), "exit code 0 without the second page"
    run = attempt(sandbox, "senders", page_size=3, state=first.state)
    assert run.error is None
    assert_complete(sandbox, run, "senders")


def test_second_query_refused_after_the_first_was_read_ends_the_run_as_incomplete(
    small: Sandbox,
) -> None:
    # The deleted campaigns have statistics of their own, which a second query reads.
    asked = {"IsDeleted": "true"}
    schedule(small, "campaignstatistics", params=asked, status=403, times=None)
    run = attempt(small, *EVERY_STREAM, include_deleted_campaigns=True)
    assert small.injected_faults["scheduled"] > 0
    assert isinstance(run.error, IncompleteSyncError), (
        f"exit code 0 with {len(run.records['campaign_statistics'])} rows, none of a deleted one"
    )
    assert "campaign_statistics" in str(run.error)


def test_later_window_refused_ends_the_run_as_incomplete_and_holds_the_bookmark(
    sandbox: Sandbox,
) -> None:
    given: dict[str, Any] = {"page_size": 5, "start_date": "2026-03-01T00:00:00Z"}
    attempt(sandbox, "open_events", **given)
    schedule(
        sandbox, "openinformation", first=len(sandbox.requests) * 3 // 4, status=403, times=None
    )
    run = attempt(sandbox, "open_events", **given)
    read = run.records["open_events"]
    assert 0 < len(read) < len(truth(sandbox, "open_events"))
    assert isinstance(run.error, IncompleteSyncError)
    bookmark = run.state["bookmarks"]["open_events"]["replication_key_value"]
    assert bookmark <= read[-1]["OpenedAt"]
    sandbox.faults = Faults()
    rest = attempt(sandbox, "open_events", state=run.state, **given)
    assert rest.error is None
    got = as_set([*read, *rest.records["open_events"]])
    assert got.keys() == as_set(truth(sandbox, "open_events")).keys()


@pytest.mark.parametrize("streams", [("messages", "message_events"), EVERY_STREAM])
def test_one_child_refused_is_a_failure_that_the_next_run_makes_up_for(
    small: Sandbox, streams: tuple[str, ...]
) -> None:
    messages = small.rows("message")
    refused = messages[len(messages) // 3]["ID"]
    schedule(small, f"messagehistory/{refused}", status=403, times=None)
    first = attempt(small, *streams, page_size=50, lookback_window=0)
    assert isinstance(first.error, IncompleteSyncError), (
        f"exit code 0 with {len(first.records['message_events'])} of "
        f"{len(truth(small, 'message_events'))} events"
    )
    assert "message_events" in str(first.error)
    _assert_next_run_delivers_the_rest(small, first.records["message_events"], first.state, streams)


def _assert_next_run_delivers_the_rest(
    sandbox: Sandbox, read: list[Any], state: dict[str, Any], streams: tuple[str, ...]
) -> None:
    sandbox.faults = Faults()
    second = attempt(sandbox, *streams, page_size=50, lookback_window=0, state=state)
    assert second.error is None
    got = as_set([*read, *second.records["message_events"]])
    assert as_set(truth(sandbox, "message_events")).keys() == got.keys(), "events never came"


def test_child_refused_for_one_row_is_read_for_the_other_rows(small: Sandbox) -> None:
    messages = small.rows("message")
    refused = messages[len(messages) // 3]["ID"]
    schedule(small, f"messagehistory/{refused}", status=403, times=None)
    run = attempt(small, "messages", "message_events", page_size=50)
    expected = [row for row in truth(small, "message_events") if row["MessageID"] != refused]
    assert isinstance(run.error, IncompleteSyncError)
    assert as_set(run.records["message_events"]) == as_set(expected), (
        f"{len(run.records['message_events'])} of {len(expected)} events that can be read"
    )


def test_first_request_refused_still_means_that_the_account_lacks_the_resource(
    small: Sandbox,
) -> None:
    small.faults = Faults(permanent={"axtesting": 403, "workflow": 404})
    run = attempt(small, *EVERY_STREAM)
    assert run.error is None
    assert_complete(small, run, "message_events")


@pytest.mark.parametrize("status", [400, 403])
@pytest.mark.parametrize("resource", ["contact", "message"])
def test_connection_test_fails_if_a_stream_is_refused(
    small: Sandbox, resource: str, status: int
) -> None:
    small.faults = Faults(permanent={resource: status})
    config = {f"TAP_MAILJET_{name.upper()}": value for name, value in config_of(small).items()}
    done = run_inline("--config=ENV", "--test", environ=config, hurry=True)
    assert small.injected_faults["permanent"] > 0
    assert done.returncode == 1, f"exit code {done.returncode}"
