"""Check the names in the expressions of `stream_maps` before the first record."""

from __future__ import annotations

import ast
import functools
from typing import TYPE_CHECKING, Any

from singer_sdk.mapper import CustomStreamMap

from tap_mailjet.config.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RECORD = ("_", "record")
CONFIG = "config"
PROVIDED = frozenset({*RECORD, CONFIG, "__stream_name__", "__original_stream_name__"})
"""The names that the SDK provides for all expressions (`CustomStreamMap._eval`)."""


@functools.cache
def _sdk_names() -> frozenset[str]:
    """Return the functions and names that the SDK provides, with Faker if it is installed."""
    mapper = CustomStreamMap("", {}, {}, {"properties": {}}, None, {}, None)
    return PROVIDED | mapper.functions.keys() | ({"fake"} if mapper.fake else set())


def expression_problems(
    expression: str, fields: frozenset[str], config: Mapping[str, Any], *, has_self: bool
) -> Iterator[str]:
    """Yield the names in an expression that will not exist.

    The messages do not quote the expression, which may contain a salt.

    Args:
        expression: The expression. The SDK reports a syntax error in it.
        fields: The fields of the records.
        config: The value of `stream_map_config`.
        has_self: True if the expression computes an existing field.
    """
    try:
        body = ast.parse(expression).body
    except SyntaxError:
        return
    if not body or not isinstance(body[0], ast.Expr):
        yield "this is not an expression."
        return
    nodes = list(ast.walk(body[0]))
    names = [node for node in nodes if isinstance(node, ast.Name)]
    known = _sdk_names() | fields | {one.id for one in names if isinstance(one.ctx, ast.Store)}
    for name in dict.fromkeys(one.id for one in names):
        if name == "self" and not has_self:
            yield "'self' requires a field of the record."
        elif name not in known and name != "self":
            yield f"the records have no field {name!r}.{did_you_mean(name, fields)}"
    for owner, name in dict.fromkeys(filter(None, map(_lookup, nodes))):
        if owner in RECORD and name not in fields:
            yield f"the records have no field {name!r}.{did_you_mean(name, fields)}"
        elif owner == CONFIG and name not in config:
            yield f"stream_map_config has no entry {name!r}.{did_you_mean(name, config)}"


def _lookup(node: ast.AST) -> tuple[str, str] | None:
    """Return the owner and the name of `record["X"]`, `record.X` and `record.get("X")`."""
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        key: ast.AST = node.slice
        owner = node.value.id
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        if hasattr(dict, node.attr):
            return None
        return node.value.id, node.attr
    elif (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.attr == "get"
        and node.func.value.id in RECORD
        and node.args
    ):
        key, owner = node.args[0], node.func.value.id
    else:
        return None
    is_text = isinstance(key, ast.Constant) and isinstance(key.value, str)
    return (owner, str(key.value)) if is_text else None  # type: ignore[attr-defined]
