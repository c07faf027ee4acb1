"""A web server in its own thread."""

from __future__ import annotations

import os
import socket
import threading
import time
from typing import TYPE_CHECKING

import uvicorn

from tap_mailjet.sandbox.server.connection import Protocol

if TYPE_CHECKING:
    from starlette.applications import Starlette

_STARTS_WITHIN = 10.0
"""Seconds."""


def bind(host: str, port: int) -> socket.socket:
    """Return a socket bound to an address; port 0 takes a free one, or raise OSError."""
    # asyncio disables Nagle's algorithm only for sockets of this protocol; otherwise every response
    # is 40 ms late.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # elsewhere the option would let two servers share the port
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise OSError(error.errno, f"cannot listen on {host}:{port}: {error.strerror}") from error
    return bound


class Server:
    """A web server that runs until it is stopped."""

    def __init__(self, app: Starlette, bound: socket.socket) -> None:
        config = uvicorn.Config(
            app,
            http=Protocol,
            loop="asyncio",
            ws="none",
            lifespan="off",
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run,
            kwargs={"sockets": [bound]},
            name="mailjet-sandbox",
            daemon=True,
        )

    def start(self) -> None:
        """Return as soon as the server responds, or raise RuntimeError."""
        self._thread.start()
        deadline = time.monotonic() + _STARTS_WITHIN
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                message = "the sandbox's web server did not start"
                raise RuntimeError(message)
            time.sleep(0.002)

    def stop(self) -> None:
        """Return when the last response is sent and the thread has ended."""
        self._server.should_exit = True
        self._thread.join()
