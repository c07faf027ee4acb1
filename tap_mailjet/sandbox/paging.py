"""The parameters every list resource takes: Limit, Offset, Sort and countOnly."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tap_mailjet.sandbox.errors import BadParameterError
from tap_mailjet.sandbox.parameters import boolean, integer

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from tap_mailjet.sandbox.quirks import Quirks
    from tap_mailjet.sandbox.wire import Row

SORT = "Sort"
NAMES = frozenset({"Limit", "Offset", SORT, "countOnly"})
DEFAULT_LIMIT, MOST = 10, 1000
CAP = 100
"""The most rows of a page where limits are capped."""


class Paging(NamedTuple):
    """Which part of a result is asked for.

    Attributes:
        limit: The most rows of a page.
        offset: The index of its first row.
        sort: The property to sort by, or None.
        descending: Whether to sort downwards.
        count_only: Whether to count the rows and return none.
    """

    limit: int
    offset: int
    sort: str | None
    descending: bool
    count_only: bool

    @classmethod
    def of(cls, given: Mapping[str, str], sortable: Collection[str], quirks: Quirks) -> Paging:
        """Read the paging parameters of a query.

        Raises:
            BadParameterError: If one is out of range or of no use.
        """
        sort, descending = _sort(given.get(SORT), sortable, quirks)
        limit = _within("Limit", given.get("Limit", str(DEFAULT_LIMIT)), 1, MOST)
        offset = _within("Offset", given.get("Offset", "0"), 0, 2**62)
        return cls(
            limit=min(limit, CAP) if quirks.limit == "capped" else limit,
            offset=0 if quirks.offset == "ignored" else offset,
            sort=sort,
            descending=descending,
            count_only=bool(boolean("countOnly", given.get("countOnly", "0"))),
        )


def envelope(data: list[Row], total: int) -> dict[str, object]:
    """Return the body of a page."""
    return {"Count": len(data), "Data": data, "Total": total}


def count_envelope(total: int) -> dict[str, object]:
    """Return the body of the answer to countOnly."""
    return {"Count": total, "Data": [], "Total": total}


def refuse_unknown(given: Collection[str], known: Collection[str]) -> None:
    """Check that a query has no parameter but the known ones.

    Raises:
        BadParameterError: If it has: a misspelt filter must not select everything.
    """
    for name in sorted(given):
        if name not in known:
            raise BadParameterError(name, "is unknown")


def _within(name: str, text: str, least: int, most: int) -> int:
    """Return a whole number in a closed range."""
    value = integer(name, text)
    if not least <= value <= most:
        raise BadParameterError(name, f"is not within {least} and {most}")
    return value


def _sort(text: str | None, sortable: Collection[str], quirks: Quirks) -> tuple[str | None, bool]:
    """Return the property to sort by, None for the natural order, and whether downwards."""
    if text is None or quirks.sort == "ignored":
        return None, False
    if quirks.sort == "refused":
        raise BadParameterError(SORT, "is not supported")
    prop, _, direction = text.partition(" ")
    if direction not in {"", "DESC"}:
        raise BadParameterError(SORT, f"has a direction other than DESC: {direction}")
    if prop not in sortable:
        raise BadParameterError(SORT, f"names a property that cannot be sorted by: {prop}")
    return prop, bool(direction)
