"""What a resource is: where its rows lie, which are visible, and how a row looks on the wire."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import NamedTuple


class Type(Enum):
    """Types of value on the wire."""

    INTEGER = auto()
    NUMBER = auto()
    BOOLEAN = auto()
    TEXT = auto()
    TIME = auto()
    """Unix seconds in the account, RFC 3339 on the wire."""
    UUID = auto()
    """Derived from an integer."""


class Field(NamedTuple):
    """A field of a resource.

    Attributes:
        name: Its name on the wire.
        type: Its type there.
        sql: The expression it is read by; NULL is an absent value.
    """

    name: str
    type: Type
    sql: str


@dataclass(frozen=True)
class Resource:
    """A list resource.

    Attributes:
        name: Its name in the URL.
        table: The table its rows are in, with its alias.
        key: The row's own key in that table; ties in any order are broken by it.
        visible: The condition under which a row shows at `:clock`.
        order: The columns of the order without `Sort`.
        joins: What the fields need besides the table.
        fields: The fields of a row.
        sortable: The properties `Sort` takes, with the columns they stand for.
        shown: Fields that are empty unless a parameter of this name asks for them.
    """

    name: str
    table: str
    key: str
    visible: str
    order: tuple[str, ...]
    fields: tuple[Field, ...]
    joins: str = ""
    sortable: dict[str, str] = field(default_factory=dict)
    shown: tuple[str, ...] = ()

    def select(self, page: str, order: str) -> str:
        """Return the statement that reads the fields of a page.

        Args:
            page: A statement that selects the keys of the rows, as `key`.
            order: The order of the rows, as the page was cut in.
        """
        columns = ", ".join(f.sql for f in self.fields)
        return (
            f"SELECT {columns} FROM ({page}) AS page "  # noqa: S608 - made of our own text only
            f"CROSS JOIN {self.table} ON {self.key} = page.key {self.joins} ORDER BY {order}"
        )


def integers(**columns: str) -> tuple[Field, ...]:
    """Return fields of whole numbers, by name and expression."""
    return tuple(Field(name, Type.INTEGER, sql) for name, sql in columns.items())


def numbers(**columns: str) -> tuple[Field, ...]:
    """Return fields of numbers, by name and expression."""
    return tuple(Field(name, Type.NUMBER, sql) for name, sql in columns.items())


def booleans(**columns: str) -> tuple[Field, ...]:
    """Return fields of truth values, by name and expression."""
    return tuple(Field(name, Type.BOOLEAN, sql) for name, sql in columns.items())


def texts(**columns: str) -> tuple[Field, ...]:
    """Return fields of text, by name and expression."""
    return tuple(Field(name, Type.TEXT, sql) for name, sql in columns.items())


def times(**columns: str) -> tuple[Field, ...]:
    """Return fields of time, by name and expression."""
    return tuple(Field(name, Type.TIME, sql) for name, sql in columns.items())
