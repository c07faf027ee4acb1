"""Streams that are requested once for each row of their parent."""

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
from tests.helpers import UNTIL, as_set, catalog_of, config_of, sync, truth
from tests.sandbox.api import parse, wire

if TYPE_CHECKING:
    from tap_mailjet.sandbox import Sandbox


def requested(sandbox: Sandbox, part: str) -> list[str]:
    """Return the requested paths that contain `part`."""
    return [request.resource for request in sandbox.requests if part in request.resource]


def test_child_runs_over_the_rows_of_this_sync_and_over_touched_ones_only(small: Sandbox) -> None:
    small.clock.set(UNTIL - timedelta(days=5))
    state = sync(small, "messages", "message_events").state
    small.clock.set(UNTIL)
    small.requests.clear()
    run = sync(small, "messages", "message_events", state=state)
    messages = {record["ID"] for record in run.records["messages"]}
    assert 0 < len(messages) < len(truth(small, "messages")) / 2
    paths = requested(small, "messagehistory")
    assert len({*paths}) == len(paths)
    read = {int(path.removeprefix("messagehistory/")) for path in paths}
    since = wire(parse(state["bookmarks"]["messages"]["touched"]) - timedelta(days=1))
    events = truth(small, "message_events")
    touched = {row["MessageID"] for row in events if row["EventTimestamp"] >= since}
    assert messages <= read <= messages | touched
    assert {record["MessageID"] for record in run.records["message_events"]} <= read
    assert run.records["message_events"]


def test_child_has_no_bookmark_but_the_mark_that_it_was_read(small: Sandbox) -> None:
    state = sync(small, "messages", "message_events").state
    assert state["bookmarks"]["message_events"] == {"was_read": True}


def test_parent_that_is_not_selected_is_read_but_neither_emitted_nor_bookmarked(
    small: Sandbox,
) -> None:
    run = sync(small, "message_events")
    assert {*run.records} == {"message_events"}
    assert as_set(run.records["message_events"]) == as_set(truth(small, "message_events"))
    assert "replication_key_value" not in run.state["bookmarks"].get("messages", {})


def test_what_a_child_could_not_read_comes_with_the_next_sync(
    small: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    small.faults = Faults(permanent={"messagehistory": 400})
    tap = TapMailjet(
        config=config_of(small, page_size=30), catalog=catalog_of("messages", "message_events")
    )
    with pytest.raises(IncompleteSyncError, match="1 of 2 streams failed: message_events"):
        tap.sync_all()
    # Once it fails, it is not tried for each of the other messages.
    assert len(requested(small, "messagehistory")) <= 4
    assert len(requested(small, "message")) > 4
    state = last_state(capsys)
    first = min(truth(small, "messages"), key=lambda row: str(row["ArrivedAt"]))
    assert state["bookmarks"]["messages"]["replication_key_value"] == first["ArrivedAt"]
    small.faults = Faults()
    run = sync(small, "messages", "message_events", state=state)
    assert as_set(run.records["message_events"]) == as_set(truth(small, "message_events"))


def last_state(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    lines = capsys.readouterr().out.splitlines()
    states = [json.loads(line) for line in lines if '"STATE"' in line]
    value: dict[str, Any] = states[-1]["value"]
    return value


def test_rows_that_are_gone_are_passed_over(small: Sandbox) -> None:
    # Of all drafts, only some are scheduled; for the others Mailjet returns 404.
    run = sync(small, "campaign_draft_schedules")
    assert {404, 200} == {request.status for request in small.requests}
    held = truth(small, "campaign_draft_schedules")
    assert as_set(run.records["campaign_draft_schedules"]) == as_set(held)


def test_child_that_is_nowhere_to_be_found_is_an_error(
    small: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    small.faults = Faults(permanent={"template/detailcontent": 404})
    with pytest.raises(IncompleteSyncError, match="template_contents"):
        sync(small, "templates", "template_contents")
    assert "template_contents: Mailjet refused all 20 rows of templates" in caplog.text


def test_child_of_a_parent_that_failed_is_not_called_whole(
    small: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    small.faults = Faults(permanent={"template": 400})
    with pytest.raises(IncompleteSyncError, match="2 of 2 streams failed"):
        sync(small, "templates", "template_contents")
    assert "template_contents: its parent stream templates failed." in caplog.text


def test_row_that_a_stream_map_filters_out_is_not_asked_for(small: Sandbox) -> None:
    run = sync(
        small,
        "contacts",
        "contact_list_memberships",
        stream_maps={"contacts": {"__filter__": "ID % 2 == 0"}},
    )
    kept = {record["ID"] for record in run.records["contacts"]}
    assert {number % 2 for number in kept} == {0}
    assert len(requested(small, "getcontactslists")) == len(kept)
    assert {record["ContactID"] for record in run.records["contact_list_memberships"]} <= kept


def test_field_of_the_parent_that_is_deselected_is_still_known_to_the_child(
    small: Sandbox,
) -> None:
    catalog = catalog_of("messages", "message_events")
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            if entry["stream"] == "messages" and item["breadcrumb"] == ["properties", "CampaignID"]:
                item["metadata"]["selected"] = False
    run = sync(small, catalog=catalog)
    assert "CampaignID" not in run.records["messages"][0]
    assert as_set(run.records["message_events"]) == as_set(truth(small, "message_events"))


def test_incremental_parents_children_do_not_replace_those_of_earlier_syncs(
    small: Sandbox,
) -> None:
    run = sync(
        small,
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
