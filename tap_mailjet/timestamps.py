"""Pure: timestamps of the wire become timestamps of records: RFC 3339 in UTC, with a Z."""

from __future__ import annotations

import functools
import re
from datetime import datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import pendulum

from tap_mailjet.windows import parse_instant, to_wire

if TYPE_CHECKING:
    from collections.abc import Sequence

_FORM = b"0000-00-00T00:00:00Z"
_LENGTH = len(_FORM)
_FORM_OF_ONE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-5][0-9]:[0-5][0-9]Z").fullmatch
_DIGITS_TO_ZERO = bytes.maketrans(b"0123456789", b"0" * 10)
_TO_THE_HOUR = itemgetter(slice(len("2020-10-08T06")))
_TENS_OF_MINUTES, _TENS_OF_SECONDS = 14, 17


def are_record_times(values: Sequence[str]) -> bool:
    """Return True if each value is a timestamp as records have it: `2020-10-08T06:36:35Z`.

    The live API writes timestamps like this. A page has a thousand of them, so they are checked
    together: the form by one translation of all characters, the calendar once for each hour.
    """
    if {*map(len, values)} != {_LENGTH}:
        return not values
    text = "".join(values)
    if not text.isascii():
        return False
    characters = text.encode()
    return (
        characters.translate(_DIGITS_TO_ZERO) == _FORM * len(values)
        and not characters[_TENS_OF_MINUTES::_LENGTH].strip(b"012345")
        and not characters[_TENS_OF_SECONDS::_LENGTH].strip(b"012345")
        and all(map(_is_hour, {*map(_TO_THE_HOUR, values)}))
    )


@functools.lru_cache(2**14)
def _is_hour(text: str) -> bool:
    """Return True if the calendar has an hour such as `2020-10-08T06`."""
    try:
        datetime.fromisoformat(f"{text}:00:00")
    except ValueError:
        return False
    return True


def record_time(value: Any) -> str | None:
    """Convert a timestamp of the wire, in text or in Unix seconds; None for an absent one.

    Returns:
        RFC 3339 in UTC, in whole seconds unless the value has a fraction.

    Raises:
        ValueError: the value is no time.
    """
    if value is None or value == "":
        return None
    if isinstance(value, str):
        # The documentation also shows timestamps without the Z.
        wire = value if len(value) == _LENGTH else f"{value}Z"
        if _FORM_OF_ONE(wire) and _is_hour(_TO_THE_HOUR(wire)):
            return wire
    return _converted(value)


def _converted(value: Any) -> str:
    if isinstance(value, str) and not value.isdecimal():
        instant = parse_instant(value)
    elif isinstance(value, (str, int, float)) and not isinstance(value, bool):
        try:
            instant = pendulum.from_timestamp(float(value))
        except (OSError, OverflowError) as error:
            msg = "beyond the calendar"
            raise ValueError(msg) from error
    else:
        msg = "neither text nor a number"
        raise ValueError(msg)
    wire = to_wire(instant)
    fraction = instant.microsecond
    return f"{wire[:-1]}.{fraction:06d}Z" if fraction else wire
