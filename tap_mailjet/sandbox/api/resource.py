"""What a resource is: where its rows lie, which are visible, and how a row looks on the wire."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


SCOPE = "{scope}"
EVERYTHING = "1"
"""The condition that all campaigns meet."""


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
    JSON = auto()
    """JSON text in the account, on the wire what it says; an absent value is null."""
    REFERENCE = auto()
    """The same, of an object with an ID; where values are strings, it is the ID."""


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
        ascending: The properties that `Sort` does not sort downwards.
        implied: Fields that a response does not have because a parameter gives their value to all
            of its rows; only the truth has them.
        shown: Fields that are empty unless a parameter of this name asks for them.
        grouped: Where the rows are groups and lie in no table: the common tables that make them;
            `{scope}` in it stands for the condition on the campaigns that count.
        counted: The common tables that count something for the keys in `page`.
    """

    name: str
    table: str
    key: str
    visible: str
    order: tuple[str, ...]
    fields: tuple[Field, ...]
    joins: str = ""
    sortable: dict[str, str] = field(default_factory=dict)
    ascending: tuple[str, ...] = ("ID",)
    implied: tuple[Field, ...] = ()
    shown: tuple[str, ...] = ()
    grouped: str = ""
    counted: str = ""

    @property
    def is_scoped(self) -> bool:
        """Tell whether filters say what is counted, not which rows there are."""
        return SCOPE in self.grouped

    def count(self, where: str, scope: str = EVERYTHING) -> str:
        """Return the statement that counts the rows that meet a condition.

        Args:
            where: The condition.
            scope: The condition on the campaigns that count.
        """
        return self._with(scope) + f"SELECT COUNT(*) FROM {self.table} WHERE {where}"  # noqa: S608 - made of our own text only

    def keys(self, where: str, order: str) -> str:
        """Return the statement that selects the keys of the rows that meet a condition, as `key`.

        Args:
            where: The condition.
            order: The order of the keys.
        """
        return f"SELECT {self.key} AS key FROM {self.table} WHERE {where} ORDER BY {order}"  # noqa: S608 - made of our own text only

    def select(self, page: str, order: str, scope: str = EVERYTHING) -> str:
        """Return the statement that reads the fields of a page.

        Args:
            page: A statement that selects the keys of the rows, as `key`.
            order: The order of the rows, as the page was cut in.
            scope: The condition on the campaigns that count.
        """
        columns = ", ".join(f.sql for f in self.fields)
        tables = self._with(scope, f"page AS ({page})", self.counted)
        return (
            f"{tables}SELECT {columns} FROM page "  # noqa: S608 - made of our own text only
            f"CROSS JOIN {self.table} ON {self.key} = page.key {self.joins} ORDER BY {order}"
        )

    def _with(self, scope: str, *more: str) -> str:
        """Return the beginning of a statement that makes the common tables."""
        tables = ", ".join(filter(None, (self.grouped.replace(SCOPE, scope), *more)))
        return f"WITH {tables} " if tables else ""


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


def objects(**columns: str) -> tuple[Field, ...]:
    """Return fields of objects and arrays, by name and expression."""
    return tuple(Field(name, Type.JSON, sql) for name, sql in columns.items())


def references(**columns: str) -> tuple[Field, ...]:
    """Return fields of objects that have an ID, by name and expression."""
    return tuple(Field(name, Type.REFERENCE, sql) for name, sql in columns.items())


def named(alias: str, kind: Callable[..., tuple[Field, ...]], names: str) -> tuple[Field, ...]:
    """Return fields of a kind that are columns of a table of the same name.

    Args:
        alias: The table's alias.
        kind: Makes fields of a type, such as `texts`.
        names: The names, separated by spaces.
    """
    return kind(**{name: f'{alias}."{name}"' for name in names.split()})


def reached(alias: str, *names: str) -> dict[str, str]:
    """Return columns of times by name, each absent until the clock has reached it."""
    return {name: f"CASE WHEN {alias}.{name} <= :clock THEN {alias}.{name} END" for name in names}
