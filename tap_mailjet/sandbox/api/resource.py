"""Resources: where their rows are stored, which rows are visible, and the fields of a row."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_mailjet.sandbox.api.parameters import Parse

SCOPE = "{scope}"
EVERYTHING = "1"
"""The condition that all campaigns meet."""


class Type(Enum):
    """Types of value in a response."""

    INTEGER = auto()
    NUMBER = auto()
    BOOLEAN = auto()
    TEXT = auto()
    TIME = auto()
    """Unix seconds in the account, RFC 3339 in a response."""
    UUID = auto()
    """Derived from an integer."""
    JSON = auto()
    """JSON text in the account, the value of that text in a response; null if it is absent."""
    REFERENCE = auto()
    """As JSON, an object with an ID. If all values are strings, the value is the ID."""


class Field(NamedTuple):
    """A field of a resource.

    Attributes:
        name: Its name in a response.
        type: Its type in a response.
        sql: The expression of its value; NULL is an absent value.
    """

    name: str
    type: Type
    sql: str


class Filter(NamedTuple):
    """A query parameter that selects rows.

    Attributes:
        parse: Converts the text of the parameter to a value.
        condition: SQL with the value as `:Name`; `{lower}` and `{upper}` stand for the operators
            of time bounds.
        on_rows: Whether it selects rows even if other filters select the campaigns that count.
    """

    parse: Parse
    condition: str
    on_rows: bool = False


class Hidden(NamedTuple):
    """Rows that a response omits unless a parameter requests them.

    Attributes:
        unless: The parameters that request them.
        condition: SQL that is true for all other rows.
        quirk: The quirk that decides whether they are omitted; None omits them in any case.
    """

    unless: frozenset[str]
    condition: str
    quirk: str | None = None


@dataclass(frozen=True)
class Resource:
    """A list resource.

    Attributes:
        name: Its name in the URL.
        table: The table of its rows, with an alias.
        key: The key of a row in that table, which breaks ties in any order.
        visible: The condition under which a row is visible at `:clock`.
        order: The columns of the order without `Sort`.
        joins: The other tables that the fields need.
        fields: The fields of a row.
        filters: The parameters that select rows.
        hidden: The rows that are omitted unless a parameter requests them.
        unsupported: Filters of the live API that the sandbox refuses with 501. The live API
            ignores unknown parameters; if the sandbox ignored these, a client would read other rows
            than from the live API.
        is_current_day: Whether a request without FromTS returns the current UTC day only.
        sortable: The properties that `Sort` takes, with their columns.
        ascending: The properties that `Sort` takes in ascending order only.
        implied: Fields that a response omits because the request gave their value; the expected
            rows have them.
        shown: Fields that are empty unless a parameter of this name requests them.
        grouped: Common tables of rows that are counted over campaigns; `{scope}` stands for the
            condition on these campaigns.
    """

    name: str
    table: str
    key: str
    visible: str
    order: tuple[str, ...]
    fields: tuple[Field, ...]
    joins: str = ""
    filters: Mapping[str, Filter] = field(default_factory=dict)
    hidden: tuple[Hidden, ...] = ()
    unsupported: frozenset[str] = frozenset()
    is_current_day: bool = False
    sortable: Mapping[str, str] = field(default_factory=dict)
    ascending: tuple[str, ...] = ("ID",)
    implied: tuple[Field, ...] = ()
    shown: tuple[str, ...] = ()
    grouped: str = ""

    @property
    def is_scoped(self) -> bool:
        """Return True if filters select the campaigns that count, and not the rows."""
        return SCOPE in self.grouped

    def count(self, where: str, scope: str = EVERYTHING) -> str:
        """Return the statement that counts the rows that meet a condition."""
        return self._with(scope) + f"SELECT COUNT(*) FROM {self.table} WHERE {where}"  # noqa: S608 - constants only

    def keys(self, where: str, order: str) -> str:
        """Return the statement that selects the keys of rows that meet a condition, as `key`."""
        return f"SELECT {self.key} AS key FROM {self.table} WHERE {where} ORDER BY {order}"  # noqa: S608 - constants only

    def select(self, page: str, order: str, scope: str = EVERYTHING) -> str:
        """Return the statement that reads the fields of a page."""
        columns = ", ".join(f.sql for f in self.fields)
        return (
            f"{self._with(scope, f'page AS ({page})')}SELECT {columns} FROM page "  # noqa: S608 - constants only
            f"CROSS JOIN {self.table} ON {self.key} = page.key {self.joins} ORDER BY {order}"
        )

    def _with(self, scope: str, *more: str) -> str:
        """Return the beginning of a statement with common tables."""
        tables = ", ".join(filter(None, (self.grouped.replace(SCOPE, scope), *more)))
        return f"WITH {tables} " if tables else ""


def _fields(kind: Type, **columns: str) -> tuple[Field, ...]:
    """Return fields of a type, by name and expression."""
    return tuple(Field(name, kind, sql) for name, sql in columns.items())


integers = partial(_fields, Type.INTEGER)
numbers = partial(_fields, Type.NUMBER)
booleans = partial(_fields, Type.BOOLEAN)
texts = partial(_fields, Type.TEXT)
times = partial(_fields, Type.TIME)


def same(alias: str, columns: str) -> dict[str, str]:
    """Return the columns of a table that have the name of their field, separated by spaces."""
    return {name: f"{alias}.{name}" for name in columns.split()}


def names(text: str) -> frozenset[str]:
    """Return the names in a text that separates them by spaces."""
    return frozenset(text.split())


def in_order(text: str) -> tuple[str, ...]:
    """Return the names in a text that separates them by spaces, in their order."""
    return tuple(text.split())
