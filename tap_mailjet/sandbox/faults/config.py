"""The faults of requests, as a user configures them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from typing_extensions import Self

from tap_mailjet.sandbox.faults import request_match
from tap_mailjet.sandbox.faults.broken_values import BrokenValue  # noqa: TC001 - msgspec reads the types
from tap_mailjet.sandbox.faults.scheduled import ScheduledFault  # noqa: TC001 - the same

if TYPE_CHECKING:
    from collections.abc import Iterator

LASTING = ("hang", "drip_head", "drip_body")
"""Faults that last until the client gives up, or far longer than a client should wait."""
PASSING = (
    *("too_many", "too_many_with_seconds", "too_many_with_date", "server_error", "reset_before"),
    *("reset_within", "cut_short", "garbled", "empty", "slow"),
)
KINDS = (*PASSING, *LASTING)
"""The faults that requests suffer at random, in the order in which they are drawn."""
_ROUNDING = 1e-9
_LEAST = {
    "retry_after": 0,
    "slow_seconds": 0,
    "drip_seconds": 0,
    "latency": 0,
    "max_consecutive": 1,
}
_STATUSES = range(400, 600)


@dataclass(frozen=True)
class Faults:
    """How often requests suffer which fault; the same seed and requests have the same faults.

    A rate is the probability for one request, from 0 to 1. A request suffers one fault at most, so
    that the sum of all rates is 1 at most. The first rule that applies decides: rate limit,
    permanent failure, scheduled fault, random fault. Broken values are in all matching responses.

    Attributes:
        seed: Decides, with the number of a request, which fault it suffers.
        too_many: Rate of 429 without Retry-After.
        too_many_with_seconds: Rate of 429 with Retry-After in seconds.
        too_many_with_date: Rate of 429 with Retry-After as an HTTP date.
        server_error: Rate of 500, 502 and 503, in turn, with a body of JSON, HTML or no body.
        reset_before: Rate of a connection reset before the first byte of the response.
        reset_within: Rate of a connection reset in the middle of the body.
        cut_short: Rate of a connection closed normally in the middle of the body.
        garbled: Rate of a body of truncated JSON, with a matching length and status 200.
        empty: Rate of an empty body with status 200.
        slow: Rate of a late response.
        hang: Rate of no response until the client gives up or the server stops.
        drip_head: Rate of a response whose status line and headers are sent byte by byte.
        drip_body: Rate of a response whose body is sent byte by byte.
        slow_seconds: Seconds by which a late response is late.
        drip_seconds: Seconds between two bytes that are sent one by one.
        latency: Seconds by which every response is late, whatever else it suffers.
        retry_after: The whole seconds of Retry-After, except for the rate limit.
        max_consecutive: How often requests with the same resource and parameters may fail at
            random in a row, so that a client with enough retries always succeeds.
        rate_limit: The number of requests that are accepted in each window, and the seconds of
            a window. Further requests get 429. The first window starts with the first request.
        rate_limit_retry_after: Whether a 429 of the rate limit has Retry-After.
        permanent: Resources that always fail, with the status of the failure; sub-resources by
            their path without the ID, such as `contact/getcontactslists`.
        scheduled: Faults of chosen requests; the first fault that is due decides.
        broken: Values of chosen rows in a form that is not JSON or not Mailjet's.

    Raises:
        ValueError: If a value is out of range.
    """

    seed: int = 1
    too_many: float = 0.0
    too_many_with_seconds: float = 0.0
    too_many_with_date: float = 0.0
    server_error: float = 0.0
    reset_before: float = 0.0
    reset_within: float = 0.0
    cut_short: float = 0.0
    garbled: float = 0.0
    empty: float = 0.0
    slow: float = 0.0
    hang: float = 0.0
    drip_head: float = 0.0
    drip_body: float = 0.0
    slow_seconds: float = 0.5
    drip_seconds: float = 1.0
    latency: float = 0.0
    retry_after: int = 1
    max_consecutive: int = 3
    rate_limit: tuple[int, float] | None = None
    rate_limit_retry_after: bool = True
    permanent: dict[str, int] = field(default_factory=dict)
    scheduled: tuple[ScheduledFault, ...] = ()
    broken: tuple[BrokenValue, ...] = ()

    def __post_init__(self) -> None:
        for message in self._problems():
            raise ValueError(message)

    @classmethod
    def storm(cls, rate: float, seed: int = 1) -> Self:
        """Return all faults that pass, equally often and of short duration.

        Args:
            rate: The probability that a request suffers any of them.
            seed: Decides which request suffers which fault.

        Raises:
            ValueError: If the rate is not from 0 to 1.
        """
        if not 0 <= rate <= 1:
            message = f"a storm has a rate from 0 to 1, not {rate}"
            raise ValueError(message)
        rates = dict.fromkeys(PASSING, rate / len(PASSING))
        return cls(seed=seed, slow_seconds=0.05, retry_after=0, **rates)  # type: ignore[arg-type]

    def rates(self) -> dict[str, float]:
        """Return the rate of each kind of fault."""
        return {kind: getattr(self, kind) for kind in KINDS}

    def _problems(self) -> Iterator[str]:
        """Yield what is wrong with the values."""
        yield from self._wrong_numbers()
        for resource, status in self.permanent.items():
            if resource not in request_match.NAMES:
                yield f"permanent names {resource!r}, which is no resource"
            if status not in _STATUSES:
                yield f"permanent gives {resource} the status {status}, which is no failure"
        for one in self.scheduled:
            if one.fault is not None and one.fault not in KINDS:
                yield f"a scheduled fault is one of {', '.join(KINDS)}, not {one.fault!r}"

    def _wrong_numbers(self) -> Iterator[str]:
        """Yield which numbers are out of range."""
        total, limit = sum(self.rates().values()), self.rate_limit
        for kind, rate in self.rates().items():
            if not 0 <= rate <= 1:
                yield f"{kind} is a rate from 0 to 1, not {rate}"
        if total > 1 + _ROUNDING:
            yield f"the rates together are {total:g}, more than 1"
        for name, least in _LEAST.items():
            if not getattr(self, name) >= least:
                yield f"{name} is at least {least}, not {getattr(self, name)}"
        if limit is not None and not (limit[0] >= 1 and limit[1] > 0):
            yield f"rate_limit is one call or more in some seconds, not {limit[0]} in {limit[1]:g}"
