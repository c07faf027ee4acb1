"""Pure: how the rows of one page follow those of another."""

from __future__ import annotations

import itertools
import operator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Hashable, Sequence

    from tap_mailjet.pages import Page, Row

    Key = Callable[[Row], Hashable]


def place_of(last: Hashable, page: Page, key: Key) -> int | None:
    """Return where the last known row is in a page; None if it is not there.

    It is not the first row if rows were inserted before it, or if the server hid rows of the page
    before after applying the limit.
    """
    return next((at for at, row in enumerate(page.data) if key(row) == last), None)


def has_doubles(seen: Sequence[Counter[Hashable]]) -> bool:
    """Return True if a key occurs more than once in one of several reads."""
    return any(max(keys.values(), default=1) > 1 for keys in seen)


def are_in_order(keys: Sequence[Any]) -> bool:
    """Return True if each key comes after the one before it, or each before it."""
    try:
        return any(
            all(map(comes, keys, itertools.islice(keys, 1, None)))
            for comes in (operator.lt, operator.gt)
        )
    except TypeError:  # keys of several kinds have no order
        return False
