"""Values as they look on the wire."""

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
"""The quirks the truth is told in."""
EXTRA_FIELD = {"IsSandboxed": True}


def rows(fields: Sequence[Field], raw: Iterable[tuple[Raw, ...]], quirks: Quirks) -> list[Row]:
    """Return rows read from the account as they look on the wire."""
    turns = _turns(quirks)
    plan = [(field.name, turns[field.type]) for field in fields]
    made = [
        {name: turn(value) for (name, turn), value in zip(plan, values, strict=True)}
        for values in raw
    ]
    if quirks.extra_field:
        extra = {name: turns[Type.BOOLEAN](value) for name, value in EXTRA_FIELD.items()}
        made = [{**row, **extra} for row in made]
    return made


@lru_cache(maxsize=65_536)
def timestamp(at: int) -> str:
    """Return a Unix second as RFC 3339 in UTC."""
    return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _turns(quirks: Quirks) -> dict[Type, Callable[[Raw], Any]]:
    """Return how each type of value is turned into JSON."""
    as_text = quirks.values == "strings"
    return {
        Type.INTEGER: _integer_text if as_text else _integer,
        Type.NUMBER: _number_text if as_text else _number,
        Type.BOOLEAN: _boolean_text if as_text else bool,
        Type.TEXT: _text,
        Type.TIME: _time if quirks.timestamps == "z" else _naive_time,
        Type.UUID: _uuid,
        Type.JSON: _json,
        Type.REFERENCE: _reference_text if as_text else _json,
    }


def _integer(value: Raw) -> int:
    """Return a whole number, 0 for an absent one."""
    return value or 0


def _number(value: Raw) -> float:
    """Return a number, 0.0 for an absent one."""
    return float(value or 0)


def _integer_text(value: Raw) -> str:
    """Return a whole number as text, empty for an absent one."""
    return "" if value is None else str(value)


def _number_text(value: Raw) -> str:
    """Return a number as text, empty for an absent one."""
    return "" if value is None else str(float(value))


def _boolean_text(value: Raw) -> str:
    """Return a truth value as text."""
    return "true" if value else "false"


def _text(value: Raw) -> str:
    """Return text, empty for an absent one."""
    return value or ""


def _time(value: Raw) -> str:
    """Return Unix seconds as RFC 3339 in UTC, empty for an absent time."""
    return "" if value is None else timestamp(value)


def _naive_time(value: Raw) -> str:
    """Return Unix seconds as a time in UTC that does not say so, empty for an absent time."""
    return _time(value).removesuffix("Z")


def _uuid(value: Raw) -> str:
    """Return a UUID that follows from a number."""
    mixed = (value + 1) * 0x9E3779B97F4A7C15F39CC0605CEDC835 & (1 << 128) - 1
    return str(uuid.UUID(int=mixed, version=4))


def _reference_text(value: Raw) -> str:
    """Return the ID of an object as text, empty for an absent one."""
    return "" if value is None else str(msgspec.json.decode(value)["ID"])


def _json(value: Raw) -> Any:
    """Return what JSON text says, None for an absent value."""
    return None if value is None else msgspec.json.decode(value)
