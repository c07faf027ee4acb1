"""The paging parameters: Limit, Offset, Sort, countOnly and countRecords."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tap_mailjet.sandbox.api.errors import ApiError, BadParameterError
from tap_mailjet.sandbox.api.parameters import boolean, integer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from tap_mailjet.sandbox.api.quirks import Counting, Quirks
    from tap_mailjet.sandbox.api.wire import Row

OFFSET, SORT = "Offset", "Sort"
COUNTS = {"countOnly": "count_only", "countRecords": "count_records"}
"""The parameters that count, with the quirks that decide how."""
NAMES = frozenset({"Limit", OFFSET, SORT, *COUNTS})
DEFAULT_LIMIT, MOST = 10, 1000
CAP = 100
"""The most rows of a page where limits are capped, and the last Offset where offsets are."""
HUGE = 1_000_000
"""What is added to a Total that is far too large."""
_HIDDEN_FIRST, _HIDDEN_EVERY = 1000, 5


class Paging(NamedTuple):
    """Which part of a result a request selects.

    Attributes:
        limit: The most rows of a page.
        offset: The index of its first row.
        sort: The property to sort by, or None.
        descending: Whether to sort downwards.
        count_only: Whether to count the rows and return no row.
        count_records: Whether `Total` is to count all rows that match.
    """

    limit: int
    offset: int
    sort: str | None
    descending: bool
    count_only: bool
    count_records: bool

    @classmethod
    def of(
        cls,
        given: Mapping[str, str],
        sortable: Collection[str],
        quirks: Quirks,
        ascending: Collection[str] = ("ID",),
    ) -> Paging:
        """Read the paging parameters of a query."""
        return cls(
            *_part(given, quirks),
            *_sort(given.get(SORT), sortable, ascending, quirks),
            *(_counts(name, given, quirks) for name in COUNTS),
        )

    def total(
        self, rows: int, count: Callable[[], int], everything: Callable[[], int], quirks: Quirks
    ) -> int:
        """Return the `Total` of a page."""
        if quirks.total == "huge":
            return rows + HUGE
        if self.count_records:
            return counted(quirks.count_records, count, everything)
        return count() if quirks.total == "result" else rows


def counted(kind: Counting, count: Callable[[], int], everything: Callable[[], int]) -> int:
    """Return how many rows match, or another number if the API counts wrongly."""
    if kind == "zero":
        return 0
    if kind == "negative":
        return -1
    return everything() if kind == "unfiltered" else count()


def envelope(data: list[Row], total: int, quirks: Quirks) -> dict[str, object]:
    """Return the body of a page."""
    body: dict[str, object] = {"Count": len(data), "Data": data, "Total": total}
    return body if data else _without_rows(body, quirks)


def count_envelope(total: int, quirks: Quirks) -> dict[str, object]:
    """Return the body of a response to countOnly."""
    body: dict[str, object] = {"Count": total, "Data": [], "Total": total}
    return body if total else _without_rows(body, quirks)


def check_known(given: Collection[str], known: Collection[str], quirks: Quirks) -> None:
    """Check that a query has known parameters only, if the API refuses unknown ones."""
    if quirks.unknown_parameters == "refused":
        for name in sorted(given):
            if name not in known:
                raise BadParameterError(name, "is unknown")


def check_supported(resource: str, unsupported: Collection[str], given: Collection[str]) -> None:
    """Raise an error if a query has a filter that the live API has and the sandbox does not."""
    for name in sorted(given):
        if name in unsupported:
            raise ApiError(501, f'The sandbox does not support the filter "{name}" of {resource}.')


def _without_rows(body: dict[str, object], quirks: Quirks) -> dict[str, object]:
    """Return the body of a page without rows."""
    nulls = {"null_data": ("Data",), "null_total": ("Total",), "null": ("Data", "Total")}
    return {**body, **dict.fromkeys(nulls.get(quirks.empty_result, ()))}


def _part(given: Mapping[str, str], quirks: Quirks) -> tuple[int, int]:
    """Return how many rows are read, and from which index on."""
    limit = _within("Limit", given.get("Limit", str(DEFAULT_LIMIT)), 0, MOST)
    offset = _within(OFFSET, given.get(OFFSET, "0"), 0, 2**62)
    # Limit=0 means 1000 rows, and Offset is ignored then: seen on the live API and documented.
    if not limit:
        limit, offset = MOST, 0
    if quirks.limit == "capped":
        limit = min(limit, CAP)
    if quirks.offset == "ignored":
        offset = 0
    elif offset > CAP and quirks.offset != "honoured":
        limit, offset = _beyond(limit, quirks)
    first, last = _visible(offset, quirks), _visible(offset + limit, quirks)
    return last - first, first


def _beyond(limit: int, quirks: Quirks) -> tuple[int, int]:
    """Return the limit and the offset of a page whose Offset is above the highest."""
    if quirks.offset == "refused":
        raise BadParameterError(OFFSET, f"is above {CAP}")
    return (limit if quirks.offset == "clamped" else 0), CAP


def _visible(position: int, quirks: Quirks) -> int:
    """Return how many rows before a position of the result are not hidden."""
    if quirks.hidden_rows == "first":
        return max(0, position - _HIDDEN_FIRST)
    if quirks.hidden_rows == "some":
        return position - (position + 1) // _HIDDEN_EVERY
    return position


def _counts(name: str, given: Mapping[str, str], quirks: Quirks) -> bool:
    """Return True if a parameter that counts is set and honoured."""
    kind = getattr(quirks, COUNTS[name])
    if name not in given or kind == "ignored":
        return False
    if kind == "refused":
        raise BadParameterError(name, "is not supported")
    return bool(boolean(name, given[name]))


def _within(name: str, text: str, least: int, most: int) -> int:
    """Return a whole number in a closed range."""
    value = integer(name, text)
    if not least <= value <= most:
        raise BadParameterError(name, f"is not within {least} and {most}")
    return value


def _sort(
    text: str | None, sortable: Collection[str], ascending: Collection[str], quirks: Quirks
) -> tuple[str | None, bool]:
    """Return the property to sort by, None for the natural order, and whether downwards."""
    if text is None or quirks.sort == "ignored":
        return None, False
    prop, _, direction = text.partition(" ")
    known = prop in sortable and direction in {"", "DESC"}
    down = direction == "DESC"
    if not known or (down and prop in ascending) or quirks.sort == "refused":
        raise ApiError(400, f"Cannot sort on field {text}.")
    return prop, down
