"""One broken value costs that value, and not the row, the page or the stream."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

from tap_mailjet.sandbox import BrokenValue, Faults
from tap_mailjet.singer.sync_report import IncompleteSyncError
from tests.helpers import RESOURCES, as_set, truth
from tests.losses.runs import assert_complete, attempt, break_value, count, warnings_of

if TYPE_CHECKING:
    from tap_mailjet.sandbox import Sandbox
    from tests.losses.runs import Attempt

SURROGATE, NOT_UTF8, REPLACEMENT = '"half \\ud83d an emoji"', '"caf\u00ff"', "\ufffd"
Record = dict[str, Any]


def assert_only_one_value_is_lost(
    sandbox: Sandbox, run: Attempt, stream: str, identity: Record, field: str
) -> None:
    """Fail unless all rows were delivered, with null or U+FFFD in one field of one row."""
    assert run.error is None, f"the stream failed: {run.error}"
    got = [dict(record) for record in run.records[stream]]
    held = truth(sandbox, stream)
    assert len(got) == len(held), f"{len(got)} of {len(held)} rows"
    [broken] = [one for one in got if identity.items() <= one.items()]
    [whole] = [one for one in held if identity.items() <= one.items()]
    value = broken[field]
    assert value is None or REPLACEMENT in str(value), f"{field} is {value!r}"
    broken[field] = whole[field]
    assert as_set(got) == as_set(held)


@pytest.mark.parametrize(
    ("stream", "field", "raw"),
    [
        ("messages", "Subject", SURROGATE),
        ("messages", "Subject", '"\\udc00\\ud83d"'),
        ("messages", "Subject", NOT_UTF8),
        ("messages", "Delay", "NaN"),
        ("messages", "Delay", "1e999"),
        ("messages", "Delay", "-Infinity"),
        ("messages", "FilterTime", "NaN"),
        ("messages", "FilterTime", "1e999"),
        ("contacts", "Name", SURROGATE),
        ("contacts", "Name", NOT_UTF8),
        ("senders", "Name", SURROGATE),
    ],
)
@pytest.mark.parametrize("page_size", [1000, 7])
def test_value_that_is_not_json_becomes_null_or_replaced_and_is_named_in_a_warning(  # noqa: PLR0917
    small: Sandbox,
    caplog: pytest.LogCaptureFixture,
    stream: str,
    field: str,
    raw: str,
    page_size: int,
) -> None:
    identity = {"ID": small.rows(RESOURCES[stream])[3]["ID"]}
    break_value(small, RESOURCES[stream], field, where=identity, raw=raw)
    run = attempt(small, stream, page_size=page_size)
    assert small.injected_faults["broken"] > 0
    assert_only_one_value_is_lost(small, run, stream, identity, field)
    assert warnings_of(caplog, stream, field, count(1)), "no warning names the field and the count"


@pytest.mark.parametrize("raw", [SURROGATE, NOT_UTF8, "NaN"])
def test_broken_value_inside_of_a_nested_field_costs_no_row(
    small: Sandbox, caplog: pytest.LogCaptureFixture, raw: str
) -> None:
    numbers = [row["ContactID"] for row in small.rows("contactdata")]
    nested = f'[{{"Name":"city","Value":{raw}}}]'
    break_value(small, "contactdata", "Data", where={"ContactID": numbers[3]}, raw=nested)
    run = attempt(small, "contact_data")
    assert run.error is None, f"the stream failed: {run.error}"
    assert [record["ContactID"] for record in run.records["contact_data"]] == numbers
    assert warnings_of(caplog, "contact_data", "Data", count(1))


@pytest.mark.parametrize("raw", [SURROGATE, NOT_UTF8])
def test_broken_value_of_a_child_costs_that_value_only(
    small: Sandbox, caplog: pytest.LogCaptureFixture, raw: str
) -> None:
    number = small.rows("message")[3]["ID"]
    where = {"EventType": "sent"}
    break_value(small, f"messagehistory/{number}", "Comment", where=where, raw=raw)
    run = attempt(small, "messages", "message_events")
    identity = {"MessageID": number, **where}
    assert_only_one_value_is_lost(small, run, "message_events", identity, "Comment")
    assert warnings_of(caplog, "message_events", "Comment", count(1))


def test_broken_value_in_every_row_is_counted_once(
    small: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    break_value(small, "message", "Delay", raw="1e999")
    run = attempt(small, "messages")
    assert run.error is None, f"the stream failed: {run.error}"
    held = truth(small, "messages")
    assert as_set(run.records["messages"]) == as_set({**row, "Delay": None} for row in held)
    assert warnings_of(caplog, "messages", "Delay", count(len(held)))


@pytest.mark.parametrize(
    "raw",
    [
        '"0000-00-00T00:00:00Z"',
        '"abcdefghijTklmnopqrZ"',
        '"2026-13-45T99:99:99Z"',
        '"2026-02-30T00:00:00Z"',
        '"2026-01-01T00:00:00,"',
        '"0001-01-01T00:00:00"',
    ],
)
def test_timestamp_is_parsed_and_null_if_it_is_none(
    small: Sandbox, caplog: pytest.LogCaptureFixture, raw: str
) -> None:
    row = small.rows("contact")[3]
    break_value(small, "contact", "CreatedAt", where={"ID": row["ID"]}, raw=raw)
    run = attempt(small, "contacts")
    assert run.error is None, f"the stream failed: {run.error}"
    [record] = [one for one in run.records["contacts"] if one["ID"] == row["ID"]]
    # Year 1 is a time, and may be kept; it then has all its digits.
    allowed = {None, "0001-01-01T00:00:00Z"} if "0001" in raw else {None}
    assert record["CreatedAt"] in allowed
    assert len(run.records["contacts"]) == len(truth(small, "contacts"))
    assert record["CreatedAt"] or warnings_of(caplog, "contacts", "CreatedAt", count(1))


def test_leap_second_becomes_a_bookmark_that_the_next_run_accepts(small: Sandbox) -> None:
    newest = max(small.rows("openinformation"), key=lambda row: str(row["OpenedAt"]))
    # The minute's second 60, so that it stays the newest event.
    leap = f"{newest['OpenedAt'][:17]}60Z"
    where = {"MessageID": newest["MessageID"], "OpenedAt": newest["OpenedAt"]}
    break_value(small, "openinformation", "OpenedAt", where=where, raw=f'"{leap}"')
    first = attempt(small, "open_events")
    assert first.error is None
    assert len(first.records["open_events"]) == len(truth(small, "open_events"))
    bookmark = first.state["bookmarks"]["open_events"]["replication_key_value"]
    assert _parsed(bookmark) - _parsed(newest["OpenedAt"][:17] + "59Z") <= 1
    small.faults = Faults()
    second = attempt(small, "open_events", state=first.state)
    assert second.error is None
    assert second.records["open_events"]


def _parsed(text: str) -> float:
    assert not text.endswith("60Z"), f"{text} is not a time that there is"
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z").astimezone(timezone.utc).timestamp()


@pytest.mark.parametrize(
    "raw", ['"0000-00-00T00:00:00Z"', '"abcdefghijTklmnopqrZ"', '"soon"', '""', "null"]
)
def test_event_without_a_usable_clock_is_counted_in_a_warning(
    small: Sandbox, caplog: pytest.LogCaptureFixture, raw: str
) -> None:
    event = small.rows("openinformation")[5]
    where = {"MessageID": event["MessageID"], "OpenedAt": event["OpenedAt"]}
    break_value(small, "openinformation", "OpenedAt", where=where, raw=raw)
    run = attempt(small, "open_events")
    assert run.error is None, f"the stream failed: {run.error}"
    others = [row for row in truth(small, "open_events") if not where.items() <= row.items()]
    assert as_set(run.records["open_events"]) == as_set(others)
    assert warnings_of(caplog, "open_events", "OpenedAt", count(1)), "a row was lost without a word"


@pytest.mark.parametrize("change", [{"raw": '""'}, {"raw": "null"}, {"absent": True}])
@pytest.mark.parametrize(
    ("stream", "key"),
    [("open_events", "MessageID"), ("messages", "ID"), ("contacts", "ID"), ("senders", "ID")],
)
@pytest.mark.parametrize("page_size", [1000, 7])
def test_row_without_its_key_is_skipped_and_counted(  # noqa: PLR0917
    small: Sandbox,
    caplog: pytest.LogCaptureFixture,
    stream: str,
    key: str,
    change: dict[str, Any],
    page_size: int,
) -> None:
    where = {key: small.rows(RESOURCES[stream])[2][key]}
    break_value(small, RESOURCES[stream], key, where=where, **change)
    run = attempt(small, stream, page_size=page_size)
    assert run.error is None, f"the stream failed: {run.error}"
    others = [row for row in truth(small, stream) if not where.items() <= row.items()]
    skipped = len(truth(small, stream)) - len(others)
    assert as_set(run.records[stream]) == as_set(others)
    assert warnings_of(caplog, stream, rf"\b{skipped} rows? without {key} skipped")


@pytest.mark.parametrize(("stream", "key"), [("open_events", "MessageID"), ("contacts", "ID")])
def test_stream_in_which_no_row_has_its_key_fails(small: Sandbox, stream: str, key: str) -> None:
    break_value(small, RESOURCES[stream], key, raw='""')
    run = attempt(small, stream)
    assert isinstance(run.error, IncompleteSyncError)
    assert not run.records[stream]


@pytest.mark.parametrize("page_size", [1000, 7])
@pytest.mark.parametrize("stream", ["messages", "open_events"])
def test_id_beyond_2_to_the_53_with_a_fraction_of_zero_is_not_rounded(
    small: Sandbox, stream: str, page_size: int
) -> None:
    key = "ID" if stream == "messages" else "MessageID"
    numbers = {row[key] for row in small.rows(RESOURCES[stream])}
    small.faults = Faults(
        broken=tuple(
            BrokenValue(
                resource=RESOURCES[stream], field=key, where={key: number}, raw=f"{number}.0"
            )
            for number in numbers
        )
    )
    run = attempt(small, stream, page_size=page_size)
    assert run.error is None, f"the stream failed: {run.error}"
    changed = {record[key] for record in run.records[stream]} ^ numbers
    assert not changed, f"IDs were rounded: {len(changed)} differ, such as {min(changed)}"
    assert_complete(small, run, stream)
