"""Pure: reads the key of a row as it came."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from tap_mailjet.pages import Row

    Key = Callable[[Row], Hashable]


def key_function(names: Sequence[str]) -> Key:
    """Return a function that identifies a raw row by its key, or by all of it without a key."""
    # Fields by number, because a name on the wire need not be one in Python.
    fields = [(f"key{at}", Any, None) for at in range(len(names))]
    rename = {f"key{at}": name for at, name in enumerate(names)}
    decode = msgspec.json.Decoder(msgspec.defstruct("Key", fields, rename=rename, gc=False)).decode
    get = operator.attrgetter(*rename)

    def key(row: Any) -> Hashable:
        found = get(decode(row))
        is_whole = found is not None if len(names) == 1 else None not in found
        return found if is_whole else bytes(row)

    return key
