"""Read the fields of wire rows, independent of the case of their names.

The API is inconsistent about case: ContactAlt in one resource, ContactALT in another.
"""

from __future__ import annotations

import contextlib
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import msgspec

from tap_mailjet.api.lenient_json import exact_number, read_row

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from tap_mailjet.api.lenient_json import Damage, Damaged
    from tap_mailjet.api.page import Row

    Key = Callable[[Any], Hashable]

Fields = dict[str, Any]

_decode = msgspec.json.Decoder(Fields, float_hook=exact_number).decode


def ignore_damage(_name: str, _damage: Damage) -> None:
    """Ignore a broken value, for rows that are only compared."""


def decode_fields(row: msgspec.Raw | bytes, damaged: Damaged = ignore_damage) -> Fields:
    """Decode the fields of a row, by their wire names.

    Args:
        row: The undecoded row.
        damaged: Called with the name of each field that has a broken value (`lenient_json`).

    Raises:
        ValueError: The row is not a JSON object.
    """
    try:
        return _decode(row)
    except (ValueError, RecursionError):
        return read_row(bytes(row), damaged)


def decode_row(row: Row, damaged: Damaged = ignore_damage) -> dict[str, Any]:
    """Return the fields of a row, by their wire names.

    Args:
        row: The row, undecoded or as a struct.
        damaged: Called with the name of each field that has a broken value (`lenient_json`).

    Raises:
        ValueError: The row is not a JSON object.
    """
    if isinstance(row, msgspec.Raw):
        return decode_fields(row, damaged)
    fields: dict[str, Any] = msgspec.to_builtins(row)
    return fields


def lookup(fields: Mapping[str, Any], name: str) -> Any:
    """Return the value of a field, independent of the case of its name; None if absent."""
    if (value := fields.get(name)) is not None:
        return value
    folded = name.lower()
    return next(
        (fields[key] for key in fields if key.lower() == folded and fields[key] is not None), None
    )


def has_field(fields: Mapping[str, Any], name: str) -> bool:
    """Return True if a row has a field, independent of the case of its name and of its value."""
    return name in fields or name.lower() in map(str.lower, fields)


def getter(names: Sequence[str]) -> Callable[[Any], Any]:
    """Return a function that reads a field of a row, or a tuple of several fields.

    Returns:
        The function. It returns None for a field without a value, and raises ValueError for a row
        that is not a JSON object.
    """
    # Numbered attributes, because a wire name may not be valid in Python.
    fields = [(f"field{at}", Any, None) for at in range(len(names))]
    rename = {f"field{at}": name for at, name in enumerate(names)}
    struct = msgspec.defstruct("Fields", fields, rename=rename, gc=False)
    decode = msgspec.json.Decoder(struct, float_hook=exact_number).decode
    get = attrgetter(*rename)
    is_single = len(names) == 1

    def read(row: Any) -> Any:
        with contextlib.suppress(ValueError, RecursionError):
            found = get(decode(row))
            if (found is not None) if is_single else (None not in found):
                return found
        # The slow path, for a missing value, another case, or a value that msgspec refuses.
        values = decode_fields(row)
        return lookup(values, names[0]) if is_single else tuple(lookup(values, n) for n in names)

    return read


def key_function(names: Sequence[str], defaults: Mapping[str, Any] | None = None) -> Key:
    """Return a function that returns the key of an undecoded row, or the row if it has no key.

    Args:
        names: The fields of the key.
        defaults: The values of fields of a key of several fields, for rows without a value.
    """
    field = getter(names)
    is_single = len(names) == 1
    absent = [(defaults or {}).get(name) for name in names]

    def key(row: Any) -> Hashable:
        try:
            found = field(row)
            if defaults and None in found:
                pairs = zip(found, absent, strict=True)
                found = tuple(other if value is None else value for value, other in pairs)
            is_whole = found is not None if is_single else None not in found
            # Encoded again, because a page with broken values has its rows in another form.
            return found if is_whole else msgspec.json.encode(decode_fields(row))
        except ValueError:  # the row is not a JSON object
            return bytes(row)

    return key
