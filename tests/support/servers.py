"""Small HTTP servers over raw sockets, which misbehave as a test wants it."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator


def response(body: bytes = b"{}", status: str = "200 OK", headers: tuple[str, ...] = ()) -> bytes:
    """A whole response."""
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*head, "", ""]).encode() + body


class Server:
    """A server on this machine that handles each request with a function.

    Args:
        handle: sends the response, or does not.
        greeting: sent to each client when it connects.
        tls: makes it speak TLS.

    Attributes:
        requests: the head of each request, in the order of their arrival.
        connections: how many clients have connected.
        most_at_once: how many requests were under way at the same time, at most.
    """

    def __init__(
        self,
        handle: Callable[[socket.socket, bytes], None],
        *,
        greeting: bytes = b"",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._handle = handle
        self._tls = tls
        self._greeting = greeting
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._under_way = 0
        self.requests: list[bytes] = []
        self.connections = 0
        self.most_at_once = 0
        self.is_ended = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        self.is_ended.set()
        self._listener.close()

    def drip(self, client: socket.socket, data: bytes, seconds: float) -> None:
        """Send one byte after the other, until the client goes or the server ends."""
        for byte in data:
            if self.is_ended.wait(seconds):
                return
            client.sendall(bytes([byte]))

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), self._secured(client) as connected:
            connected.sendall(self._greeting)
            received = b""
            while True:
                while b"\r\n\r\n" not in received:
                    data = connected.recv(2**16)
                    if not data:
                        return
                    received += data
                head, _, received = received.partition(b"\r\n\r\n")
                with self._counted(head):
                    self._handle(connected, head)

    def _secured(self, client: socket.socket) -> socket.socket:
        return self._tls.wrap_socket(client, server_side=True) if self._tls else client

    @contextlib.contextmanager
    def _counted(self, head: bytes) -> Iterator[None]:
        with self._lock:
            self.requests.append(head)
            self._under_way += 1
            self.most_at_once = max(self.most_at_once, self._under_way)
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1


@contextlib.contextmanager
def serving(
    handle: Callable[[socket.socket, bytes], None],
    *,
    greeting: bytes = b"",
    tls: ssl.SSLContext | None = None,
) -> Iterator[Server]:
    """Run a server that handles each request with a function."""
    server = Server(handle, greeting=greeting, tls=tls)
    try:
        yield server
    finally:
        server.close()


def reply(data: bytes, *, after: float = 0.0) -> Callable[[socket.socket, bytes], None]:
    """A function that sends the same to each request."""

    def handle(client: socket.socket, _head: bytes) -> None:
        time.sleep(after)
        client.sendall(data)

    return handle


def unused_url() -> str:
    """A URL on this machine at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"
