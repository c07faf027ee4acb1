"""The envelope of a page, and its rows as they came."""

from __future__ import annotations

from typing import Any

import msgspec

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


class RawPage(Page, frozen=True):
    """One answer's envelope, with its rows as they came."""

    data: list[msgspec.Raw]  # type: ignore[assignment] # it is not added to


# Not strict: the documentation's examples write numbers as strings.
_decode_envelope = msgspec.json.Decoder(RawPage, strict=False).decode
_decode_fields = msgspec.json.Decoder(dict[str, Any]).decode


def decode_row(row: Row) -> dict[str, Any]:
    """Give the fields of a row by their names on the wire; ValueError if it is no JSON object."""
    if isinstance(row, msgspec.Raw):
        return _decode_fields(row)
    fields: dict[str, Any] = msgspec.to_builtins(row)
    return fields


def decode_page(body: bytes) -> Page:
    """Read an answer; ValueError for one that is not a page, or not UTF-8 to the end."""
    if not body.isascii():
        body.decode()  # rows are left as they are, and so unchecked
    page = _decode_envelope(body)
    if page.data:
        decode_row(page.data[0])
    return page
