"""Values of a response in a form that is not JSON or not documented by Mailjet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from tap_mailjet.sandbox.api import counters
from tap_mailjet.sandbox.api.registry import CHILDREN, RESOURCES, named
from tap_mailjet.sandbox.faults import request_match
from tap_mailjet.sandbox.faults.scheduled import as_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ENVELOPE = ("Count", "Data", "Total")


class BrokenValue(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    r"""A field of chosen rows that has another value, another name, or is absent.

    Attributes:
        resource: The resource; a sub-resource without the ID in its path, or with the ID.
        field: The field, by its name in a response.
        where: The values, by field, of the chosen rows; all rows if empty.
        raw: The text that replaces the value. Each character is one byte, so that "\u00ff"
            in quotes is a text that is not UTF-8.
        name: The name that the field has instead.
        absent: Whether the field is left out.
        envelope: Whether the field is Count, Data or Total of the response, and `where` applies
            to these.

    Raises:
        ValueError: If there is no such resource or field, or it has no effect.
    """

    resource: str
    field: str
    where: dict[str, Any] = {}
    raw: str | None = None
    name: str | None = None
    absent: bool = False
    envelope: bool = False

    def __post_init__(self) -> None:
        if not request_match.is_resource(self.resource):
            message = f"a broken value names {self.resource!r}, which is no resource"
            raise ValueError(message)
        known = _ENVELOPE if self.envelope else _fields(self.resource)
        unknown = sorted({self.field, *self.where} - {*known})
        if known and unknown:
            message = f"{self.resource} has no {unknown[0]!r}, only {', '.join(known)}"
            raise ValueError(message)
        if self.raw is None and self.name is None and not self.absent:
            message = f"a broken value of {self.resource} has raw, name or absent"
            raise ValueError(message)
        as_bytes(self.raw or "")

    def is_chosen(self, row: Mapping[str, Any]) -> bool:
        """Return True if the value is broken in this row."""
        return self.field in row and all(
            name in row and row[name] == value for name, value in self.where.items()
        )

    def applied_to(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return a row with the value broken; msgspec writes its bytes as they are."""
        made: dict[str, Any] = {}
        for name, value in row.items():
            if name != self.field:
                made[name] = value
            elif not self.absent:
                kept = value if self.raw is None else msgspec.Raw(as_bytes(self.raw))
                made[self.name or name] = kept
        return made


def break_values(
    body: dict[str, Any], path: str, values: Sequence[BrokenValue]
) -> dict[str, Any] | None:
    """Return the body of a response with its values broken, or None if there are no such values."""
    values = [value for value in values if request_match.matches_resource(value.resource, path)]
    of_rows = [value for value in values if not value.envelope]
    data = [_broken(row, of_rows) for row in body["Data"]] if of_rows else body["Data"]
    made = _broken({**body, "Data": data}, [value for value in values if value.envelope])
    return None if made == body else made


def _broken(row: dict[str, Any], values: Sequence[BrokenValue]) -> dict[str, Any]:
    """Return a row with those values broken that it is chosen for, as it is before."""
    chosen = [value for value in values if value.is_chosen(row)]
    for value in chosen:
        row = value.applied_to(row)
    return row


def _fields(resource: str) -> tuple[str, ...]:
    """Return the fields of a resource; of the counters, whose fields vary, no field."""
    name, _ = named(resource)
    if name == counters.NAME:
        return ()
    found = CHILDREN[name].resource if name in CHILDREN else RESOURCES[name]
    return tuple(field.name for field in found.fields)
