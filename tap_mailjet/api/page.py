"""The envelope of a page, and its undecoded rows."""

from __future__ import annotations

import operator
from typing import Any, cast

import msgspec

from tap_mailjet.api.lenient_json import split_page

MAX_PAGE_SIZE = 1000
"""Maximum number of rows in one response.

https://dev.mailjet.com/email/reference/overview/filters/
"""

Row = msgspec.Raw | msgspec.Struct
"""A row: its bytes as received, or a struct that is its record (`TypedRowDecoder`).

A dict would take three to four times the memory.
"""


class Page(msgspec.Struct, frozen=True, rename="pascal"):
    """The envelope of one response.

    Attributes:
        data: The rows.
        count: The number of rows, according to Mailjet.
        total: The number of rows of the page, or of the whole result. Mailjet does not document
            which, so only `countOnly` is trusted for the whole result.
    """

    data: list[Row]
    count: int = 0
    total: int = 0


class _Envelope(msgspec.Struct, rename="pascal"):
    """A response body with undecoded rows."""

    data: list[msgspec.Raw] | None
    count: Any = None
    total: Any = None


_decode_envelope = msgspec.json.Decoder(_Envelope).decode


def decode_page(body: bytes) -> Page:
    """Read a response body without decoding its rows.

    Rows with broken values are part of the page (`lenient_json`). A `Data` of null is an empty
    list.

    Raises:
        ValueError: The body is not a page, for example because it was cut short.
    """
    try:
        if not body.isascii():
            body.decode()  # msgspec does not check the rows that it leaves undecoded
        envelope = _decode_envelope(body)
    except (ValueError, RecursionError) as error:
        envelope = _broken_envelope(body, error)
    rows = envelope.data or []
    # One row that is not an object does not make the other rows unusable.
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
        pass  # the reason of msgspec is more specific
    message = f"{error}"
    raise ValueError(message) from error


def _counted(value: Any, default: int) -> int:
    """Convert a number of the envelope, which is text in the examples of the documentation."""
    if value is None or value == "":
        return default
    if isinstance(value, float) and value.is_integer():
        return int(value)
    try:
        return int(value) if isinstance(value, str) else operator.index(value)
    except (ValueError, TypeError) as error:
        message = "Count or Total is not a whole number"
        raise ValueError(message) from error
