"""Transport to Mailjet from plain values: it knows no stream and can be tested without one."""

from __future__ import annotations

import http
import itertools
import logging
import random
import threading
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

import backoff
import pendulum
import requests
from requests.adapters import HTTPAdapter
from singer_sdk.exceptions import FatalAPIError, RetriableAPIError

from tap_mailjet.errors import (
    CredentialsError,
    RateLimitedError,
    UnreachableError,
    raise_for_status,
    retry_after,
    transport_in_words,
)
from tap_mailjet.throttle import Stopped, Throttle

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from backoff.types import Details

logger = logging.getLogger(__name__)

T = TypeVar("T")

LARGEST_BODY = 64 * 2**20
"""Bytes of an answer, unpacked, that are taken; a page of 1000 rows is about one hundredth."""
CHUNK = 2**16

_MAY_PASS = (
    RetriableAPIError,
    requests.Timeout,
    requests.ConnectionError,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)


class Exchange(NamedTuple):
    """One request and its answer, for whoever counts them.

    `status` is 0 where no answer came, and `seconds` how long it took until its headers did.
    """

    resource: str
    status: int
    seconds: float
    is_retry: bool


class Observer(Protocol):
    """Whoever counts requests."""

    def __call__(self, exchange: Exchange, /) -> None:
        """Take note of one request, be it answered or not; on any thread."""


class Retries(NamedTuple):
    """How patiently a request is repeated. Times are in seconds.

    `tries` counts the first one. Without `Retry-After` the wait doubles from `base` up to
    `ceiling`, each time shortened by up to half at random, so that clients part. `Retry-After` is
    obeyed up to `longest`: a server that asks for more has an outage, which is for the scheduler.
    Refusals for the rate limit do not count as tries; `patience` bounds the time spent on them.
    """

    tries: int = 8
    base: float = 1.0
    ceiling: float = 60.0
    longest: float = 900.0
    patience: float = 3600.0


def waits(retries: Retries) -> Generator[float, BaseException | None, None]:
    """A backoff wait generator: it is sent the error and yields the seconds to wait."""
    error = yield 0.0  # backoff's protocol: the first value is never used
    exponential = backoff.expo(factor=retries.base, max_value=retries.ceiling)
    next(exponential)
    for step in exponential:
        told = retry_after(error, pendulum.now("UTC"))
        error = yield (
            min(max(told, retries.base), retries.longest)
            if told is not None
            else step * random.uniform(0.5, 1)  # noqa: S311 - jitter, not cryptography
        )


class MailjetClient:
    """Sends GET requests to one account and repeats those whose failure may pass.

    Args:
        api_url: where the API is, without a trailing slash.
        api_key: the user of HTTP Basic.
        api_secret: its password.
        timeout: seconds to wait for a connection, and for each piece of an answer.
        user_agent: sent with every request.
        connections: how many requests may be under way at the same time.
        retries: how patiently to repeat.
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
        retries: Retries | None = None,
    ) -> None:
        self._root = f"{api_url}/v3/REST/"
        self._timeout = timeout
        self._retries = retries or Retries()
        self._throttle = Throttle(
            base=self._retries.base, ceiling=self._retries.ceiling, longest=self._retries.longest
        )
        self._answered = False
        self._slots = threading.BoundedSemaphore(connections)
        self._session = requests.Session()
        self._session.mount("https://", HTTPAdapter(pool_maxsize=connections))
        self._session.mount("http://", HTTPAdapter(pool_maxsize=connections))
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
        """Ask for a resource, and decode the body of the answer.

        `decode` runs inside the retries: an answer of 200 whose body was cut short or garbled is
        one that may be better the next time, so it raises ValueError for a body it cannot read.

        Raises:
            UnreachableError: no answer came, for all tries.
            FatalAPIError: the answer will stay the same, or did so for all tries; the message
                says what Mailjet said and which setting to look at.
            Stopped: the client was closed meanwhile.
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
            _MAY_PASS,
            giveup=lambda error: isinstance(error, RateLimitedError),
            max_tries=self._retries.tries,
            jitter=None,
            on_backoff=_say_wait,
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
            message = f"{transport_in_words(error)} Gave up after {self._retries.tries} tries."
            raise UnreachableError(message) from error

    def is_hopeless(self, error: BaseException) -> bool:
        """Tell whether after this error nothing else need be tried.

        So it is if the key pair is not known, if the client was closed, or if Mailjet could not be
        reached and has not answered once.
        """
        if isinstance(error, UnreachableError):
            return not self._answered
        return isinstance(error, (CredentialsError, Stopped))

    def close(self) -> None:
        """Let nothing more be sent, and wake who waits for a turn."""
        self._throttle.stop()
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
        # The slot first: who waits for one is not under way, and must not have had its turn.
        with self._slots:
            sent = self._throttle.acquire()
            response, body = self._exchange(resource, params, observe, is_retry=is_retry)
        try:
            raise_for_status(response, body, resource)
        except RateLimitedError as error:
            self._throttle.refused(sent, retry_after(error, pendulum.now("UTC")))
            raise
        self._answered = True
        try:
            return decode(body)
        except ValueError as error:
            message = f"Mailjet answered 200 for {resource}, but not with a page: {error}."
            raise RetriableAPIError(message, response) from error

    def _exchange(
        self,
        resource: str,
        params: Mapping[str, str],
        observe: Observer | None,
        *,
        is_retry: bool,
    ) -> tuple[requests.Response, bytes]:
        status, seconds = 0, 0.0
        try:
            with self._session.get(
                self._root + resource,
                params=dict(params),
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                status, seconds = response.status_code, response.elapsed.total_seconds()
                return response, _read_body(response, resource)
        finally:
            # Also what failed otherwise was let through by the rate limit.
            if status != http.HTTPStatus.TOO_MANY_REQUESTS:
                self._throttle.passed()
            if observe is not None:
                observe(Exchange(resource, status, seconds, is_retry))


def _read_body(response: requests.Response, resource: str) -> bytes:
    """Read a body, unpacked, of a size that memory can hold.

    Raises:
        FatalAPIError: it is larger; no more than that is read.
    """
    chunks, size = [], 0
    for chunk in response.iter_content(CHUNK):
        size += len(chunk)
        if size > LARGEST_BODY:
            message = (
                f"Mailjet's answer for {resource} is larger than {LARGEST_BODY >> 20} MiB and was "
                f"not read; a smaller page_size may help."
            )
            raise FatalAPIError(message)
        chunks.append(chunk)
    return b"".join(chunks)


def _say_wait(details: Details) -> None:
    logger.warning(
        "%s Waiting %.1f s before try %d.",
        transport_in_words(details.get("exception")),
        details.get("wait", 0.0),
        details["tries"] + 1,
    )
