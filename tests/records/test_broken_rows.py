"""Rows that cannot become records are skipped, counted and named; the rows around them are read."""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING, Any

import pytest

from tap_mailjet.api.retries import RetryPolicy
from tests.helpers import catalog_of
from tests.support.serving import page, read, serve

if TYPE_CHECKING:
    from requests_mock import Mocker

AT = "2024-05-06T07:08:09Z"
OPEN = {"ContactID": 1, "MessageID": 2**60 + 1, "OpenedAt": AT}
MESSAGE = {"ID": 2**60 + 1, "ArrivedAt": AT, "Subject": "x"}


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    brief = functools.partial(RetryPolicy, base_delay=0.001, max_delay=0.001, max_tries=3)
    monkeypatch.setattr("tap_mailjet.api.client.RetryPolicy", brief)
    caplog.set_level(logging.INFO)


def lines(caplog: pytest.LogCaptureFixture, level: int) -> list[str]:
    return [one.getMessage() for one in caplog.records if one.levelno == level]


def summary_of(caplog: pytest.LogCaptureFixture, stream: str) -> str:
    (line,) = (
        one.getMessage()
        for one in caplog.records
        if one.getMessage().startswith(f"{stream}: ") and " rows, " in one.getMessage()
    )
    return line


@pytest.mark.parametrize("missing", [{"MessageID": ""}, {"MessageID": None}, {"MessageID": "x"}])
def test_row_without_its_key_is_skipped_and_the_window_goes_on(
    requests_mock: Mocker, caplog: pytest.LogCaptureFixture, missing: dict[str, Any]
) -> None:
    later = {**OPEN, "OpenedAt": "2024-05-06T07:08:10Z"}
    bad = {**OPEN, **missing}
    serve(requests_mock, "open_events", page(bad, OPEN, bad, later, {"OpenedAt": AT}))
    run = read("open_events")
    assert [one["OpenedAt"] for one in run.records["open_events"]] == [AT, later["OpenedAt"]]
    assert run.state["bookmarks"]["open_events"]["replication_key_value"] == later["OpenedAt"]
    assert "3 rows without MessageID skipped" in summary_of(caplog, "open_events")
    warned = lines(caplog, logging.WARNING)
    assert warned.count("open_events: 3 rows without MessageID skipped.") == 1


def test_row_of_a_table_without_its_key_is_skipped(
    requests_mock: Mocker, caplog: pytest.LogCaptureFixture
) -> None:
    serve(requests_mock, "contacts", page({"ID": 1}, {"Name": "Ada"}, {"ID": 2}))
    assert [one["ID"] for one in read("contacts").records["contacts"]] == [1, 2]
    assert "1 row without ID skipped" in summary_of(caplog, "contacts")
    assert "Ada" not in caplog.text


@pytest.mark.parametrize(
    ("stream", "rows"),
    [
        ("open_events", [{**OPEN, "MessageID": ""}] * 3),
        ("open_events", [{**OPEN, "OpenedAt": ""}] * 3),
        ("messages", [{"ID": 1, "ArrivalAt": AT}, {"ID": 2, "ArrivalAt": AT}]),
        ("messages", [{"ID": 1, "ArrivedAt": "0000-00-00T00:00:00Z"}]),
        ("contacts", [{"Id number": 1}, {}]),
        ("api_keys", [{"Name": "Main"}]),
    ],
)
def test_stream_in_which_every_row_is_unusable_fails(
    requests_mock: Mocker,
    caplog: pytest.LogCaptureFixture,
    stream: str,
    rows: list[dict[str, Any]],
) -> None:
    serve(requests_mock, stream, page(*rows))
    assert read(stream, fails=True).records == {}
    assert "INCOMPLETE" in summary_of(caplog, stream)
    assert f"{stream}: no row could be emitted: " in caplog.text


def test_stream_without_rows_does_not_fail(requests_mock: Mocker) -> None:
    serve(requests_mock, "messages", page())
    assert read("messages").records == {}


def test_incremental_table_with_nothing_new_but_an_unusable_row_does_not_fail(
    requests_mock: Mocker,
) -> None:
    row = {"ID": 1, "CreatedAt": AT, "LastUpdateAt": AT}
    serve(requests_mock, "contacts", page(row, {"Name": "Ada"}))
    catalog = catalog_of("contacts")
    for entry in catalog["streams"]:
        if entry["stream"] == "contacts":
            entry["replication_method"] = "INCREMENTAL"
    bookmark = {"replication_key": "CreatedAt", "replication_key_value": "2025-01-01T00:00:00Z"}
    run = read(catalog=catalog, state={"bookmarks": {"contacts": bookmark}})
    assert run.records == {}


@pytest.mark.parametrize(
    "clock", ["0000-00-00T00:00:00Z", "abcdefghijTklmnopqrZ", "2021-02-29T00:00:00Z", "soon"]
)
def test_row_whose_clock_is_no_time_is_skipped_and_counted(
    requests_mock: Mocker, caplog: pytest.LogCaptureFixture, clock: str
) -> None:
    serve(requests_mock, "messages", page({**MESSAGE, "ArrivedAt": clock}, MESSAGE))
    assert [one["ArrivedAt"] for one in read("messages").records["messages"]] == [AT]
    assert "1 row without ArrivedAt skipped" in summary_of(caplog, "messages")


@pytest.mark.parametrize("clock", ["", None])
def test_rows_whose_clock_is_not_set_yet_are_counted_and_no_failure(
    requests_mock: Mocker, caplog: pytest.LogCaptureFixture, clock: str | None
) -> None:
    rows = [{"ID": number, "SendStartAt": clock} for number in range(2)]
    serve(requests_mock, "sent_campaigns", page(*rows))
    assert read("sent_campaigns").records == {}
    summary = summary_of(caplog, "sent_campaigns")
    assert summary.endswith("2 rows skipped until SendStartAt is set: complete (verified)")
    warned = lines(caplog, logging.WARNING)
    assert "sent_campaigns: 2 rows skipped until SendStartAt is set." in warned


def test_leap_second_becomes_a_bookmark_that_the_next_sync_reads(requests_mock: Mocker) -> None:
    serve(requests_mock, "messages", page({**MESSAGE, "ArrivedAt": "2016-12-31T23:59:60Z"}))
    first = read("messages")
    assert [one["ArrivedAt"] for one in first.records["messages"]] == ["2016-12-31T23:59:59Z"]
    second = read("messages", state=first.state)
    assert len(second.records["messages"]) == 1


def test_state_with_a_leap_second_is_read(requests_mock: Mocker) -> None:
    serve(requests_mock, "messages", page(MESSAGE))
    value = {"replication_key": "ArrivedAt", "replication_key_value": "2016-12-31T23:59:60Z"}
    assert len(read("messages", state={"bookmarks": {"messages": value}}).records["messages"]) == 1


@pytest.mark.parametrize(
    "row",
    [
        {"ID": 1, "arrivedat": AT},
        {"id": 1, "ARRIVEDAT": AT},
        {"Id": 1, "ArrivedAT": AT, "ArrivedAt": None},
    ],
)
def test_clock_and_key_in_another_case_are_found(
    requests_mock: Mocker, row: dict[str, Any]
) -> None:
    others = [{name: value for name, value in row.items() if name.lower() != "id"}]
    rows = [{**others[0], next(k for k in row if k.lower() == "id"): n} for n in range(40)]
    serve(requests_mock, "messages", page(*rows))
    records = read("messages").records["messages"]
    assert [(one["ID"], one["ArrivedAt"]) for one in records] == [(n, AT) for n in range(40)]


def test_key_in_another_case_joins_pages(requests_mock: Mocker) -> None:
    held = [{"id": number} for number in range(7)]

    def respond(request: Any, _context: Any) -> dict[str, Any]:
        if request.qs.get("countonly") == ["1"]:
            return {"Count": 7, "Data": [], "Total": 7}
        offset, limit = int(request.qs["offset"][0]), int(request.qs["limit"][0])
        data = held[offset : offset + limit]
        return {"Count": len(data), "Data": data, "Total": len(data)}

    requests_mock.get("https://mailjet.test/v3/REST/contact", json=respond)
    run = read("contacts", page_size=3)
    assert [one["ID"] for one in run.records["contacts"]] == list(range(7))


@pytest.mark.parametrize("bad", [b"null", b"7", b"[1]", b'"x"', b"true"])
@pytest.mark.parametrize("place", [0, 1])
def test_row_that_is_no_object_is_skipped_and_counted(
    requests_mock: Mocker, caplog: pytest.LogCaptureFixture, bad: bytes, place: int
) -> None:
    for stream, good in (("messages", MESSAGE), ("contacts", {"ID": 1}), ("api_keys", {"ID": 1})):
        rows: list[bytes | dict[str, Any] | None] = [good]
        rows.insert(place, bad)
        serve(requests_mock, stream, page(*rows))
    run = read("messages", "contacts", "api_keys")
    assert {stream: len(records) for stream, records in run.records.items()} == {
        "messages": 1,
        "contacts": 1,
        "api_keys": 1,
    }
    for stream in ("contacts", "api_keys"):
        assert "1 row without fields skipped" in summary_of(caplog, stream)
    assert "1 row without ArrivedAt skipped" in summary_of(caplog, "messages")


def test_misfitting_values_are_counted_and_the_rows_emitted(
    requests_mock: Mocker, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [{**MESSAGE, "Delay": delay} for delay in ("late", 0.5, [1], "later", "")]
    serve(requests_mock, "messages", page(*rows))
    records = read("messages").records["messages"]
    assert [one["Delay"] for one in records] == [None, 0.5, None, None, None]
    said = "3 values of Delay did not fit its type and are null"
    assert said in summary_of(caplog, "messages")
    assert lines(caplog, logging.WARNING).count(f"messages: {said}.") == 1
    assert "late" not in caplog.text.replace("template", "")


def test_statuses_and_regions_are_integers(requests_mock: Mocker) -> None:
    serve(requests_mock, "sent_campaigns", page({"ID": 1, "SendStartAt": AT, "Status": 2}))
    serve(requests_mock, "newsletters", page({"ID": 1, "Status": "-1", "AXTesting": "123456"}))
    serve(requests_mock, "api_keys", page({"ID": 1, "RegionID": 3, "Skipspamd": 1}))
    serve(requests_mock, "templates", page({"ID": 1, "LocaleList": ["en_US", "fr_FR"]}))
    records = read("sent_campaigns", "newsletters", "api_keys", "templates").records
    assert records["sent_campaigns"][0]["Status"] == 2
    assert records["newsletters"][0]["Status"] == -1
    assert records["newsletters"][0]["AXTestingID"] == 123456
    assert records["newsletters"][0]["AXTesting"] is None
    assert (records["api_keys"][0]["RegionID"], records["api_keys"][0]["Skipspamd"]) == (3, 1)
    assert records["templates"][0]["LocaleList"] == ["en_US", "fr_FR"]


def test_problems_of_a_child_stream_are_counted(
    requests_mock: Mocker, caplog: pytest.LogCaptureFixture
) -> None:
    serve(requests_mock, "messages", page({**MESSAGE, "ID": 7, "CampaignID": 3}))
    history = page({"EventAt": 5, "EventType": "sent"}, {"EventAt": 6}, None)
    requests_mock.get("https://mailjet.test/v3/REST/messagehistory/7", content=history)
    run = read("messages", "message_events")
    assert [one["EventAt"] for one in run.records["message_events"]] == [5]
    summary = summary_of(caplog, "message_events")
    assert "1 row without EventType skipped" in summary
    assert "1 row without fields skipped" in summary
    warned = [line for line in lines(caplog, logging.WARNING) if "skipped" in line]
    assert len(warned) == len({*warned}) == 2


def test_child_stream_of_unusable_rows_fails_and_holds_its_parents_bookmark(
    requests_mock: Mocker,
) -> None:
    serve(requests_mock, "messages", page({**MESSAGE, "ID": 7}))
    requests_mock.get("https://mailjet.test/v3/REST/messagehistory/7", content=page({"EventAt": 5}))
    run = read("messages", "message_events", fails=True)
    assert len(run.records["messages"]) == 1
    # The next sync reads the message again, because a range includes its bookmark.
    bookmark = run.state["bookmarks"]["messages"]["replication_key_value"]
    assert bookmark <= run.records["messages"][0]["ArrivedAt"]
