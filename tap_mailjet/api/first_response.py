"""A gate that passes only one request until Mailjet has sent a first response.

A wrong `api_url`, a proxy or a broken network concerns all requests. Without the gate, each
request would be retried up to the limit and logged.
"""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import requests

from tap_mailjet.api.errors import TRANSIENT, NoResponseError, transport_failure
from tap_mailjet.api.rate_limiter import ClientClosed
from tap_mailjet.api.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Callable

# A separate generator, because the embedding program may seed the global one.
_jitter = random.Random()  # noqa: S311 - not cryptography
T = TypeVar("T")

MAX_TRIES = 3
"""Maximum number of times that the first request is sent."""
BUDGET = 14.2
"""Maximum seconds from the first request to its response.

Together with the start and the end of the command, this is less than 15 seconds.
"""
WHOLE_RUN = 14.7
"""Maximum seconds from the start of the command to the first response."""
MIN_BUDGET = 5.0
"""Minimum seconds for the first response, even if the command started slowly."""


class Limits(NamedTuple):
    """The timeouts of a try, in seconds: for connecting, and for each read."""

    connect: float
    read: float


class FirstResponse:
    """A gate that passes only one request until Mailjet has sent a first response.

    Without a response the gate stays closed: the waiting requests and all later ones fail with the
    same error. The gate also stays closed after a response that concerns all requests, such as a
    refused key pair: all requests get this response.

    Args:
        timeout: The read timeout of a request, in seconds.
        pause: Seconds to wait before the second try; twice as long before the third.
        budget: Maximum seconds from the first request to its response.
        began: When the command started, by `time.monotonic()`; None for a library.
        redact_text: Removes secrets from a text.

    Attributes:
        is_open: True if a response has come; it never becomes False again.
    """

    def __init__(
        self,
        *,
        timeout: float,
        pause: float = 1.0,
        budget: float = BUDGET,
        began: float | None = None,
        redact_text: Callable[[str], str] = redact,
    ) -> None:
        self._timeout = timeout
        self._pause = pause
        self._budget = budget
        self._began = began
        self._redact = redact_text
        self._changed = threading.Condition()
        self.is_open = self._is_led = self._is_stopped = False
        self._failure: str | None = None
        self._kept: list[Any] = []
        self._tries = 0

    def open(self) -> None:
        """Open the gate for all requests after a response."""
        if not self.is_open:
            with self._changed:
                self.is_open = self._failure is None
                self._changed.notify_all()

    def stop(self) -> None:
        """Refuse all further requests."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()

    def pass_through(self, send: Callable[[float | Limits, bool], T]) -> T:
        """Send a request when the gate is open, and return the result of `send`.

        It raises the errors of `claim` and `lead`.
        """
        if self.claim():
            return self.lead(send)
        return cast("T", self._kept[0]) if self._kept else send(self._timeout, False)  # noqa: FBT003

    def claim(self) -> bool:
        """Return True if the caller has to send the first request, with `lead`.

        If another thread sends the first request, wait for its response and return False.

        Raises:
            NoResponseError: No response came.
            ClientClosed: The sync has ended.
        """
        if self.is_open:
            return False
        with self._changed:
            self._changed.wait_for(lambda: self.is_open or self._is_stopped or not self._is_led)
            if self._is_stopped:
                raise ClientClosed
            if self._failure:
                raise NoResponseError(self._failure)
            self._is_led = not any((self.is_open, self._kept))  # opened meanwhile
            return self._is_led

    def lead(self, send: Callable[[Limits, bool], T]) -> T:
        """Send the first request, at most `MAX_TRIES` times.

        A separate thread sends the request, because the lookup of a host name and a connection to
        a host with several addresses ignore the timeout.

        Args:
            send: Sends the request once, and calls `open` when the head of the response has come,
                unless the response concerns all requests. The arguments are the timeouts, and
                whether the try repeats a failed one.

        Raises:
            NoResponseError: No response came.
            ClientClosed: The sync has ended.
        """
        started = time.monotonic()
        ends = self._ends(started)
        sent: Future[T] = Future()
        sent.add_done_callback(lambda _: self._wake())
        try:
            threading.Thread(
                target=self._send, args=(send, sent, ends), name="mailjet-first", daemon=True
            ).start()
            with self._changed:
                self._changed.wait_for(
                    lambda: self.is_open or self._is_stopped or sent.done(), ends - started
                )
                if self._is_stopped:
                    raise ClientClosed
                if not self.is_open:
                    self._keep(sent, time.monotonic() - started)
        finally:
            with self._changed:
                self._is_led = False
                self._changed.notify_all()
        return sent.result()  # the body has its own deadline

    def _ends(self, now: float) -> float:
        if self._began is None:
            return now + self._budget
        by_run = min(now + self._budget, self._began + WHOLE_RUN)
        return max(by_run, now + min(self._budget, MIN_BUDGET))

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _send(self, send: Callable[[Limits, bool], T], sent: Future[T], ends: float) -> None:
        """Send a request until a response comes. Runs on a separate thread."""
        while True:
            self._tries += 1
            remaining = max(ends - time.monotonic(), 0.1)
            # Half of the time for connecting, because the host may have a second address.
            limits = Limits(min(self._timeout, remaining / 2), min(self._timeout, remaining))
            try:
                sent.set_result(send(limits, self._tries > 1))
            except TRANSIENT as error:
                if self.is_open or not self._may_try_again(ends):
                    sent.set_exception(error)
            except BaseException as error:  # noqa: BLE001 - `lead` raises it
                sent.set_exception(error)
            if sent.done():
                return

    def _may_try_again(self, ends: float) -> bool:
        """Wait before the next try; return False if no other try is allowed."""
        step = self._pause * 2 ** (self._tries - 1)
        pause = step * _jitter.uniform(0.5, 1)
        if self._tries >= MAX_TRIES or time.monotonic() + pause >= ends:
            return False
        with self._changed:
            return not self._changed.wait_for(lambda: self._is_stopped, pause)

    def _keep(self, sent: Future[T], seconds: float) -> None:
        """Keep a response for all requests, or raise an error if there is none."""
        error = sent.exception() if sent.done() else requests.Timeout()
        if not isinstance(error, requests.RequestException):
            # It also raises an error of the request that is not a transport error: another
            # request may succeed.
            self._kept.append(sent.result())
            return
        times = "1 try" if self._tries == 1 else f"{self._tries} tries"
        self._failure = (
            f"{transport_failure(error, self._redact)}: no response after {times} in "
            f"{seconds:.0f} s. Check the setting api_url, the network, the proxy (HTTPS_PROXY) "
            f"and DNS."
        )
        raise NoResponseError(self._failure) from error
