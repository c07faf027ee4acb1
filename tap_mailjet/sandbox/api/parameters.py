"""Query parameters: from the URL's text to values, or a canned that names the parameter."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import msgspec

from tap_mailjet.sandbox.api.errors import BadParameterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Parse = Callable[[str, str], int | str]
    """Takes the parameter's name and text; raises BadParameterError."""

_INTEGER = re.compile(r"-?[0-9]{1,19}")
_BOOLEANS = {"true": 1, "1": 1, "false": 0, "0": 0}
_LARGEST = 2**63 - 1


def first(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the parameters by name; of a repeated one the first counts, as on the live API."""
    found: dict[str, str] = {}
    for name, value in pairs:
        found.setdefault(name, value)
    return found


def joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the parameters by name; the values of a repeated one are joined by commas."""
    found: dict[str, str] = {}
    for name, value in pairs:
        found[name] = f"{found[name]},{value}" if name in found else value
    return found


def integer(name: str, text: str) -> int:
    """Return a whole number of 64 bits, or raise BadParameterError."""
    if not _INTEGER.fullmatch(text) or abs(int(text)) > _LARGEST:
        raise BadParameterError(name, "is not an integer")
    return int(text)


def integers(name: str, text: str) -> list[int]:
    """Return whole numbers that are separated by commas, or raise BadParameterError."""
    return [integer(name, part) for part in text.split(",")]


def boolean(name: str, text: str) -> int:
    """Return 1 or 0 for true or false, or raise BadParameterError."""
    if text.lower() not in _BOOLEANS:
        raise BadParameterError(name, "is not a boolean")
    return _BOOLEANS[text.lower()]


def text(_name: str, text: str) -> str:
    """Return the text as it is."""
    return text


def words(_name: str, text: str) -> str:
    """Return words that are separated by commas as a JSON array."""
    return msgspec.json.encode(text.split(",")).decode()


def choice(*known: str) -> Parse:
    """Return a parser that takes these words only."""

    def parse(name: str, text: str) -> str:
        if text not in known:
            raise BadParameterError(name, f"is not one of {', '.join(known)}")
        return text

    return parse


def moment(name: str, text: str) -> int:
    """Return the Unix second of an RFC 3339 time (UTC if it has no offset) or of Unix seconds."""
    if _INTEGER.fullmatch(text):
        return integer(name, text)
    try:
        at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as error:
        reason = "is neither an RFC 3339 timestamp nor Unix seconds"
        raise BadParameterError(name, reason) from error
    return int((at if at.tzinfo else at.replace(tzinfo=timezone.utc)).timestamp())
