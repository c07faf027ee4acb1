"""The log of the requests that the sandbox has served."""

from __future__ import annotations

from typing import NamedTuple

KEPT = 100_000
"""The number of requests that are kept, so that a server that runs for weeks does not grow."""


class Request(NamedTuple):
    """A request that the sandbox has served.

    Attributes:
        resource: The path after /v3/REST/, or the whole path of another URL.
        params: The query parameters; the values of a repeated one are joined by commas.
        status: The HTTP status of the response; 0 if a fault kept the whole response back.
    """

    resource: str
    params: dict[str, str]
    status: int


class RequestLog(list[Request]):
    """Requests in the order of their responses; the operations of a list are atomic."""

    def add(self, request: Request) -> None:
        """Add a request."""
        self.append(request)
        if len(self) > 2 * KEPT:
            del self[:KEPT]
