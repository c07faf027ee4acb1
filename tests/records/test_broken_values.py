"""A value that is broken in the JSON of a page costs that value only."""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING

import pytest

from tap_mailjet.api.retries import RetryPolicy
from tests.support.serving import page, read, serve

if TYPE_CHECKING:
    from typing import Any

    from requests_mock import Mocker

AT = b"2024-05-06T07:08:09Z"
BIG = 1152921504606846977


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    brief = functools.partial(RetryPolicy, base_delay=0.001, max_delay=0.001, max_tries=3)
    monkeypatch.setattr("tap_mailjet.api.client.RetryPolicy", brief)
    caplog.set_level(logging.INFO)


def message(number: int, field: bytes = b"") -> bytes:
    return b'{"ID":%d,"ArrivedAt":"%b","Delay":0.25%b}' % (number, AT, field)


def summary(caplog: pytest.LogCaptureFixture) -> str:
    (line,) = (one.getMessage() for one in caplog.records if " rows, " in one.getMessage())
    return line


NULLED = "1 value of {} did not fit its type and is null"
REPLACED = "1 value of {} had broken characters, replaced by U+FFFD"
DEEP = b"[" * 100_000 + b"]" * 100_000


@pytest.mark.parametrize(
    ("field", "wire", "value", "said"),
    [
        ("Subject", rb'"half \ud83d"', "half \ufffd", REPLACED),
        ("Subject", rb'"half \ude00."', "half \ufffd.", REPLACED),
        ("Subject", rb'"\ude00\ud83d"', "\ufffd\ufffd", REPLACED),
        ("Subject", b'"caf\xe9"', "caf\ufffd", REPLACED),
        ("Subject", "é".encode()[:1].join([b'"', b'"']), "\ufffd", REPLACED),
        ("Subject", b"NaN", None, NULLED),
        ("Delay", b"NaN", None, NULLED),
        ("Delay", b"Infinity", None, NULLED),
        ("Delay", b"-Infinity", None, NULLED),
        ("Delay", b"1e999", None, NULLED),
        ("Delay", b"-1e999", None, NULLED),
        ("Delay", b"9" * 5000, None, NULLED),
        ("CampaignID", b"1e999", None, NULLED),
        ("CampaignID", b"18446744073709551617", 2**64 + 1, None),
        ("CampaignID", b"-9223372036854775809", -(2**63) - 1, None),
        ("CampaignID", b"9" * 5000, None, NULLED),
        ("CampaignID", DEEP, None, NULLED),
        ("Subject", b'"a\tb\nc"', "a\tb\nc", None),
    ],
)
def test_broken_value_is_replaced_and_counted_and_its_page_delivered(
    requests_mock: Mocker,
    caplog: pytest.LogCaptureFixture,
    *,
    field: str,
    wire: bytes,
    value: Any,
    said: str | None,
) -> None:
    bad = message(BIG + 1, b',"%b":%b' % (field.encode(), wire))
    serve(requests_mock, "messages", page(message(BIG), bad, message(BIG + 2)))
    records = read("messages").records["messages"]
    assert [one["ID"] for one in records] == [BIG, BIG + 1, BIG + 2]
    assert records[1][field] == value
    assert [one["Delay"] for one in records[::2]] == [0.25, 0.25]
    line = summary(caplog)
    assert " 0 retries" in line
    assert (said.format(field) in line) if said else ("value" not in line)
    warned = [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING]
    assert warned.count(f"messages: {said.format(field)}." if said else "") == bool(said)


@pytest.mark.parametrize(
    "stream", ["contacts", "contact_data", "parse_routes", "api_keys", "list_recipients"]
)
def test_broken_value_is_repaired_in_tables_and_in_streams_that_are_altered(
    requests_mock: Mocker, stream: str
) -> None:
    rows = [
        b'{"ID":%d,"ContactID":%d,"Name":"%b","Email":"x"}' % (number, number, name)
        for number, name in ((1, b"a"), (2, rb"\ud83d"), (3, b"\xff"), (4, b"d"))
    ]
    serve(requests_mock, stream, page(*rows))
    key = "ContactID" if stream == "contact_data" else "ID"
    assert [one[key] for one in read(stream).records[stream]] == [1, 2, 3, 4]


def test_broken_value_inside_of_an_object_costs_that_value_only(
    requests_mock: Mocker, caplog: pytest.LogCaptureFixture
) -> None:
    data = rb'[{"Name":"a","Value":NaN},{"Name":"b\ud83d","Value":1e999},{"Name":"c","Value":3}]'
    serve(requests_mock, "contact_data", page(b'{"ContactID":1,"ID":1,"Data":%b}' % data))
    (record,) = read("contact_data").records["contact_data"]
    assert record["Properties"] == {"a": None, "b\ufffd": "1e999", "c": 3}
    assert "1 value of Data did not fit its type and is null" in summary(caplog)
    assert "1 value of Data had broken characters" in summary(caplog)


def test_broken_key_costs_its_row(requests_mock: Mocker, caplog: pytest.LogCaptureFixture) -> None:
    serve(requests_mock, "contacts", page(b'{"ID":NaN}', b'{"ID":1}', b'{"ID":1e999}'))
    assert [one["ID"] for one in read("contacts").records["contacts"]] == [1]
    assert "2 rows without ID skipped" in summary(caplog)


def test_value_is_never_logged(requests_mock: Mocker, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    subject = message(BIG, rb',"Subject":"a private \ud83d"')
    serve(requests_mock, "messages", page(subject, message(BIG + 1, b',"StateID":"private"')))
    assert len(read("messages").records["messages"]) == 2
    assert "private" not in caplog.text


@pytest.mark.parametrize(
    "cut",
    [
        lambda body: body[:-1],
        lambda body: body[: len(body) // 2],
        lambda body: body[: body.index(b"\\ud83d") + 3],
        lambda body: body.replace(b'"ID":', b'"ID"\xff:', 1),
        lambda body: body.replace(b"}", b"]", 1),
        lambda body: b"<html>" + body,
        lambda _: b"",
    ],
)
def test_body_that_was_cut_or_garbled_is_read_again(
    requests_mock: Mocker, caplog: pytest.LogCaptureFixture, cut: Any
) -> None:
    whole = page(message(BIG), message(BIG + 1, rb',"Subject":"\ud83d"'))
    requests_mock.get(
        "https://mailjet.test/v3/REST/parseroute", [{"content": cut(whole)}, {"content": whole}]
    )
    assert len(read("parse_routes").records["parse_routes"]) == 2
    assert " 1 retries" in summary(caplog)


@pytest.mark.parametrize(
    "envelope",
    [
        b'{"Count":0,"Data":null,"Total":0}',
        b'{"Count":null,"Data":null,"Total":null}',
        b'{"Count":0,"Data":[],"Total":null}',
        b'{"Data":[]}',
        b'{"Count":"","Data":[],"Total":""}',
        b'{"Count":0.0,"Data":[],"Total":"0"}',
    ],
)
def test_envelope_of_nulls_is_an_empty_page(
    requests_mock: Mocker, caplog: pytest.LogCaptureFixture, envelope: bytes
) -> None:
    serve(requests_mock, "messages", envelope)
    serve(requests_mock, "contacts", envelope)
    assert read("messages", "contacts").records == {}
    said = [one.getMessage() for one in caplog.records if " rows, " in one.getMessage()]
    assert [" 0 retries" in line for line in said] == [True, True]


def test_page_with_total_null_is_read(requests_mock: Mocker) -> None:
    serve(requests_mock, "contacts", b'{"Count":1,"Data":[{"ID":1}],"Total":null}')
    assert len(read("contacts").records["contacts"]) == 1


@pytest.mark.parametrize("wire", [b"1152921504606846977.0", b'"1152921504606846977.0"'])
@pytest.mark.parametrize("stream", ["contacts", "api_keys"])
def test_id_that_is_written_with_a_fraction_is_exact(
    requests_mock: Mocker, stream: str, wire: bytes
) -> None:
    serve(requests_mock, stream, page(b'{"ID":%b}' % wire, b'{"ID":1152921504606846979}'))
    records = read(stream).records[stream]
    assert [one["ID"] for one in records] == [BIG, BIG + 2]


def test_of_a_field_that_comes_twice_the_last_value_counts(requests_mock: Mocker) -> None:
    rows = (b'{"ID":1,"Name":"a","Name":"b"}', rb'{"ID":2,"Name":"\ud83d","Name":"b"}')
    serve(requests_mock, "contacts", page(*rows))
    assert [one["Name"] for one in read("contacts").records["contacts"]] == ["b", "b"]


def test_pages_join_at_a_row_without_key_though_one_page_has_a_broken_value(
    requests_mock: Mocker, caplog: pytest.LogCaptureFixture
) -> None:
    held = [b'{"ID":1}', b'{"ID":2}', b'{"Name":"Ada"}', rb'{"ID":4,"Name":"\ud83d"}', b'{"ID":5}']

    def respond(request: Any, _context: Any) -> bytes:
        if request.qs.get("countonly") == ["1"]:
            return b'{"Count":5,"Data":[],"Total":5}'
        offset, limit = int(request.qs["offset"][0]), int(request.qs["limit"][0])
        return page(*held[offset : offset + limit])

    requests_mock.get("https://mailjet.test/v3/REST/contact", content=respond)
    records = read("contacts", page_size=3).records["contacts"]
    assert [one["ID"] for one in records] == [1, 2, 4, 5]
    assert " 0 read again" in summary(caplog)


@pytest.mark.parametrize("total", [b'"many"', b"[]", b"0.5", b"NaN"])
def test_total_that_is_no_count_fails_and_is_no_empty_page(
    requests_mock: Mocker, caplog: pytest.LogCaptureFixture, total: bytes
) -> None:
    serve(requests_mock, "contacts", b'{"Count":0,"Data":[],"Total":%b}' % total)
    assert read("contacts", fails=True).records == {}
    assert "Total is not a whole number" in caplog.text
