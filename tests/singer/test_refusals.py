"""403 and 404: what the account does not have, and what is a failure."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_mailjet.api.client import RequestOutcome
from tap_mailjet.singer.base_stream import MailjetStream
from tap_mailjet.singer.sync_report import IncompleteSyncError, StreamProgress
from tap_mailjet.streams.registry import STREAMS
from tests.helpers import UNTIL, as_set, catalog_of, sync, truth
from tests.support.resuming import assert_every_state_is_true, attempt, refused

if TYPE_CHECKING:
    from tap_mailjet.sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("_own_sandbox_is_direct")
Json = dict[str, Any]
PAIR = ("messages", "message_events")
MORE = (*PAIR, "sent_campaigns", "link_clicks", "campaign_drafts")


@pytest.fixture
def _everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reduce the tap to the streams of `MORE`, so that all streams are selected."""
    monkeypatch.setattr(
        "tap_mailjet.tap.STREAMS", [one for one in STREAMS if vars(one)["name"] in MORE]
    )


def bookmark(state: Json, stream: str) -> str | None:
    value: str | None = state["bookmarks"][stream].get("replication_key_value")
    return value


def histories(sandbox: Sandbox) -> list[Json]:
    """The messages of an account, in the order in which their histories are read."""
    return sorted(sandbox.rows("message"), key=lambda row: (row["ArrivedAt"], row["ID"]))


def summary(caplog: pytest.LogCaptureFixture, stream: str) -> str:
    lines = [record.getMessage() for record in caplog.records]
    return next(line for line in lines if line.startswith(f"{stream}: ") and " rows, " in line)


@pytest.mark.parametrize("status", [403, 404])
def test_refused_second_page_is_a_failure(sandbox: Sandbox, status: int) -> None:
    with refused(status, lambda _, params: params.get("Offset", "0") != "0") as paths:
        run, error = attempt(sandbox, "senders", page_size=3)
    assert "sender" in paths
    assert "1 of 1 streams failed: senders" in str(error)
    assert 0 < len(run.records["senders"]) < len(truth(sandbox, "senders"))


@pytest.mark.usefixtures("_everything")
def test_refused_query_after_one_that_was_answered_is_a_failure(own_sandbox: Sandbox) -> None:
    # Drafts are requested in four queries: deleted or not, archived or not.
    with refused(403, lambda _, params: params.get("IsArchived") == "true") as paths:
        _, error = attempt(own_sandbox, *MORE)
    assert {*paths} == {"campaigndraft"}
    assert "1 of 5 streams failed: campaign_drafts" in str(error)


def test_stream_that_is_answered_after_a_refusal_is_not_called_missing() -> None:
    outcome = StreamProgress("campaign_drafts", unavailable_reason="Mailjet responded with 403.")
    outcome.count_request(RequestOutcome("campaigndraft", 200, 0.1, is_retry=False))
    outcome.conclude()
    assert (outcome.failure, outcome.unavailable_reason) == ("Mailjet responded with 403.", None)


@pytest.mark.usefixtures("_everything")
@pytest.mark.parametrize(
    ("status", "place"), [(403, 0), (403, 1), (403, 137), (403, -1), (404, 137)]
)
def test_refused_row_of_a_child_holds_the_bookmark_of_the_parent(
    own_sandbox: Sandbox, caplog: pytest.LogCaptureFixture, status: int, place: int
) -> None:
    caplog.set_level(logging.INFO)
    row = histories(own_sandbox)[place]
    with refused(status, lambda resource, _: resource == f"messagehistory/{row['ID']}"):
        run, error = attempt(own_sandbox, *MORE, page_size=20)
    rows = len(truth(own_sandbox, "messages"))
    assert "1 of 5 streams failed: message_events" in str(error)
    assert (
        f"Mailjet refused 1 of {rows} rows of messages. First refusal: ID {row['ID']}: Mailjet"
        in (summary(caplog, "message_events"))
    )
    # All other rows were read, and those of the parent written.
    assert as_set(run.records["messages"]) == as_set(truth(own_sandbox, "messages"))
    others = [one for one in truth(own_sandbox, "message_events") if one["MessageID"] != row["ID"]]
    assert as_set(run.records["message_events"]) == as_set(others)
    assert bookmark(run.state, "messages") == row["ArrivedAt"]

    own_sandbox.requests.clear()
    again = sync(own_sandbox, *PAIR, state=run.state, lookback_window=0)
    paths = [one.resource for one in own_sandbox.requests if "history" in one.resource]
    assert f"messagehistory/{row['ID']}" in paths
    together = [*run.records["message_events"], *again.records["message_events"]]
    assert as_set(together).keys() == as_set(truth(own_sandbox, "message_events")).keys()
    newest = histories(own_sandbox)[-1]["ArrivedAt"]
    assert bookmark(again.state, "messages") == newest


@pytest.mark.parametrize("batches", [False, True])
def test_no_state_passes_a_row_that_a_child_could_not_be_read_for(
    own_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Any, batches: bool
) -> None:
    monkeypatch.setattr(MailjetStream, "STATE_MSG_FREQUENCY", 17)
    given: Json = {"page_size": 20}
    if batches:
        given["batch_config"] = {
            "encoding": {"format": "jsonl", "compression": "gzip"},
            "storage": {"root": f"file://{tmp_path}"},
            "batch_size": 40,
        }
    lost = {f"messagehistory/{histories(own_sandbox)[at]['ID']}" for at in (30, 33, 200)}
    with refused(403, lambda resource, _: resource in lost):
        run, error = attempt(own_sandbox, *PAIR, **given)
    assert isinstance(error, IncompleteSyncError)
    whole = {stream: truth(own_sandbox, stream) for stream in PAIR}
    states = assert_every_state_is_true(
        run, lambda state: sync(own_sandbox, *PAIR, state=state, lookback_window=0), whole
    )
    assert states >= 2


def test_failed_child_holds_the_bookmark_at_its_first_unread_row(own_sandbox: Sandbox) -> None:
    row = histories(own_sandbox)[150]
    with refused(400, lambda resource, _: resource == f"messagehistory/{row['ID']}") as paths:
        run, error = attempt(own_sandbox, *PAIR, page_size=20)
    assert "1 of 2 streams failed: message_events" in str(error)
    assert len(paths) == 1
    assert as_set(run.records["messages"]) == as_set(truth(own_sandbox, "messages"))
    assert bookmark(run.state, "messages") == row["ArrivedAt"]
    again = sync(own_sandbox, *PAIR, state=run.state, lookback_window=0)
    together = [*run.records["message_events"], *again.records["message_events"]]
    assert as_set(together).keys() == as_set(truth(own_sandbox, "message_events")).keys()


def test_refused_row_that_is_looked_back_at_turns_the_bookmark_back(own_sandbox: Sandbox) -> None:
    state = sync(own_sandbox, *PAIR).state
    newest = histories(own_sandbox)[-1]
    late = next(
        row
        for row in histories(own_sandbox)
        if newest["ArrivedAt"] > row["ArrivedAt"] and row["ArrivedAt"][:10] >= "2026-04-20"
    )
    with refused(403, lambda resource, _: resource == f"messagehistory/{late['ID']}"):
        run, error = attempt(own_sandbox, *PAIR, state=state, lookback_window=24 * 30)
    assert isinstance(error, IncompleteSyncError)
    assert bookmark(run.state, "messages") == late["ArrivedAt"]


@pytest.mark.usefixtures("_everything")
def test_child_that_was_read_before_cannot_be_missing_on_a_quiet_night(
    own_sandbox: Sandbox,
) -> None:
    newest = histories(own_sandbox)[-1]
    path = f"messagehistory/{newest['ID']}"
    with refused(403, lambda resource, _: resource == path):
        given: Json = {"lookback_window": 0, "status_lookback_window": 0}
        first, _ = attempt(own_sandbox, *MORE, **given)
        own_sandbox.requests.clear()
        second, error = attempt(own_sandbox, *MORE, state=first.state, **given)
    # Nothing but this row was there to be read, so that all rows were refused.
    assert not [one for one in own_sandbox.requests if "messagehistory" in one.resource]
    assert "1 of 5 streams failed: message_events" in str(error)
    assert bookmark(second.state, "messages") == newest["ArrivedAt"]


@pytest.mark.usefixtures("_everything")
def test_child_that_is_refused_from_the_start_is_not_requested_for_all_rows(
    own_sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    with refused(403, lambda resource, _: "messagehistory" in resource) as paths:
        run, error = attempt(own_sandbox, *MORE)
    assert error is None
    assert 1 < len(paths) <= 20
    assert "message_events: Mailjet refused all 20 rows of messages" in caplog.text
    # The parent goes on without it.
    assert bookmark(run.state, "messages") == histories(own_sandbox)[-1]["ArrivedAt"]


@pytest.mark.usefixtures("_everything")
def test_child_that_becomes_available_is_read_for_all_rows_by_the_next_sync(
    own_sandbox: Sandbox,
) -> None:
    with refused(403, lambda resource, _: "messagehistory" in resource):
        missing, error = attempt(own_sandbox, *MORE)
    assert error is None
    first, error = attempt(own_sandbox, *MORE, state=missing.state)
    assert error is None
    events = as_set(truth(own_sandbox, "message_events"))
    assert 0 < len(first.records["message_events"]) < events.total() / 2
    second, _ = attempt(own_sandbox, *MORE, state=first.state)
    assert as_set(second.records["message_events"]) == events
    third, _ = attempt(own_sandbox, *MORE, state=second.state)
    assert len(third.records["message_events"]) < events.total() / 2


def test_child_that_is_refused_from_the_start_fails_if_it_was_selected_by_name(
    own_sandbox: Sandbox,
) -> None:
    with refused(403, lambda resource, _: "messagehistory" in resource):
        run, error = attempt(own_sandbox, *PAIR)
    assert "1 of 2 streams failed: message_events" in str(error)
    assert bookmark(run.state, "messages") == histories(own_sandbox)[0]["ArrivedAt"]


@pytest.mark.usefixtures("_everything")
def test_first_row_refused_is_not_taken_for_a_missing_resource(own_sandbox: Sandbox) -> None:
    campaign = min(own_sandbox.rows("campaign"), key=lambda row: str(row["SendStartAt"]))

    def wanted(resource: str, params: dict[str, str]) -> bool:
        return "link-click" in resource and params["CampaignId"] == str(campaign["ID"])

    with refused(403, wanted):
        run, error = attempt(own_sandbox, *MORE)
    assert "1 of 5 streams failed: link_clicks" in str(error)
    assert bookmark(run.state, "sent_campaigns") == campaign["SendStartAt"]
    assert run.records["link_clicks"]


def test_404_of_a_row_is_ordinary_where_the_parent_is_read_whole(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    gone = sandbox.rows("template")[7]["ID"]
    with refused(404, lambda resource, _: resource == f"template/{gone}/detailcontent"):
        run, error = attempt(sandbox, "templates", "template_contents")
    assert error is None
    rows = len(truth(sandbox, "templates"))
    assert f"template_contents: Mailjet responded with 404 for 1 of {rows} rows" in caplog.text
    assert {one["TemplateID"] for one in run.records["template_contents"]} == {
        one["ID"] for one in truth(sandbox, "templates") if one["ID"] != gone
    }


def test_404_for_each_of_few_rows_does_not_fail_a_quiet_night(sandbox: Sandbox) -> None:
    number = sandbox.rows("template")[7]["ID"]
    maps = {"templates": {"__filter__": f"ID == {number}"}}
    with refused(404, lambda resource, _: "detailcontent" in resource) as paths:
        _, error = attempt(sandbox, "templates", "template_contents", stream_maps=maps)
    assert error is None
    assert len(paths) == 1


def test_403_of_a_row_is_a_failure_where_the_parent_is_read_whole(sandbox: Sandbox) -> None:
    number = sandbox.rows("template")[7]["ID"]
    with refused(403, lambda resource, _: resource == f"template/{number}/detailcontent"):
        run, error = attempt(sandbox, "templates", "template_contents")
    assert "1 of 2 streams failed: template_contents" in str(error)
    assert len(run.records["template_contents"]) == len(truth(sandbox, "templates")) - 1


def test_contacts_that_are_gone_have_no_lists(sandbox: Sandbox) -> None:
    gone = {f"contact/{row['ID']}/getcontactslists" for row in sandbox.rows("contact")[:30]}
    with refused(404, lambda resource, _: resource in gone):
        run, error = attempt(sandbox, "contacts", "contact_list_memberships", page_size=20)
    assert error is None
    assert run.records["contact_list_memberships"]


@pytest.mark.parametrize("status", [400, 403])
def test_refused_row_keeps_the_bookmark_of_an_incremental_table(
    sandbox: Sandbox, status: int
) -> None:
    catalog = catalog_of("contacts", "contact_list_memberships")
    for entry in catalog["streams"]:
        if entry["stream"] == "contacts":
            entry["replication_method"] = "INCREMENTAL"
    sandbox.clock.set(UNTIL - timedelta(days=9))
    first, error = attempt(sandbox, catalog=catalog)
    assert error is None
    sandbox.clock.set(UNTIL)
    number = max(sandbox.rows("contact"), key=lambda row: str(row["LastUpdateAt"]))["ID"]
    with refused(status, lambda resource, _: resource == f"contact/{number}/getcontactslists"):
        run, error = attempt(sandbox, catalog=catalog, state=first.state)
    assert isinstance(error, IncompleteSyncError)
    assert len(run.records["contacts"]) > 1
    assert bookmark(run.state, "contacts") == bookmark(first.state, "contacts")


def test_refused_row_of_a_parent_that_is_not_selected_is_a_failure(own_sandbox: Sandbox) -> None:
    row = histories(own_sandbox)[40]
    with refused(403, lambda resource, _: resource == f"messagehistory/{row['ID']}"):
        run, error = attempt(own_sandbox, "message_events")
    assert "1 of 2 streams failed: message_events" in str(error)
    assert bookmark(run.state, "messages") is None
    again = sync(own_sandbox, "message_events", state=run.state)
    expected = as_set(truth(own_sandbox, "message_events"))
    assert as_set(again.records["message_events"]) == expected


def test_child_of_a_parent_that_fails_later_is_not_taken_for_missing(
    own_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tap_mailjet.reading.windowed_reader.MAX_PAGES_PER_WINDOW", 2)
    monkeypatch.setattr("tap_mailjet.reading.windowed_reader.TARGET_PAGES_PER_SPLIT", 1)

    def wanted(resource: str, params: dict[str, str]) -> bool:
        return resource == "message" and params["FromTS"] >= "2026-04-25"

    with refused(403, wanted) as paths:
        run, error = attempt(own_sandbox, *PAIR, page_size=20)
        assert paths
    assert "2 of 2 streams failed" in str(error)
    whole = {stream: truth(own_sandbox, stream) for stream in PAIR}
    resume = lambda state: sync(own_sandbox, *PAIR, state=state, lookback_window=0)  # noqa: E731
    assert_every_state_is_true(run, resume, whole)
