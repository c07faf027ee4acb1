from __future__ import annotations

import socket
import time
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tap_mailjet.sandbox import Faults, Sandbox
from tests.sandbox.api import UNTIL, Api
from tests.sandbox.test_http import SMALLEST

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_mailjet.sandbox.server.request_log import Request


def always(**rates: Any) -> Faults:
    return Faults(max_consecutive=10**9, **rates)


def last(api: Api) -> Request:
    return api.sandbox.requests[-1]


@pytest.mark.parametrize(
    ("kind", "header"),
    [
        ("too_many", lambda text: text is None),
        ("too_many_with_seconds", lambda text: text == "7"),
        ("too_many_with_date", lambda text: text.endswith(" GMT") and within(text, seconds=7)),
    ],
)
def test_too_many_requests_is_told_with_and_without_a_time(
    api: Api, kind: str, header: Callable[[str | None], bool]
) -> None:
    api.sandbox.faults = always(**{kind: 1}, retry_after=7)
    response = api.plain("message", Limit=3)
    assert response.status_code == 429
    assert response.headers["Content-Type"].startswith("text/html")
    assert header(response.headers.get("Retry-After"))
    assert last(api) == ("message", {"Limit": "3"}, 429)


def within(text: str, *, seconds: int) -> bool:
    wait = parsedate_to_datetime(text) - datetime.now(timezone.utc)
    return timedelta(seconds=seconds - 2) < wait <= timedelta(seconds=seconds)


def test_retry_after_may_be_at_once(api: Api) -> None:
    api.sandbox.faults = always(too_many_with_seconds=1, retry_after=0)
    assert api.get("message").headers["Retry-After"] == "0"


def test_server_errors_come_with_every_status_and_every_kind_of_body(api: Api) -> None:
    api.sandbox.faults = always(server_error=1)
    seen = []
    for _ in range(9):
        response = api.get("message")
        media = response.headers.get("Content-Type", "").partition(";")[0]
        seen.append((response.status_code, media))
        if media == "application/json":
            assert response.json()["StatusCode"] == response.status_code
        else:
            assert bool(response.text) is (media == "text/html")
            with pytest.raises(requests.JSONDecodeError):
                response.json()
    medias = ("application/json", "text/html", "")
    assert sorted(seen) == sorted((s, media) for s in (500, 502, 503) for media in medias)
    assert [status for status, _ in seen[:3]] == [500, 502, 503]
    assert [media for _, media in seen[:3]] == list(medias)


def test_a_connection_may_be_reset_before_the_answer(api: Api) -> None:
    api.sandbox.faults = always(reset_before=1)
    for _ in range(2):
        with pytest.raises(requests.ConnectionError, match="ConnectionResetError"):
            api.get("message")
    assert last(api).status == 0


@pytest.mark.parametrize("limit", [1, 1000])
def test_a_connection_may_be_reset_within_the_answer(api: Api, limit: int) -> None:
    api.sandbox.faults = always(reset_within=1)
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="ConnectionResetError"):
        api.get("message", Limit=limit)
    assert last(api).status == 200


@pytest.mark.parametrize("limit", [1, 1000])
def test_an_answer_may_be_cut_short(api: Api, limit: int) -> None:
    whole = api.get("message", Limit=limit).content
    api.sandbox.faults = always(cut_short=1)
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        api.get("message", Limit=limit)
    assert last(api).status == 200
    head, body = raw(api, f"/v3/REST/message?FromTS=1&Limit={limit}")
    assert f"content-length: {len(whole)}" in head.lower()
    assert body == whole[: len(whole) // 2]


def raw(api: Api, path: str) -> tuple[str, bytes]:
    """Return the head and body of a response, read until the connection was closed in order."""
    host, port = api.sandbox.url.removeprefix("http://").split(":")
    prepared = api.session.prepare_request(requests.Request("GET", api.sandbox.url))
    asked = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: "
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(f"{asked}{prepared.headers['Authorization']}\r\n\r\n".encode())
        got = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = got.partition(b"\r\n\r\n")
    return head.decode(), body


@pytest.mark.parametrize("resource", ["message", "statcounters", "sender"])
def test_a_body_may_be_garbled_though_all_seems_well(api: Api, resource: str) -> None:
    params = {"CounterSource": "APIKey", "CounterTiming": "Event", "CounterResolution": "Day"}
    api.sandbox.faults = always(garbled=1)
    response = api.get(resource, **(params if resource == "statcounters" else {}))
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert int(response.headers["Content-Length"]) == len(response.content) > 0
    with pytest.raises(requests.JSONDecodeError):
        response.json()


def test_a_body_may_be_empty_though_all_seems_well(api: Api) -> None:
    api.sandbox.faults = always(empty=1)
    response = api.get("message")
    assert (response.status_code, response.content) == (200, b"")


def test_an_answer_may_be_slow_and_is_whole_then(api: Api) -> None:
    plain = api.body("message")
    api.sandbox.faults = always(slow=1, slow_seconds=0.3)
    began = time.monotonic()
    assert api.body("message") == plain
    assert time.monotonic() - began >= 0.3


@pytest.mark.parametrize("kind", ["too_many", "reset_before", "garbled"])
def test_latency_is_added_to_every_answer_whatever_befalls_it(api: Api, kind: str) -> None:
    api.sandbox.faults = always(**{kind: 1}, latency=0.15)
    began = time.monotonic()
    if kind == "reset_before":
        with pytest.raises(requests.ConnectionError):
            api.get("message")
    else:
        api.get("message")
    assert 0.15 <= time.monotonic() - began < 2


def test_latency_alone_leaves_answers_as_they_are(api: Api) -> None:
    plain = api.body("message")
    api.sandbox.faults = Faults(latency=0.15)
    began = time.monotonic()
    assert api.body("message") == plain
    assert 0.15 <= time.monotonic() - began < 2


def test_a_hanging_request_disturbs_no_other(api: Api) -> None:
    api.sandbox.faults = always(hang=1)
    with pytest.raises(requests.ReadTimeout):
        api.session.get(f"{api.sandbox.url}/v3/REST/message", timeout=0.2)
    assert last(api).status == 0
    api.sandbox.faults = Faults()
    assert api.body("message")["Data"]


@pytest.mark.parametrize("faults", [always(hang=1), always(slow=1, slow_seconds=60)])
def test_a_waiting_request_does_not_keep_the_sandbox_from_stopping(
    faults: Faults, caplog: pytest.LogCaptureFixture
) -> None:
    with Sandbox(size=SMALLEST, until=UNTIL, faults=faults) as sandbox:
        host, port = sandbox.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            connection.sendall(b"GET /v3/REST/message HTTP/1.1\r\nHost: localhost\r\n\r\n")
            deadline = time.monotonic() + 5
            while not sandbox.injected_faults and time.monotonic() < deadline:
                time.sleep(0.005)
            assert sandbox.injected_faults
            began = time.monotonic()
            sandbox.__exit__(None, None, None)
            assert time.monotonic() - began < 0.9
    assert not caplog.records


def test_nothing_is_logged_and_the_connection_lives_on(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    plain = api.body("message", Limit=200)
    api.sandbox.faults = Faults.storm(0.9, seed=2)
    for offset in range(60):
        with suppress(requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
            api.get("message", Limit=200, Offset=offset)
    assert len(api.sandbox.injected_faults) == 10
    api.sandbox.faults = Faults()
    assert api.body("message", Limit=200) == plain
    assert not caplog.records
