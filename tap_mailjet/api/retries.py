"""When and how often a request is retried."""

from __future__ import annotations

import random
from typing import NamedTuple

import pendulum

from tap_mailjet.api.errors import retry_after
from tap_mailjet.api.first_response import BUDGET

# A separate generator, because the embedding program may seed the global one.
_jitter = random.Random()  # noqa: S311 - not cryptography
MAX_DOUBLINGS = 32
"""Number of tries after which the delay no longer doubles, so that it stays a finite number."""


class RetryPolicy(NamedTuple):
    """When and how often a request is retried. Times are in seconds.

    The delay doubles from `base_delay` up to `max_delay`. Each delay is shortened by up to half at
    random, so that clients do not retry at the same time.

    Attributes:
        max_tries: The number of tries. A refusal for the rate limit does not count.
        base_delay: The delay before the second try.
        max_delay: The longest delay that the tap chooses.
        max_retry_after: The longest delay that is taken from `Retry-After`.
        max_rate_limit_wait: The total time that a request waits for the rate limit.
        first_response: The time for Mailjet's first response, within three tries.
    """

    max_tries: int = 8
    base_delay: float = 1.0
    max_delay: float = 60.0
    max_retry_after: float = 900.0
    max_rate_limit_wait: float = 3600.0
    first_response: float = BUDGET

    def delay(self, tries: int, error: BaseException | None) -> float:
        """Return the seconds to wait before the next try.

        Args:
            tries: The number of tries so far, at least 1.
            error: The error of the last try; its response may have a `Retry-After` header.
        """
        step = min(self.base_delay * 2.0 ** min(tries - 1, MAX_DOUBLINGS), self.max_delay)
        delay = step * _jitter.uniform(0.5, 1)
        # A Retry-After of 0, or a date in the past, must not use up all tries at once.
        requested = retry_after(error, pendulum.now("UTC"))
        if requested is not None:
            delay = max(delay, min(max(requested, self.base_delay), self.max_retry_after))
        return delay
