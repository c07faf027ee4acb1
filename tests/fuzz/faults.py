"""Faults of the connection: keyed by request, so that they do not depend on threads."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Mapping

TRANSIENT = (
    "429",
    "429 after 0",
    "429 after a past date",
    "429 after 1",
    "500",
    "503",
    "refused connection",
    "reset",
    "timeout",
    "truncated",
    "garbled",
    "not a page",
    "half a character",
)
"""Faults that pass when the request is repeated."""
FATAL = ("400", "401", "403", "404", "302", "500 for good", "reset for good", "garbled for good")
"""Faults that stay, whatever is repeated."""


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong in one run.

    Attributes:
        kind: one of those above, or "limited": all is refused with 429 for some seconds.
        stream: of whose resource a request fails; None for any.
        nth: which request to that resource, counted from 1, without repeated ones.
        times: how often it fails before it passes; 0 for always.
        rest: whether the requests after it fail as well.
        share: instead of the nth: the share of all requests that fail.
    """

    kind: str
    stream: str | None = None
    nth: int = 0
    times: int = 1
    rest: bool = False
    share: float = 0.0

    @property
    def is_fatal(self) -> bool:
        """Whether the run need not succeed."""
        return self.kind in FATAL

    @override
    def __str__(self) -> str:
        where = f" of {self.stream}" if self.stream else ""
        if self.share:
            return f"{self.kind}: {self.share:.0%} of the requests{where}"
        rest = " and all after it" if self.rest else ""
        return f"{self.kind}: request {self.nth}{rest}{where}, {self.times or 'all'} times"


class Request(NamedTuple):
    """The identity of a request, independent of the thread that sends it."""

    stream: str
    path: str
    params: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, stream: str, path: str, params: Mapping[str, str]) -> Request:
        """Return the identity of a request."""
        return cls(stream, path, tuple(sorted(params.items())))


class Schedule:
    """Which requests of a run fail, and how.

    Args:
        faults: what is to go wrong.
        seed: what decides where only a share of the requests fails.
    """

    def __init__(self, faults: tuple[Fault, ...], seed: object) -> None:
        self._faults = faults
        self._seed = seed
        self._attempts: Counter[Request] = Counter()
        self._places: dict[Request, tuple[int, int]] = {}
        self._counts: Counter[str] = Counter()

    def of(self, request: Request) -> Fault | None:
        """Return what goes wrong with a request, if anything does."""
        attempt = self._attempts[request]
        self._attempts[request] += 1
        if attempt == 0 or request not in self._places:
            self._counts[request.stream] += 1
            self._counts[""] += 1
            self._places[request] = (self._counts[request.stream], self._counts[""])
        return next(
            (fault for fault in self._faults if self._strikes(fault, request, attempt)), None
        )

    def _strikes(self, fault: Fault, request: Request, attempt: int) -> bool:
        if fault.stream not in {None, request.stream}:
            return False
        if fault.times and attempt >= fault.times:
            return False
        if fault.share:
            return random.Random(f"{self._seed}/{request}/{attempt}").random() < fault.share
        place = self._places[request][fault.stream is None]
        return place == fault.nth or (fault.rest and place > fault.nth)
