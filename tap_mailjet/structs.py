"""Pure: rows that are as their schema has it become records without a look at each value.

msgspec checks the types while it reads the JSON, at a tenth of what it takes in Python. What it
does not take (a number in quotes, a field that nobody knows) is for records.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from tap_mailjet.records import is_wire_time

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

_TYPES: dict[str, Any] = {
    "integer": int,
    "number": int | float,
    "boolean": bool,
    "string": str,
    "object": dict[str, Any],
    "array": list[Any],
}


def compile_struct(
    schema: Mapping[str, Any], required: Collection[str]
) -> Callable[[bytes], msgspec.Struct | None]:
    """Compile a stream's schema into a function from a row as it came to a record.

    Args:
        schema: the stream's JSON schema, of flat properties.
        required: fields that must have a value.

    Returns:
        The function. The record is a struct, which is written like the dict that records.py makes
        of the row. None for a row that needs converting, is not whole, or has fields of no schema.
    """
    properties = schema["properties"]
    attributes = {name: f"field{at}" for at, name in enumerate(properties)}
    struct = msgspec.defstruct(
        "Record",
        [
            (attributes[name], _type(spec))
            if name in required
            else (attributes[name], _type(spec) | None, None)
            for name, spec in properties.items()
        ],
        rename={attribute: name for name, attribute in attributes.items()},
        forbid_unknown_fields=True,
        kw_only=True,
        gc=False,
    )
    decode = msgspec.json.Decoder(struct).decode
    times = [
        attributes[name] for name, spec in properties.items() if spec.get("format") == "date-time"
    ]

    def record(row: bytes) -> msgspec.Struct | None:
        try:
            made = decode(row)
        except msgspec.ValidationError:
            return None
        for attribute in times:
            value = getattr(made, attribute)
            if value is not None and not is_wire_time(value):
                return None
        return made

    return record


def _type(spec: Mapping[str, Any]) -> Any:
    types = [spec["type"]] if isinstance(spec["type"], str) else spec["type"]
    [name] = [name for name in types if name != "null"]
    return _TYPES[name]
