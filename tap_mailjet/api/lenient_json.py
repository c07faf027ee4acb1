"""Read JSON with broken values, which msgspec refuses, with the standard library.

The broken values are `NaN`, `Infinity`, half of a surrogate pair, bytes that are not UTF-8, and
values that are nested too deeply. Mailjet stores such a value and sends it with every response, so
a retry does not help, and the body is accepted at once. Corruption on the network is no reason for
a retry, because TLS authenticates every byte. A body that was cut short is still an error.
"""

from __future__ import annotations

import contextlib
import enum
import json
import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    Damaged = Callable[[str, "Damage"], None]

T = TypeVar("T")

MAX_DEPTH = 100
"""Maximum levels of nesting. Parsers and targets recurse, most of them up to 1,000 levels."""
EXACT_FLOATS = 2**53
"""Up to this magnitude, a float represents every integer exactly."""
_IN_A_PAGE, _IN_A_ROW = 3, 1
"""Levels of nesting around the value of a field."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[{\]}]', re.DOTALL)


class Damage(enum.Enum):
    """The repair of a broken value: null, or text with U+FFFD for the broken characters."""

    NULLED = enum.auto()
    REPLACED = enum.auto()


def exact_number(literal: str) -> float | str:
    """Convert a JSON number that has a fraction or an exponent, without rounding an ID.

    Returns:
        A float. An integer if a float cannot represent it: `1152921504606846977.0`. The literal
        itself if it is too large for a float, because no numeric field has such a value.
    """
    number = float(literal)
    if -EXACT_FLOATS < number < EXACT_FLOATS:
        return number
    if not math.isfinite(number):
        return literal
    exact = Decimal(literal)
    return int(exact) if abs(number) < 2**64 and exact == exact.to_integral_value() else number


def _integer(literal: str) -> int | str:
    try:
        return int(literal)
    except ValueError:  # Python converts at most 4,300 digits
        return literal


_loads = json.JSONDecoder(parse_float=exact_number, parse_int=_integer, strict=False).decode


def split_page(body: bytes) -> dict[str, Any]:
    """Read the envelope of a response body, and split its rows.

    Returns:
        The envelope. Its rows are JSON in ASCII, which still has the broken values.

    Raises:
        ValueError: The body is not a JSON object, for example because it was cut short.
    """
    return _pruned_if_needed(_split, body, level=_IN_A_PAGE)


def read_row(row: bytes, damaged: Damaged) -> dict[str, Any]:
    """Read the fields of a row, and repair the broken values.

    Args:
        row: The row as received, or from `split_page`.
        damaged: Called with the name of each field that has a broken value.

    Raises:
        ValueError: The row is not a JSON object.
    """
    fields, found = _pruned_if_needed(_repaired_fields, row, level=_IN_A_ROW)
    for name, damages in found.items():
        for damage in damages:
            damaged(name, damage)
    return fields


def _repaired_fields(text: str) -> tuple[dict[str, Any], dict[str, set[Damage]]]:
    """Return the fields of a row, and the repairs of each field."""
    fields: dict[str, Any] = {}
    found: dict[str, set[Damage]] = {}
    for wire_name, value in _object(text).items():
        name = _repaired(wire_name, set())
        fields[name] = _repaired(value, found.setdefault(name, set()))
    return fields, found


def _split(text: str) -> dict[str, Any]:
    envelope = _object(text)
    if isinstance(rows := envelope.get("Data"), list):
        envelope["Data"] = [json.dumps(row).encode() for row in rows]
    return envelope


def _object(text: str) -> dict[str, Any]:
    found = _loads(text)
    if not isinstance(found, dict):
        msg = "not a JSON object"
        raise ValueError(msg)  # noqa: TRY004 - the value is wrong, not the type
    return found


def _pruned_if_needed(read: Callable[[str], T], body: bytes, *, level: int) -> T:
    # Bytes that are not UTF-8 become surrogates, which `_repaired` finds.
    text = body.decode("utf-8", "surrogateescape")
    with contextlib.suppress(RecursionError):
        return read(text)
    try:
        return read(_pruned(text, level))
    except RecursionError as error:
        msg = "nested too deeply"
        raise ValueError(msg) from error


def _pruned(text: str, level: int) -> str:
    """Replace each value that is nested too deeply by NaN, which `_repaired` converts to null.

    Args:
        text: JSON; it may be cut short, and remains so.
        level: The number of brackets that are open around the value of a field.
    """
    kept, since, opened, depth, is_too_deep = [], 0, 0, 0, False
    for token in _TOKEN.finditer(text):
        if token[0] in {"[", "{"}:
            depth += 1
            if depth == level + 1:
                opened, is_too_deep = token.start(), False
            is_too_deep |= depth > level + MAX_DEPTH
        elif token[0] in {"]", "}"}:
            if depth == level + 1 and is_too_deep:
                kept += [text[since:opened], "NaN"]
                since = token.end()
            depth -= 1
    return "".join([*kept, text[since:]])


def _repaired(value: Any, found: set[Damage]) -> Any:
    if isinstance(value, str):
        if not _SURROGATE.search(value):
            return value
        found.add(Damage.REPLACED)
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, float) and not math.isfinite(value):
        found.add(Damage.NULLED)
        return None
    if isinstance(value, list):
        return [_repaired(item, found) for item in value]
    if isinstance(value, dict):
        return {_repaired(name, found): _repaired(item, found) for name, item in value.items()}
    return value
