"""A client's connection below HTTP, where it can fail."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from contextlib import suppress

from typing_extensions import override
from uvicorn.protocols.http.h11_impl import H11Protocol

# The two fields of the option, which are shorter on Windows: on, and no second of patience.
_NO_FAREWELL = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)


class Connection:
    """Ends a connection in ways that a web application has no words for."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._ending = asyncio.Event()
        self._lost = asyncio.Event()

    def end(self) -> None:
        """Let nobody wait any longer: the server stops."""
        self._ending.set()

    def lose(self) -> None:
        """Take note that the connection is closed, by whichever side."""
        self._ending.set()
        self._lost.set()

    async def pause(self, seconds: float) -> None:
        """Wait, but no longer than the client stays and the server runs."""
        if seconds > 0:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._ending.wait(), seconds)

    async def hold(self) -> None:
        """Keep the client waiting until it goes or the server stops."""
        await self._ending.wait()
        await self._abort()

    def send(self, content: bytes) -> None:
        """Send bytes as they are."""
        self._transport.write(content)

    async def drip(self, content: bytes, seconds: float) -> None:
        """Send bytes one by one, while the client stays and the server runs."""
        for at in range(len(content)):
            if self._ending.is_set():
                return
            self.send(content[at : at + 1])
            await self.pause(seconds)

    async def close(self) -> None:
        """Close in good order, once the client has got what was sent to it."""
        self._transport.close()
        # A client that reads nothing must not keep the server from stopping.
        await self.hold()

    async def reset(self) -> None:
        """Break off: the client is sent a reset in place of a farewell."""
        connected = self._transport.get_extra_info("socket")
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_FAREWELL)
        await self._abort()

    async def _abort(self) -> None:
        """Close at once; return when uvicorn knows, for it complains of unfinished answers."""
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
