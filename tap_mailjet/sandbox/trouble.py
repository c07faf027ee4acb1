"""Decides request by request what befalls it."""

from __future__ import annotations

import threading
from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from tap_mailjet.sandbox import refusals
from tap_mailjet.sandbox.chance import chance
from tap_mailjet.sandbox.faults import KINDS
from tap_mailjet.sandbox.limiter import Limiter
from tap_mailjet.sandbox.resources.children import named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_mailjet.sandbox.faults import Faults
    from tap_mailjet.sandbox.refusals import Refusal

    Asked = tuple[str, tuple[tuple[str, str], ...]]
    """A resource, and the parameters in an order of their own."""

RATE_LIMIT, PERMANENT = "rate_limit", "permanent"


class Blow(NamedTuple):
    """What befalls a request.

    Attributes:
        kind: The fault, by its name in Faults; None if the request is spared.
        delay: Seconds by which the answer is late.
        refusal: What is answered in place of the account; None leaves that to others.
    """

    kind: str | None
    delay: float
    refusal: Refusal | None


class Trouble:
    """Faults at work; any thread may ask it.

    Args:
        faults: What it follows; its requests are numbered from 0.
    """

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self._steps = tuple(accumulate(faults.rates().values()))
        self._limiter = None if faults.rate_limit is None else Limiter(*faults.rate_limit)
        self._lock = threading.Lock()
        self._number = 0
        self._failed: dict[Asked, int] = {}
        self._inflicted: Counter[str] = Counter()

    def inflicted(self) -> Counter[str]:
        """Return how many requests met each kind of fault so far."""
        with self._lock:
            return self._inflicted.copy()

    def strike(self, resource: str, pairs: Sequence[tuple[str, str]]) -> Blow:
        """Return what befalls the next request.

        Args:
            resource: What it asks for.
            pairs: The query parameters, decoded, in any order.
        """
        with self._lock:
            kind, refusal = self._decide(resource, pairs)
            self._number += 1
            if kind is not None:
                self._inflicted[kind] += 1
            late = self.faults.slow_seconds if kind == "slow" else 0.0
            return Blow(kind, self.faults.latency + late, refusal)

    def _decide(
        self, resource: str, pairs: Sequence[tuple[str, str]]
    ) -> tuple[str | None, Refusal | None]:
        """Return the fault of a request, and the answer it gets if that is all of it."""
        wait = None if self._limiter is None else self._limiter.take()
        if wait is not None:
            told = refusals.in_seconds(wait) if self.faults.rate_limit_told else None
            return RATE_LIMIT, refusals.too_many(told)
        name, _ = named(resource)
        if name in self.faults.permanent:
            status = self.faults.permanent[name]
            return PERMANENT, refusals.failure(status, f"{name} is out of order for good.")
        kind = self._bounded(self._drawn(), (resource, tuple(sorted(pairs))))
        return kind, self._refusal(kind)

    def _drawn(self) -> str | None:
        """Draw a fault for the request with the present number."""
        point = chance(self.faults.seed, "fault", self._number).random()
        steps = zip(KINDS, self._steps, strict=True)
        return next((kind for kind, step in steps if point < step), None)

    def _bounded(self, kind: str | None, asked: Asked) -> str | None:
        """Return a fault, or None if the same request has failed often enough in a row."""
        failed = self._failed.pop(asked, 0)
        if kind in {None, "slow"}:
            return kind
        if failed >= self.faults.at_most_in_a_row:
            return None
        self._failed[asked] = failed + 1
        return kind

    def _refusal(self, kind: str | None) -> Refusal | None:
        """Return what is answered for a kind of fault in place of the account, if anything."""
        seconds = self.faults.retry_after
        if kind == "too_many":
            return refusals.too_many(None)
        if kind == "too_many_told":
            return refusals.too_many(refusals.in_seconds(seconds))
        if kind == "too_many_dated":
            return refusals.too_many(refusals.as_date(seconds))
        if kind == "server_error":
            return refusals.server_error(self._inflicted[kind])
        return None
