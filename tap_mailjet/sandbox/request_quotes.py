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

ADDRESS = "quoted.person@example.com"
"""A mail address that every quoting error has."""


def quoting(refusal: Refusal, form: str, url: str, authorization: str) -> Refusal:
    """Return an error with the same status and headers whose body quotes the request.

    Args:
        refusal: The error.
        form: Either json or html.
        url: The URL of the request.
        authorization: The header of that name, empty if there is none.
    """
    quotes = request_quotes(url, authorization)
    if form == "json":
        error = ApiError(refusal.status, " ".join(f"{k}: {v}" for k, v in quotes.items())).body()
        content = msgspec.json.encode({**error, "ErrorInfo": quotes})
        return refusal._replace(content=content, media="application/json")
    lines = "\n".join(html.escape(f"{name}: {text}") for name, text in quotes.items())
    page = f"<html><body><h1>{refusal.status}</h1><pre>{lines}</pre></body></html>\n"
    return refusal._replace(content=page.encode(), media="text/html")


def request_quotes(url: str, authorization: str) -> dict[str, str]:
    """Return what an error quotes of a request, by the name that the error gives it."""
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
