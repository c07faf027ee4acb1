"""The requests the sandbox has answered."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple, overload

from typing_extensions import override

KEPT = 100_000
"""So many of the last requests are remembered: a server that runs for weeks must not grow."""


class Request(NamedTuple):
    """An answered request.

    Attributes:
        resource: What the URL names after /v3/REST/, or the path of another URL.
        params: The query parameters; the values of a repeated one are joined by commas.
        status: The HTTP status of the answer; 0 if a fault let none of it through.
    """

    resource: str
    params: dict[str, str]
    status: int


class RequestLog(Sequence[Request]):
    """Requests in the order of their answers; any thread may read it and add to it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: deque[Request] = deque(maxlen=KEPT)

    def add(self, request: Request) -> None:
        """Remember a request."""
        with self._lock:
            self._requests.append(request)

    def clear(self) -> None:
        """Forget all requests."""
        with self._lock:
            self._requests.clear()

    @overload
    def __getitem__(self, index: int) -> Request: ...

    @overload
    def __getitem__(self, index: slice) -> list[Request]: ...

    @override
    def __getitem__(self, index: int | slice) -> Request | list[Request]:
        with self._lock:
            return list(self._requests)[index]

    @override
    def __len__(self) -> int:
        return len(self._requests)
