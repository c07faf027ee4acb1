"""The conversion of values of the account to values of a response."""

from __future__ import annotations

import uuid
from datetime import datetime, timezone
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from tap_mailjet.sandbox.api.quirks import Quirks
from tap_mailjet.sandbox.api.resource import Type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tap_mailjet.sandbox.api.resource import Field

    Row = dict[str, Any]
    Raw = Any

PLAIN = Quirks()
"""The quirks that the expected rows are read with."""
EXTRA_FIELD = {"IsSandboxed": True}


def rows(fields: Sequence[Field], raw: Iterable[tuple[Raw, ...]], quirks: Quirks) -> list[Row]:
    """Return rows read from the account, in their form on the wire."""
    converters = _converters(quirks)
    plan = [(field.name, converters[field.type]) for field in fields]
    made = [
        {name: convert(value) for (name, convert), value in zip(plan, values, strict=True)}
        for values in raw
    ]
    if quirks.extra_field:
        extra = {name: converters[Type.BOOLEAN](value) for name, value in EXTRA_FIELD.items()}
        made = [{**row, **extra} for row in made]
    return made


@lru_cache(maxsize=65_536)
def timestamp(at: int) -> str:
    """Return a Unix second as RFC 3339 in UTC."""
    return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _converters(quirks: Quirks) -> dict[Type, Callable[[Raw], Any]]:
    """Return what converts each type of value to JSON; None is an absent value."""
    return {
        Type.INTEGER: lambda value: value or 0,
        Type.NUMBER: lambda value: float(value or 0),
        Type.BOOLEAN: bool,
        Type.TEXT: lambda value: value or "",
        Type.TIME: _time if quirks.timestamps == "z" else _naive_time,
        Type.UUID: _uuid,
        Type.JSON: _json,
        Type.REFERENCE: _json,
        **(_AS_STRINGS if quirks.values == "strings" else {}),
    }


def _time(value: Raw) -> str:
    """Return Unix seconds as RFC 3339 in UTC, empty for an absent time."""
    return "" if value is None else timestamp(value)


def _naive_time(value: Raw) -> str:
    """Return Unix seconds as a time in UTC without a Z, empty for an absent time."""
    return _time(value).removesuffix("Z")


def _uuid(value: Raw) -> str:
    """Return a UUID that follows from a number."""
    mixed = (value + 1) * 0x9E3779B97F4A7C15F39CC0605CEDC835 & (1 << 128) - 1
    return str(uuid.UUID(int=mixed, version=4))


def _json(value: Raw) -> Any:
    """Return what JSON text says, None for an absent value."""
    return None if value is None else msgspec.json.decode(value)


_AS_STRINGS: dict[Type, Callable[[Raw], Any]] = {
    Type.INTEGER: lambda value: "" if value is None else str(value),
    Type.NUMBER: lambda value: "" if value is None else str(float(value)),
    Type.BOOLEAN: lambda value: "true" if value else "false",
    Type.REFERENCE: lambda value: "" if value is None else str(_json(value)["ID"]),
}
"""The converters that differ if all values are strings."""
