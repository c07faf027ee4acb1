"""Responses that drip, over real sockets."""

from __future__ import annotations

import ssl
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import requests

from tap_mailjet.api.client import MailjetClient
from tap_mailjet.api.errors import UnreachableError
from tap_mailjet.api.retries import RetryPolicy
from tap_mailjet.api.transport import DeadlineAdapter
from tests.support.servers import Server, reply, response, serving

if TYPE_CHECKING:
    import pathlib
    import socket
    from collections.abc import Callable, Iterator

ROWS = b'{"Count": 0, "Data": [], "Total": 0}'
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1;with=an-extension\r\n \r\n" * 100
)


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as made:
        made.mount("http://", DeadlineAdapter())
        made.mount("https://", DeadlineAdapter())
        yield made


def dripping(data: bytes, *, begin: int = 0) -> Callable[[Server, socket.socket], None]:
    """Send `begin` bytes at once, and then one every 50 ms."""

    def handle(server: Server, client: socket.socket) -> None:
        client.sendall(data[:begin])
        server.drip(client, data[begin:], 0.05)

    return handle


DRIPS = {
    "status": dripping(response(ROWS)),
    "head": dripping(response(ROWS, headers=("X-Long: " + "x" * 500,)), begin=40),
    "body": dripping(response(ROWS * 20), begin=60),
    "chunks": dripping(CHUNKED, begin=50),
    "until the end": dripping(b"HTTP/1.1 200 OK\r\n\r\n" + ROWS * 20, begin=20),
    "continue": dripping(b"HTTP/1.1 100 Continue\r\n\r\n" * 200, begin=5),
}


def problem_of(drip: Callable[[Server, socket.socket], None]) -> str:
    """Return what is wrong with how a client gives a dripping response up."""
    with serving(lambda client, _: drip(server, client)) as server:
        client = client_of(server, timeout=0.5, tries=2)
        client._first.open()
        began = time.monotonic()
        with pytest.raises(UnreachableError, match=r"did not respond in time\. Check"):
            client.get("message", {}, decode=bytes)
        seconds = time.monotonic() - began
        if not 2.0 <= seconds < 3.0:  # two tries of one second
            return f"it took {seconds:.1f} s"
        return "" if len(server.requests) == 2 else f"{len(server.requests)} requests"


def test_dripping_response_is_a_timeout_after_twice_the_timeout() -> None:
    with ThreadPoolExecutor() as pool:
        problems = dict(zip(DRIPS, pool.map(problem_of, DRIPS.values()), strict=True))
    assert problems == dict.fromkeys(DRIPS, "")


def client_of(server: Server, *, timeout: float, tries: int) -> MailjetClient:
    return MailjetClient(
        api_url=server.url,
        api_key="the-key",
        api_secret="the-secret",
        timeout=timeout,
        user_agent="tests",
        retries=RetryPolicy(max_tries=tries, base_delay=0.01),
    )


def test_response_that_dripped_is_requested_again() -> None:
    handled = iter(range(10))

    def handle(client: socket.socket, _head: bytes) -> None:
        if next(handled) == 0:
            server.drip(client, response(ROWS), 0.05)
        else:
            client.sendall(response(ROWS))

    with serving(handle) as server:
        client = client_of(server, timeout=0.25, tries=3)
        client._first.open()
        assert client.get("message", {}, decode=bytes) == ROWS
        assert len(server.requests) == 2


def test_slow_response_within_the_deadline_is_read_whole(session: requests.Session) -> None:
    with serving(lambda client, _: server.drip(client, response(b"slow"), 0.01)) as server:
        assert session.get(server.url, timeout=1).content == b"slow"


def test_wait_that_is_longer_than_the_timeout_is_a_timeout(session: requests.Session) -> None:
    with serving(reply(response(), after=1)) as server:
        began = time.monotonic()
        with pytest.raises(requests.ReadTimeout):
            session.get(server.url, timeout=0.3)
        assert time.monotonic() - began < 0.6


def test_deadline_that_passed_does_not_hit_a_later_request_on_the_same_connection(
    session: requests.Session,
) -> None:
    with serving(reply(response(b"x" * 100_000))) as server:
        for pause in (0.0, 0.5, 0.0):
            time.sleep(pause)  # longer than twice the timeout
            assert len(session.get(server.url, timeout=0.2).content) == 100_000
        assert len(server.requests) == 3
        assert server.connections == 1


def test_without_a_timeout_there_is_no_deadline(session: requests.Session) -> None:
    with serving(reply(response(b"x"), after=0.1)) as server:
        assert session.get(server.url, timeout=None).content == b"x"


def test_large_body_is_read_whole(session: requests.Session) -> None:
    body = bytes(range(256)) * 40_000
    with serving(reply(response(body))) as server:
        assert session.get(server.url, timeout=5).content == body


def test_no_thread_is_started_for_a_deadline(session: requests.Session) -> None:
    with serving(reply(response(), after=0.2)) as server:
        before = threading.active_count()
        seen: list[int] = []
        threading.Timer(0.1, lambda: seen.append(threading.active_count())).start()
        session.get(server.url, timeout=5)
    # The timer of this test, and the server's thread for the connection.
    assert seen[0] - before <= 2


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")),
        ],
        check=True,
        capture_output=True,
    )
    return folder


def test_response_that_drips_through_tls_is_a_timeout(
    session: requests.Session, certificate: pathlib.Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    trusted = str(certificate / "cert.pem")
    whole = response(ROWS)
    with serving(lambda client, _: server.drip(client, whole, delay[0]), tls=context) as server:
        url = server.url.replace("http:", "https:")
        delay = [0.001]
        assert session.get(url, timeout=2, verify=trusted).content == ROWS
        delay = [0.05]
        began = time.monotonic()
        with pytest.raises(requests.ReadTimeout):
            session.get(url, timeout=0.3, verify=trusted)
        assert 0.5 < time.monotonic() - began < 1


def test_proxy_whose_response_drips_is_a_timeout(session: requests.Session) -> None:
    with serving(lambda client, _: server.drip(client, response() * 9, 0.05)) as server:
        began = time.monotonic()
        with pytest.raises(requests.RequestException):
            session.get("https://mailjet.test/", timeout=0.3, proxies={"https": server.url})
        assert time.monotonic() - began < 1
        assert server.requests[0].startswith(b"CONNECT mailjet.test:443")
