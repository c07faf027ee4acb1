"""The rows of the account, read without the filters, the paging and the counting of the API.

A value is read by the same field expression that the API uses. A test of a field expression
computes the value itself, from the tables of the account.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tap_mailjet.sandbox.api import wire
from tap_mailjet.sandbox.api.registry import CHILDREN, RESOURCES

if TYPE_CHECKING:
    from tap_mailjet.sandbox.account.database import Account
    from tap_mailjet.sandbox.api.resource import Resource
    from tap_mailjet.sandbox.api.wire import Row


def rows(account: Account, resource: str, now: int, condition: str = "1") -> list[Row]:
    """Return every row of a resource visible at a Unix second, all fields shown, in API order."""
    return _rows(account, RESOURCES[resource], {"clock": now}, condition)


def children(account: Account, name: str, now: int) -> dict[int, list[Row]]:
    """Return every row of a sub-resource visible at a Unix second, by the ID of its parent."""
    child = CHILDREN[name]
    parent = RESOURCES[child.parent]
    parents = account.read(parent.keys(parent.visible, parent.key), {"clock": now})
    found = {
        number: _rows(account, child.resource, {"clock": now, "parent": number})
        for (number,) in parents
    }
    return {number: made for number, made in found.items() if made}


def _rows(
    account: Account, resource: Resource, values: dict[str, int], condition: str = "1"
) -> list[Row]:
    """Return every visible row of a resource, all fields shown, in API order."""
    resource = replace(resource, fields=(*resource.fields, *resource.implied))
    order = ", ".join(resource.order)
    keys = resource.keys(f"{resource.visible} AND {condition}", order)
    raw = account.read(resource.select(keys, order), {**values, **dict.fromkeys(resource.shown, 1)})
    return wire.rows(resource.fields, raw, wire.PLAIN)
