"""A client that sends requests before their responses are read."""

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
    """A client that requests resources, such as `MailjetClient`."""

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
    """A client that sends the first requests of all streams concurrently.

    The SDK syncs one stream after the other. If no data are new, each stream needs one request, and
    concurrent requests take hardly longer than one. At most `capacity` responses are requested or
    held at a time; the other requests follow in the order in which they were submitted.

    Args:
        client: Sends the requests.
        executor: Provides the threads for the requests.
        capacity: Maximum number of responses that are requested or held at a time.

    Attributes:
        requested: The responses that are requested or held; empty after all were read.
    """

    def __init__(self, client: Client, executor: Executor, capacity: int) -> None:
        self._client = client
        self._executor = executor
        self._capacity = capacity
        self._lock = threading.Lock()
        self.requested: dict[Hashable, Future[Any]] = {}
        self._waiting: OrderedDict[Hashable, Callable[[], Any]] = OrderedDict()

    def get(
        self,
        resource: str,
        params: Mapping[str, str],
        *,
        decode: Callable[[bytes], T],
        observe: Observer | None = None,
    ) -> T:
        """Return the response of a submitted request once, or send the request now.

        A submitted request that was refused with 400 is sent again, because its parameters may
        have differed in `countRecords`. It raises the errors of `MailjetClient.get`.
        """
        submitted = self._pop(_key(resource, params, decode))
        # A request that no thread has started would wait for this thread, which waits for it.
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
        """Send a request before its response is read, as soon as the capacity allows."""
        send = functools.partial(self._client.get, resource, params, decode=decode, observe=observe)
        with self._lock:
            self._waiting[_key(resource, params, decode)] = send
            self._fill()

    def _pop(self, key: Hashable) -> Future[Any] | None:
        with self._lock:
            self._waiting.pop(key, None)  # the caller sends it
            submitted = self.requested.pop(key, None)
            self._fill()
        return submitted

    def _fill(self) -> None:
        while self._waiting and len(self.requested) < self._capacity:
            key, send = self._waiting.popitem(last=False)
            self.requested[key] = self._executor.submit(send)


def _key(resource: str, params: Mapping[str, str], decode: Callable[[bytes], object]) -> Hashable:
    # countRecords may be dropped between the prefetch and the read. Two streams may read the same
    # page, each with its own types.
    return (resource, frozenset(params.items() - {(COUNT_RECORDS, "1")}), decode)
