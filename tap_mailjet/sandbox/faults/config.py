"""What may befall a request on its way to the account and back."""

from __future__ import annotations

from dataclasses import dataclass, field

from typing_extensions import Self

from tap_mailjet.sandbox.api import counters
from tap_mailjet.sandbox.api.registry import CHILDREN, RESOURCES
from tap_mailjet.sandbox.faults.broken_values import BrokenValue  # noqa: TC001 - msgspec reads the types
from tap_mailjet.sandbox.faults.scheduled import ScheduledFault  # noqa: TC001 - the same

LASTING = ("hang", "drip_head", "drip_body")
"""Faults that last until the client gives up, or far longer than a client should wait."""
PASSING = (
    "too_many",
    "too_many_with_seconds",
    "too_many_with_date",
    "server_error",
    "reset_before",
    "reset_within",
    "cut_short",
    "garbled",
    "empty",
    "slow",
)
KINDS = (*PASSING, *LASTING)
"""The faults that befall requests by chance, in the order they are drawn in."""
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
    """How often which fault befalls a request; the same seed and requests give the same faults.

    A rate is the probability for one request, from 0 to 1. A request meets one fault at most, so
    the rates together are 1 at most. Of several rules the first to apply decides: rate limit,
    permanent failure, scheduled fault, chance. Broken values are in every response of the account.

    Attributes:
        seed: Decides, with its number, what befalls a request.
        too_many: Rate of 429 without Retry-After.
        too_many_with_seconds: Rate of 429 with Retry-After in seconds.
        too_many_with_date: Rate of 429 with Retry-After as an HTTP date.
        server_error: Rate of 500, 502 and 503, in turn, with a body of JSON, of HTML and none.
        reset_before: Rate of a connection reset before the first byte of the answer.
        reset_within: Rate of a connection reset in the middle of the body.
        cut_short: Rate of a connection closed in good order in the middle of the body.
        garbled: Rate of a body that is broken off JSON, with a fitting length and status 200.
        empty: Rate of an empty body with status 200.
        slow: Rate of an answer that is late.
        hang: Rate of no answer, until the client gives up or the server stops.
        drip_head: Rate of a response whose status line and headers come byte by byte.
        drip_body: Rate of a response whose body comes byte by byte.
        slow_seconds: How late a late answer is.
        drip_seconds: Seconds between two bytes that come one by one.
        latency: Seconds by which every answer is late, whatever befalls it.
        retry_after: The whole seconds Retry-After tells, other than for the rate limit.
        max_consecutive: How often a request with the same resource and parameters may fail by
            chance before it is answered, so that patience always gets through.
        rate_limit: How many calls are answered in each window of how many seconds; those beyond
            get 429. The first window begins with the first call.
        rate_limit_retry_after: Whether calls beyond it are told the seconds to wait by Retry-After.
        permanent: Resources that always fail, with the status they fail with; sub-resources by
            their path without the ID, such as `contact/getcontactslists`.
        scheduled: Faults of chosen requests; the first that is due decides.
        broken: Values of chosen rows in a form that is not JSON or not Mailjet's.

    Raises:
        ValueError: If a value is of no use.
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
        for kind, rate in self.rates().items():
            if not 0 <= rate <= 1:
                message = f"{kind} is a rate from 0 to 1, not {rate}"
                raise ValueError(message)
        if sum(self.rates().values()) > 1 + _ROUNDING:
            message = f"the rates together are {sum(self.rates().values()):g}, more than 1"
            raise ValueError(message)
        for name, least in _LEAST.items():
            if not getattr(self, name) >= least:
                message = f"{name} is at least {least}, not {getattr(self, name)}"
                raise ValueError(message)
        _check_limit(self.rate_limit)
        _check_permanent(self.permanent)
        _check_scheduled(self.scheduled)

    @classmethod
    def storm(cls, rate: float, seed: int = 1) -> Self:
        """Return faults of all kinds that pass, each as often as the others, and none for long.

        Args:
            rate: The probability that any of them befalls a request.
            seed: Decides what befalls which request.

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


def _check_limit(limit: tuple[int, float] | None) -> None:
    """Check that a rate limit lets something through."""
    if limit is not None and not (limit[0] >= 1 and limit[1] > 0):
        message = f"rate_limit is one call or more in some seconds, not {limit[0]} in {limit[1]:g}"
        raise ValueError(message)


def _check_permanent(permanent: dict[str, int]) -> None:
    """Check that permanent failures are those of resources there are, and failures."""
    for resource, status in permanent.items():
        if resource not in {*RESOURCES, *CHILDREN, counters.NAME}:
            message = f"permanent names {resource!r}, which is no resource"
            raise ValueError(message)
        if status not in _STATUSES:
            message = f"permanent gives {resource} the status {status}, which is no failure"
            raise ValueError(message)


def _check_scheduled(scheduled: tuple[ScheduledFault, ...]) -> None:
    """Check that scheduled faults are of known kinds."""
    for one in scheduled:
        if one.fault is not None and one.fault not in KINDS:
            message = f"a scheduled fault is one of {', '.join(KINDS)}, not {one.fault!r}"
            raise ValueError(message)
