"""Behaviours of the real API that nobody has written down, each a switch."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal, get_args, get_type_hints

Bound = Literal["inclusive", "exclusive"]


@dataclass(frozen=True)
class Quirks:
    """How the sandbox behaves where the real API may go either way.

    Attributes:
        lower_bound: Whether FromTS, EventFromTs and MinLastActivityAt select their own second;
            never statcounters.
        upper_bound: Whether ToTS, EventToTs and MaxLastActivityAt select their own second; never
            statcounters.
        total: What `Total` of a page counts: the whole result, or the rows of the page.
        values: JSON numbers and booleans, or all of them strings, an absent number `""`.
        timestamps: With a `Z` at the end, or without.
        sort: Whether `Sort` is honoured, refused with 400, or has no effect.
        offset: Whether `Offset` is honoured, or every page is the first.
        limit: Whether `Limit` is honoured, or no page has more than 100 rows.
        order: The order without `Sort`: by ID, or mixed up but the same on every request.
        deleted: Whether the deleted are listed where IsDeleted selects rows and is not given; with
            IsArchived the archived alike.
        deleted_events: Whether what is of deleted campaigns is listed and counted where IsDeleted
            selects by the campaign and is not given.
        extra_field: Whether rows have a field that no schema knows.

    Raises:
        ValueError: If a switch has a value it does not know.
    """

    lower_bound: Bound = "exclusive"
    upper_bound: Bound = "exclusive"
    total: Literal["page", "result"] = "page"
    values: Literal["typed", "strings"] = "typed"
    timestamps: Literal["z", "naive"] = "z"
    sort: Literal["honoured", "refused", "ignored"] = "honoured"
    offset: Literal["honoured", "ignored"] = "honoured"
    limit: Literal["honoured", "capped"] = "honoured"
    order: Literal["stable", "shuffled"] = "stable"
    deleted: Literal["hidden", "shown"] = "hidden"
    deleted_events: Literal["shown", "hidden"] = "shown"
    extra_field: bool = False

    def __post_init__(self) -> None:
        for name, known in choices().items():
            if getattr(self, name) not in known:
                message = f"{name} is one of {', '.join(known)}, not {getattr(self, name)!r}"
                raise ValueError(message)


def choices() -> dict[str, tuple[str, ...]]:
    """Return the values each switch knows, its default first; the plain booleans are left out."""
    hints = get_type_hints(Quirks)
    known: dict[str, tuple[str, ...]] = {}
    for field in fields(Quirks):
        if isinstance(field.default, str):
            others = (value for value in get_args(hints[field.name]) if value != field.default)
            known[field.name] = (field.default, *others)
    return known
