"""Transport to Mailjet from plain values: it knows no stream and can be tested without one."""

from __future__ import annotations

import functools
import http
import itertools
import logging
import random
import threading
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

import backoff
import pendulum
import requests
from singer_sdk.exceptions import FatalAPIError, RetriableAPIError

from tap_mailjet.api.body import read_body
from tap_mailjet.api.deadline import DeadlineAdapter
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
from tap_mailjet.api.first_response import BUDGET, FirstResponse
from tap_mailjet.api.rate_limiter import AdaptiveRateLimiter, ClientClosed
from tap_mailjet.api.redaction import Redactor

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from backoff.types import Details

    from tap_mailjet.api.first_response import Limits

logger = logging.getLogger(__name__)
# Of its own, so that a seed that the embedding program sets is left alone.
_jitter = random.Random()  # noqa: S311 - not cryptography

T = TypeVar("T")

LARGEST_BODY = 64 * 2**20
"""Maximum size of a body in bytes, unpacked; a page of 1000 rows has about one hundredth of it."""


class RequestOutcome(NamedTuple):
    """One request and its response, for whoever counts them.

    `status` is 0 if no response came; `seconds` is the time until its headers came.
    """

    resource: str
    status: int
    seconds: float
    is_retry: bool


class Observer(Protocol):
    """A callback that counts requests."""

    def __call__(self, exchange: RequestOutcome, /) -> None:
        """Count one request, with or without a response; on any thread."""


class RetryPolicy(NamedTuple):
    """How patiently a request is repeated. Times are in seconds.

    `tries` counts the first one. The wait doubles from `base` up to `ceiling`, each time shortened
    by up to half at random, so that clients part. A longer `Retry-After` is obeyed, up to
    `longest`: a server that wants more has an outage, which is for the scheduler. Refusals for
    the rate limit do not count as tries; `patience` limits the time spent on them. Until Mailjet
    has sent a first response at all, there are three tries within `first_response`.
    """

    tries: int = 8
    base: float = 1.0
    ceiling: float = 60.0
    longest: float = 900.0
    patience: float = 3600.0
    first_response: float = BUDGET


def waits(retries: RetryPolicy) -> Generator[float, BaseException | None, None]:
    """A backoff wait generator: it is sent the error and yields the seconds to wait."""
    error = yield 0.0  # backoff's protocol: the first value is never used
    exponential = backoff.expo(factor=retries.base, max_value=retries.ceiling)
    next(exponential)
    for step in exponential:
        wait = step * _jitter.uniform(0.5, 1)
        # A Retry-After of 0, or a date that has passed, must not use up all tries at once.
        wanted = retry_after(error, pendulum.now("UTC"))
        if wanted is not None:
            wait = max(wait, min(max(wanted, retries.base), retries.longest))
        error = yield wait


class MailjetClient:
    """Sends GET requests to one account and repeats those whose failure may pass.

    Args:
        api_url: where the API is, without a trailing slash.
        api_key: the user of HTTP Basic.
        api_secret: its password.
        timeout: seconds for the connection, and for each wait for data of the response, which
            has to be complete within twice that time.
        user_agent: sent with every request.
        connections: how many requests may be under way at the same time.
        retries: how patiently to repeat.
        began: when the command started, by `time.monotonic()`: it limits how long the client
            waits for the first response of all.

    Attributes:
        redactor: masks the key pair in a text.
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
            base=self._retries.base, ceiling=self._retries.ceiling, longest=self._retries.longest
        )
        self.redactor = Redactor(api_key, api_secret)
        self._first = FirstResponse(
            timeout=timeout,
            pause=self._retries.base,
            budget=self._retries.first_response,
            began=began,
            redact_text=self.redactor,
        )
        self._slots = threading.BoundedSemaphore(connections)
        self._session = requests.Session()
        self._session.mount("https://", DeadlineAdapter(pool_maxsize=connections))
        self._session.mount("http://", DeadlineAdapter(pool_maxsize=connections))
        # Given here, so that no .netrc entry for the host takes their place.
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

        `decode` runs inside the retries: a response of 200 whose body was cut short or garbled
        may be better the next time, so `decode` raises ValueError for a body it cannot read.

        Raises:
            NoResponseError: Mailjet has not sent one response in this sync.
            UnreachableError: no response came, in all tries.
            FatalAPIError: the response will stay the same, or did so in all tries; the message
                has Mailjet's words and the setting to check.
            ClientClosed: the client was closed meanwhile.
        """
        tried = itertools.count()

        def attempt() -> T:
            is_retry = next(tried) > 0
            return self._attempt(resource, params, decode, observe, is_retry=is_retry)

        # The throttle does the waiting, for all threads at once.
        limited = backoff.on_exception(
            backoff.constant,
            RateLimitedError,
            interval=0,
            jitter=None,
            max_time=self._retries.patience,
            logger=None,
        )(attempt)
        retrying = backoff.on_exception(
            waits,
            (RetriableAPIError, *TRANSIENT),
            giveup=lambda error: isinstance(error, RateLimitedError),
            max_tries=self._retries.tries,
            jitter=None,
            on_backoff=self._log_wait,
            logger=None,
            retries=self._retries,
        )(limited)
        try:
            return retrying()
        except RateLimitedError as error:
            message = f"{error} Gave up after {self._retries.patience:.0f} s of waiting."
            raise FatalAPIError(message) from error
        except RetriableAPIError as error:
            message = f"{error} Gave up after {self._retries.tries} tries."
            raise FatalAPIError(message) from error
        except requests.RequestException as error:
            failure = format_transport_error(error, self.redactor)
            message = f"{failure} Gave up after {self._retries.tries} tries."
            raise UnreachableError(message) from error

    def is_fatal_for_sync(self, error: BaseException) -> bool:
        """Return True if no other request can succeed after this error.

        That is so if the key pair is refused, if the client was closed, or if Mailjet has not
        sent one response.
        """
        return isinstance(error, (CredentialsError, NoResponseError, ClientClosed))

    def stop(self) -> None:
        """Send nothing more, and wake the threads that wait for their turn."""
        self._rate_limiter.stop()
        self._first.stop()

    def close(self) -> None:
        """Stop, and close the connections that no request is using."""
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
        exchange = functools.partial(self._exchange, resource, params, observe)
        sent, response, body = self._first.pass_through(
            lambda timeout, again: exchange(timeout, is_retry=is_retry or again)
        )
        try:
            raise_for_status(response, body, resource, self.redactor)
        except RateLimitedError as error:
            self._rate_limiter.record_429(sent, retry_after(error, pendulum.now("UTC")))
            raise
        try:
            return decode(body)
        except ValueError as error:
            words = self.redactor.excerpt(str(error))
            message = f"Mailjet answered 200 for {resource}, but not with a page: {words}."
            raise RetriableAPIError(message, response) from error

    def _exchange(
        self,
        resource: str,
        params: Mapping[str, str],
        observe: Observer | None,
        timeout: float | Limits,
        *,
        is_retry: bool,
    ) -> tuple[float, requests.Response, bytes]:
        """Send a request once; return when that was, the response, and its body."""
        # The slot first: a request that waits for one must not have had its turn.
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
                    # A refused key pair concerns all requests: the others are not sent.
                    if status != http.HTTPStatus.UNAUTHORIZED:
                        self._first.open()
                    return sent, response, read_body(response, resource, LARGEST_BODY)
            finally:
                # Also what failed otherwise was let through by the rate limit.
                if status != http.HTTPStatus.TOO_MANY_REQUESTS:
                    self._rate_limiter.record_success()
                if observe is not None:
                    observe(RequestOutcome(resource, status, seconds, is_retry))

    def _log_wait(self, details: Details) -> None:
        logger.warning(
            "%s Waiting %.1f s before try %d.",
            format_transport_error(details.get("exception"), self.redactor),
            details.get("wait", 0.0),
            details["tries"] + 1,
        )
