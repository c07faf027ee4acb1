"""Remove secrets and mail addresses from log lines and error messages."""

from __future__ import annotations

import base64
import html
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MASK = "***"

SHORTEST_SECRET = 4
"""Shorter secrets are not masked: they would match parts of ordinary words."""
_SHORTEST_CORE = 8
"""Base64 texts below this length are not searched for, because they match by chance."""
_MAX_CHARS = 2**16
"""Maximum number of characters that are searched; messages show a few hundred."""
_MAX_MATCH_CHARS = 2**11
"""Maximum length of a secret in any escaped form."""
_ESCAPE = r"\\{1,4}"
"""A backslash as JSON and repr() write it, escaped up to three times."""

# A run of characters that may be a mail address. The pattern is greedy on purpose: a masked file
# name does no harm, an unmasked address does.
_WORD = re.compile(r"[^\s\"'<>(),;:=/?&]+")
# The @ of an address, plain or escaped as in a URL or in JSON.
_AT = re.compile(r"(?<=.)(?:@|%40|%2540|\\u0040)(?=.)", re.IGNORECASE | re.DOTALL)
_USERINFO = re.compile(r"(?<=://)[^/\s@]+@")
# Control characters hide a secret from the search, and a terminal executes them.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f\x80-\x84\x86-\x9f]+")


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Mask secrets and mail addresses in a text, and remove `user:password@` from its URLs."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, MASK)
    text = _USERINFO.sub("", text)
    # Each spelling of the @ contains one of the two; most texts contain neither.
    return _WORD.sub(_without_address, text) if "@" in text or "40" in text else text


def _without_address(word: re.Match[str]) -> str:
    # A backslash at the end belongs to the next character, which stays.
    text = word[0].rstrip("\\")
    return MASK + word[0][len(text) :] if _AT.search(text) else word[0]


class Redactor:
    """A function that masks a key pair in any spelling, and mail addresses.

    A server may quote the request. Therefore the key, the secret and the Basic token are found as
    plain text and in base64 (also URL-safe, without padding, or as a part of a longer text), with
    any of their characters escaped as in a URL, in JSON or in HTML.

    Args:
        api_key: The user name of HTTP Basic authentication.
        api_secret: The password of HTTP Basic authentication.
    """

    def __init__(self, api_key: str, api_secret: str) -> None:
        # A secret from a file may end with a line end, which a server may omit.
        pair = (api_key.strip(), api_secret.strip())
        plain = [text for text in pair if len(text) >= SHORTEST_SECRET]
        token = base64.b64encode(f"{api_key}:{api_secret}".encode()).decode().rstrip("=")
        spelled = sorted([token, *plain], key=len, reverse=True)
        cores = {core for text in (token, *plain) for core in _cores(text.encode())}
        texts = [
            _encoded_pattern(token),
            *map(_plain_pattern, spelled),
            *map(_encoded_pattern, sorted(cores, key=len, reverse=True)),
        ]
        self._pattern = re.compile("|".join(texts), re.IGNORECASE) if plain else None

    def __call__(self, text: str) -> str:
        """Mask the key pair and mail addresses in a text."""
        return redact(self.key_pair(text))

    def key_pair(self, text: str) -> str:
        """Mask the key pair in a text."""
        return text if self._pattern is None else self._pattern.sub(MASK, text)

    def excerpt(self, text: str) -> str:
        """Mask the key pair and mail addresses in a text of any size, and shorten it.

        The text is searched before it is cut, so that no part of a secret remains.
        """
        masked = self(_CONTROL.sub("", text[:_MAX_CHARS]))
        return shorten(masked if len(text) <= _MAX_CHARS else masked[:-_MAX_MATCH_CHARS])


def _cores(secret: bytes) -> Iterator[str]:
    """Yield the known part of the base64 of a secret at each of the three places in a longer text.

    The first and the last characters also depend on the text before and after the secret.
    """
    for before in range(3):
        text = base64.b64encode(b"\0" * before + secret).decode()
        core = text[-(-before * 8 // 6) : (before + len(secret)) * 8 // 6]
        if len(core) >= _SHORTEST_CORE:
            yield core


def _plain_pattern(secret: str) -> str:
    return "".join(f"(?:{'|'.join(_spellings(character))})" for character in secret)


def _encoded_pattern(core: str) -> str:
    """Return a pattern for a base64 text, which may be URL-safe and broken into lines."""
    other = {"+": "-", "/": "_"}
    characters = [
        "|".join([*_spellings(one), *_spellings(other[one])]) if one in other else one
        for one in core
    ]
    line_end = r"(?:\s|\\[rn]|%0[AD])*"
    return (
        line_end.join(f"(?:{one})" if "|" in one else one for one in characters)
        + r"(?:=|%3D|\\u003D){0,2}"
    )


def _spellings(character: str) -> dict[str, None]:
    """Return the patterns of a character: plain, and escaped for a URL, JSON or HTML."""
    hexadecimal = [f"{byte:02X}" for byte in character.encode("utf-8", "surrogatepass")]
    units = character.encode("utf-16-be", "surrogatepass").hex("-", 2).split("-")
    spellings = [
        re.escape(character),
        *("".join(f"%{sign}{byte}" for byte in hexadecimal) for sign in ("", "25")),
        "".join(rf"{_ESCAPE}u{unit}" for unit in units),
        "".join(rf"{_ESCAPE}x{byte}" for byte in hexadecimal),
        rf"{_ESCAPE}x{ord(character):02X}",
        rf"&#0*{ord(character)};",
        rf"&#x0*{ord(character):X};",
        re.escape(html.escape(character)),
    ]
    if not character.isalnum():
        spellings.append(_ESCAPE + re.escape(character))
    if character == " ":
        spellings.append(r"\+")
    # The keys of a dictionary are unique and keep their order.
    return dict.fromkeys(spellings)


def mask_userinfo(url: str) -> str:
    """Replace `user:password` in a URL by `***`, even if it is not escaped correctly."""
    scheme, slashes, rest = url.partition("//")
    if not slashes:
        scheme, rest = "", url
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    # If the password has an unescaped slash or question mark, the apparent port is not a number.
    port = authority.rpartition(":")[2] if ":" in authority else ""
    is_cut = "@" not in authority and port and not port.isdecimal()
    end = (rest if is_cut else authority).rfind("@")
    return url if end < 0 else f"{scheme}{slashes}{MASK}{rest[end:]}"


def shorten(text: str, max_chars: int = 300) -> str:
    """Fold white space, and cut a text to `max_chars` characters."""
    folded = " ".join(text.split())
    return folded if len(folded) <= max_chars else f"{folded[: max_chars - 1]}…"
