"""The TCP connection under a request: what is needed to end it rudely, as real servers and networks do."""

import asyncio
import socket
import struct

from starlette.types import Receive, Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

EXTENSION = "medianest.connection"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class RudeHttpProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol that hands its transport to the application."""

    def on_message_begin(self) -> None:
        """Start a request's scope and put the transport into it."""
        super().on_message_begin()
        self.scope["extensions"] = {EXTENSION: {"transport": self.transport}}


async def drop(scope: Scope, receive: Receive) -> None:
    """Close the connection under this request at once, sending nothing more; returns when it is gone."""
    _transport(scope).abort()
    await _gone(receive)


async def hang_up(scope: Scope, receive: Receive) -> None:
    """Close the connection after what was sent has gone out, however much the answer promised."""
    _transport(scope).close()
    await _gone(receive)


async def reset(scope: Scope, receive: Receive) -> None:
    """Like `drop`, but the other side sees a connection reset."""
    sock: socket.socket | None = _transport(scope).get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    await drop(scope, receive)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _transport(scope: Scope) -> asyncio.Transport:
    extension = scope.get("extensions", {}).get(EXTENSION)
    if extension is None:
        raise RuntimeError("the sandbox must be served by medianest_sandbox.server, which lets it drop connections")
    transport: asyncio.Transport = extension["transport"]
    return transport
