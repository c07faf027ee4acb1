"""What must not be read in a log or an exception: secrets and people's addresses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MASK = "***"

# An address in a text, also where its @ is percent-encoded in a URL. Deliberately greedy: a
# masked file name does no harm, an unmasked address does.
_ADDRESS = re.compile(r"[^\s\"'<>(),;:=/?&]+(?:@|%40)[^\s\"'<>(),;:=/?&]+", re.IGNORECASE)
_USERINFO = re.compile(r"(?<=://)[^/\s@]+@")


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Mask secrets and mail addresses in a text, and take `user:password@` out of its URLs."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, MASK)
    return _ADDRESS.sub(MASK, _USERINFO.sub("", text))


def shorten(text: str, most: int = 300) -> str:
    """Fold white space and cut a text to at most `most` characters."""
    folded = " ".join(text.split())
    return folded if len(folded) <= most else f"{folded[: most - 1]}…"
