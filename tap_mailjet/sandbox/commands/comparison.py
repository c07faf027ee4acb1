"""Compare the rows of the warehouse with those of the sandbox, field by field."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Row = dict[str, Any]
Key = tuple[Any, ...]
WIRE = "%Y-%m-%dT%H:%M:%SZ"
LOOKBACK = timedelta(hours=24)
"""The tap's default `lookback_window`: older rows are not read again."""


@dataclass
class Difference:
    """The result of comparing a table with a resource of the sandbox.

    Attributes:
        missing: How many keys of the sandbox are not in the warehouse.
        extra: How many keys of the warehouse are not in the sandbox.
        changed: How many rows have other values.
        example: The first row with other values: its key, and the fields.
        kept: How many rows are as they were in the first run, and older than the lookback window.
    """

    missing: int = 0
    extra: int = 0
    changed: int = 0
    example: str = ""
    kept: int = 0

    @property
    def is_equal(self) -> bool:
        """Return True if the rows are equal, except for changes that the tap does not read."""
        return not (self.missing or self.extra or self.changed)

    @override
    def __str__(self) -> str:
        if not self.is_equal:
            text = f"DIFFERENT: {self.missing:,} missing, {self.extra:,} extra, "
            return text + f"{self.changed:,} changed{self.example}"
        kept = f" ({self.kept:,} changed later than lookback_window)" if self.kept else ""
        return f"equal{kept}"


class Held:
    """The rows that the sandbox holds of a stream. Equal clicks in one second have one key."""

    def __init__(self, rows: Iterable[Mapping[str, Any]], key: Sequence[str]) -> None:
        self.rows: dict[Key, list[Row]] = defaultdict(list)
        for row in rows:
            plain = {name.casefold(): _plain(value) for name, value in row.items()}
            self.rows[tuple(plain[name.casefold()] for name in key)].append(plain)

    def __len__(self) -> int:
        return len(self.rows)

    def margin(self, clock: str | None) -> str:
        """Return the time up to which a second run reads no row again, "" if there is none."""
        if clock is None or not self.rows:
            return ""
        newest = max(row[clock.casefold()] or "" for rows in self.rows.values() for row in rows)
        last = datetime.strptime(newest, WIRE).replace(tzinfo=timezone.utc)
        return (last - LOOKBACK).strftime(WIRE)


def compare(
    loaded: Iterable[Row], key: Sequence[str], clock: str | None, first: Held, now: Held
) -> Difference:
    """Compare the rows of a table with those that the sandbox holds.

    Args:
        loaded: The rows of the table.
        key: The key of the stream.
        clock: The field of the stream's bookmark, None for a full table.
        first: What the sandbox held in the first run.
        now: What it holds.
    """
    result, margin, seen = Difference(), first.margin(clock), set()
    for row in loaded:
        plain = {name: _plain(value) for name, value in row.items() if not name.startswith("_sdc")}
        identity = tuple(plain[name] for name in key)
        seen.add(identity)
        fields = min((_unequal(plain, one) for one in now.rows.get(identity, ())), default=None)
        if fields is None:
            result.extra += 1
        elif fields:
            is_old = clock is not None and plain[clock] < margin
            if is_old and any(not _unequal(plain, one) for one in first.rows.get(identity, ())):
                result.kept += 1
                continue
            result.changed += 1
            result.example = result.example or f", such as {', '.join(fields)} of {identity}"
    result.missing = len(now.rows.keys() - seen)
    return result


def _unequal(loaded: Row, held: Row) -> list[str]:
    """Return the fields of a loaded row that differ from a row of the sandbox."""
    return [name for name, value in loaded.items() if value != held.get(name.casefold())]


def _plain(value: Any) -> Any:
    """Return a value in the form that it has in both places; an absent value is None."""
    if isinstance(value, datetime):
        return value.strftime(WIRE)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            value = json.loads(value)
        except ValueError:
            return value
    if isinstance(value, (dict, list)):
        return json.dumps(value, sort_keys=True)
    return None if value == "" else value
