"""Read responses from the socket, within a time and a size.

The timeout of requests limits each wait for data. A server that sends one byte per second never
exceeds the timeout, and http.client reads the whole head in one call. Therefore the deadline is
checked where bytes are read from the socket: each wait is limited to the remaining time. This
needs no thread and cannot affect a later request on the same connection.
"""

from __future__ import annotations

import http.client
import io
import time
from typing import TYPE_CHECKING, Any, cast

import requests
from requests.adapters import HTTPAdapter
from singer_sdk.exceptions import FatalAPIError
from typing_extensions import override
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ReadTimeoutError

if TYPE_CHECKING:
    import socket

    from urllib3 import PoolManager, ProxyManager

TIMEOUTS_PER_RESPONSE = 2
"""A response must be complete within this multiple of the read timeout."""
CHUNK_BYTES = 2**16


class _TimedReader(io.RawIOBase):
    """A raw stream that reads a response from a socket until its deadline.

    Args:
        connected: The socket of the response.
        timeout: Timeout in seconds of a single wait; None for no limit.
    """

    def __init__(self, connected: socket.socket, timeout: float | None) -> None:
        self._socket = connected
        self._raw = cast("io.RawIOBase", connected.makefile("rb", buffering=0))
        self._timeout = timeout
        self._ends = time.monotonic() + TIMEOUTS_PER_RESPONSE * (timeout or 0.0)

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Any) -> int | None:
        if self._timeout is not None:
            remaining = self._ends - time.monotonic()
            if remaining <= 0:
                message = "the response was not complete in time"
                raise TimeoutError(message)
            self._socket.settimeout(min(self._timeout, remaining))
        return self._raw.readinto(buffer)

    @override
    def fileno(self) -> int:
        return self._raw.fileno()

    @override
    def close(self) -> None:
        try:
            self._raw.close()
        finally:
            super().close()


class _TimedSocket:
    """The part of a socket that http.client uses to read a response."""

    def __init__(self, connected: socket.socket, timeout: float | None) -> None:
        self._reader = _TimedReader(connected, timeout)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self._reader)


class _TimedResponses(HTTPConnection):
    """A connection whose responses have a deadline, those of a proxy included."""

    @override
    def response_class(  # type: ignore[override] # http.client only calls it
        self, sock: socket.socket, *args: Any, **kwargs: Any
    ) -> http.client.HTTPResponse:
        timed = cast("socket.socket", _TimedSocket(sock, self.timeout))
        return http.client.HTTPResponse(timed, *args, **kwargs)


class _SecureTimedResponses(_TimedResponses, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _TimedResponses


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureTimedResponses


class DeadlineAdapter(HTTPAdapter):
    """An adapter for a session of requests that gives each response a deadline.

    The deadline is `TIMEOUTS_PER_RESPONSE` times the read timeout, counted from the end of the
    request to the last byte of the body. A response that takes longer is a timeout.
    """

    @override
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        _use_deadlines(self.poolmanager)

    @override
    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> ProxyManager:
        manager: ProxyManager = super().proxy_manager_for(proxy, **kwargs)
        # SOCKS uses its own kind of pool.
        if not proxy.lower().startswith("socks"):
            _use_deadlines(manager)
        return manager

    @override
    def close(self) -> None:
        # urllib3 2 leaves the connections of a pool to the garbage collector.
        for manager in (self.poolmanager, *self.proxy_manager.values()):
            for key in manager.pools.keys():  # noqa: SIM118 - the container cannot be iterated
                manager.pools[key].close()
        super().close()


def _use_deadlines(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


def read_body(response: requests.Response, resource: str, max_bytes: int) -> bytes:
    """Read and decompress a body of at most `max_bytes` bytes.

    Raises:
        FatalAPIError: The body is larger; the rest of the body is not read.
        requests.ReadTimeout: The body did not arrive in time.
    """
    chunks, size = [], 0
    try:
        for chunk in response.iter_content(CHUNK_BYTES):
            size += len(chunk)
            if size > max_bytes:
                message = (
                    f"Mailjet's response for {resource} is larger than "
                    f"{max_bytes >> 20} MiB and was not read. Reduce the setting page_size."
                )
                raise FatalAPIError(message)
            chunks.append(chunk)
    except requests.ConnectionError as error:
        # While a body is read, requests reports a timeout as a broken connection.
        if error.args and isinstance(error.args[0], ReadTimeoutError):
            raise requests.ReadTimeout(*error.args) from error
        raise
    return b"".join(chunks)
