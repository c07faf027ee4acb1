"""The response to a query for a page of a list resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tap_mailjet.sandbox.api import paging, wire
from tap_mailjet.sandbox.api.default_parameters import completed
from tap_mailjet.sandbox.api.errors import NotFoundError
from tap_mailjet.sandbox.api.paging import Paging
from tap_mailjet.sandbox.api.parameters import boolean
from tap_mailjet.sandbox.api.resource import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_mailjet.sandbox.account.database import Account
    from tap_mailjet.sandbox.api.quirks import Quirks
    from tap_mailjet.sandbox.api.resource import Resource

_PRIME = 2**31 - 1
_OPERATORS = {"lower": {"inclusive": ">=", "exclusive": ">"},
              "upper": {"inclusive": "<=", "exclusive": "<"}}  # fmt: skip


class _Selection(NamedTuple):
    """Which rows a request selects.

    Attributes:
        where: The condition on the rows.
        scope: The condition on the campaigns that are counted for them.
        values: The values in both.
    """

    where: str
    scope: str
    values: dict[str, object]


def response(
    account: Account,
    resource: Resource,
    given: Mapping[str, str],
    quirks: Quirks,
    *,
    now: int,
    parent: int | None = None,
) -> dict[str, object]:
    """Return the body of a page.

    Args:
        account: Where the rows are.
        resource: Which rows.
        given: The query's parameters, as in the URL.
        quirks: How the API behaves.
        now: The Unix second up to which rows are visible.
        parent: The ID of the parent of the rows of a sub-resource, which no filter selects.
    """
    page = Paging.of(given, resource.sortable, quirks, resource.ascending)
    chosen = _selection(resource, given, quirks, now, parent)

    def count() -> int:
        return _number(account, resource.count(chosen.where, chosen.scope), chosen.values)

    def count_all() -> int:
        return _number(account, resource.count(resource.visible), chosen.values)

    if page.count_only:
        total = paging.counted(quirks.count_only, count, count_all)
        return paging.count_envelope(total, quirks)
    order = _order(resource, page, quirks, account.seed)
    keys = f"{resource.keys(chosen.where, order)} LIMIT :limit OFFSET :offset"
    values = {**chosen.values, "limit": page.limit, "offset": page.offset}
    raw = account.read(resource.select(keys, order, chosen.scope), values)
    total = page.total(len(raw), count, count_all, quirks)
    return paging.envelope(wire.rows(resource.fields, raw, quirks), total, quirks)


def single_response(
    account: Account,
    resource: Resource,
    given: Mapping[str, str],
    quirks: Quirks,
    *,
    now: int,
    parent: int,
) -> dict[str, object]:
    """Return the body of the single object of a parent, whatever the paging parameters."""
    paging.check_known(given, paging.NAMES, quirks)
    keys = resource.keys(resource.visible, resource.key)
    raw = account.read(resource.select(keys, resource.key), {"clock": now, "parent": parent})
    if not raw:
        raise NotFoundError(resource.name, str(parent))
    return paging.envelope(wire.rows(resource.fields, raw, quirks), len(raw), quirks)


def object_response(
    account: Account,
    resource: Resource,
    given: Mapping[str, str],
    quirks: Quirks,
    *,
    now: int,
    key: int,
) -> dict[str, object]:
    """Return the body of a single row of a resource, whatever the paging parameters."""
    paging.check_known(given, {*resource.shown, *paging.NAMES}, quirks)
    keys = resource.keys(f"{resource.visible} AND {resource.key} = :key", resource.key)
    shown = {name: boolean(name, given.get(name, "0")) for name in resource.shown}
    values: dict[str, object] = {**shown, "clock": now, "key": key}
    raw = account.read(resource.select(keys, resource.key), values)
    if not raw:
        raise NotFoundError(resource.name, str(key))
    return paging.envelope(wire.rows(resource.fields, raw, quirks), len(raw), quirks)


def _selection(
    resource: Resource, given: Mapping[str, str], quirks: Quirks, now: int, parent: int | None
) -> _Selection:
    """Return which rows a request selects, or raise ApiError."""
    filters = resource.filters if parent is None else {}
    known = {*filters, *resource.shown}
    paging.check_supported(resource.name, resource.unsupported, given)
    paging.check_known(given, known | paging.NAMES, quirks)
    parameters = completed(resource, given, known, quirks, now)
    values: dict[str, object] = {
        name: boolean(name, parameters.get(name, "0")) for name in resource.shown
    }
    rows = [resource.visible]
    scope: list[str] = []
    # Filters of totals select what is counted, not which rows there are.
    others = scope if resource.is_scoped else rows
    others += _hidden(resource, parameters, quirks)
    for name in sorted(parameters.keys() & filters.keys()):
        one = filters[name]
        values[name] = one.parse(name, parameters[name])
        (rows if one.on_rows else others).append(_with_bounds(one.condition, quirks))
    values |= {"clock": now, "parent": parent}
    return _Selection(" AND ".join(rows), " AND ".join(scope) or EVERYTHING, values)


def _hidden(resource: Resource, given: Mapping[str, object], quirks: Quirks) -> list[str]:
    """Return the conditions of the rows that are omitted because no parameter requests them."""
    return [
        rule.condition
        for rule in resource.hidden
        if not given.keys() & rule.unless
        and (rule.quirk is None or getattr(quirks, rule.quirk) == "hidden")
    ]


def _number(account: Account, statement: str, values: Mapping[str, object]) -> int:
    """Return the number that a statement selects."""
    return int(account.read(statement, values)[0][0])


def _with_bounds(condition: str, quirks: Quirks) -> str:
    """Return a condition with the operators of its time bounds, open or closed."""
    return condition.format(
        lower=_OPERATORS["lower"][quirks.lower_bound], upper=_OPERATORS["upper"][quirks.upper_bound]
    )


def _order(resource: Resource, page: Paging, quirks: Quirks, seed: int) -> str:
    """Return the columns of a total order: only so do pages join without gap or overlap."""
    direction = " DESC" if page.descending else ""
    if page.sort is not None:
        return f"{resource.sortable[page.sort]}{direction}, {resource.key}{direction}"
    if quirks.order == "shuffled":
        factor = 1_103_515_245 + seed % 1_000_003
        spread = f"({resource.key} % {_PRIME} * {factor} % {_PRIME})"
        return f"{spread} * {spread} % {_PRIME}, {resource.key}"
    return ", ".join(resource.order)
