"""Pure: a row as it came over the wire becomes a record as the schema types it.

Mailjet's documentation writes numbers and booleans as strings and an absent value as `""`; the
live API answers with JSON numbers and booleans, and `""` for an absent timestamp. All of it comes
out the same here.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import pendulum

from tap_mailjet.redaction import mask_userinfo
from tap_mailjet.windows import parse_instant, to_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping

    Record = dict[str, Any]

T = TypeVar("T")

_WIRE_TIMESTAMP_LENGTH = len("2020-10-08T06:36:35Z")


def compile_record(
    schema: Mapping[str, Any],
    *,
    required: Iterable[str] = (),
    withheld: Iterable[str] = (),
    masked: Iterable[str] = (),
    report: Callable[[str], None],
) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Compile a stream's schema into a function from a wire row to a record.

    Args:
        schema: the stream's JSON schema; its properties are what a record has, all of them.
        required: fields that must have a value, such as the key.
        withheld: fields of the wire that are credentials: left out without a word.
        masked: fields that are URLs, of which a user and a password are masked.
        report: told in a sentence of what could not be carried over: a field that the schema does
            not know, or a value that its type cannot hold. The same sentence comes again for each
            row; to say it once is up to the caller.

    Returns:
        The function. It raises ValueError for a row without a value in a required field.
    """
    converters = {name: _converter(spec) for name, spec in schema["properties"].items()}
    for name in masked:
        converters[name] = functools.partial(_masked, convert=converters[name])
    # The API is not of one mind about case: ContactAlt on one page, ContactALT on another.
    spellings = {name.lower(): name for name in converters}
    kept_back = {name.lower() for name in withheld}
    template = dict.fromkeys(converters)
    required = tuple(required)

    def record(row: Mapping[str, Any]) -> dict[str, Any]:
        made: dict[str, Any] = template.copy()
        for wire_name, value in row.items():
            name = wire_name if wire_name in converters else spellings.get(wire_name.lower())
            if name is None:
                if wire_name.lower() in kept_back:
                    continue
                report(f"Field {wire_name} is not in the schema; its values are left out.")
                continue
            try:
                made[name] = converters[name](value)
            except (ValueError, TypeError, LookupError, OverflowError):
                # The value itself is not told: it may be personal.
                report(f"Field {name} has values that are not of its type; they become null.")
        for name in required:
            if made[name] is None:
                message = f"A row has no usable {name}, which every row of it must have."
                raise ValueError(message)
        return made

    return record


def distinct(answers: Iterable[Iterable[T]], key: Callable[[T], Hashable]) -> Iterator[T]:
    """Chain the answers of several queries, without what an earlier one has had already.

    Within one answer nothing is left out: two equal clicks in one second exist.
    """
    answers = list(answers)
    if len(answers) == 1:
        yield from answers[0]
        return
    before: set[Hashable] = set()
    for answer in answers:
        here = set()
        for row in answer:
            identity = key(row)
            here.add(identity)
            if identity not in before:
                yield row
        before |= here


def clock_function(name: str) -> Callable[[Any], str | None]:
    """Make a function that reads one timestamp of a row as it came.

    Returns:
        The function: it gives RFC 3339 in UTC without the Z, as with it a second would sort after
        its own fractions; None where the row has no such time. It raises ValueError for what is
        no time.
    """
    clock = msgspec.defstruct("Clock", [("at", Any, None)], rename={"at": name}, gc=False)
    decode = msgspec.json.Decoder(clock).decode

    def read(row: Any) -> str | None:
        happened = _time(decode(row).at)  # type: ignore[attr-defined] # of a struct made above
        return None if happened is None else happened[:-1]

    return read


def _converter(spec: Mapping[str, Any]) -> Callable[[Any], Any]:
    types = [name for name in _as_list(spec["type"]) if name != "null"]
    if spec.get("format") == "date-time":
        return _time
    if types == ["array"]:
        items = _converter(spec["items"]) if "items" in spec else _same
        return functools.partial(_unless_absent, convert=functools.partial(_array, items=items))
    if types == ["object"]:
        return functools.partial(_unless_absent, convert=_object)
    plain, convert = _SCALARS[types[0]]

    def scalar(value: Any) -> Any:
        # The ordinary case first: JSON's type is the schema's already.
        return value if type(value) in plain else _unless_absent(value, convert)

    return scalar


def _as_list(types: str | list[str]) -> list[str]:
    return [types] if isinstance(types, str) else types


def _unless_absent(value: Any, convert: Callable[[Any], Any]) -> Any:
    return None if value is None or value == "" else convert(value)


def _masked(value: Any, convert: Callable[[Any], Any]) -> Any:
    converted = convert(value)
    return mask_userinfo(converted) if converted else converted


def _same(value: Any) -> Any:
    return value


def _integer(value: Any) -> int:
    if isinstance(value, str) and "." not in value:
        return int(value)  # not through float: IDs have 64 bits
    number = float(value)
    if not number.is_integer():
        msg = "not a whole number"
        raise ValueError(msg)
    return int(number)


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        msg = "not a finite number"
        raise ValueError(msg)
    return number


def _boolean(value: Any) -> bool:
    return {"true": True, "1": True, "false": False, "0": False}[str(value).strip().lower()]


def _string(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _time(value: Any) -> Any:
    return value if is_wire_time(value) else _unless_absent(value, _timestamp)


def is_wire_time(value: Any) -> bool:
    """Tell whether a value is a timestamp as the live API writes it, which records have too."""
    return (
        type(value) is str
        and len(value) == _WIRE_TIMESTAMP_LENGTH
        and value[10] == "T"
        and value[19] == "Z"
    )


def _timestamp(value: Any) -> str:
    """RFC 3339 in UTC, in whole seconds unless it came with a fraction; Unix seconds too."""
    if isinstance(value, str) and not value.isdecimal():
        instant = parse_instant(value)
    else:
        try:
            instant = pendulum.from_timestamp(float(value))
        except (OSError, OverflowError) as error:
            msg = "not a time that there is"
            raise ValueError(msg) from error
    wire = to_wire(instant)
    fraction = instant.microsecond
    return f"{wire[:-1]}.{fraction:06d}Z" if fraction else wire


def _array(value: Any, items: Callable[[Any], Any]) -> list[Any]:
    if not isinstance(value, list):
        msg = "not a list"
        raise TypeError(msg)
    return [items(item) for item in value]


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        msg = "not an object"
        raise TypeError(msg)
    return value


_SCALARS: dict[str, tuple[tuple[type, ...], Callable[[Any], Any]]] = {
    "integer": ((int,), _integer),
    "number": ((float, int), _number),
    "boolean": ((bool,), _boolean),
    "string": ((str,), _string),
}
