"""Decode rows with the types of the schema directly to records.

msgspec checks the types while it decodes a page, in a tenth of the time that Python takes. Rows
that msgspec refuses (a number in quotes, an unknown field) are left to `conversion`.
"""

from __future__ import annotations

import contextlib
from datetime import datetime
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Annotated, Any, cast

import msgspec

from tap_mailjet.api.lenient_json import EXACT_FLOATS
from tap_mailjet.api.page import Page, decode_page
from tap_mailjet.records.values import key_defaults, types_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from tap_mailjet.api.page import Row

_TYPES: dict[str, Any] = {
    "integer": int,
    "number": Annotated[int, msgspec.Meta(ge=-EXACT_FLOATS, le=EXACT_FLOATS)] | float,
    "boolean": bool,
    "string": str,
    "object": dict[str, Any],
    "array": list[Any],
}
_TIME = b"0000-00-00T00:00:00Z"
_TIME_LENGTH = len(_TIME)
_DIGITS_TO_ZERO = bytes.maketrans(b"0123456789", b"0" * 10)
_TO_THE_HOUR = itemgetter(slice(len("2020-10-08T06")))
_TENS_OF_MINUTES, _TENS_OF_SECONDS = 14, 17


class TypedRowDecoder:
    """A decoder with a struct type for the records of a stream.

    The structs are written like the dicts of `conversion`.

    Args:
        schema: The stream's JSON schema, with flat properties.
        required: Fields that must have a value.
        omitted: Wire fields that records do not have.
    """

    def __init__(
        self, schema: Mapping[str, Any], required: Collection[str], omitted: Collection[str] = ()
    ) -> None:
        properties = schema["properties"]
        # Numbered attributes, because a wire name may not be valid in Python.
        self._attributes = {name: f"field{at}" for at, name in enumerate(properties)}
        self._times = [
            (self._attributes[name], name in required)
            for name, spec in properties.items()
            if spec.get("format") == "date-time"
        ]
        defaults = key_defaults(schema)
        rename = {attribute: name for name, attribute in self._attributes.items()}
        fields: list[Any] = [
            (self._attributes[name], _type(spec), *((defaults[name],) if name in defaults else ()))
            if name in required
            else (self._attributes[name], _type(spec) | None, None)
            for name, spec in properties.items()
        ]
        unused = {f"omitted{at}": name for at, name in enumerate(sorted(omitted))}
        struct = msgspec.defstruct(
            "Record",
            # The values of omitted fields stay undecoded.
            [*fields, *((attribute, msgspec.Raw, msgspec.Raw()) for attribute in unused)],
            rename=rename | unused,
            forbid_unknown_fields=True,
            kw_only=True,
            gc=False,
        )
        self._narrowed = _narrowing(rename) if omitted else None
        page = msgspec.defstruct("RecordPage", [("data", list[struct])], bases=(Page,), frozen=True)  # type: ignore[valid-type]
        self._decode_row = msgspec.json.Decoder(struct).decode
        self._decode_page: Callable[[bytes], Any] = msgspec.json.Decoder(page).decode

    def getter(self, *names: str) -> Callable[[msgspec.Struct], Any]:
        """Return a function that reads a field of a struct, or a tuple of several fields."""
        return attrgetter(*(self._attributes[name] for name in names))

    def page(self, body: bytes) -> Page:
        """Read a response body; decode each row to a struct unless it needs conversion.

        Raises:
            ValueError: The body is not a page.
        """
        with contextlib.suppress(ValueError, RecursionError):
            page: Page = self._decode_page(body)
            if self._have_times(page.data):
                if self._narrowed is None:
                    return page
                return Page([*map(self._narrowed, page.data)], page.count, page.total)
        page = decode_page(body)
        return Page([*map(self.row, page.data)], page.count, page.total)

    def row(self, row: Any) -> Row:
        """Decode a row to a struct, or return the row unchanged if it needs conversion."""
        with contextlib.suppress(ValueError, RecursionError):
            record: msgspec.Struct = self._decode_row(row)
            if self._have_times([record]):
                return self._narrowed(record) if self._narrowed else record
        return cast("Row", row)

    def _have_times(self, rows: Sequence[Row]) -> bool:
        """Return True if all timestamps have the form of records; set absent ones to None."""
        for attribute, is_required in self._times:
            values = [*map(attrgetter(attribute), rows)]
            if None not in values and are_record_times(values):
                continue
            if is_required or not are_record_times([value for value in values if value]):
                return False
            for row, value in zip(rows, values, strict=True):
                if value == "":
                    setattr(row, attribute, None)
        return True


def are_record_times(values: Sequence[str]) -> bool:
    """Return True if each value is a timestamp in the form of records: `2020-10-08T06:36:35Z`.

    The live API writes timestamps in this form. A page has a thousand timestamps, so they are
    checked together: the form by one translation of all characters, the calendar once per hour.
    """
    if {*map(len, values)} != {_TIME_LENGTH}:
        return not values
    text = "".join(values)
    if not text.isascii():
        return False
    characters = text.encode()
    has_form = (
        characters.translate(_DIGITS_TO_ZERO) == _TIME * len(values)
        and not characters[_TENS_OF_MINUTES::_TIME_LENGTH].strip(b"012345")
        and not characters[_TENS_OF_SECONDS::_TIME_LENGTH].strip(b"012345")
    )
    with contextlib.suppress(ValueError):
        for hour in {*map(_TO_THE_HOUR, values)} if has_form else ():
            # With minutes, because Python 3.14 reads 24:00 as the next midnight.
            datetime.fromisoformat(f"{hour}:30")
        return has_form
    return False  # an hour does not exist in the calendar


def _narrowing(rename: Mapping[str, str]) -> Callable[[Any], msgspec.Struct]:
    """Return a function that copies a struct without its omitted fields."""
    struct = msgspec.defstruct(
        "Record", [(attribute, Any) for attribute in rename], rename=dict(rename), gc=False
    )
    values = attrgetter(*rename)
    return lambda record: struct(*values(record))


def _type(spec: Mapping[str, Any]) -> Any:
    [name] = [name for name in types_of(spec) if name != "null"]
    return list[_type(spec["items"]) | None] if "items" in spec else _TYPES[name]  # type: ignore[misc]
