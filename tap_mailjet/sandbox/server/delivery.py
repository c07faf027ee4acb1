"""How an answer reaches the client, or does not."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

    from tap_mailjet.sandbox.server.connection import Connection

SILENT = frozenset({"hang", "reset_before"})
"""The faults that leave nothing of an answer."""
_ARRIVES_WITHIN = 0.02
"""Seconds in which a client reads what it was sent: a reset may take away what lies unread."""


class Breakdown:
    """Sends half of an answer, or nothing of it; then the connection comes to an end.

    Args:
        finish: Ends the connection.
        response: The answer; None sends nothing.
    """

    def __init__(
        self, finish: Callable[[], Awaitable[None]], response: Response | None = None
    ) -> None:
        self._finish = finish
        self._response = response

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer the request that it was made for."""
        if self._response is not None:
            await send(
                {
                    "type": "http.response.start",
                    "status": self._response.status_code,
                    "headers": self._response.raw_headers,
                }
            )
            body = _half(self._response)
            await send({"type": "http.response.body", "body": body, "more_body": True})
        await self._finish()


class Drip:
    """Sends a response byte by byte; then the connection comes to an end.

    Args:
        response: The response.
        connection: What it is sent over.
        seconds: The time between two bytes.
        whole_head: Whether the head is sent in one piece, and only the body byte by byte.
    """

    def __init__(
        self, response: Response, connection: Connection, seconds: float, *, whole_head: bool
    ) -> None:
        self._body = bytes(response.body)
        self._head = _head(response)
        self._connection = connection
        self._seconds = seconds
        self._whole_head = whole_head

    async def __call__(self, _scope: Scope, _receive: Receive, _send: Send) -> None:
        """Send the response over the connection itself: a server sends a head in one piece."""
        if self._whole_head:
            self._connection.send(self._head)
            await self._connection.drip(self._body, self._seconds)
        else:
            await self._connection.drip(self._head, self._seconds)
            self._connection.send(self._body)
        await self._connection.close()


def silence(kind: str, connection: Connection) -> ASGIApp:
    """Return what sends no byte, for one of the silent kinds."""
    return Breakdown(connection.hold if kind == "hang" else connection.reset)


def deliver(
    kind: str | None, response: Response, connection: Connection, *, drip_seconds: float
) -> ASGIApp:
    """Return what sends an answer as a kind of fault leaves it; other kinds leave it whole."""
    if kind in {"drip_head", "drip_body"}:
        whole_head = kind == "drip_body"
        return Drip(response, connection, drip_seconds, whole_head=whole_head)
    if kind == "garbled":
        # Half an object is never JSON, whatever is in it.
        return _with_body(response, _half(response))
    if kind == "empty":
        return _with_body(response, b"")
    if kind == "cut_short":
        return Breakdown(connection.close, response)
    if kind == "reset_within":

        async def reset() -> None:
            await connection.pause(_ARRIVES_WITHIN)
            await connection.reset()

        return Breakdown(reset, response)
    return response


def _head(response: Response) -> bytes:
    """Return the status line and the headers of the last response of a connection."""
    status = response.status_code
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    headers = [*response.raw_headers, (b"connection", b"close")]
    lines = [f"HTTP/1.1 {status} {phrase}".encode(), *(b": ".join(one) for one in headers)]
    return b"\r\n".join([*lines, b"", b""])


def _half(response: Response) -> bytes:
    """Return the first half of a body."""
    return bytes(response.body[: len(response.body) // 2])


def _with_body(response: Response, body: bytes) -> Response:
    """Return an answer with another body, its length fitting."""
    kept = {name: value for name, value in response.headers.items() if name != "content-length"}
    return Response(body, status_code=response.status_code, headers=kept)
