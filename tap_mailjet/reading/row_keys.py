"""Check the keys of the rows of a read."""

from __future__ import annotations

import itertools
import operator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Hashable, Sequence


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
