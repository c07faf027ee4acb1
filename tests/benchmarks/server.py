"""The server as a process: `python -m tests.benchmarks.server`, and functions to start it.

It is one loop of asyncio over a raw protocol, so that a response costs no more than finding the
bytes and passing them to the kernel, and waiting costs nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import subprocess
import sys
import urllib.request
from collections import Counter
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

import msgspec
from typing_extensions import override

from tests.benchmarks.rows import render
from tests.benchmarks.site import LEDGER, Entry, Pace, Site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.site import Response

HOST = "127.0.0.1"


class Connection(asyncio.Protocol):
    """One connection that is kept open; its requests are served one after the other."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._received = b""
        self._busy = False
        self._transport: asyncio.Transport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None

    @override
    def data_received(self, data: bytes) -> None:
        self._received += data
        self._next()

    def _next(self) -> None:
        head, found, rest = self._received.partition(b"\r\n\r\n")
        if self._busy or not found:
            return
        self._busy, self._received = True, rest
        ledger = self._site.ledger
        ledger.begin()
        response = self._site.respond(head.split(b" ", 2)[1].decode())
        if response.delay:
            asyncio.get_running_loop().call_later(response.delay, self._send, response, ledger.end)
        else:
            self._send(response, ledger.end)

    def _send(self, response: Response, then: Any) -> None:
        then()
        self._busy = False
        if self._transport is None:
            return
        length = sum(map(len, response.body))
        status = HTTPStatus(response.status)
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        )
        self._transport.writelines([head.encode(), *response.body])
        self._next()


async def serve(site: Site) -> None:
    """Write the port, and serve until stdin ends, which it does when the parent process ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(site), HOST, 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    ended = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), ended.set)
    await ended.wait()


def main() -> None:
    """Render the rows, and then serve them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, required=True, help="how many messages there are")
    parser.add_argument("--until", type=int, required=True, help="Unix seconds of the last one")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds per response")
    parser.add_argument(
        "--growth", type=float, default=0.0, help="seconds more for each 1000 rows of Offset"
    )
    options = parser.parse_args()
    site = Site(render(options.rows, until=options.until), Pace(options.latency, options.growth))
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(site))


class RequestSummary(msgspec.Struct, frozen=True):
    """The requests of a server since its ledger was last read.

    Attributes:
        cpu: the seconds of CPU time that it took the server.
    """

    entries: list[Entry]
    most_at_once: int
    cpu: float

    @property
    def by_resource(self) -> Counter[str]:
        """The number of requests for each resource."""
        counts: Counter[str] = Counter()
        for entry in self.entries:
            counts[entry.resource] += entry.requests
        return counts


class Server(msgspec.Struct, frozen=True):
    """A server that runs."""

    url: str
    rows: int

    def read_ledger(self) -> RequestSummary:
        """Return the requests since the last call, and start a new ledger."""
        with urllib.request.urlopen(self.url + LEDGER, timeout=60) as response:  # noqa: S310 - ours
            return msgspec.json.decode(response.read(), type=RequestSummary)


@contextlib.contextmanager
def serving(rows: int, *, until: int, pace: Pace | None = None) -> Iterator[Server]:
    """Start a server, wait until it has rendered its rows, and end it in the end."""
    pace = pace or Pace()
    command = [
        *(sys.executable, "-m", "tests.benchmarks.server"),
        *(f"--rows={rows}", f"--until={until}"),
        *(f"--latency={pace.latency}", f"--growth={pace.growth}"),
    ]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        port = int(process.stdout.readline() if process.stdout else "")
        try:
            yield Server(f"http://{HOST}:{port}", rows)
        finally:
            process.communicate()


if __name__ == "__main__":
    main()
