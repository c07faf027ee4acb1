"""Sums over messages that Mailjet makes itself: of an account, and of what a request selects."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.fuzz.account import Fields, Item

COUNTRIES = ("DE", "FR", "US")


def totals(stream: str, messages: Sequence[Item]) -> list[Fields]:
    """Return the rows of a report of sums, made of these messages."""
    if stream == "message_statistics":
        delivered = sum(item.now.fields["Status"] != "bounce" for item in messages)
        return [{"ProcessedCount": len(messages), "DeliveredCount": delivered}]
    opened = Counter(COUNTRIES[item.now.fields["ContactID"] % len(COUNTRIES)] for item in messages)
    return [{"Country": name, "OpenedCount": opened[name]} for name in sorted(opened)]
