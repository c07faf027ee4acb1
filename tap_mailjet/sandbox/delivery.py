"""How an answer reaches the client, or does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

    from tap_mailjet.sandbox.connection import Connection

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


def silence(kind: str, connection: Connection) -> ASGIApp:
    """Return what sends no byte, for one of the silent kinds."""
    return Breakdown(connection.hold if kind == "hang" else connection.reset)


def deliver(kind: str | None, response: Response, connection: Connection) -> ASGIApp:
    """Return what sends an answer as a kind of fault leaves it; other kinds leave it whole."""
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


def _half(response: Response) -> bytes:
    """Return the first half of a body."""
    return bytes(response.body[: len(response.body) // 2])


def _with_body(response: Response, body: bytes) -> Response:
    """Return an answer with another body, its length fitting."""
    kept = {name: value for name, value in response.headers.items() if name != "content-length"}
    return Response(body, status_code=response.status_code, headers=kept)
