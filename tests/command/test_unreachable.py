"""The command towards a Mailjet that cannot be reached: one line, within 15 seconds."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.commands import lines, run, write
from tests.support.servers import reply, response, serving, unused_url

if TYPE_CHECKING:
    import pathlib
    import socket

PAIR = {"api_key": "the-key", "api_secret": "the-secret"}
EMPTY = response(b'{"Count": 0, "Data": [], "Total": 0}')


def failed(folder: pathlib.Path, *options: str, **given: Any) -> str:
    """The one line of a run that could not reach Mailjet."""
    began = time.monotonic()
    done = run("--config", write(folder, "config.json", {**PAIR, **given}), *options)
    assert time.monotonic() - began < 15
    assert done.returncode == 1
    assert '"RECORD"' not in done.stdout
    assert "Traceback" not in done.stderr
    (line,) = lines(done.stderr, "ERROR", "WARNING", "CRITICAL")
    for word in ("network", "proxy", "DNS", "api_url"):
        assert word in line
    return line


@pytest.mark.parametrize("options", [[], ["--test"]], ids=["sync", "test"])
def test_a_refused_connection_is_one_line(tmp_path: pathlib.Path, options: list[str]) -> None:
    assert "Connection refused" in failed(tmp_path, *options, api_url=unused_url())


def test_a_server_without_tls_is_one_line(tmp_path: pathlib.Path) -> None:
    with serving(reply(b""), greeting=b"220 hello\r\n") as server:
        line = failed(tmp_path, api_url=server.url.replace("http:", "https:"))
    assert "TLS to Mailjet failed" in line


def test_a_server_that_never_responds_is_one_line(tmp_path: pathlib.Path) -> None:
    def handle(client: socket.socket, _head: bytes) -> None:
        client.recv(1)

    with serving(handle) as server:
        assert "did not respond in time" in failed(tmp_path, api_url=server.url)
        assert len(server.requests) == 1


def test_a_head_that_drips_for_ever_is_one_line(tmp_path: pathlib.Path) -> None:
    with serving(lambda client, _: server.drip(client, EMPTY, 0.5)) as server:
        assert "did not respond in time" in failed(tmp_path, api_url=server.url)


def test_a_proxy_that_cannot_be_reached_is_one_line(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", unused_url())
    line = failed(tmp_path, api_url="https://api.mailjet.com")
    assert "No connection to Mailjet through the proxy" in line


def test_a_first_response_after_eleven_seconds_is_taken(tmp_path: pathlib.Path) -> None:
    def handle(client: socket.socket, _head: bytes) -> None:
        time.sleep(11 if len(server.requests) == 1 else 0)
        client.sendall(EMPTY)

    with serving(handle) as server:
        config = write(tmp_path, "config.json", {**PAIR, "api_url": server.url})
        done = run("--config", config)
    assert done.returncode == 0, done.stderr
    assert lines(done.stderr, "ERROR") == []
