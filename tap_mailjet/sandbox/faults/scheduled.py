"""Faults of chosen requests."""

from __future__ import annotations

from http import HTTPStatus
from typing import Literal

import msgspec

from tap_mailjet.sandbox.faults import request_match, request_quotes
from tap_mailjet.sandbox.faults.canned_responses import (
    HTML,
    RETRY_AFTER,
    CannedResponse,
    failure,
    too_many,
)

_STATUSES = range(200, 600)
_BYTES = 256


class ScheduledFault(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    r"""A fault of chosen requests.

    Attributes:
        resource: The resource of the requests; a sub-resource without the ID in its path
            (messagehistory) or with an ID (messagehistory/1152921504606846976); * for all.
        params: The query parameters of the requests: for each name the value, a comparison of
            numbers such as >0, * for any value, or null for a parameter that is absent.
        first: The number of the first of these requests that fails, counted from 1.
        times: How many of them fail from there on; null for all.
        status: The HTTP status of a response that replaces the account's response.
        body: The body of this response instead of an error of the API. Each character is one byte,
            so that \u00ff is not UTF-8.
        quotes: The form of an error that quotes the key pair, the Authorization header, the URL and
            a mail address (json, html).
        quoted: The quoted parts, in this order; all if empty: user, password, Authorization,
            contact, token, encoded_token, pair, url, encoded_url, encoded_contact.
        retry_after: The Retry-After header of this response.
        fault: A kind of fault, such as drip_body; with a status, the fault of that response.

    Raises:
        ValueError: If a value is out of range, or the fault has no effect.
    """

    resource: str
    params: dict[str, str | None] = {}
    first: int = 1
    times: int | None = 1
    status: int | None = None
    body: str | None = None
    quotes: Literal["json", "html"] | None = None
    quoted: tuple[str, ...] = ()
    retry_after: str | None = None
    fault: str | None = None

    def __post_init__(self) -> None:
        if self.resource != request_match.ANY and not request_match.is_resource(self.resource):
            message = f"a scheduled fault names {self.resource!r}, which is no resource"
            raise ValueError(message)
        if self.first < 1 or (self.times is not None and self.times < 1):
            message = f"a scheduled fault of {self.resource} has first and times of 1 or more"
            raise ValueError(message)
        if self.status is None and self.fault is None:
            message = f"a scheduled fault of {self.resource} has a status, a fault, or both"
            raise ValueError(message)
        self._check_response()

    def _check_response(self) -> None:
        """Check what is sent in place of the account's response.

        Raises:
            ValueError: If the parts do not go together.
        """
        parts = (self.body, self.quotes, self.retry_after)
        if self.status is None and parts != (None, None, None):
            message = "body, quotes and retry_after need a status"
            raise ValueError(message)
        if self.status is not None and self.status not in _STATUSES:
            message = f"a scheduled fault has a status from 200 to 599, not {self.status}"
            raise ValueError(message)
        unknown = sorted({*self.quoted} - {*request_quotes.PARTS})
        if unknown or (self.quoted and self.quotes is None):
            message = f"quoted needs quotes, and is some of {', '.join(request_quotes.PARTS)}"
            raise ValueError(message)
        if self.body is not None:
            as_bytes(self.body)
            if self.quotes is not None:
                message = "a scheduled fault has either body or quotes"
                raise ValueError(message)

    def response(self) -> CannedResponse | None:
        """Return the response that goes with the status, or None if the fault has no status."""
        if self.status is None:
            return None
        headers = {} if self.retry_after is None else {RETRY_AFTER: self.retry_after}
        if self.body is not None:
            media = "application/json" if self.body[:1] in {"{", "["} else HTML
            return CannedResponse(self.status, as_bytes(self.body), media, headers)
        if self.status == HTTPStatus.TOO_MANY_REQUESTS:
            return too_many(self.retry_after)
        return failure(self.status, f"{self.resource} is refused by a scheduled fault.", headers)

    def is_due(self, number: int) -> bool:
        """Return True if the n-th of the requests fails, counted from 1."""
        return self.first <= number and (self.times is None or number < self.first + self.times)


def as_bytes(text: str) -> bytes:
    """Return the bytes that a text stands for, each character one byte.

    Raises:
        ValueError: If a character is larger than a byte.
    """
    if any(ord(character) >= _BYTES for character in text):
        message = "each character stands for one byte: use JSON escapes beyond \\u00ff"
        raise ValueError(message)
    return text.encode("latin-1")
