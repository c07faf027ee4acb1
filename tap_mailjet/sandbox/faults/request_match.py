"""Which requests a fault applies to: by resource and by query parameters."""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING

from tap_mailjet.sandbox.api import counters
from tap_mailjet.sandbox.api.registry import CHILDREN, RESOURCES, named

if TYPE_CHECKING:
    from collections.abc import Mapping

ANY = "*"
"""Every resource, or any value of a parameter."""
_COMPARISON = re.compile(r"([<>]=?)(-?\d+)")
_OPERATORS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


NAMES = frozenset({*RESOURCES, *CHILDREN, counters.NAME})
"""The names of all resources; those of sub-resources are without the ID of a parent."""


def is_resource(resource: str) -> bool:
    """Return True if this is a resource; a sub-resource may have a parent's ID in its path."""
    name, _ = named(resource)
    return name in NAMES


def matches_resource(wanted: str, path: str) -> bool:
    """Return True if a request is for a resource.

    Args:
        wanted: The resource, the path of a sub-resource with the parent's ID, or `*`.
        path: The path of the request after /v3/REST/.
    """
    return wanted in {ANY, path, named(path)[0]}


def matches_params(wanted: Mapping[str, str | None], given: Mapping[str, str]) -> bool:
    """Return True if a request has certain query parameters.

    Args:
        wanted: For each name the value, a comparison such as `>0`, `*` for any value, or None
            for a parameter that the request does not have.
        given: The query parameters of the request.
    """
    return all(_matches(value, given.get(name)) for name, value in wanted.items())


def _matches(wanted: str | None, given: str | None) -> bool:
    if wanted is None or given is None:
        return wanted is given
    comparison = _COMPARISON.fullmatch(wanted)
    if comparison is None:
        return wanted in {ANY, given}
    try:
        number = int(given)
    except ValueError:
        return False
    return bool(_OPERATORS[comparison[1]](number, int(comparison[2])))
