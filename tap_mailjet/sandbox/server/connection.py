"""A client's connection below HTTP, where it can fail."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from contextlib import suppress

from typing_extensions import override
from uvicorn.protocols.http.h11_impl import H11Protocol

# The two fields of the option, which are shorter on Windows: on, and 0 seconds to linger.
_NO_LINGER = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)


class Connection:
    """A connection that can fail below HTTP, which a web application cannot do."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._ending = asyncio.Event()
        self._lost = asyncio.Event()

    def end(self) -> None:
        """End all waits, because the server stops."""
        self._ending.set()

    def lose(self) -> None:
        """Record that the connection is closed, by either side."""
        self._ending.set()
        self._lost.set()

    async def pause(self, seconds: float) -> None:
        """Wait, but not after the client is gone or the server stops."""
        if seconds > 0:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._ending.wait(), seconds)

    async def hold(self) -> None:
        """Keep the client waiting until it disconnects or the server stops."""
        await self._ending.wait()
        await self._abort()

    def send(self, content: bytes) -> None:
        """Send bytes as they are."""
        self._transport.write(content)

    async def drip(self, content: bytes, seconds: float) -> None:
        """Send bytes one by one, until the client disconnects or the server stops."""
        for at in range(len(content)):
            if self._ending.is_set():
                return
            self.send(content[at : at + 1])
            await self.pause(seconds)

    async def close(self) -> None:
        """Close normally, once the client has received what was sent."""
        self._transport.close()
        # A client that reads nothing must not keep the server from stopping.
        await self.hold()

    async def reset(self) -> None:
        """Send a reset to the client instead of a normal close."""
        connected = self._transport.get_extra_info("socket")
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        await self._abort()

    async def _abort(self) -> None:
        """Close at once; return when uvicorn knows, because it logs unfinished responses."""
        self._transport.abort()
        await self._lost.wait()


class Protocol(H11Protocol):
    """HTTP, with the connection of a request in its `state`."""

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._connection = Connection(transport)
        # A new dictionary: the one given is shared by all connections.
        self.app_state = {**self.app_state, "connection": self._connection}

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._connection.lose()

    @override
    def shutdown(self) -> None:
        super().shutdown()
        self._connection.end()
