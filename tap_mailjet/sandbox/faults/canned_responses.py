"""Responses that do not depend on the request."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from http import HTTPStatus
from typing import NamedTuple

import msgspec

from tap_mailjet.sandbox.api.errors import ApiError

RETRY_AFTER = "Retry-After"
HTML = "text/html"
_SERVER_ERRORS = (500, 502, 503)
_TOO_MANY = b"<html><body><h1>429 Too Many Requests</h1></body></html>\n"


class CannedResponse(NamedTuple):
    """A response that is ready to be sent.

    Attributes:
        status: The HTTP status.
        content: The body.
        media: The type of the body; None if there is none.
        headers: Further headers.
    """

    status: int
    content: bytes
    media: str | None
    headers: dict[str, str]


def failure(status: int, words: str, headers: dict[str, str] | None = None) -> CannedResponse:
    """Return an error in the form of the API."""
    content = msgspec.json.encode(ApiError(status, words).body())
    return CannedResponse(status, content, "application/json", headers or {})


def too_many(retry_after: str | None) -> CannedResponse:
    """Return a 429 with this Retry-After, if any; its body is HTML, as seen on the live API."""
    headers = {} if retry_after is None else {RETRY_AFTER: retry_after}
    return CannedResponse(429, _TOO_MANY, HTML, headers)


def as_json(canned: CannedResponse) -> CannedResponse:
    """Return a 429 with a body of JSON instead of HTML; return other responses unchanged."""
    if canned.content != _TOO_MANY:
        return canned
    return failure(429, "Too many requests.", canned.headers)


def in_seconds(seconds: float) -> str:
    """Return a Retry-After in whole seconds, rounded up."""
    return str(math.ceil(seconds))


def as_date(seconds: float) -> str:
    """Return a Retry-After as the HTTP date in some seconds, by the wall clock."""
    return format_datetime(datetime.now(timezone.utc) + timedelta(seconds=seconds), usegmt=True)


def server_error(number: int) -> CannedResponse:
    """Return the n-th server error: another status and another kind of body than the last."""
    status = _SERVER_ERRORS[number % 3]
    phrase = HTTPStatus(status).phrase
    # The shift combines every status with every body.
    form = (number + number // 3) % 3
    if form == 0:
        return failure(status, f"{phrase}.")
    if form == 1:
        page = f"<html><body><h1>{status} {phrase}</h1></body></html>\n"
        return CannedResponse(status, page.encode(), "text/html", {})
    return CannedResponse(status, b"", None, {})
