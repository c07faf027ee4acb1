"""The envelope of a page, and its rows as they came."""

from __future__ import annotations

import operator
from typing import Any, cast

import msgspec

from tap_mailjet.api.lenient_json import split_page

MAX_PAGE_SIZE = 1000
"""The most rows that Mailjet returns in one response.

https://dev.mailjet.com/email/reference/overview/filters/
"""

Row = msgspec.Raw | msgspec.Struct
"""A row: its bytes as they came, or the record that it was read as (structs.py).

As a dict it would take three to four times the memory.
"""


class Page(msgspec.Struct, frozen=True, rename="pascal"):
    """One answer's envelope.

    `total` is the page's count on some servers and the whole result's on others; only
    `countOnly` may be trusted for the latter.
    """

    data: list[Row]
    count: int = 0
    total: int = 0


class _Envelope(msgspec.Struct, rename="pascal"):
    """A response body with its rows as they came."""

    data: list[msgspec.Raw] | None
    count: Any = None
    total: Any = None


_decode_envelope = msgspec.json.Decoder(_Envelope).decode


def decode_page(body: bytes) -> Page:
    """Read a response body, its rows as they came.

    Rows with broken values are part of the page (lenient.py). `Data` is null on servers that
    write an empty list like that.

    Raises:
        ValueError: the body is not a page, such as one that was cut short.
    """
    try:
        if not body.isascii():
            body.decode()  # msgspec does not look into rows that it leaves as they are
        envelope = _decode_envelope(body)
    except (ValueError, RecursionError) as error:
        envelope = _broken_envelope(body, error)
    rows = envelope.data or []
    # A page may have a row that is no object, and the rows around it are good.
    if rows and not any(bytes(row).startswith(b"{") for row in rows):
        message = "its rows are not JSON objects"
        raise ValueError(message)
    count = _counted(envelope.count, len(rows))
    return Page(cast("list[Row]", rows), count, _counted(envelope.total, count))


def _broken_envelope(body: bytes, error: Exception) -> _Envelope:
    """Read a body that msgspec refuses, or raise ValueError with msgspec's reason."""
    try:
        found = split_page(body)
        rows = found["Data"]
        if rows is None or isinstance(rows, list):
            data = None if rows is None else [msgspec.Raw(row) for row in rows]
            return _Envelope(data, found.get("Count"), found.get("Total"))
    except (ValueError, LookupError, RecursionError):
        pass  # the first reason is the better one
    message = f"{error}"
    raise ValueError(message) from error


def _counted(value: Any, otherwise: int) -> int:
    """Convert a number of the envelope, which the documentation's examples write as text."""
    if value is None or value == "":
        return otherwise
    if isinstance(value, float) and value.is_integer():
        return int(value)
    try:
        return int(value) if isinstance(value, str) else operator.index(value)
    except (ValueError, TypeError) as error:
        message = "Count or Total is not a whole number"
        raise ValueError(message) from error
