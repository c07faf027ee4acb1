"""The command if Mailjet cannot be reached: one line, within 15 seconds."""

from __future__ import annotations

import contextlib
import functools
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.commands import lines, run, run_inline, write
from tests.support.servers import reply, response, serving, unused_url

if TYPE_CHECKING:
    import pathlib
    import socket
    from collections.abc import Callable, Iterator
    from subprocess import CompletedProcess

    from tests.support.servers import Server

PAIR = {"api_key": "the-key", "api_secret": "the-secret"}
EMPTY = response(b'{"Count": 0, "Data": [], "Total": 0}')
LIMIT = 15
"""Seconds within which the command fails."""


def problems_of(
    runner: Callable[..., CompletedProcess[str]],
    folder: pathlib.Path,
    words: str,
    *options: str,
    proxy: str = "",
    **given: Any,
) -> list[str]:
    """Run the command, and return what is wrong with how it failed."""
    folder.mkdir()
    began = time.monotonic()
    config = write(folder, "config.json", {**PAIR, **given})
    done = runner("--config", config, *options, environ={"HTTPS_PROXY": proxy})
    seconds = time.monotonic() - began
    logged = lines(done.stderr, "ERROR", "WARNING", "CRITICAL")
    required = ("network", "proxy", "DNS", "api_url", words)
    checks = {
        f"it took {seconds:.1f} s": seconds < LIMIT,
        f"exit code {done.returncode}": done.returncode == 1,
        "a record was written": '"RECORD"' not in done.stdout,
        "traceback": "Traceback" not in done.stderr,
        f"not one line: {logged}": len(logged) == 1,
        f"a word is missing: {logged}": all(word in line for word in required for line in logged),
    }
    return [problem for problem, is_fine in checks.items() if not is_fine]


def late_success(folder: pathlib.Path) -> list[str]:
    """Return what is wrong with a run whose first response takes eleven seconds."""

    def handle(client: socket.socket, _head: bytes) -> None:
        time.sleep(11 if len(server.requests) == 1 else 0)
        client.sendall(EMPTY)

    with serving(handle) as server:
        folder.mkdir()
        done = run("--config", write(folder, "config.json", {**PAIR, "api_url": server.url}))
    logged = lines(done.stderr, "ERROR")
    return [] if done.returncode == 0 and not logged else [done.stderr]


def receive(client: socket.socket, _head: bytes) -> None:
    client.recv(1)


@pytest.fixture
def servers() -> Iterator[dict[str, Server]]:
    with contextlib.ExitStack() as stack:
        made: dict[str, Server] = {}
        made["silent"] = stack.enter_context(serving(receive))
        made["dripping"] = stack.enter_context(
            serving(lambda client, _: made["dripping"].drip(client, EMPTY, 0.5))
        )
        made["without TLS"] = stack.enter_context(serving(reply(b""), greeting=b"220 hello\r\n"))
        yield made


def test_unreachable_mailjet_is_one_line_within_15_seconds(
    tmp_path: pathlib.Path, servers: dict[str, Server]
) -> None:
    timeout, refused = "did not respond in time", "Connection refused"
    without_tls = servers["without TLS"].url.replace("http:", "https:")
    with ThreadPoolExecutor() as pool:
        # Processes, as they wait for almost all of their time. Each needs the processor to start.
        slow = {"late": pool.submit(late_success, tmp_path / "late")}
        time.sleep(1.5)
        for name in ("silent", "dripping"):
            url = servers[name].url
            slow[name] = pool.submit(problems_of, run, tmp_path / name, timeout, api_url=url)
        time.sleep(1.5)
        problems_here = functools.partial(problems_of, run_inline)
        quick = {
            "refused": problems_here(tmp_path / "refused", refused, api_url=unused_url()),
            "--test": problems_here(tmp_path / "test", refused, "--test", api_url=unused_url()),
            "without TLS": problems_here(
                tmp_path / "tls", "TLS to Mailjet failed", api_url=without_tls
            ),
            "proxy": problems_here(
                tmp_path / "proxy",
                "No connection to Mailjet through the proxy",
                proxy=unused_url(),
                api_url="https://api.mailjet.com",
            ),
        }
        found = {**quick, **{name: one.result() for name, one in slow.items()}}
    assert {name: problems for name, problems in found.items() if problems} == {}
    assert len(servers["silent"].requests) == 1
