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


def mask_userinfo(url: str) -> str:
    """Put `***` where a URL has `user:password`, however carelessly it was written."""
    scheme, slashes, rest = url.partition("//")
    if not slashes:
        scheme, rest = "", url
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    # A password with an unescaped slash or question mark: what looks like the port is none.
    port = authority.rpartition(":")[2] if ":" in authority else ""
    is_cut = "@" not in authority and port and not port.isdecimal()
    end = (rest if is_cut else authority).rfind("@")
    return url if end < 0 else f"{scheme}{slashes}{MASK}{rest[end:]}"


def shorten(text: str, most: int = 300) -> str:
    """Fold white space and cut a text to at most `most` characters."""
    folded = " ".join(text.split())
    return folded if len(folded) <= most else f"{folded[: most - 1]}…"
