"""The gate that one request passes until there is a first response, over real sockets."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tap_mailjet.api.client import MailjetClient, RequestOutcome
from tap_mailjet.api.errors import CredentialsError, NoResponseError
from tap_mailjet.api.rate_limiter import ClientClosed
from tap_mailjet.api.retries import RetryPolicy
from tests.support.servers import reply, response, serving, unused_url

if TYPE_CHECKING:
    from collections.abc import Callable


WORDS = ("network", "proxy", "DNS", "api_url")


def client_of(url: str, *, timeout: float = 60, **given: Any) -> MailjetClient:
    return MailjetClient(
        api_url=url,
        api_key="the-key",
        api_secret="the-secret",
        timeout=timeout,
        user_agent="tests",
        connections=8,
        retries=RetryPolicy(
            **{"base_delay": 0.05, "max_delay": 0.1, "first_response": 1.0, **given}
        ),
    )


def get(client: MailjetClient) -> bytes:
    return client.get("message", {}, decode=bytes)


def failure(client: MailjetClient) -> str:
    with pytest.raises(NoResponseError) as caught:
        get(client)
    assert client.is_fatal_for_sync(caught.value)
    said = str(caught.value)
    assert "\n" not in said
    assert all(word in said for word in WORDS), said
    return said


def accepts_only(client: socket.socket, _head: bytes) -> None:
    client.recv(1)


def ends_at_once(client: socket.socket, _head: bytes) -> None:
    client.shutdown(socket.SHUT_RDWR)
    client.close()


def test_refused_connection_is_tried_three_times_and_names_what_to_check() -> None:
    seen: list[RequestOutcome] = []
    client = client_of(unused_url())
    with pytest.raises(NoResponseError, match=r"Connection refused.*after 3 tries"):
        client.get("message", {}, decode=bytes, observe=seen.append)
    assert [(one.status, one.is_retry) for one in seen] == [(0, False), (0, True), (0, True)]
    failure(client)


def test_connection_that_is_closed_without_a_response_is_tried_three_times() -> None:
    with serving(ends_at_once) as server:
        assert "after 3 tries" in failure(client_of(server.url))
        assert len(server.requests) == 3


def test_what_is_not_http_is_no_response() -> None:
    with serving(reply(b"220 mail.example.com ESMTP\r\n\r\n")) as server:
        assert "after 3 tries" in failure(client_of(server.url))


def test_tls_to_a_server_without_it_fails_in_words() -> None:
    with serving(ends_at_once, greeting=b"HTTP/1.1 400 Bad Request\r\n\r\n") as server:
        said = failure(client_of(server.url.replace("http:", "https:")))
    assert said.startswith("TLS to Mailjet failed")
    assert "after 3 tries" in said


def test_host_name_that_does_not_exist_fails_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert "Name or service not known" in failure(client_of("https://mailjet.test"))


def test_host_name_whose_lookup_hangs_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()

    def hangs(*_: object, **__: object) -> None:
        ended.wait(20)
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", hangs)
    began = time.monotonic()
    assert "after 1 try in 1 s" in failure(client_of("https://mailjet.test"))
    assert time.monotonic() - began < 2
    ended.set()


def test_server_that_never_responds_gets_one_try_of_all_the_time() -> None:
    with serving(accepts_only) as server:
        began = time.monotonic()
        assert "did not respond in time: no response after 1 try" in failure(client_of(server.url))
        assert 0.9 < time.monotonic() - began < 2
        assert len(server.requests) == 1


def test_short_request_timeout_leaves_time_for_three_tries() -> None:
    with serving(accepts_only) as server:
        assert "after 3 tries" in failure(client_of(server.url, timeout=0.1))
        assert len(server.requests) == 3


def test_head_that_drips_is_no_response() -> None:
    with serving(lambda client, _: server.drip(client, response(), 0.05)) as server:
        began = time.monotonic()
        failure(client_of(server.url))
        assert time.monotonic() - began < 2


def test_first_response_that_takes_most_of_the_time_is_taken() -> None:
    with serving(reply(response(b"late"), after=0.85)) as server:
        assert get(client_of(server.url)) == b"late"


def test_once_the_head_is_there_the_body_has_time() -> None:
    def handle(client: socket.socket, _head: bytes) -> None:
        whole = response(b"body")
        client.sendall(whole[:-4])
        time.sleep(0.7)
        client.sendall(whole[-4:-2])
        time.sleep(0.7)
        client.sendall(whole[-2:])

    with serving(handle) as server:
        assert get(client_of(server.url, timeout=1)) == b"body"
        assert len(server.requests) == 1


def test_failure_that_passes_is_followed_by_another_try() -> None:
    with serving(failing_first(2)) as server:
        assert get(client_of(server.url)) == b"ok"
        assert len(server.requests) == 3


def failing_first(times: int, then: bytes = response(b"ok")) -> Callable[..., None]:
    handled = iter(range(10**9))

    def handle(client: socket.socket, _head: bytes) -> None:
        if next(handled) < times:
            ends_at_once(client, b"")
        client.sendall(then)

    return handle


@pytest.mark.parametrize("status", ["500 Oops", "503 Busy", "429 Slow down"])
def test_after_any_response_the_client_is_patient(status: str) -> None:
    handled = iter(range(10**9))

    def handle(client: socket.socket, _head: bytes) -> None:
        number = next(handled)
        if number == 0:
            client.sendall(response(status=status))
        elif number < 6:
            ends_at_once(client, b"")
        else:
            client.sendall(response(b"at last"))

    with serving(handle) as server:
        client = client_of(server.url, max_tries=8)
        assert get(client) == b"at last"
        assert len(server.requests) == 7


def test_until_the_first_response_one_request_is_under_way_and_then_many() -> None:
    def handle(client: socket.socket, _head: bytes) -> None:
        under_way.append(len(server.requests))
        time.sleep(0.2)
        client.sendall(response())

    under_way: list[int] = []
    with serving(handle) as server, ThreadPoolExecutor(8) as pool:
        client = client_of(server.url)
        began = time.monotonic()
        requested = [pool.submit(get, client) for _ in range(8)]
        time.sleep(0.1)
        assert len(server.requests) == 1
        assert [one.result() for one in requested] == [b"{}"] * 8
        assert server.most_at_once > 1
        assert time.monotonic() - began < 1


def test_requests_that_wait_fail_with_the_first_one_and_later_ones_at_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with serving(accepts_only) as server, ThreadPoolExecutor(8) as pool:
        client = client_of(server.url)
        began = time.monotonic()
        errors = [str(one.exception()) for one in [pool.submit(get, client) for _ in range(20)]]
        assert time.monotonic() - began < 2
        assert len(set(errors)) == 1
        assert len(server.requests) == 1
        began = time.monotonic()
        assert failure(client) == errors[0]
        assert time.monotonic() - began < 0.1
    assert [record for record in caplog.records if record.name.startswith("tap")] == []


def test_refused_key_pair_is_sent_once_and_fails_the_requests_that_wait() -> None:
    with (
        serving(reply(response(status="401 Unauthorized"), after=0.2)) as server,
        ThreadPoolExecutor(8) as pool,
    ):
        client = client_of(server.url)
        errors = [one.exception() for one in [pool.submit(get, client) for _ in range(8)]]
        assert {type(error) for error in errors} == {CredentialsError}
        assert all("Mailjet responded with 401" in str(error) for error in errors)
        with pytest.raises(CredentialsError):
            get(client)
        assert len(server.requests) == 1


def test_request_that_cannot_be_sent_does_not_close_the_gate() -> None:
    with serving(reply(response(b"ok"))) as server:
        client = client_of(server.url)

        def broken(_exchange: RequestOutcome) -> None:
            raise KeyError

        with pytest.raises(KeyError):
            client.get("message", {}, decode=bytes, observe=broken)
        assert get(client) == b"ok"


def test_close_wakes_the_first_request_and_those_that_wait() -> None:
    with serving(accepts_only) as server, ThreadPoolExecutor(4) as pool:
        client = client_of(server.url, first_response=30)
        requested = [pool.submit(get, client) for _ in range(4)]
        time.sleep(0.1)
        began = time.monotonic()
        client.close()
        assert {type(one.exception()) for one in requested} == {ClientClosed}
        assert time.monotonic() - began < 1
