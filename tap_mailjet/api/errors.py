"""Mailjet's status and body, as an exception named by what to do next.

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
    """400: Mailjet does not take this query; another query may be taken."""


class CredentialsError(FatalAPIError):
    """401: Mailjet does not know the key pair; nothing will work with it."""


class ForbiddenError(FatalAPIError):
    """403: the key pair may not read this resource; others may work."""


class RateLimitedError(RetriableAPIError):
    """429: too many calls; the same one will pass later."""


class UnreachableError(FatalAPIError):
    """No response came for a request, in all its tries."""


class NoResponseError(UnreachableError):
    """Mailjet has not sent one response in this sync: it cannot be reached at all."""


class NotFoundError(FatalAPIError):
    """404: there is no such resource, or no such ID."""


NO_SECRETS = Redactor("", "")
"""Masks mail addresses only."""


class _Meaning(NamedTuple):
    error: type[FatalAPIError]
    advice: str


_FATAL = {
    400: _Meaning(BadRequestError, "The query was not accepted; check the settings that filter."),
    401: _Meaning(CredentialsError, "Check the settings api_key, api_secret and api_url."),
    403: _Meaning(ForbiddenError, "The key pair of api_key may not read this; check its rights."),
    404: _Meaning(NotFoundError, "Check the setting api_url, and that the plan has this resource."),
}
_REDIRECT = _Meaning(FatalAPIError, "Redirects are not followed; check the setting api_url.")
_OTHER = _Meaning(FatalAPIError, "The request was refused; nothing in the settings explains it.")


class _Body(msgspec.Struct, rename="pascal"):
    """The error body; a field may be missing, or of a type nobody announced."""

    error_message: object = None
    error_info: object = None
    error_identifier: object = None


def _said(content: bytes, redactor: Redactor) -> str:
    """Return Mailjet's own words in an error body, redacted and cut; empty if there are none."""
    try:
        body = msgspec.json.decode(content, type=_Body)
    except msgspec.DecodeError:
        words = content.decode(errors="replace")
    else:
        words = " ".join(str(part) for part in (body.error_message, body.error_info) if part)
        if body.error_identifier:
            words += f" (ErrorIdentifier {body.error_identifier})"
    return redactor.excerpt(words)


def describe(
    response: requests.Response, body: bytes, resource: str, redactor: Redactor = NO_SECRETS
) -> str:
    """Return in one line what Mailjet responded for a resource, without any secret."""
    try:
        phrase = f" {http.HTTPStatus(response.status_code).phrase}"
    except ValueError:
        phrase = ""
    said = _said(body, redactor)
    words = f': "{said}"' if said else ""
    return f"Mailjet answered {response.status_code}{phrase} for {resource}{words}."


def raise_for_status(
    response: requests.Response, body: bytes, resource: str, redactor: Redactor = NO_SECRETS
) -> None:
    """Raise what the status of a response means, or return if it is a success.

    Raises:
        RateLimitedError: 429; it carries the response.
        RetriableAPIError: 5xx; it carries the response.
        FatalAPIError: any other status but 2xx, as one of the subclasses above where one fits.
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
    """How many seconds from now the answer behind an error asks to wait.

    Both forms of `Retry-After` are read: seconds, and an HTTP date (RFC 9110, section 10.2.3).

    Returns:
        Seconds, never negative; None where there is no such header or it cannot be read.
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
    """Say what went wrong: in Mailjet's and our own words, or for a fault of ours by its name."""
    if isinstance(error, SingerSDKError):
        return str(error)
    return shorten(redact(f"{type(error).__name__}: {error}"))


@contextlib.contextmanager
def error_context(where: object) -> Iterator[None]:
    """Add to an error where it happened: in which stream, or in which window."""
    try:
        yield
    except NoResponseError:
        raise  # it concerns every stream
    except FatalAPIError as error:
        message = f"{where}: {error}"
        raise type(error)(message) from error
    except ValueError as error:
        message = f"{where}: {error}"
        raise FatalAPIError(message) from error


def format_transport_error(
    error: BaseException | None, redact_text: Callable[[str], str] = redact
) -> str:
    """Return what failed on the way, and which setting to check."""
    if isinstance(error, RetriableAPIError):
        return str(error)
    failure = transport_failure(error, redact_text)
    if isinstance(error, requests.Timeout) and not isinstance(error, requests.ConnectionError):
        return f"{failure}; check the setting request_timeout."
    if isinstance(error, requests.ConnectionError):
        return f"{failure}; check the setting api_url."
    return f"{failure}."


def transport_failure(
    error: BaseException | None, redact_text: Callable[[str], str] = redact
) -> str:
    """Return what failed on the way, without URLs that only repeat the query."""
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
    """Return the innermost reason, which is the most specific one."""
    while error is not None:
        deeper = error.__cause__ or error.__context__
        if deeper is None:
            break
        error = deeper
    return shorten(redact_text(str(error) or type(error).__name__))
