"""Between the tap and the fake server: an adapter of requests, so that all above it runs."""

from __future__ import annotations

import base64
import io
import signal
import threading
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

import requests
from requests.adapters import HTTPAdapter
from typing_extensions import override
from urllib3 import HTTPResponse

from tests.fuzz.faults import Request, Schedule
from tests.fuzz.server import Refused, Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fuzz.faults import Fault
    from tests.fuzz.server import Server
    from tests.fuzz.waits import Waits

ROOT = "/v3/REST/"
LATENCY = 0.02
"""Seconds of simulated time that a request takes."""
LIMITED_FOR = 6.0
"""Seconds of simulated time for which a limited server refuses everything."""


class Endless(BaseException):
    """More requests than any sane run needs; nothing but the fuzzer catches it."""


class Gone(BaseException):
    """The run that sends this is over."""


class RequestOutcome(NamedTuple):
    """A request, and the status and rows of its response; status 0 for no response."""

    stream: str
    path: str
    params: dict[str, str]
    status: int
    rows: int


class Line(HTTPAdapter):
    """One run's connection.

    Args:
        server: returns the responses.
        key_pair: the only key pair that is accepted.
        schedule: what goes wrong.
        waits: the simulated time.
        most: how many requests are let through.
        before: called before each request with its number, counted from 1.
    """

    def __init__(
        self,
        server: Server,
        key_pair: tuple[str, str],
        schedule: Schedule,
        *,
        waits: Waits,
        most: int,
        before: Callable[[int], None],
    ) -> None:
        super().__init__()
        token = base64.b64encode(":".join(key_pair).encode()).decode()
        self._authorization = f"Basic {token}"
        server.quoted = f"{key_pair[0]}:{key_pair[1]} {self._authorization} you@mail.example"
        self._server = server
        self._schedule = schedule
        self._waits = waits
        self._most = most
        self._before = before
        self._lock = threading.RLock()
        self._limited_until: float | None = None
        self.is_closed = False
        self.is_endless = False
        self.refusals = 0
        self.exchanges: list[RequestOutcome] = []

    @override
    def send(
        self, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        parts = urlsplit(str(request.url))
        path = unquote(parts.path.removeprefix(ROOT))
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        params = dict(reversed(pairs))  # of a repeated parameter the first counts
        with self._lock:
            if self.is_closed:
                raise Gone
            response, fault = self._respond(path, params, request.headers.get("Authorization"))
        return self._deliver(request, response, fault)

    def _respond(
        self, path: str, params: dict[str, str], authorization: object
    ) -> tuple[Response, Fault | None]:
        if len(self.exchanges) >= self._most:
            self.is_endless = True
            raise Endless
        self._waits.seconds += LATENCY
        account = self._server.account
        account.tick += 1
        number = len(self.exchanges) + 1
        self._before(number)
        try:
            stream = self._server.find(path)[0].stream
        except Refused:
            stream = "?"
        fault = self._schedule.of(Request.of(stream, path, params))
        if authorization != self._authorization:
            response = self._server.error(401, "API key authentication failure")
        elif fault and fault.kind == "limited":
            response, fault = self._limit(), None
        elif fault and (code := fault.kind.partition(" ")[0]).isdecimal():
            response = self._server.error(int(code), "as the fault has it")
        else:
            response = self._server.respond(path, params)
        if self._limited_until and self._waits.seconds < self._limited_until:
            self.refusals += 1
            response = self._server.error(429, "too many calls")
        status = 0 if fault and response.status == 200 else response.status
        self.exchanges.append(RequestOutcome(stream, path, params, status, response.rows))
        return response, fault

    def _limit(self) -> Response:
        if self._limited_until is None:
            self._limited_until = self._waits.seconds + LIMITED_FOR
        return self._server.error(429, "too many calls")

    def _deliver(
        self, request: requests.PreparedRequest, response: Response, fault: Fault | None
    ) -> requests.Response:
        kind = fault.kind if fault else ""
        body = _spoilt(response.body, kind.removesuffix(" for good"))
        if kind.startswith("refused"):
            raise requests.ConnectionError(_REFUSED)
        if kind.startswith("reset"):
            raise requests.ConnectionError(_RESET)
        if kind == "timeout":
            raise requests.ReadTimeout(_TIMEOUT)
        headers = {"Content-Type": "application/json", "Content-Length": str(len(response.body))}
        if kind.startswith(("garbled", "not", "half")):
            headers["Content-Length"] = str(len(body))
        if response.status == 429:
            headers |= _RETRY_AFTER.get(kind, {"Retry-After": "0"} if not kind else {})
        if response.status == 302:
            headers["Location"] = "https://elsewhere.example/"
        raw = HTTPResponse(
            io.BytesIO(body),
            headers=headers,
            status=response.status,
            preload_content=False,
            request_method="GET",
        )
        return self.build_response(request, raw)  # type: ignore[no-untyped-call, no-any-return, unused-ignore]


_REFUSED = "[Errno 111] Connection refused"
_RESET = "[Errno 104] Connection reset by peer"
_TIMEOUT = "Read timed out. (read timeout=120)"
_RETRY_AFTER = {
    "429": {},
    "429 after 0": {"Retry-After": "0"},
    "429 after 1": {"Retry-After": "1"},
    "429 after a past date": {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"},
}


def _spoilt(body: bytes, kind: str) -> bytes:
    if kind == "truncated":
        return body[: len(body) * 2 // 3]
    if kind == "garbled":
        return b"\x00\xff<" + body[::-1]
    if kind == "not a page":
        return b'{"Unexpected": true}'
    if kind == "half a character":
        return body[:-2] + b"\xc3"
    return body


def send_signal() -> None:
    """Send SIGTERM to the main thread, where a signal from outside arrives too."""
    main = threading.main_thread().ident
    assert main is not None
    signal.pthread_kill(main, signal.SIGTERM)
