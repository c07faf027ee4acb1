"""The HTTP client: sends requests to one account, and retries them."""

from __future__ import annotations

import functools
import http
import itertools
import logging
import threading
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

import backoff
import pendulum
import requests
from singer_sdk.exceptions import FatalAPIError, RetriableAPIError

from tap_mailjet.api.errors import (
    TRANSIENT,
    CredentialsError,
    NoResponseError,
    RateLimitedError,
    UnreachableError,
    format_transport_error,
    raise_for_status,
    retry_after,
)
from tap_mailjet.api.first_response import FirstResponse
from tap_mailjet.api.rate_limiter import AdaptiveRateLimiter, ClientClosed
from tap_mailjet.api.redaction import Redactor
from tap_mailjet.api.retries import RetryPolicy
from tap_mailjet.api.transport import DeadlineAdapter, read_body

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from backoff.types import Details

    from tap_mailjet.api.first_response import Limits

logger = logging.getLogger(__name__)
T = TypeVar("T")

MAX_BODY_BYTES = 64 * 2**20
"""Maximum size of a decompressed body; a page of 1000 rows has about one hundredth of this."""


class RequestOutcome(NamedTuple):
    """One request and its result, for metrics.

    `status` is 0 if no response came; `seconds` is the time until the headers came.
    """

    resource: str
    status: int
    seconds: float
    is_retry: bool


class Observer(Protocol):
    """A callback that counts requests."""

    def __call__(self, outcome: RequestOutcome, /) -> None:
        """Count one request, with or without a response. Called on any thread."""


class MailjetClient:
    """A client that sends GET requests to one account, and retries temporary failures.

    Args:
        api_url: The URL of the API, without a trailing slash.
        api_key: The user name of HTTP Basic authentication.
        api_secret: The password of HTTP Basic authentication.
        timeout: Timeout in seconds for connecting and for each read of the response. The response
            must be complete within twice this time.
        user_agent: The `User-Agent` header of every request.
        connections: The maximum number of concurrent requests.
        retries: When and how often to retry.
        began: When the command started, by `time.monotonic()`. It limits the time for Mailjet's
            first response.

    Attributes:
        redactor: Masks the key pair in a text.
    """

    def __init__(
        self,
        *,
        api_url: str,
        api_key: str,
        api_secret: str,
        timeout: float,
        user_agent: str,
        connections: int = 1,
        retries: RetryPolicy | None = None,
        began: float | None = None,
    ) -> None:
        self._root = f"{api_url}/v3/REST/"
        self._timeout = timeout
        self._retries = retries or RetryPolicy()
        self._rate_limiter = AdaptiveRateLimiter(
            base_delay=self._retries.base_delay,
            max_delay=self._retries.max_delay,
            max_retry_after=self._retries.max_retry_after,
        )
        self.redactor = Redactor(api_key, api_secret)
        self._first = FirstResponse(
            timeout=timeout,
            pause=self._retries.base_delay,
            budget=self._retries.first_response,
            began=began,
            redact_text=self.redactor,
        )
        self._slots = threading.BoundedSemaphore(connections)
        self._session = requests.Session()
        self._session.mount("https://", DeadlineAdapter(pool_maxsize=connections))
        self._session.mount("http://", DeadlineAdapter(pool_maxsize=connections))
        # Set here, so that no .netrc entry for the host replaces it.
        self._session.auth = (api_key, api_secret)
        self._session.headers["User-Agent"] = user_agent
        self._session.headers["Accept"] = "application/json"

    def get(
        self,
        resource: str,
        params: Mapping[str, str],
        *,
        decode: Callable[[bytes], T],
        observe: Observer | None = None,
    ) -> T:
        """Request a resource, and decode the body of the response.

        `decode` raises ValueError for a body that it cannot read. The request is then retried,
        because a body that was cut short may be complete the next time.

        Raises:
            NoResponseError: Mailjet has not sent any response in this sync.
            UnreachableError: No try got a response.
            FatalAPIError: A retry cannot help, or all tries failed.
            ClientClosed: The client was closed.
        """
        tries = itertools.count()

        def attempt() -> T:
            is_retry = next(tries) > 0
            return self._attempt(resource, params, decode, observe, is_retry=is_retry)

        # No delay here: the rate limiter delays the requests of all threads.
        limited = backoff.on_exception(
            backoff.constant,
            RateLimitedError,
            interval=0,
            jitter=None,
            max_time=self._retries.max_rate_limit_wait,
            logger=None,
        )(attempt)
        retrying = backoff.on_exception(
            backoff.constant,
            (RetriableAPIError, *TRANSIENT),
            interval=0,  # `_pause` waits, because the sleep of backoff cannot be interrupted
            giveup=lambda error: isinstance(error, RateLimitedError),
            max_tries=self._retries.max_tries,
            jitter=None,
            on_backoff=self._pause,
            logger=None,
        )(limited)
        try:
            return retrying()
        except RateLimitedError as error:
            message = f"{error} Gave up after {self._retries.max_rate_limit_wait:.0f} s of waiting."
            raise FatalAPIError(message) from error
        except RetriableAPIError as error:
            message = f"{error} Gave up after {self._retries.max_tries} tries."
            raise FatalAPIError(message) from error
        except requests.RequestException as error:
            failure = format_transport_error(error, self.redactor)
            message = f"{failure} Gave up after {self._retries.max_tries} tries."
            raise UnreachableError(message) from error

    def is_fatal_for_sync(self, error: BaseException) -> bool:
        """Return True if no other request can succeed after this error."""
        return isinstance(error, (CredentialsError, NoResponseError, ClientClosed))

    def stop(self) -> None:
        """Refuse further requests, and wake the threads that wait to send one."""
        self._rate_limiter.stop()
        self._first.stop()

    def close(self) -> None:
        """Stop, and close the connections that no request uses."""
        self.stop()
        self._session.close()

    def _attempt(
        self,
        resource: str,
        params: Mapping[str, str],
        decode: Callable[[bytes], T],
        observe: Observer | None,
        *,
        is_retry: bool,
    ) -> T:
        send = functools.partial(self._send, resource, params, observe)
        if self._first.is_open:
            sent, response, body = send(self._timeout, is_retry=is_retry)
        else:
            sent, response, body = self._first.pass_through(
                lambda timeout, is_repeated: send(timeout, is_retry=is_retry or is_repeated)
            )
        if response.status_code != http.HTTPStatus.OK:
            try:
                raise_for_status(response, body, resource, self.redactor)
            except RateLimitedError as error:
                self._rate_limiter.record_429(sent, retry_after(error, pendulum.now("UTC")))
                raise
        try:
            return decode(body)
        except ValueError as error:
            reason = self.redactor.excerpt(str(error))
            message = f"Mailjet responded with 200 for {resource}, but not with a page: {reason}."
            raise RetriableAPIError(message, response) from error

    def _send(
        self,
        resource: str,
        params: Mapping[str, str],
        observe: Observer | None,
        timeout: float | Limits,
        *,
        is_retry: bool,
    ) -> tuple[float, requests.Response, bytes]:
        """Send a request once; return the time of sending, the response, and its body."""
        # The slot comes first, so that a request does not use up its turn while it waits for one.
        with self._slots:
            sent = self._rate_limiter.acquire()
            status, seconds = 0, 0.0
            try:
                with self._session.get(
                    self._root + resource,
                    params=dict(params),
                    timeout=timeout,
                    allow_redirects=False,
                    stream=True,
                ) as response:
                    status, seconds = response.status_code, response.elapsed.total_seconds()
                    # A refused key pair concerns all requests, so the others are not sent.
                    if not self._first.is_open and status != http.HTTPStatus.UNAUTHORIZED:
                        self._first.open()
                    return sent, response, read_body(response, resource, MAX_BODY_BYTES)
            finally:
                # A request that failed for another reason also passed the rate limit.
                if status != http.HTTPStatus.TOO_MANY_REQUESTS:
                    self._rate_limiter.record_success()
                if observe is not None:
                    observe(RequestOutcome(resource, status, seconds, is_retry))

    def _pause(self, details: Details) -> None:
        """Wait before the next try of a request; a handler of backoff.

        Raises:
            ClientClosed: The client was closed meanwhile.
        """
        error, tries = details.get("exception"), details["tries"]
        delay = self._retries.delay(tries, error)
        failure = format_transport_error(error, self.redactor)
        logger.warning("%s Waiting %.1f s before try %d.", failure, delay, tries + 1)
        self._rate_limiter.pause(delay)
