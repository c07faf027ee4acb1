"""The decision, request by request, which fault it suffers."""

from __future__ import annotations

import threading
from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_mailjet.sandbox.account.rng import seeded_rng
from tap_mailjet.sandbox.api.registry import named
from tap_mailjet.sandbox.faults import canned_responses, request_match
from tap_mailjet.sandbox.faults.broken_values import break_values
from tap_mailjet.sandbox.faults.canned_responses import as_date, in_seconds
from tap_mailjet.sandbox.faults.config import KINDS
from tap_mailjet.sandbox.faults.rate_limiter import FixedWindowLimiter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_mailjet.sandbox.faults.canned_responses import CannedResponse
    from tap_mailjet.sandbox.faults.config import Faults
    from tap_mailjet.sandbox.faults.scheduled import ScheduledFault

    Quotes = tuple[str, Sequence[str]]
    RequestKey = tuple[str, tuple[tuple[str, str], ...]]
    """A resource, and the parameters in an order of their own."""

RATE_LIMIT, PERMANENT, SCHEDULED, BROKEN = "rate_limit", "permanent", "scheduled", "broken"


class InjectedFault(NamedTuple):
    """The fault of a request.

    Attributes:
        kind: The fault, by its name in Faults; None if there is no fault.
        delay: Seconds by which the response is late.
        canned: The response in place of the account's; None is the account's response.
        quotes: The form in which the response quotes the request, and which parts; None if it does
            not.
    """

    kind: str | None
    delay: float
    canned: CannedResponse | None
    quotes: Quotes | None = None


class FaultInjector:
    """Draws the faults of requests, which are numbered from 0; any thread may use it."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self._steps = tuple(accumulate(faults.rates().values()))
        self._rate_limiter = (
            None if faults.rate_limit is None else FixedWindowLimiter(*faults.rate_limit)
        )
        self._lock = threading.Lock()
        self._number = 0
        self._failed: dict[RequestKey, int] = {}
        self._matched = [0] * len(faults.scheduled)
        self._injected: Counter[str] = Counter()

    def injected_faults(self) -> Counter[str]:
        """Return the number of requests that suffered each kind of fault."""
        with self._lock:
            return self._injected.copy()

    def next_fault(self, resource: str, pairs: Sequence[tuple[str, str]]) -> InjectedFault:
        """Return the fault of the next request."""
        with self._lock:
            kind, canned, quotes = self._decide(resource, pairs)
            self._number += 1
            if kind is not None:
                self._injected[kind] += 1
            late = self.faults.slow_seconds if kind == "slow" else 0.0
            return InjectedFault(kind, self.faults.latency + late, canned, quotes)

    def break_values(self, resource: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return the body of a response of the account with its broken values."""
        broken = break_values(body, resource, self.faults.broken) if self.faults.broken else None
        if broken is None:
            return body
        with self._lock:
            self._injected[BROKEN] += 1
        return broken

    def _decide(
        self, resource: str, pairs: Sequence[tuple[str, str]]
    ) -> tuple[str | None, CannedResponse | None, Quotes | None]:
        """Return the kind of fault of a request, the response for it, and what that quotes."""
        wait = None if self._rate_limiter is None else self._rate_limiter.take()
        if wait is not None:
            told = in_seconds(wait) if self.faults.rate_limit_retry_after else None
            return RATE_LIMIT, canned_responses.too_many(told), None
        name, _ = named(resource)
        if name in self.faults.permanent:
            status = self.faults.permanent[name]
            return (
                PERMANENT,
                canned_responses.failure(status, f"{name} is permanently out of order."),
                None,
            )
        due = self._due(resource, pairs)
        if due is not None:
            canned = due.response() or self._canned(due.fault)
            return due.fault or SCHEDULED, canned, (due.quotes, due.quoted) if due.quotes else None
        kind = self._bounded(self._drawn(), (resource, tuple(sorted(pairs))))
        return kind, self._canned(kind), None

    def _due(self, resource: str, pairs: Sequence[tuple[str, str]]) -> ScheduledFault | None:
        """Count a request for the scheduled faults, and return the first one that is due."""
        # Of a repeated parameter the first one counts, as it does for the account.
        given = dict(reversed(pairs))
        due = None
        for at, fault in enumerate(self.faults.scheduled):
            is_meant = request_match.matches_resource(fault.resource, resource)
            if is_meant and request_match.matches_params(fault.params, given):
                self._matched[at] += 1
                if due is None and fault.is_due(self._matched[at]):
                    due = fault
        return due

    def _drawn(self) -> str | None:
        """Draw a fault for the request with the present number."""
        point = seeded_rng(self.faults.seed, "fault", self._number).random()
        steps = zip(KINDS, self._steps, strict=True)
        return next((kind for kind, step in steps if point < step), None)

    def _bounded(self, kind: str | None, asked: RequestKey) -> str | None:
        """Return a fault, or None if the same request has failed often enough in a row."""
        failed = self._failed.pop(asked, 0)
        if kind in {None, "slow"}:
            return kind
        if failed >= self.faults.max_consecutive:
            return None
        self._failed[asked] = failed + 1
        return kind

    def _canned(self, kind: str | None) -> CannedResponse | None:
        """Return the response for a kind of fault, or None if the account responds."""
        seconds = self.faults.retry_after
        make = {
            "too_many": lambda: canned_responses.too_many(None),
            "too_many_with_seconds": lambda: canned_responses.too_many(in_seconds(seconds)),
            "too_many_with_date": lambda: canned_responses.too_many(as_date(seconds)),
            "server_error": lambda: canned_responses.server_error(self._injected["server_error"]),
        }.get(kind or "")
        return make and make()
