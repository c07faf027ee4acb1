"""The number of delivered messages by status, as a vector that only grows.

Statuses form a chain, and a message only moves up. C_k is the number of messages with rank k or
higher. A move raises at least one C_k and lowers no C_k, so the vector of all C_k changes whenever
a status changes (docs/guarantees.md).
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from tap_mailjet.reading.day_parts import Counts

if TYPE_CHECKING:
    from collections.abc import Mapping

CHAIN = (
    "unknown",
    "processed",
    "queued",
    "deferred",
    "sent",
    "softbounced",
    "bounce",
    "hardbounced",
    "blocked",
    "opened",
    "clicked",
    "unsub",
    "spam",
)
"""The statuses of Mailjet's metadata, from the lowest to the highest rank.

The order is not documented. It is an assumption: that a message only moves up this chain.
"""
OTHER = ""
"""Stands for a status that Mailjet's metadata does not have; its rank is the lowest."""


def reach(counts: Mapping[str, int]) -> list[int]:
    """Return C_k for each rank k: the number of messages with this rank or a higher one."""
    exact = [counts.get(status, 0) for status in CHAIN]
    exact[0] += counts.get(OTHER, 0)
    return [*itertools.accumulate(reversed(exact))][::-1]


def with_read(counts: Counts, read: Mapping[str, int]) -> Counts:
    """Return the delivered counts after all messages with some statuses were read again.

    A message that moved up is now among the messages that were read. Where the messages of rank k
    were read, C_k is C_(k+1) plus their number; elsewhere C_k is as before. No C_k of the result is
    higher than what was delivered. A lower one is found again by the next comparison.

    Args:
        counts: The counts before.
        read: The number of messages that were read, for each status that was read.
    """
    before, above, exact = reach(counts), 0, Counts()
    for rank in reversed(range(len(CHAIN))):
        status = CHAIN[rank]
        reached = above + read[status] if status in read else max(before[rank], above)
        exact[status], above = reached - above, reached
    others = min(counts[OTHER], exact[CHAIN[0]])
    exact[CHAIN[0]] -= others
    exact[OTHER] = others
    return +exact
