"""Requests to a sandbox without a socket: for tests that sync a lot and are not about HTTP."""

from __future__ import annotations

import contextlib
import io
import threading
from typing import TYPE_CHECKING, Any
from unittest import mock
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from starlette.requests import Request
from typing_extensions import override
from urllib3 import HTTPResponse

from tap_mailjet.sandbox import Faults
from tap_mailjet.sandbox.faults.injector import InjectedFault
from tap_mailjet.sandbox.server import app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_mailjet.sandbox import Sandbox

NO_FAULT = InjectedFault(kind=None, delay=0.0, canned=None)


class Direct(HTTPAdapter):
    """Takes each request to the function below the sandbox's web server."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__()
        self._sandbox = sandbox
        # The web server handles one request at a time, too.
        self._lock = threading.Lock()

    @override
    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        url = urlsplit(request.url or "")
        headers = [(name.lower().encode(), v.encode()) for name, v in request.headers.items()]
        scope = {
            "type": "http",
            "method": request.method,
            "path": url.path,
            "query_string": url.query.encode(),
            "headers": headers,
        }
        with self._lock:
            response = app._respond(self._sandbox._served, Request(scope), NO_FAULT)
        raw = HTTPResponse(
            body=io.BytesIO(bytes(response.body)),
            headers=response.headers,
            status=response.status_code,
            preload_content=False,
        )
        return self.build_response(request, raw)


@contextlib.contextmanager
def direct(sandbox: Sandbox) -> Iterator[None]:
    """Send requests to a sandbox without a socket, which saves a third; its faults need sockets."""
    adapter, real = Direct(sandbox), requests.Session.get_adapter

    def get_adapter(self: requests.Session, url: str) -> Any:
        is_direct = url.startswith(sandbox.url) and sandbox.faults == Faults()
        return adapter if is_direct else real(self, url)

    with mock.patch.object(requests.Session, "get_adapter", get_adapter):
        yield
