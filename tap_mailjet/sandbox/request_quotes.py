"""Errors that quote the request, as proxies and frameworks write them: with its credentials."""

from __future__ import annotations

import base64
import binascii
import html
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

from tap_mailjet.sandbox.errors import ApiError

if TYPE_CHECKING:
    from tap_mailjet.sandbox.refusals import Refusal
    from tap_mailjet.sandbox.scheduled_faults import ScheduledFault

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
"""What an error quotes, in this order: a client may show the beginning only."""


def quoting(refusal: Refusal, fault: ScheduledFault, url: str, authorization: str) -> Refusal:
    """Return an error with the same status and headers whose body quotes the request.

    Args:
        refusal: The error.
        fault: The form of the body, and which parts it quotes.
        url: The URL of the request.
        authorization: The header of that name, empty if there is none.
    """
    known = request_quotes(url, authorization)
    quotes = {name: known[name] for name in fault.quoted or PARTS}
    if fault.quotes == "json":
        error = ApiError(refusal.status, " ".join(f"{k}: {v}" for k, v in quotes.items())).body()
        content = msgspec.json.encode({**error, "ErrorInfo": quotes})
        return refusal._replace(content=content, media="application/json")
    lines = "\n".join(html.escape(f"{name}: {text}") for name, text in quotes.items())
    page = f"<html><body><h1>{refusal.status}</h1><pre>{lines}</pre></body></html>\n"
    return refusal._replace(content=page.encode(), media="text/html")


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
