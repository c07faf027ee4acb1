"""Answers a query for a page of a list resource."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_mailjet.sandbox import paging, wire
from tap_mailjet.sandbox.errors import NotFoundError
from tap_mailjet.sandbox.filters import FILTERS, hidden
from tap_mailjet.sandbox.paging import Paging
from tap_mailjet.sandbox.parameters import boolean
from tap_mailjet.sandbox.resource import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tap_mailjet.sandbox.account import Account
    from tap_mailjet.sandbox.quirks import Quirks
    from tap_mailjet.sandbox.resource import Resource

_PRIME = 2**31 - 1
_OPERATORS = {"lower": {"inclusive": ">=", "exclusive": ">"},
              "upper": {"inclusive": "<=", "exclusive": "<"}}  # fmt: skip


def answer(
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

    Raises:
        BadParameterError: If a parameter is unknown or has a value of no use.
    """
    filters = FILTERS[resource.name] if parent is None else {}
    paging.refuse_unknown(given, {*filters, *resource.shown, *paging.NAMES})
    page = Paging.of(given, resource.sortable, quirks)
    values: dict[str, object] = {
        name: boolean(name, given.get(name, "0")) for name in resource.shown
    }
    chosen = hidden(resource.name, given, quirks)
    for name in sorted(given.keys() & filters.keys()):
        values[name] = filters[name].parse(name, given[name])
        chosen.append(_with_bounds(filters[name].condition, quirks))
    values |= {"clock": now, "limit": page.limit, "offset": page.offset, "parent": parent}
    where, scope = _where(resource, chosen)
    count = resource.count(where, scope)
    if page.count_only:
        return paging.count_envelope(account.read(count, values)[0][0])
    order = _order(resource, page, quirks, account.seed)
    keys = f"{resource.keys(where, order)} LIMIT :limit OFFSET :offset"
    raw = account.read(resource.select(keys, order, scope), values)
    total = account.read(count, values)[0][0] if quirks.total == "result" else len(raw)
    return paging.envelope(wire.rows(resource.fields, raw, quirks), total)


def answer_single(
    account: Account,
    resource: Resource,
    given: Mapping[str, str],
    quirks: Quirks,
    *,
    now: int,
    parent: int,
) -> dict[str, object]:
    """Return the body of the one object of a parent, whatever page is asked for.

    Raises:
        ApiError: If there is none.
        BadParameterError: If a parameter is unknown.
    """
    paging.refuse_unknown(given, paging.NAMES)
    keys = resource.keys(resource.visible, resource.key)
    raw = account.read(resource.select(keys, resource.key), {"clock": now, "parent": parent})
    if not raw:
        raise NotFoundError(resource.name, str(parent))
    return paging.envelope(wire.rows(resource.fields, raw, quirks), len(raw))


def _where(resource: Resource, chosen: Sequence[str]) -> tuple[str, str]:
    """Return the conditions on the rows, and on the campaigns that count for them."""
    if resource.is_scoped:
        return resource.visible, " AND ".join(chosen) or EVERYTHING
    return " AND ".join((resource.visible, *chosen)), EVERYTHING


def _with_bounds(condition: str, quirks: Quirks) -> str:
    """Return a condition with the operators of its time bounds, open or closed."""
    return condition.format(
        lower=_OPERATORS["lower"][quirks.lower_bound],
        upper=_OPERATORS["upper"][quirks.upper_bound],
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
