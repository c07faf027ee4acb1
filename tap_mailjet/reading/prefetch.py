"""The first page of each stream, requested before the stream's turn comes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping
    from concurrent.futures import Executor, Future

    from tap_mailjet.api.page import Page


class PagePrefetcher:
    """Pages that are requested ahead, because the SDK syncs one stream after the other.

    A night on which nothing happened is one request for each stream: together they take hardly
    longer than one. Only `capacity` pages are requested or held at a time; the others follow in
    the order in which they were announced, each when an earlier one is taken.

    Args:
        pool: Threads for the requests.
        capacity: Pages that may be requested or held at the same time.
    """

    def __init__(self, pool: Executor, capacity: int) -> None:
        self._pool = pool
        self._capacity = capacity
        self._lock = threading.Lock()
        self._requested: dict[Hashable, Future[Page]] = {}
        self._waiting: OrderedDict[Hashable, Callable[[], Page]] = OrderedDict()
        self._is_open = True

    def open(self) -> bool:
        """Return True on the first call only: whoever calls first announces all pages."""
        with self._lock:
            was_open, self._is_open = self._is_open, False
        return was_open

    def ask(self, resource: str, params: Mapping[str, str], get: Callable[[], Page]) -> None:
        """Announce a page that will be wanted, and request it if there is room."""
        with self._lock:
            self._waiting[_key(resource, params)] = get
            self._fill()

    def take(self, resource: str, params: Mapping[str, str]) -> Future[Page] | None:
        """Return a page that was requested, once; None if it was not, or not yet."""
        if not self._requested:
            return None
        key = _key(resource, params)
        with self._lock:
            self._waiting.pop(key, None)  # the caller requests it
            page = self._requested.pop(key, None)
            self._fill()
        return page

    def _fill(self) -> None:
        while self._waiting and len(self._requested) < self._capacity:
            key, get = self._waiting.popitem(last=False)
            self._requested[key] = self._pool.submit(get)


def _key(resource: str, params: Mapping[str, str]) -> Hashable:
    return (resource, frozenset(params.items()))
