"""Complaints and bounce reasons, and events that differ only in their user agent."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_mailjet.sandbox import BrokenValue, ChurnConfig, Faults, Quirks
from tap_mailjet.singer.base_stream import SCHEMA_FILES
from tap_mailjet.singer.sync_report import IncompleteSyncError
from tap_mailjet.tap import TapMailjet
from tests.helpers import FLAGGED, UNTIL, as_set, catalog_of, sync, truth
from tests.streams.test_catalog import warnings
from tests.support.serving import page, read, serve

if TYPE_CHECKING:
    from requests_mock import Mocker

    from tap_mailjet.sandbox import Sandbox

DAY = timedelta(days=1)
KINDS: dict[str, Any] = {"spam_events": "spam", "bounce_reasons": "bounce"}
AT = "2024-05-06T07:08:09Z"
OPEN = {"ContactID": 1, "MessageID": 2**60 + 1, "OpenedAt": AT}
CLICK = {"ContactID": 1, "MessageID": 2**60 + 1, "ClickedAt": AT, "Url": "https://a.example/"}


@pytest.mark.parametrize("stream", KINDS)
@pytest.mark.parametrize("bound", ["inclusive", "exclusive"])
def test_event_streams_of_messages_are_what_the_account_holds(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture, stream: str, bound: Any
) -> None:
    sandbox.quirks = Quirks(lower_bound=bound, upper_bound=bound)
    records = sync(sandbox, stream).records[stream]
    assert records
    assert as_set(records) == as_set(truth(sandbox, stream))
    assert warnings(caplog) == []


@pytest.mark.parametrize("event_bounds", ["ignored", "refused"])
@pytest.mark.parametrize("stream", KINDS)
@pytest.mark.parametrize("page_size", [1000, 40])
def test_server_without_the_filter_by_event_is_read_in_full_with_one_warning(
    sandbox: Sandbox,
    caplog: pytest.LogCaptureFixture,
    event_bounds: Any,
    stream: str,
    page_size: int,
) -> None:
    state = sync(sandbox, stream).state
    sandbox.quirks = Quirks(event_bounds=event_bounds)
    records = sync(sandbox, stream, page_size=page_size).records[stream]
    assert as_set(records) == as_set(truth(sandbox, stream))
    said = [line for line in warnings(caplog) if "does not filter by" in line]
    assert len(said) == 1
    assert said[0].startswith(f"{stream}: Mailjet does not filter by ")
    resumed = sync(sandbox, stream, state=state, lookback_window=0).records[stream]
    newest = max(row[FLAGGED[stream]] for row in truth(sandbox, stream))
    assert {row[FLAGGED[stream]] for row in resumed} == {newest}


@pytest.mark.parametrize("stream", KINDS)
def test_event_of_today_on_a_message_of_last_year_comes_with_the_next_sync(
    own_sandbox: Sandbox, stream: str
) -> None:
    first = sync(own_sandbox, stream)
    old = min(own_sandbox.rows("message"), key=lambda row: str(row["ArrivedAt"]))
    happened = UNTIL + timedelta(hours=30)
    own_sandbox.add_event(KINDS[stream], message_id=old["ID"], at=happened)
    own_sandbox.clock.set(happened + timedelta(hours=1))
    second = sync(own_sandbox, stream, state=first.state, lookback_window=0)
    came = {(row["MessageID"], row[FLAGGED[stream]]) for row in second.records[stream]}
    assert (old["ID"], happened.strftime("%Y-%m-%dT%H:%M:%SZ")) in came
    known = first.state["bookmarks"][stream]["replication_key_value"]
    assert all(at >= known for _, at in came)


@pytest.mark.parametrize("stream", KINDS)
def test_event_streams_of_messages_lose_nothing_while_messages_are_deleted(
    own_sandbox: Sandbox, stream: str
) -> None:
    own_sandbox.churn = ChurnConfig(every=1, inserts=2, deletes=2, late_events=1)
    records = sync(own_sandbox, stream, page_size=5, end_date=UNTIL.isoformat()).records[stream]
    names = ("MessageID", FLAGGED[stream])
    kept = {
        tuple(row[name] for name in names)
        for row in own_sandbox.survivors("messagesentstatistics")
        if row[names[1]] and row[names[1]] < UNTIL.strftime("%Y-%m-%dT%H:%M:%SZ")
    }
    came = {tuple(row[name] for name in names) for row in records}
    # A bounce that came late may be earlier than the one that counted before.
    assert kept - came == set() or stream == "bounce_reasons"
    assert len(kept - came) <= 3


def test_event_with_its_flag_and_without_its_time_is_counted_and_named(
    own_sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    resource = "messagesentstatistics"
    bounced = next(row["MessageID"] for row in own_sandbox.rows(resource) if row["Bounce"])
    where = {"MessageID": bounced}
    broken = BrokenValue(resource=resource, field="BounceDate", where=where, raw='""')
    own_sandbox.faults = Faults(broken=(broken,))
    records = sync(own_sandbox, "bounce_reasons").records["bounce_reasons"]
    assert len(records) == len(truth(own_sandbox, "bounce_reasons")) - 1
    assert "bounce_reasons: 1 row without BounceDate skipped." in warnings(caplog)


def test_complaints_without_any_time_are_an_error_and_not_an_empty_stream(
    own_sandbox: Sandbox,
) -> None:
    assert truth(own_sandbox, "spam_events")
    broken = BrokenValue(resource="messagesentstatistics", field="ComplaintDate", raw='""')
    own_sandbox.faults = Faults(broken=(broken,))
    with pytest.raises(IncompleteSyncError):
        sync(own_sandbox, "spam_events")


def test_new_field_of_the_resource_is_named_and_known_ones_are_not(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.quirks = Quirks(extra_field=True)
    for stream in FLAGGED:
        sync(sandbox, stream)
    said = [line for line in warnings(caplog) if "not in the schema" in line]
    text = "Field IsSandboxed is not in the schema. Its values are omitted."
    assert said == [f"{stream}: {text}" for stream in FLAGGED]


def test_rows_with_more_fields_than_the_stream_are_decoded_with_types(sandbox: Sandbox) -> None:
    stream: Any = TapMailjet(config={}, validate_config=False).streams["spam_events"]
    body = page(*sandbox.rows("messagesentstatistics"))
    dated = [row for row in sandbox.rows("messagesentstatistics") if row["ComplaintDate"]]
    rows = stream.codec.decode_page(page(*dated)).data
    assert {type(row).__name__ for row in rows} == {"Record"}
    written = [stream.codec.to_record(row) for row in rows]
    assert as_set(written) == as_set(truth(sandbox, "spam_events"))
    assert len(stream.codec.decode_page(body).data) == len(sandbox.rows("messagesentstatistics"))


@pytest.mark.parametrize(
    ("stream", "row", "field", "values"),
    [
        ("open_events", OPEN, "UserAgentFull", ["Agent/1", "Agent/2"]),
        ("click_events", CLICK, "UserAgentID", [1, 2]),
    ],
)
def test_events_of_one_second_by_different_agents_have_different_keys(
    requests_mock: Mocker, stream: str, row: dict[str, Any], field: str, values: list[Any]
) -> None:
    serve(requests_mock, stream, page(*({**row, field: value} for value in values)))
    records = read(stream).records[stream]
    (entry,) = (one for one in catalog_of()["streams"] if one["stream"] == stream)
    keys = {tuple(record[name] for name in entry["key_properties"]) for record in records}
    assert len(keys) == len(records) == 2


@pytest.mark.parametrize("absent", [{}, {"": None}, {"": ""}])
@pytest.mark.parametrize(
    ("stream", "row", "field", "default"),
    [("open_events", OPEN, "UserAgentFull", ""), ("click_events", CLICK, "UserAgentID", 0)],
)
def test_event_without_an_agent_is_written_with_the_default_of_its_key(  # noqa: PLR0917
    requests_mock: Mocker,
    caplog: pytest.LogCaptureFixture,
    stream: str,
    row: dict[str, Any],
    field: str,
    default: Any,
    absent: dict[str, Any],
) -> None:
    given = dict.fromkeys([field] * len(absent), next(iter(absent.values()), None))
    serve(requests_mock, stream, page({**row, **given}))
    (record,) = read(stream).records[stream]
    assert record[field] == default
    assert SCHEMA_FILES.get_schema(stream)["properties"][field]["default"] == default
    assert "skipped" not in caplog.text


def test_opens_of_one_second_in_the_account_are_kept_apart_by_their_key(sandbox: Sandbox) -> None:
    opens = truth(sandbox, "open_events")
    seconds = Counter((row["MessageID"], row["OpenedAt"]) for row in opens)
    assert max(seconds.values()) == 2
    (entry,) = (one for one in catalog_of()["streams"] if one["stream"] == "open_events")
    loaded = {
        tuple(row[name] for name in entry["key_properties"]): row
        for row in sync(sandbox, "open_events").records["open_events"]
    }
    assert as_set(loaded.values()) == as_set(opens)


@pytest.mark.parametrize("stream", ["open_events", "click_events"])
def test_state_of_a_version_with_the_shorter_key_still_resumes(
    sandbox: Sandbox, stream: str
) -> None:
    clock = {"open_events": "OpenedAt", "click_events": "ClickedAt"}[stream]
    newest = max(row[clock] for row in truth(sandbox, stream))
    bookmark = {"replication_key": clock, "replication_key_value": newest}
    state = {"bookmarks": {stream: bookmark}}
    records = sync(sandbox, stream, state=state, lookback_window=0).records[stream]
    assert {row[clock] for row in records} == {newest}
