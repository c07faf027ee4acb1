"""Errors that quote the request with its credentials, as proxies and frameworks do."""

from __future__ import annotations

import base64
import binascii
import html
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

from tap_mailjet.sandbox.api.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_mailjet.sandbox.faults.canned_responses import CannedResponse

ADDRESS = "quoted.person@example.com"
"""The mail address that an error quotes."""
PARTS = (
    "user",
    "password",
    "Authorization",
    "contact",
    "token",
    "encoded_token",
    "pair",
    "url",
    "encoded_url",
    "encoded_contact",
)
"""The parts that an error quotes, in this order: a client may show the beginning only."""


def quoting(
    canned: CannedResponse, form: str, parts: Sequence[str], url: str, authorization: str
) -> CannedResponse:
    """Return an error with the same status and headers whose body quotes the request."""
    known = request_quotes(url, authorization)
    quotes = {name: known[name] for name in parts or PARTS}
    if form == "json":
        error = ApiError(canned.status, " ".join(f"{k}: {v}" for k, v in quotes.items())).body()
        content = msgspec.json.encode({**error, "ErrorInfo": quotes})
        return canned._replace(content=content, media="application/json")
    lines = "\n".join(html.escape(f"{name}: {text}") for name, text in quotes.items())
    page = f"<html><body><h1>{canned.status}</h1><pre>{lines}</pre></body></html>\n"
    return canned._replace(content=page.encode(), media="text/html")


def request_quotes(url: str, authorization: str) -> dict[str, str]:
    """Return the parts of a request that an error may quote, by their names in PARTS."""
    token = authorization.partition(" ")[2]
    try:
        pair = base64.b64decode(token, validate=True).decode(errors="replace")
    except (binascii.Error, ValueError):
        pair = token
    key, _, secret = pair.partition(":")
    scheme, _, rest = url.partition("://")
    return {
        "Authorization": authorization,
        "token": token,
        "encoded_token": quote(token, safe=""),
        "user": key,
        "password": secret,
        "pair": pair,
        "url": f"{scheme}://{quote(key, safe='')}:{quote(secret, safe='')}@{rest}",
        "encoded_url": quote(f"{scheme}://{pair}@{rest}", safe=""),
        "contact": ADDRESS,
        "encoded_contact": quote(ADDRESS, safe=""),
    }
