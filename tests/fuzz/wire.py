"""How the fake server writes rows, pages and errors."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from tests.fuzz.account import Broken
from tests.fuzz.resources import RESOURCES

if TYPE_CHECKING:
    from tests.fuzz.account import Item
    from tests.fuzz.behaviour import Behaviour

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def write_row(item: Item, behaviour: Behaviour) -> str:
    """Write a row as it is now; the text is kept for the next time."""
    version = item.now
    style = (
        behaviour["values"],
        behaviour["timestamps"],
        behaviour["spelling"],
        behaviour["extra_field"],
    )
    text = version.wire.get(style)
    if text is None:
        fields = dict(version.fields)
        if behaviour["extra_field"] == "some":
            fields["NeverSeenBefore"] = "x"
        clock = RESOURCES[item.stream].clock
        if behaviour["spelling"] == "clock" and clock in fields:
            fields[str(clock).upper()] = fields.pop(str(clock))
        text = version.wire[style] = write_fields(fields, behaviour)
    return text


def write_fields(fields: dict[str, Any], behaviour: Behaviour) -> str:
    """Write an object in the style of a server."""
    values = behaviour["values"]
    naive = behaviour["timestamps"] == "naive"
    parts = (
        f"{json.dumps(name)}:{_value(value, values, naive=naive)}" for name, value in fields.items()
    )
    return "{" + ",".join(parts) + "}"


def _value(value: Any, values: str, *, naive: bool) -> str:
    if isinstance(value, Broken):
        return value.wire
    if value is None:
        return '""'  # an absent timestamp is the empty string, and so may be others
    if isinstance(value, str) and naive and _TIME.fullmatch(value):
        value = value[:-1]
    elif isinstance(value, bool):
        value = str(value).lower() if values == "strings" else value
    elif isinstance(value, (int, float)):
        if values == "strings":
            value = str(value)
        elif values == "decimals" and isinstance(value, int):
            return f"{value}.0"
    return json.dumps(value, ensure_ascii=False)


def write_page(rows: list[str], total: int, behaviour: Behaviour) -> bytes:
    """Write an envelope."""
    data = f"[{','.join(rows)}]" if rows or behaviour["data"] == "list" else "null"
    return f'{{"Count":{len(rows)},"Data":{data},"Total":{total}}}'.encode("utf-8", "surrogatepass")


def write_error(status: int, words: str, behaviour: Behaviour, quoted: str) -> bytes:
    """Write an error; a careless server quotes what it was sent."""
    style = behaviour["error_body"]
    if style == "html":
        return f"<html><body><h1>{status}</h1>{words}</body></html>".encode()
    if style == "quotes":
        words = f"{words} {quoted}"
    return json.dumps({"ErrorInfo": "", "ErrorMessage": words, "StatusCode": status}).encode()
