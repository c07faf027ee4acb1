"""Streams that are asked for once for each row of another."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_mailjet.api.client import MailjetClient
from tap_mailjet.reading.page_reader import PageReader
from tap_mailjet.sandbox import Faults
from tap_mailjet.singer.sync_report import IncompleteSyncError
from tap_mailjet.tap import TapMailjet
from tests.conftest import UNTIL
from tests.helpers import as_set, catalog_of, config_of, sync, truth

if TYPE_CHECKING:
    from tap_mailjet.sandbox import Sandbox


def asked(sandbox: Sandbox, part: str) -> list[str]:
    """The paths that were asked for which have this in them."""
    return [request.resource for request in sandbox.requests if part in request.resource]


def test_a_child_runs_over_the_rows_of_this_sync_only(sandbox: Sandbox) -> None:
    sandbox.clock.set(UNTIL - timedelta(days=5))
    state = sync(sandbox, "messages", "message_events").state
    sandbox.clock.set(UNTIL)
    sandbox.requests.clear()
    run = sync(sandbox, "messages", "message_events", state=state)
    messages = {record["ID"] for record in run.records["messages"]}
    assert 0 < len(messages) < len(truth(sandbox, "messages")) / 2
    paths = asked(sandbox, "messagehistory")
    assert sorted(paths) == sorted(f"messagehistory/{number}" for number in messages)
    assert {record["MessageID"] for record in run.records["message_events"]} <= messages
    assert run.records["message_events"]


def test_a_child_has_no_bookmark_but_the_mark_that_it_was_read(sandbox: Sandbox) -> None:
    state = sync(sandbox, "messages", "message_events").state
    assert state["bookmarks"]["message_events"] == {"was_read": True}


def test_a_parent_that_is_not_selected_is_read_but_neither_emitted_nor_bookmarked(
    sandbox: Sandbox,
) -> None:
    run = sync(sandbox, "message_events")
    assert {*run.records} == {"message_events"}
    assert as_set(run.records["message_events"]) == as_set(truth(sandbox, "message_events"))
    assert "replication_key_value" not in run.state["bookmarks"].get("messages", {})


def test_what_a_child_could_not_read_comes_with_the_next_sync(
    sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox.faults = Faults(permanent={"messagehistory": 400})
    tap = TapMailjet(
        config=config_of(sandbox, page_size=200), catalog=catalog_of("messages", "message_events")
    )
    with pytest.raises(IncompleteSyncError, match="1 of 2 streams failed: message_events"):
        tap.sync_all()
    # Once it fails, it is not tried for each of the other messages.
    assert len(asked(sandbox, "messagehistory")) <= 4
    assert len(asked(sandbox, "message")) > 4
    state = last_state(capsys)
    first = min(truth(sandbox, "messages"), key=lambda row: str(row["ArrivedAt"]))
    assert state["bookmarks"]["messages"]["replication_key_value"] == first["ArrivedAt"]
    sandbox.faults = Faults()
    run = sync(sandbox, "messages", "message_events", state=state)
    assert as_set(run.records["message_events"]) == as_set(truth(sandbox, "message_events"))


def last_state(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    lines = capsys.readouterr().out.splitlines()
    states = [json.loads(line) for line in lines if '"STATE"' in line]
    value: dict[str, Any] = states[-1]["value"]
    return value


def test_rows_that_are_gone_are_passed_over(sandbox: Sandbox) -> None:
    # Of all drafts, only some are scheduled; for the others Mailjet answers 404.
    run = sync(sandbox, "campaign_draft_schedules")
    assert {404, 200} == {request.status for request in sandbox.requests}
    held = truth(sandbox, "campaign_draft_schedules")
    assert as_set(run.records["campaign_draft_schedules"]) == as_set(held)


def test_a_child_that_is_nowhere_to_be_found_is_an_error(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.faults = Faults(permanent={"template/detailcontent": 404})
    with pytest.raises(IncompleteSyncError, match="template_contents"):
        sync(sandbox, "templates", "template_contents")
    assert "template_contents: Mailjet refused all 20 rows of templates" in caplog.text


def test_a_child_of_a_parent_that_failed_is_not_called_whole(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.faults = Faults(permanent={"template": 400})
    with pytest.raises(IncompleteSyncError, match="2 of 2 streams failed"):
        sync(sandbox, "templates", "template_contents")
    assert "template_contents: its parent stream templates failed." in caplog.text


def test_a_row_that_a_stream_map_filters_out_is_not_asked_for(sandbox: Sandbox) -> None:
    run = sync(
        sandbox,
        "contacts",
        "contact_list_memberships",
        stream_maps={"contacts": {"__filter__": "ID % 2 == 0"}},
    )
    kept = {record["ID"] for record in run.records["contacts"]}
    assert {number % 2 for number in kept} == {0}
    assert len(asked(sandbox, "getcontactslists")) == len(kept)
    assert {record["ContactID"] for record in run.records["contact_list_memberships"]} <= kept


def test_a_field_of_the_parent_that_is_deselected_is_still_known_to_the_child(
    sandbox: Sandbox,
) -> None:
    catalog = catalog_of("messages", "message_events")
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            if entry["stream"] == "messages" and item["breadcrumb"] == ["properties", "CampaignID"]:
                item["metadata"]["selected"] = False
    run = sync(sandbox, catalog=catalog)
    assert "CampaignID" not in run.records["messages"][0]
    assert as_set(run.records["message_events"]) == as_set(truth(sandbox, "message_events"))


def test_an_incremental_parents_children_do_not_replace_those_of_earlier_syncs(
    sandbox: Sandbox,
) -> None:
    run = sync(
        sandbox,
        "messages",
        "message_events",
        "templates",
        "template_contents",
        emit_activate_version_messages=True,
    )
    replaced = {one["stream"] for one in run.messages if one["type"] == "ACTIVATE_VERSION"}
    assert replaced == {"templates", "template_contents"}


def test_several_are_asked_for_at_the_same_time() -> None:
    client = MailjetClient(
        api_url="http://localhost", api_key="k", api_secret="s", timeout=1, user_agent="t"
    )
    together = threading.Barrier(3, timeout=5)
    with ThreadPoolExecutor(3) as pool:
        reader = PageReader(client, "contact", page_size=10, pool=pool, ahead=3)
        assert list(reader.map_concurrently(lambda _: together.wait() >= 0, range(9))) == [True] * 9
