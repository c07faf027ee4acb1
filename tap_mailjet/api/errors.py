"""Exceptions for Mailjet's error responses and for transport errors, with advice.

Source of the codes: https://dev.mailjet.com/email/reference/overview/errors/
"""

from __future__ import annotations

import contextlib
import http
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import pendulum
import requests
from singer_sdk.exceptions import FatalAPIError, RetriableAPIError, SingerSDKError

from tap_mailjet.api.redaction import Redactor, redact, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TRANSIENT = (
    requests.Timeout,
    requests.ConnectionError,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)
"""Errors of the transport after which the same request may succeed."""


class BadRequestError(FatalAPIError):
    """400: Mailjet refuses this query; another query may be accepted."""


class CredentialsError(FatalAPIError):
    """401: Mailjet refuses the key pair; no request can succeed."""


class ForbiddenError(FatalAPIError):
    """403: the key pair is not allowed to read this resource; others may be readable."""


class RateLimitedError(RetriableAPIError):
    """429: the rate limit is reached; the same request will succeed later."""


class UnreachableError(FatalAPIError):
    """No try of a request got a response."""


class NoResponseError(UnreachableError):
    """Mailjet has not sent any response in this sync."""


class NotFoundError(FatalAPIError):
    """404: the resource or the ID does not exist."""


NO_SECRETS = Redactor("", "")
"""Masks mail addresses only."""


class _Meaning(NamedTuple):
    error: type[FatalAPIError]
    advice: str


_FATAL = {
    400: _Meaning(BadRequestError, "Check the settings that filter."),
    401: _Meaning(CredentialsError, "Check the settings api_key, api_secret and api_url."),
    403: _Meaning(ForbiddenError, "Check the permissions of the key pair in api_key."),
    404: _Meaning(
        NotFoundError, "Check the setting api_url, and whether your plan has this resource."
    ),
}
_REDIRECT = _Meaning(FatalAPIError, "Redirects are not followed. Check the setting api_url.")
_OTHER = _Meaning(FatalAPIError, "The request was refused for a reason that no setting explains.")


class _Body(msgspec.Struct, rename="pascal"):
    """An error body. Any field may be missing or have an undocumented type."""

    error_message: object = None
    error_info: object = None
    error_identifier: object = None


def _error_message(content: bytes, redactor: Redactor) -> str:
    """Return Mailjet's message in an error body, redacted and shortened; empty if absent."""
    try:
        body = msgspec.json.decode(content, type=_Body)
    except msgspec.DecodeError:
        text = content.decode(errors="replace")
    else:
        text = " ".join(str(part) for part in (body.error_message, body.error_info) if part)
        if body.error_identifier:
            text += f" (ErrorIdentifier {body.error_identifier})"
    return redactor.excerpt(text)


def describe(
    response: requests.Response, body: bytes, resource: str, redactor: Redactor = NO_SECRETS
) -> str:
    """Return a sentence about an error response, without secrets."""
    try:
        phrase = f" {http.HTTPStatus(response.status_code).phrase}"
    except ValueError:
        phrase = ""
    message = _error_message(body, redactor)
    quote = f': "{message}"' if message else ""
    return f"Mailjet responded with {response.status_code}{phrase} for {resource}{quote}."


def raise_for_status(
    response: requests.Response, body: bytes, resource: str, redactor: Redactor = NO_SECRETS
) -> None:
    """Raise an error if the status of a response is not 2xx.

    Raises:
        RateLimitedError: The status is 429; the error has the response.
        RetriableAPIError: The status is 5xx; the error has the response.
        FatalAPIError: Any other status, as one of the subclasses above where one matches.
    """
    status = response.status_code
    if 200 <= status < 300:  # noqa: PLR2004 - the class of success
        return
    message = describe(response, body, resource, redactor)
    if status == http.HTTPStatus.TOO_MANY_REQUESTS:
        raise RateLimitedError(message, response)
    if status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
        raise RetriableAPIError(message, response)
    meaning = _FATAL.get(status, _REDIRECT if status < http.HTTPStatus.BAD_REQUEST else _OTHER)
    message += f" {meaning.advice}"
    raise meaning.error(message)


def retry_after(error: BaseException | None, now: pendulum.DateTime) -> float | None:
    """Return the seconds to wait according to the `Retry-After` header of an error's response.

    The header has seconds or an HTTP date (RFC 9110, section 10.2.3).

    Returns:
        Seconds, never negative; None if the header is absent or invalid.
    """
    response = getattr(error, "response", None)
    value = "" if response is None else response.headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (pendulum.instance(at) - now).total_seconds())


def format_error(error: Exception) -> str:
    """Return the message of an error; for an unexpected error, also its type."""
    if isinstance(error, SingerSDKError):
        return str(error)
    return shorten(redact(f"{type(error).__name__}: {error}"))


@contextlib.contextmanager
def error_context(where: object) -> Iterator[None]:
    """Add the stream or the window to the message of an error."""
    try:
        yield
    except NoResponseError:
        raise  # the error concerns every stream
    except FatalAPIError as error:
        message = f"{where}: {error}"
        raise type(error)(message) from error
    except ValueError as error:
        message = f"{where}: {error}"
        raise FatalAPIError(message) from error


def format_transport_error(
    error: BaseException | None, redact_text: Callable[[str], str] = redact
) -> str:
    """Return a message about a transport error, with the setting to check."""
    if isinstance(error, RetriableAPIError):
        return str(error)
    failure = transport_failure(error, redact_text)
    if isinstance(error, requests.Timeout) and not isinstance(error, requests.ConnectionError):
        return f"{failure}. Check the setting request_timeout."
    if isinstance(error, requests.ConnectionError):
        return f"{failure}. Check the setting api_url."
    return f"{failure}."


def transport_failure(
    error: BaseException | None, redact_text: Callable[[str], str] = redact
) -> str:
    """Return a description of a transport error, without URLs that only repeat the query."""
    if isinstance(error, requests.exceptions.SSLError):
        return f"TLS to Mailjet failed ({_cause(error, redact_text)})"
    if isinstance(error, requests.exceptions.ProxyError):
        return f"No connection to Mailjet through the proxy ({_cause(error, redact_text)})"
    if isinstance(error, requests.ConnectionError):
        return f"No connection to Mailjet ({_cause(error, redact_text)})"
    if isinstance(error, requests.Timeout):
        return "Mailjet did not respond in time"
    return f"The request to Mailjet failed ({_cause(error, redact_text)})"


def _cause(error: BaseException | None, redact_text: Callable[[str], str]) -> str:
    """Return the message of the innermost error, which is the most specific one."""
    while error is not None:
        deeper = error.__cause__ or error.__context__
        if deeper is None:
            break
        error = deeper
    return shorten(redact_text(str(error) or type(error).__name__))
