"""Compare the rows of adjacent pages."""

from __future__ import annotations

import itertools
import operator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Hashable, Sequence

    from tap_mailjet.api.page import Page, Row

    Key = Callable[[Row], Hashable]


def place_of(last: Hashable, page: Page, key: Key) -> int | None:
    """Return the index of the last known row in a page; None if the page does not have the row.

    The index is above 0 if rows were inserted before the row, or if the server hid rows of the
    previous page after applying the limit.
    """
    return next((at for at, row in enumerate(page.data) if key(row) == last), None)


def has_doubles(seen: Sequence[Counter[Hashable]]) -> bool:
    """Return True if a key occurs more than once in one of several reads."""
    return any(max(keys.values(), default=1) > 1 for keys in seen)


def are_in_order(keys: Sequence[Any]) -> bool:
    """Return True if the keys are strictly ascending or strictly descending."""
    try:
        return any(
            all(map(precedes, keys, itertools.islice(keys, 1, None)))
            for precedes in (operator.lt, operator.gt)
        )
    except TypeError:  # keys of different types have no order
        return False
