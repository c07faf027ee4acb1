"""A gate that only one request passes until Mailjet has sent a first response.

A wrong `api_url`, a proxy or a broken network concerns all requests. Without the gate each of
them would be repeated with all patience, and each would be logged.
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

# Of its own, so that a seed that the embedding program sets is left alone.
_jitter = random.Random()  # noqa: S311 - not cryptography
T = TypeVar("T")

TRIES = 3
"""How often the first request is sent while no response comes."""
BUDGET = 14.2
"""Seconds from the first request to its response.

With the start and the end of the command they make less than 15 seconds.
"""
WHOLE_RUN = 14.7
"""Seconds from the start of the command within which the first response has to come."""
SHORTEST_BUDGET = 5.0
"""Seconds for the first response, however long the start of the command took."""


class Limits(NamedTuple):
    """How long a try may take: seconds to connect, and seconds for each wait after that."""

    connect: float
    read: float


class FirstResponse:
    """A gate that only one request passes until Mailjet has sent a first response.

    Without a response the gate stays closed: the requests that wait fail, and so do all later
    ones, each with the same error. It also stays closed after a response that concerns all
    requests, such as a refused key pair: all requests get that response.

    Args:
        timeout: seconds that a wait may take at all.
        pause: seconds to wait before the second try; twice that before the third.
        budget: seconds from the first request to its response.
        began: when the command started, by `time.monotonic()`; None if that does not matter.
        redact_text: removes secrets from a text.
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
        self._is_open = self._is_led = self._is_stopped = False
        self._failure: str | None = None
        self._kept: list[Any] = []
        self._tries = 0

    def open(self) -> None:
        """Let all requests pass: there was a response, in time."""
        if not self._is_open:
            with self._changed:
                self._is_open = self._failure is None
                self._changed.notify_all()

    def stop(self) -> None:
        """Let no request pass any more."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()

    def pass_through(self, send: Callable[[float | Limits, bool], T]) -> T:
        """Send a request when the gate lets it pass, and return what `send` returns.

        It raises what `claim` and `lead` raise.
        """
        if self.claim():
            return self.lead(send)
        return cast("T", self._kept[0]) if self._kept else send(self._timeout, False)  # noqa: FBT003

    def claim(self) -> bool:
        """Return True if the caller is to send the first request, with `lead`.

        If another thread sends it, wait for its response and return False.

        Raises:
            NoResponseError: no response came.
            ClientClosed: the sync is over.
        """
        if self._is_open:
            return False
        with self._changed:
            self._changed.wait_for(lambda: self._is_open or self._is_stopped or not self._is_led)
            if self._is_stopped:
                raise ClientClosed
            if self._failure:
                raise NoResponseError(self._failure)
            self._is_led = not any((self._is_open, self._kept))  # it may have opened meanwhile
            return self._is_led

    def lead(self, send: Callable[[Limits, bool], T]) -> T:
        """Send the first request, at most three times.

        It is sent on a thread of its own, because the lookup of a host name and a connection to a
        host of several addresses do not obey a timeout.

        Args:
            send: sends the request once, and calls `open` when the head of the response is there,
                unless the response is for all requests. It gets its limits, and whether it
                repeats a try that failed.

        Raises:
            NoResponseError: no response came.
            ClientClosed: the sync is over.
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
                    lambda: self._is_open or self._is_stopped or sent.done(), ends - started
                )
                if self._is_stopped:
                    raise ClientClosed
                if not self._is_open:
                    self._keep(sent, time.monotonic() - started)
        finally:
            with self._changed:
                self._is_led = False
                self._changed.notify_all()
        return sent.result()  # its body has a deadline

    def _ends(self, now: float) -> float:
        if self._began is None:
            return now + self._budget
        by_run = min(now + self._budget, self._began + WHOLE_RUN)
        return max(by_run, now + min(self._budget, SHORTEST_BUDGET))

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _send(self, send: Callable[[Limits, bool], T], sent: Future[T], ends: float) -> None:
        """Send a request until there is a response; on a thread of its own."""
        while True:
            self._tries += 1
            left = max(ends - time.monotonic(), 0.1)
            # Half of it to connect: the host may have a second address.
            limits = Limits(min(self._timeout, left / 2), min(self._timeout, left))
            try:
                sent.set_result(send(limits, self._tries > 1))
            except TRANSIENT as error:
                if self._is_open or not self._may_try_again(ends):
                    sent.set_exception(error)
            except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
                sent.set_exception(error)
            if sent.done():
                return

    def _may_try_again(self, ends: float) -> bool:
        """Wait before the next try; return False if there is to be none."""
        step = self._pause * 2 ** (self._tries - 1)
        pause = step * _jitter.uniform(0.5, 1)
        if self._tries >= TRIES or time.monotonic() + pause >= ends:
            return False
        with self._changed:
            return not self._changed.wait_for(lambda: self._is_stopped, pause)

    def _keep(self, sent: Future[T], seconds: float) -> None:
        """Keep a response for all requests, or raise why there was none."""
        error = sent.exception() if sent.done() else requests.Timeout()
        if not isinstance(error, requests.RequestException):
            # Also raises a fault of the request and not of the way: another request may pass.
            self._kept.append(sent.result())
            return
        times = "1 try" if self._tries == 1 else f"{self._tries} tries"
        self._failure = (
            f"{transport_failure(error, self._redact)}: no response after {times} in "
            f"{seconds:.0f} s; check the setting api_url, the network, the proxy (HTTPS_PROXY) "
            f"and DNS."
        )
        raise NoResponseError(self._failure) from error
