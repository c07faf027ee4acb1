"""A client that may have sent a request before its response is wanted."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from tap_mailjet.api.errors import BadRequestError
from tap_mailjet.reading.server_findings import COUNT_RECORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping
    from concurrent.futures import Executor, Future

    from tap_mailjet.api.client import Observer

T = TypeVar("T")


class Client(Protocol):
    """What requests a resource, as `MailjetClient` does."""

    def get(
        self,
        resource: str,
        params: Mapping[str, str],
        *,
        decode: Callable[[bytes], T],
        observe: Observer | None = None,
    ) -> T:
        """Request a resource, and decode the body of the response."""


class PagePrefetcher:
    """Sends the first requests of all streams side by side, because the SDK syncs one by one.

    A night on which nothing happened is one request for each stream: together they take hardly
    longer than one. Only `capacity` responses are requested or held at a time; the others follow
    in the order in which they were submitted, each when an earlier one is fetched.

    Args:
        client: Sends the requests.
        executor: Threads for the requests.
        capacity: Responses that may be requested or held at the same time.
    """

    def __init__(self, client: Client, executor: Executor, capacity: int) -> None:
        self._client = client
        self._executor = executor
        self._capacity = capacity
        self._lock = threading.Lock()
        self._requested: dict[Hashable, Future[Any]] = {}
        self._waiting: OrderedDict[Hashable, Callable[[], Any]] = OrderedDict()

    def get(
        self,
        resource: str,
        params: Mapping[str, str],
        *,
        decode: Callable[[bytes], T],
        observe: Observer | None = None,
    ) -> T:
        """Return the response of a submitted request, once; otherwise send the request now.

        A submitted request that was refused with 400 is sent again, because its parameters may
        have differed in `countRecords`. It raises what `MailjetClient.get` raises.
        """
        if self._requested:
            submitted = self._pop(_key(resource, params))
            # A request that no thread has begun would wait for the thread that waits for it.
            if submitted and not submitted.cancel():
                with contextlib.suppress(BadRequestError):
                    response: T = submitted.result()
                    return response
        return self._client.get(resource, params, decode=decode, observe=observe)

    def submit(
        self,
        resource: str,
        params: Mapping[str, str],
        *,
        decode: Callable[[bytes], T],
        observe: Observer | None = None,
    ) -> None:
        """Send a request before its response is wanted, when there is room for the response."""
        send = functools.partial(self._client.get, resource, params, decode=decode, observe=observe)
        with self._lock:
            self._waiting[_key(resource, params)] = send
            self._fill()

    def _pop(self, key: Hashable) -> Future[Any] | None:
        with self._lock:
            self._waiting.pop(key, None)  # the caller sends it
            submitted = self._requested.pop(key, None)
            self._fill()
        return submitted

    def _fill(self) -> None:
        while self._waiting and len(self._requested) < self._capacity:
            key, send = self._waiting.popitem(last=False)
            self._requested[key] = self._executor.submit(send)


def _key(resource: str, params: Mapping[str, str]) -> Hashable:
    # Meanwhile the run may have found out whether countRecords is of any use.
    return (resource, frozenset(params.items() - {(COUNT_RECORDS, "1")}))
