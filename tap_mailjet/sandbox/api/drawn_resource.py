"""Resources whose values are drawn from the JSON schema of a stream: one declaration each."""

from __future__ import annotations

import re
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tap_mailjet.sandbox.account.tables import HISTORY_ROWS, LAST_HISTORY_ROW
from tap_mailjet.sandbox.api import drawn_values
from tap_mailjet.sandbox.api.parameters import boolean, integer, moment, text
from tap_mailjet.sandbox.api.resource import SCOPE, Field, Filter, Hidden, Resource, Type, names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tap_mailjet.sandbox.api.parameters import Parse

_PARSERS: dict[Type, Parse] = {Type.BOOLEAN: boolean, Type.INTEGER: integer, Type.TEXT: text}
_COLUMN = re.compile(r"\[(\w+)\]")
_SUMS = {Type.INTEGER: "SUM", Type.NUMBER: "AVG"}
_CHOSEN = (
    "chosen AS (SELECT c.ID, c.SendStartAt FROM campaign AS c "  # noqa: S608 - constants only
    f"WHERE c.VisibleAt <= :clock AND {SCOPE})"
)
"""The common table of the campaigns that count."""

UNSUPPORTED_COUNTS = (
    "Blocked Bounced Click HardBounced Open Queued Sent SoftBounced Spam Unsubscribed"
)
"""Filters of statistics by whether a count is 0."""


def activity_filters() -> dict[str, Filter]:
    """Return the filters by the time of the latest activity."""
    return {
        "MaxLastActivityAt": Filter(moment, "[LastActivityAt] {upper} :MaxLastActivityAt"),
        "MinLastActivityAt": Filter(moment, "[LastActivityAt] {lower} :MinLastActivityAt"),
    }


@dataclass(frozen=True)
class Drawn:
    """The declaration of a resource with drawn values.

    Attributes:
        name: Its name in the URL.
        stream: The stream whose JSON schema has its fields.
        rows: The number of rows; a few become visible after the history of the account.
        first_id: The first ID; further rows have the next IDs.
        choices: Values that the rows take in turn, by field, also of fields that the stream does
            not have. `{n}` in a text is the number of the row, `{secret}` a credential.
        sql: Expressions of fields that are not drawn.
        spelling: The name in a response, by the name in the schema.
        without: Fields of the schema that the tap adds.
        references: Fields of type REFERENCE.
        implied: Fields that a response omits because the request gave their value.
        shown: The parameter that requests a field, by field; the field is empty without it.
        equal: The field that a filter compares, by filter.
        filters: Further filters; `[Name]` in a condition is the expression of a field.
        hidden: The rows that are omitted unless a parameter requests them, with such conditions.
        unsupported: Filters of the live API that are refused with 501, separated by spaces.
        ascending: The fields that `Sort` takes in ascending order only, separated by spaces.
        both_ways: The fields that `Sort` takes in both orders, separated by spaces.
        order_by: Expressions that `Sort` takes in both orders and that are no fields, by name.
        is_current_day: Whether a request without FromTS returns the current UTC day only.
    """

    name: str
    stream: str
    _: KW_ONLY
    rows: int = 40
    first_id: int = 1
    choices: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    sql: Mapping[str, str] = field(default_factory=dict)
    spelling: Mapping[str, str] = field(default_factory=dict)
    without: str = ""
    references: str = ""
    implied: str = ""
    shown: Mapping[str, str] = field(default_factory=dict)
    equal: Mapping[str, str] = field(default_factory=dict)
    filters: Mapping[str, Filter] = field(default_factory=dict)
    hidden: tuple[Hidden, ...] = ()
    unsupported: str = ""
    ascending: str = "ID"
    both_ways: str = ""
    order_by: Mapping[str, str] = field(default_factory=dict)
    is_current_day: bool = False

    def table(self) -> Resource:
        """Return the resource with rows of its own, which appear over the account's history."""
        step = max(1, LAST_HISTORY_ROW // (self.rows - 1)) if self.rows > 1 else HISTORY_ROWS
        key = f"({self.first_id} + d.N)"
        base = Resource(
            name=self.name,
            table=(
                f"(SELECT Place / {step} AS N, CreatedAt, VisibleAt FROM history_row "  # noqa: S608 - constants only
                f"WHERE Place % {step} = 0 AND Place < {step * self.rows}) AS d"
            ),
            key=key,
            visible="d.VisibleAt <= :clock",
            order=("d.N",),
            fields=(),
        )
        return self._resource(base, {"ID": key}, "d.N", "d.CreatedAt")

    def of(self, base: Resource, created: str) -> Resource:
        """Return the resource with one row for each row of another resource.

        Args:
            base: The other resource.
            created: The expression of the creation time of its rows.
        """
        bare = Resource(
            name=self.name,
            table=base.table,
            key=base.key,
            visible=base.visible,
            order=base.order,
            fields=(),
            joins=base.joins,
        )
        return self._resource(bare, {}, base.key, created)

    def total(self) -> Resource:
        """Return the resource with rows of its own that add up drawn counts of campaigns."""
        made = replace(self.table(), grouped=_CHOSEN)
        kept = {*self.sql, *self.choices, "ID"}

        def summed(one: Field) -> Field:
            if one.name in kept or one.type not in _SUMS:
                return one
            # A campaign's share of a count depends on the row and on the campaign.
            share = one.sql.replace("d.N", "(d.N * 100003 + c.ID)")
            share = share.replace("d.CreatedAt", "c.SendStartAt")
            total = f"(SELECT {_SUMS[one.type]}({share}) FROM chosen AS c)"  # noqa: S608 - constants only
            return one._replace(sql=total)

        return replace(made, fields=tuple(map(summed, made.fields)))

    def _resource(self, base: Resource, sql: dict[str, str], key: str, created: str) -> Resource:
        """Return a resource with the fields and the filters of this declaration."""
        known = {one.name: one for one in self._fields({**sql, **self.sql}, key, created)}
        columns = {name: one.sql for name, one in known.items()}
        both_ways = {name: columns.get(name, base.key) for name in self.both_ways.split()}
        upwards = {name: columns.get(name, base.key) for name in self.ascending.split()}
        implied = names(self.implied)
        return replace(
            base,
            fields=tuple(one for name, one in known.items() if name not in implied),
            implied=tuple(known[name] for name in implied),
            filters={
                **{
                    name: Filter(_PARSERS[known[of].type], f"{known[of].sql} = :{name}")
                    for name, of in self.equal.items()
                },
                **{
                    name: one._replace(condition=_with_columns(one.condition, columns))
                    for name, one in self.filters.items()
                },
            },
            hidden=tuple(
                one._replace(condition=_with_columns(one.condition, columns)) for one in self.hidden
            ),
            unsupported=names(self.unsupported),
            is_current_day=self.is_current_day,
            sortable={**upwards, **both_ways, **self.order_by},
            ascending=tuple(name for name in upwards if name not in both_ways),
            shown=tuple(dict.fromkeys(self.shown.values())),
        )

    def _fields(self, sql: Mapping[str, str], key: str, created: str) -> list[Field]:
        """Return all fields of a row."""
        specs = dict(drawn_values.properties(self.stream))
        for name in self.choices:
            specs.setdefault(name, {"type": ["string", "null"]})
        without, references = names(self.without), names(self.references)
        made = []
        for name, spec in specs.items():
            if name in without:
                continue
            choices = self.choices.get(name, ())
            kind = Type.REFERENCE if name in references else drawn_values.kind_of(spec, choices)
            value = sql.get(name) or drawn_values.expression(
                f"{self.name}.{name}", spec, key, created, choices
            )
            if name in self.shown:
                value = f"CASE WHEN :{self.shown[name]} THEN {value} END"
            made.append(Field(self.spelling.get(name, name), kind, value))
        return made


def _with_columns(condition: str, columns: Mapping[str, str]) -> str:
    """Return a condition with the expressions of the fields that it names in brackets."""
    return _COLUMN.sub(lambda match: columns[match[1]], condition)
