"""Values that are drawn by the seed from the JSON schema of a stream.

The values of one field depend on the seed, the field and the key of the row only. SQL reads them
with the function `drawn(field, key, created)`.
"""

from __future__ import annotations

import re
import zlib
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec

from tap_mailjet.sandbox.account import sample_text, tables
from tap_mailjet.sandbox.api.resource import Type

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Spec = dict[str, Any]
    """The JSON schema of a field."""
    Draw = Callable[[int, int, int], Any]
    """Takes a pseudo-random number, the key of the row, and the Unix second of its creation."""

_DRAWS: dict[str, Draw] = {}
_REFERENCES = {
    "APIKeyID": (tables.API_KEY_ID, 5),
    "AXTestingID": (tables.FIRST_TEST, 9),
    "CampaignID": (tables.FIRST_CAMPAIGN, 3),
    "ContactFilterID": (tables.FIRST_SEGMENT, 3),
    "ContactID": (tables.FIRST_CONTACT, 3),
    "ContactListID": (tables.FIRST_LIST, 2),
    "ContactsListID": (tables.FIRST_LIST, 2),
    "FromID": (tables.FIRST_SENDER, 3),
    "ListID": (tables.FIRST_LIST, 2),
    "RealUserID": (tables.FIRST_USER, 2),
    "SegmentationID": (tables.FIRST_SEGMENT, 3),
    "SenderID": (tables.FIRST_SENDER, 3),
    "TemplateID": (tables.FIRST_TEMPLATE, 9),
    "UserID": (tables.FIRST_USER, 2),
    "WorkflowID": (tables.FIRST_WORKFLOW, 9),
}
"""Fields that refer to other rows: the first ID, and how many IDs from there on."""
_KINDS = {
    "array": Type.JSON,
    "boolean": Type.BOOLEAN,
    "integer": Type.INTEGER,
    "number": Type.NUMBER,
    "object": Type.JSON,
    "string": Type.TEXT,
}
_UNIX_TIME = re.compile(r"(At|Activity|End|Start)$")
ADDED = "added by the tap"
"""How the description of a field says that Mailjet does not have it."""
_ABSENT_EVERY = 5
_WITHIN = 5
"""Seconds after the creation of a row that its times lie in: no row shows a later time."""
_MIXER = 0x9E3779B97F4A7C15


@lru_cache
def properties(stream: str) -> dict[str, Spec]:
    """Return the JSON schemas of the fields that Mailjet returns for a stream, by name."""
    schema = (files("tap_mailjet") / "schemas" / f"{stream}.json").read_bytes()
    found: dict[str, Spec] = msgspec.json.decode(schema)["properties"]
    return {name: spec for name, spec in found.items() if ADDED not in spec["description"]}


def kind_of(spec: Spec, choices: Sequence[Any] = ()) -> Type:
    """Return the type of a field."""
    if any(isinstance(value, (dict, list)) for value in choices):
        return Type.JSON
    if spec.get("format") == "date-time":
        return Type.TIME
    return _KINDS[_types(spec)[0]]


def expression(field: str, spec: Spec, key: str, created: str, choices: Sequence[Any] = ()) -> str:
    """Return the SQL expression of a drawn value.

    Args:
        field: The resource and the name of the field.
        spec: The JSON schema of the field.
        key: The expression of the row's key.
        created: The expression of the row's creation time.
        choices: The values, which rows take in turn; the schema decides if there are none.
    """
    _DRAWS[field] = _choice(choices, spec) if choices else _by_type(field.partition(".")[2], spec)
    return f"drawn('{field}', {key}, {created})"


def drawing(seed: int) -> Callable[[str, int, int], Any]:
    """Return the SQL function `drawn` for a seed."""

    def drawn(field: str, key: int, created: int) -> Any:
        number = zlib.crc32(f"{seed} {field} {key}".encode()) * _MIXER >> 24 & 0xFFFFFFFF
        return _DRAWS[field](number, key, created)

    return drawn


def _types(spec: Spec) -> list[str]:
    """Return the JSON types of a field except null."""
    types = spec["type"]
    return [types] if isinstance(types, str) else [name for name in types if name != "null"]


def _choice(choices: Sequence[Any], spec: Spec) -> Draw:
    """Return what takes choices in turn; `{n}` in a text is the key, `{secret}` a credential."""
    if kind_of(spec, choices) is not Type.JSON:
        texts = list(choices)
    else:
        texts = [None if one is None else msgspec.json.encode(one).decode() for one in choices]

    def draw(number: int, key: int, _created: int) -> Any:
        value = texts[key % len(texts)]
        if not isinstance(value, str):
            return value
        return value.replace("{n}", str(key)).replace("{secret}", f"{number * _MIXER:x}")

    return draw


def _by_type(name: str, spec: Spec) -> Draw:
    """Return what draws a value of the type of a field."""
    kind = kind_of(spec)
    is_optional = "null" in spec["type"] and "array" not in spec["type"]
    if kind is Type.TIME:
        return lambda number, _key, created: created + number % _WITHIN
    if kind is Type.BOOLEAN:
        return lambda number, _key, _created: number % 2

    def value(number: int, created: int) -> Any:
        if name in _REFERENCES:
            first, count = _REFERENCES[name]
            return first + number % count
        if kind is Type.INTEGER:
            return created + number % _WITHIN if _UNIX_TIME.search(name) else number % 1000
        if kind is Type.NUMBER:
            return number % 800 / 8
        if kind is Type.TEXT:
            return _text(number)
        return msgspec.json.encode(_object(number, spec)).decode()

    def draw(number: int, _key: int, created: int) -> Any:
        is_absent = is_optional and number % _ABSENT_EVERY == 0
        return None if is_absent else value(number // _ABSENT_EVERY, created)

    return draw


def _text(number: int) -> str:
    """Return a text with characters that are escaped in JSON, CSV or SQL."""
    return f"{sample_text.SUBJECTS[number % len(sample_text.SUBJECTS)]} {number % 1000}"


def _object(number: int, spec: Spec) -> Any:
    """Return an object, or a list of values that have the type of its items."""
    if _types(spec) == ["object"]:
        return {"ID": number % 1000, "Name": _text(number)}
    is_integer = "integer" in spec["items"]["type"]
    return [number % 1000 + n if is_integer else _text(number + n) for n in range(number % 3)]
