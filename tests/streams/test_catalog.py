"""All streams: what each emits is what the sandbox holds; streams that an account may lack."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_mailjet.sandbox import Faults, Quirks
from tap_mailjet.singer.sync_report import IncompleteSyncError
from tap_mailjet.streams.registry import FAMILIES, STREAMS
from tests.helpers import CHILDREN, RESOURCES, SCHEMAS, UNTIL, as_set, catalog_of, sync, truth

if TYPE_CHECKING:
    from tap_mailjet.sandbox import Sandbox
    from tests.helpers import Run

pytestmark = pytest.mark.usefixtures("_sandbox_is_direct")
LISTED = [name for name in RESOURCES if name != "statcounters"]
QUIRKS = {
    "as the defaults have it": Quirks(),
    "bounds inclusive, Total of the result": Quirks(
        lower_bound="inclusive", upper_bound="inclusive", total="result"
    ),
    "Sort ignored, rows in any order": Quirks(sort="ignored", order="shuffled"),
    "deleted shown unasked": Quirks(deleted="shown"),
}


@pytest.mark.parametrize("quirks", QUIRKS.values(), ids=QUIRKS.keys())
def test_sync_of_all_streams_is_what_the_account_holds_row_by_row(
    small: Sandbox, caplog: pytest.LogCaptureFixture, quirks: Quirks
) -> None:
    caplog.set_level(logging.DEBUG)
    small.quirks = quirks
    run = sync(small, *RESOURCES, page_size=30)
    for stream in LISTED:
        held = truth(small, stream)
        assert held, stream
        assert as_set(run.records[stream]) == as_set(held), stream
    assert_no_credential_is_written(small, run, caplog.text)
    if quirks == Quirks():
        assert warnings(caplog) == []


def assert_no_credential_is_written(sandbox: Sandbox, run: Run, log: str) -> None:
    secrets = {*sandbox.secrets, sandbox.api_secret}
    assert len(secrets) > 5
    written = json.dumps(run.messages)
    for secret in secrets:
        assert secret not in written
        assert secret not in log
    assert any("***@" in (row["Url"] or "") for row in run.records["event_callback_urls"])
    assert any("***@" in (row["Url"] or "") for row in run.records["parse_routes"])


def test_stream_alone_is_what_the_account_holds_and_its_keys_are_unique(sandbox: Sandbox) -> None:
    problems = {}
    for entry in catalog_of()["streams"]:
        stream = entry["stream"]
        if stream in LISTED:
            records = sync(sandbox, stream).records[stream]
            problems[stream] = [
                *key_problems(entry, records),
                *(["other rows"] if as_set(records) != as_set(truth(sandbox, stream)) else []),
            ]
    assert problems == {stream: [] for stream in LISTED}


def key_problems(entry: dict[str, Any], records: list[dict[str, Any]]) -> list[str]:
    """Return what is wrong with the keys of a stream's records."""
    keys = [tuple(record[name] for name in entry["key_properties"]) for record in records]
    problems = []
    if not entry["key_properties"]:
        problems.append("no key")
    if any(value is None for key in keys for value in key):
        problems.append("null in a key")
    # Two equal events of one second are the same to any key.
    events = {"click_events", "open_events", "bounce_events", "message_events"}
    if entry["stream"] not in events and len({*keys}) != len(keys):
        problems.append("a key twice")
    return problems


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The warnings of a sync, without that of a tap that has no settings."""
    told = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    return [line for line in told if line != "Config validation failed"]


def test_every_stream_is_in_one_family_and_the_nine_come_first() -> None:
    assert len({*STREAMS}) == len(STREAMS)
    for family, members in FAMILIES.items():
        flags = [stream.is_core for stream in members]
        assert flags == sorted(flags, reverse=True), family


def test_only_what_is_cheap_is_selected_by_default() -> None:
    selected = {vars(one)["name"] for one in STREAMS if one.selected_by_default}
    cheap = {"bounce_reasons", "senders", "spam_events", "unsubscribe_events"}
    assert selected == {vars(one)["name"] for one in STREAMS if one.is_core} | cheap
    assert not selected & {*CHILDREN}


def test_what_was_selected_by_nobody_may_be_missing(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.faults = Faults(permanent={"sender": 403})
    run = sync(sandbox)
    assert as_set(run.records["statcounters"])
    (told,) = warnings(caplog)
    assert told.startswith("senders: Mailjet responded with 403 Forbidden for sender")
    assert told.endswith("The sync continues without this stream.")


@pytest.mark.parametrize("status", [403, 404])
def test_where_everything_is_selected_much_may_be_missing(small: Sandbox, status: int) -> None:
    missing = {
        "workflow": "workflows",
        "campaigndraft": "campaign_drafts",
        "statistics/link-click": "link_clicks",
        "apikey": "api_keys",
    }
    small.faults = Faults(permanent=dict.fromkeys(missing, status))
    run = sync(small, *RESOURCES)
    gone = {*missing.values(), "campaign_draft_contents", "campaign_draft_schedules"}
    assert {*run.records} == {*RESOURCES} - gone


@pytest.mark.parametrize(
    ("resource", "selected"),
    [
        ("template", ["templates", "senders"]),
        ("campaign", [*RESOURCES]),
        ("statistics/link-click", ["link_clicks", "senders"]),
        ("campaigndraft", ["campaign_draft_contents", "senders"]),
    ],
)
def test_what_was_selected_by_name_or_is_one_of_the_nine_may_not_be_missing(
    small: Sandbox, resource: str, selected: list[str]
) -> None:
    small.faults = Faults(permanent={resource: 403})
    with pytest.raises(IncompleteSyncError):
        sync(small, *selected)
    # Only after everything else.
    assert any(request.resource == "sender" for request in small.requests)


def incremental(stream: str, key: str | None = None) -> dict[str, object]:
    """A catalogue that makes a full table incremental."""
    catalog = catalog_of(stream)
    for entry in catalog["streams"]:
        if entry["stream"] == stream:
            entry["replication_method"] = "INCREMENTAL"
            if key:
                entry["replication_key"] = key
    return catalog


@pytest.mark.parametrize(
    ("stream", "key"),
    [("contacts", None), ("contacts", "CreatedAt"), ("list_recipients", "SubscribedAt")],
)
def test_table_can_emit_only_what_is_new_or_changed(
    sandbox: Sandbox, stream: str, key: str | None
) -> None:
    catalog = incremental(stream, key)
    sandbox.clock.set(UNTIL - timedelta(days=9))
    first = sync(sandbox, catalog=catalog, lookback_window=1)
    before = truth(sandbox, stream)
    assert as_set(first.records[stream]) == as_set(before)
    sandbox.clock.set(UNTIL)
    second = sync(sandbox, catalog=catalog, state=first.state, lookback_window=1)
    changed = as_set(truth(sandbox, stream)) - as_set(before)
    assert changed
    emitted = as_set(second.records[stream])
    # DeliveredCount has no timestamp of its own.
    by_key = {record["ID"] for record in second.records[stream]}
    dated = {number_of(row) for row in changed if has_new_date(row)}
    assert dated <= by_key
    assert len(emitted) < len(before) / 2


def test_what_changed_in_the_second_that_is_looked_back_to_is_emitted(sandbox: Sandbox) -> None:
    catalog = incremental("contacts", "CreatedAt")
    newest = max(truth(sandbox, "contacts"), key=lambda row: row["CreatedAt"])
    bookmark = {"replication_key": "CreatedAt", "replication_key_value": newest["CreatedAt"]}
    state = {"bookmarks": {"contacts": bookmark}}
    emitted = sync(sandbox, catalog=catalog, state=state, lookback_window=0).records["contacts"]
    assert newest["ID"] in {record["ID"] for record in emitted}


def number_of(row: tuple[tuple[str, bool, object], ...]) -> object:
    return next(value for name, _, value in row if name == "ID")


def has_new_date(row: tuple[tuple[str, bool, object], ...]) -> bool:
    since = (UNTIL - timedelta(days=9)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return any(name.endswith("At") and isinstance(v, str) and v >= since for name, _, v in row)


def test_incremental_table_that_fails_keeps_its_bookmark(sandbox: Sandbox) -> None:
    catalog = incremental("contacts")
    state = sync(sandbox, catalog=catalog).state
    value = state["bookmarks"]["contacts"]["replication_key_value"]
    sandbox.quirks = Quirks(offset="ignored")
    with pytest.raises(IncompleteSyncError):
        sync(sandbox, catalog=catalog, state=state, page_size=20)
    assert state["bookmarks"]["contacts"]["replication_key_value"] == value


def test_tables_are_read_whole_unless_a_catalogue_says_otherwise(sandbox: Sandbox) -> None:
    state = sync(sandbox, "contacts").state
    again = sync(sandbox, "contacts", state=state)
    assert as_set(again.records["contacts"]) == as_set(truth(sandbox, "contacts"))


def test_schemas_are_those_of_the_streams() -> None:
    for stream in RESOURCES:
        assert SCHEMAS.get_schema(stream)["properties"]
