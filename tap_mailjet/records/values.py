"""Convert wire values to the types of the schema.

Mailjet's documentation writes numbers and booleans as strings and an absent value as `""`; the
live API returns JSON numbers and booleans, and `""` for an absent timestamp.
"""

from __future__ import annotations

import functools
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from tap_mailjet.api.lenient_json import EXACT_FLOATS
from tap_mailjet.timestamps import record_time

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MISFIT = (ValueError, TypeError, LookupError, ArithmeticError)
"""The errors of a converter for a value that does not fit its type."""
_MAX_DIGITS = 400
"""Maximum number of digits, so that a text such as 1e999999999 cannot fill the memory."""


def converter(spec: Mapping[str, Any]) -> Callable[[Any], Any]:
    """Return the function that converts the values of a field to its type in the schema.

    Returns:
        The function. It returns None for an absent value, and raises one of MISFIT for a value
        that does not fit the type.
    """
    [name] = [name for name in types_of(spec) if name != "null"]
    if spec.get("format") == "date-time":
        return record_time
    if name == "array":
        items = converter(spec["items"]) if "items" in spec else _same
        return functools.partial(unless_absent, convert=functools.partial(_array, items=items))
    return _CONVERTERS[name]


def types_of(spec: Mapping[str, Any]) -> list[str]:
    """Return the JSON types of a field, including null if the field is nullable."""
    types: str | list[str] = spec["type"]
    return [types] if isinstance(types, str) else types


def key_defaults(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that fields of the key have in rows without a value, by field.

    A key must not be null, and a row must not be skipped because such a field is absent.
    """
    properties = schema["properties"]
    return {name: spec["default"] for name, spec in properties.items() if "default" in spec}


def unless_absent(value: Any, convert: Callable[[Any], Any]) -> Any:
    """Convert a value, or return None for null and `""`, which mean an absent value."""
    return None if value is None or value == "" else convert(value)


def as_boolean(value: Any) -> bool | None:
    """Convert a value to a boolean; return None if it is absent or no boolean."""
    try:
        return _boolean(value)
    except MISFIT:
        return None


def integer(value: Any) -> int | None:
    """Convert a value to an integer exactly, so that no ID is rounded."""
    # The fast path, here and below: the JSON type is already the type of the schema.
    if type(value) is int:
        return value
    converted: int | None = unless_absent(value, _integer)
    return converted


def _integer(value: Any) -> int:
    # Not by float, which rounds "1152921504606846977.0".
    exact = Decimal(_without_underscore(value))
    if not exact.is_finite() or exact.adjusted() > _MAX_DIGITS or exact % 1:
        msg = "not a whole number"
        raise ValueError(msg)
    return int(exact)


def _number(value: Any) -> float | None:
    if type(value) is float or (type(value) is int and -EXACT_FLOATS <= value <= EXACT_FLOATS):
        number: float | None = value
    else:
        number = unless_absent(value, _finite)
    return number


def _finite(value: Any) -> float:
    number = float(_without_underscore(value))
    if not math.isfinite(number):
        msg = "not a finite number"
        raise ValueError(msg)
    return number


def _without_underscore(value: Any) -> Any:
    """Return a value, or raise if it has an underscore: Python would accept 1_000."""
    if isinstance(value, str) and "_" in value:
        msg = "not a number"
        raise ValueError(msg)
    return value


def _boolean(value: Any) -> bool | None:
    if type(value) is bool:
        return value
    truth: bool | None = unless_absent(value, lambda text: _TRUTH[str(text).strip().lower()])
    return truth


def _string(value: Any) -> str | None:
    if type(value) is str:
        return value
    return None if value is None else msgspec.json.encode(value).decode()


def _same(value: Any) -> Any:
    return value


def _array(value: Any, items: Callable[[Any], Any]) -> list[Any]:
    if not isinstance(value, list):
        msg = "not a list"
        raise TypeError(msg)
    return [items(item) for item in value]


def _object(value: Any) -> dict[str, Any] | None:
    if not isinstance(value, dict):
        if value is None or value == "":
            return None
        msg = "not an object"
        raise TypeError(msg)
    return value


_TRUTH = {"true": True, "1": True, "false": False, "0": False}
_CONVERTERS: dict[str, Callable[[Any], Any]] = {
    "integer": integer,
    "number": _number,
    "boolean": _boolean,
    "string": _string,
    "object": _object,
}
