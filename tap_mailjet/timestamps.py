"""Parse and write timestamps; instants are aware pendulum datetimes in UTC."""

from __future__ import annotations

import functools
import re
from datetime import datetime
from typing import Any

import pendulum

EARLIEST_DATA = pendulum.datetime(2010, 1, 1)
"""The earliest time of any data: Mailjet was founded in 2010."""
_LEAP_SECOND = re.compile(r"(?<=[T ][0-9]{2}:[0-9]{2}):60(?![0-9])")
_LENGTH, _HOUR_LENGTH = len("2020-10-08T06:36:35Z"), len("2020-10-08T06")
_FORM = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-5][0-9]:[0-5][0-9]Z").fullmatch


def parse_instant(text: str) -> pendulum.DateTime:
    """Parse an RFC 3339 or ISO 8601 date or timestamp.

    The default offset is UTC, and the default time of day is midnight. A leap second, `23:59:60`,
    is read as the second before it, because Python and pendulum have no leap seconds. The instant
    then stays in its day, and therefore in the window that Mailjet's filter returns it for.

    Returns:
        The same instant in UTC, with its fraction of a second.

    Raises:
        ValueError: The text is anything else, such as a duration, an interval, a time without a
            date, or "now".
    """
    # pendulum also reads "now", durations, intervals with a slash, and times of the current day.
    begins_with_year = text[:4].isascii() and text[:4].isdecimal() and len(text) >= len("2020")
    is_date = begins_with_year and "/" not in text
    parsed = pendulum.parse(_LEAP_SECOND.sub(":59", text.upper())) if is_date else None
    if not isinstance(parsed, pendulum.DateTime):
        msg = f"{text!r} is not an ISO 8601 date or timestamp"
        raise ValueError(msg)  # noqa: TRY004 - the value is wrong, not the type
    try:
        return parsed.in_timezone(pendulum.UTC)
    except OverflowError as error:
        msg = f"{text!r} is outside the years 1 to 9999 in UTC"
        raise ValueError(msg) from error


def to_wire(instant: pendulum.DateTime) -> str:
    """Write an instant as Mailjet does: `2020-10-08T06:36:35Z`, whole seconds, in UTC."""
    # Not %Y, because it writes the year 1 as 1 on Linux.
    return f"{instant.year:04}-{instant.strftime('%m-%dT%H:%M:%SZ')}"


@functools.lru_cache(2**14)
def _is_hour(text: str) -> bool:
    """Return True if an hour such as `2020-10-08T06` exists in the calendar."""
    try:
        # With minutes, because Python 3.14 reads 24:00 as the next midnight.
        datetime.fromisoformat(f"{text}:30")
    except ValueError:
        return False
    return True


def record_time(value: Any) -> str | None:
    """Convert a timestamp from the wire, as text or Unix seconds; return None if it is absent.

    Returns:
        RFC 3339 in UTC, in whole seconds unless the value has a fraction.

    Raises:
        ValueError: The value is not a time.
    """
    if value is None or value == "":
        return None
    if isinstance(value, str):
        # The documentation also shows timestamps without the Z.
        wire = value if len(value) == _LENGTH else f"{value}Z"
        if _FORM(wire) and _is_hour(wire[:_HOUR_LENGTH]):
            return wire
    return _converted(value)


def _converted(value: Any) -> str:
    if isinstance(value, str) and not value.isdecimal():
        instant = parse_instant(value)
    elif isinstance(value, (str, int, float)) and not isinstance(value, bool):
        try:
            instant = pendulum.from_timestamp(float(value))
        except (OSError, OverflowError) as error:
            msg = "outside the years 1 to 9999"
            raise ValueError(msg) from error
    else:
        msg = "neither text nor a number"
        raise ValueError(msg)
    wire = to_wire(instant)
    fraction = instant.microsecond
    return f"{wire[:-1]}.{fraction:06d}Z" if fraction else wire
