"""The first page of each stream, asked for before the stream's turn comes."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping
    from concurrent.futures import Executor, Future

    from tap_mailjet.pages import Page


class EarlyPages:
    """Pages that were asked for ahead; the SDK syncs one stream after the other.

    A night on which nothing happened is one request for each stream: together they take hardly
    longer than one.

    Args:
        pool: threads to ask with. They get to these requests before any that take them.
    """

    def __init__(self, pool: Executor) -> None:
        self._pool = pool
        self._lock = threading.Lock()
        self._asked: dict[Hashable, Future[Page]] = {}
        self._is_open = True

    def open(self) -> bool:
        """Tell whether nobody has asked yet; only the first caller is told so."""
        with self._lock:
            was_open, self._is_open = self._is_open, False
        return was_open

    def ask(self, resource: str, params: Mapping[str, str], get: Callable[[], Page]) -> None:
        """Ask for a page that surely will be wanted."""
        with self._lock:
            self._asked[_key(resource, params)] = self._pool.submit(get)

    def take(self, resource: str, params: Mapping[str, str]) -> Future[Page] | None:
        """Hand over a page that was asked for, once; None if it was not."""
        if not self._asked:
            return None
        with self._lock:
            return self._asked.pop(_key(resource, params), None)


def _key(resource: str, params: Mapping[str, str]) -> Hashable:
    return (resource, frozenset(params.items()))
