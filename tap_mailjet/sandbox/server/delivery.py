"""The delivery of a response, as a fault leaves it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

    from tap_mailjet.sandbox.server.connection import Connection

SILENT = frozenset({"hang", "reset_before"})
"""The faults that send no byte of a response."""
_ARRIVES_WITHIN = 0.02
"""Seconds in which a client reads what was sent: a reset may discard unread bytes."""


def silence(kind: str, connection: Connection) -> ASGIApp:
    """Return an application that sends no byte, for one of the silent faults."""
    return _broken_off(connection.hold if kind == "hang" else connection.reset)


def deliver(
    kind: str | None, response: Response, connection: Connection, *, drip_seconds: float
) -> ASGIApp:
    """Return an application that sends a response as a kind of fault leaves it."""
    if kind in {"drip_head", "drip_body"}:
        return _dripping(response, connection, drip_seconds, whole_head=kind == "drip_body")
    if kind == "garbled":
        # Half an object is never JSON.
        return _with_body(response, _half(response))
    if kind == "empty":
        return _with_body(response, b"")
    if kind == "cut_short":
        return _broken_off(connection.close, response)
    if kind == "reset_within":

        async def reset() -> None:
            await connection.pause(_ARRIVES_WITHIN)
            await connection.reset()

        return _broken_off(reset, response)
    return response


def _broken_off(finish: Callable[[], Awaitable[None]], response: Response | None = None) -> ASGIApp:
    """Return an application that sends half a response or nothing, and ends the connection."""

    async def application(_scope: Scope, _receive: Receive, send: Send) -> None:
        if response is not None:
            start = {"status": response.status_code, "headers": response.raw_headers}
            await send({"type": "http.response.start", **start})
            body = _half(response)
            await send({"type": "http.response.body", "body": body, "more_body": True})
        await finish()

    return application


def _dripping(
    response: Response, connection: Connection, seconds: float, *, whole_head: bool
) -> ASGIApp:
    """Return an application that sends the head or the body byte by byte, and then closes."""
    head, body = _head(response), bytes(response.body)

    async def application(_scope: Scope, _receive: Receive, _send: Send) -> None:
        # Over the connection itself, because a server sends the head in one piece.
        if whole_head:
            connection.send(head)
            await connection.drip(body, seconds)
        else:
            await connection.drip(head, seconds)
            connection.send(body)
        await connection.close()

    return application


def _head(response: Response) -> bytes:
    """Return the status line and the headers of the last response of a connection."""
    status = response.status_code
    phrase = HTTPStatus(status).phrase if status in {*HTTPStatus} else ""
    headers = [*response.raw_headers, (b"connection", b"close")]
    lines = [f"HTTP/1.1 {status} {phrase}".encode(), *(b": ".join(one) for one in headers)]
    return b"\r\n".join([*lines, b"", b""])


def _half(response: Response) -> bytes:
    """Return the first half of a body."""
    return bytes(response.body[: len(response.body) // 2])


def _with_body(response: Response, body: bytes) -> Response:
    """Return a response with another body and its length."""
    kept = {name: value for name, value in response.headers.items() if name != "content-length"}
    return Response(body, status_code=response.status_code, headers=kept)
