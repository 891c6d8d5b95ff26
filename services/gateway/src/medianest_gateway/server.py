"""Serving: uvicorn, with bounds on what a stranger may make it hold, and an end within seconds.

Uvicorn rather than granian, measured here with 1,000 sockets: as fast on a broadcast (p99 21 to 72 ms against 18 to
33), a sixth of the memory a socket, and it sends our headers with a WebSocket's 101 and pings by itself.
"""

import asyncio
import resource
from typing import Any, Final, cast

import orjson
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from medianest_common.ids import uuid7
from medianest_common.problem_details import MEDIA_TYPE, problem
from medianest_gateway.app import Gateway
from medianest_gateway.settings import Settings

_HEADER_BYTES: Final = 64 * 1024
_FIELD_BYTES: Final = 32  # what a header costs beside its letters, so that there are not endlessly many short ones
_TOO_LARGE: Final = "The head of the request is too large."
_GRACE_SECONDS: Final = 5
_BESIDES_SOCKETS: Final = 512  # files for the services, the broker, Redis and calls that come and go


def _bad_request(why: str) -> bytes:
    """The whole answer to what is not HTTP, or no WebSocket's beginning."""
    body = orjson.dumps(
        problem(400, "BAD_REQUEST", "The request is not understood", why, instance="", correlation=uuid7().hex)
    )
    head = b"HTTP/1.1 400 Bad Request\r\ncontent-type: %b\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
    return head % (MEDIA_TYPE.encode(), len(body)) + body


class OneStroke:
    """A transport that sends by one stroke what is written in one turn of the loop.

    Uvicorn writes the head and the body of an answer apart, and asking the kernel costs more than our own work on one.
    """

    __slots__ = ("_loop", "_transport", "_written", "get_extra_info", "is_closing", "pause_reading", "resume_reading")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._transport = transport
        self._written: list[bytes] = []
        self.get_extra_info = transport.get_extra_info
        self.is_closing = transport.is_closing
        self.pause_reading = transport.pause_reading
        self.resume_reading = transport.resume_reading

    def write(self, data: bytes) -> None:
        if not self._written:
            self._loop.call_soon(self._flush)
        self._written.append(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def abort(self) -> None:
        self._transport.abort()

    def give_up(self) -> asyncio.Transport:
        """The plain transport, for a protocol that takes over."""
        self._flush()
        return self._transport

    def _flush(self) -> None:
        if self._written and not self._transport.is_closing():
            self._transport.write(b"".join(self._written))
        self._written.clear()


class GuardedHttp(HttpToolsProtocol):
    """HTTP/1.1 whose head is bounded in size and time; what cannot be parsed is answered as a problem."""

    _heads = 0
    _head_bytes = 0
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._stroke = OneStroke(transport, self.loop)
        super().connection_made(self._stroke)  # type: ignore[arg-type]
        self._head_deadline = cast("Gateway", self.config.app).settings.head_deadline  # as `configure` gives it
        self._head_timer = self.loop.call_later(self._head_deadline, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        heads, in_body = self._heads, self.cycle is not None and self.cycle.more_body
        super().data_received(data)
        if self._heads == heads and not in_body:
            self._wait_for_head(len(data))
        elif self._head_timer is not None:
            self._stop_timer()

    def on_headers_complete(self) -> None:
        self._heads += 1
        self._head_bytes = 0
        if sum([len(name) + len(value) + _FIELD_BYTES for name, value in self.headers]) > _HEADER_BYTES:
            raise ValueError(_TOO_LARGE)  # the parser stops, and it is answered as what cannot be parsed
        self.scope["state"]["abort"] = self.transport.abort
        super().on_headers_complete()

    def handle_websocket_upgrade(self) -> None:
        self.transport = self._stroke.give_up()
        super().handle_websocket_upgrade()

    def _wait_for_head(self, size: int) -> None:
        """Part of a head came; the rest is to follow soon, and not be much."""
        self._head_bytes += size
        if self._head_bytes > _HEADER_BYTES:
            self.send_400_response(_TOO_LARGE)
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(self._head_deadline, self._too_slow)

    def send_400_response(self, msg: str) -> None:
        if not self.transport.is_closing():
            self.transport.write(_bad_request(msg))
            self.transport.close()

    def _too_slow(self) -> None:
        self._head_timer = None
        if not self.transport.is_closing():
            self.transport.abort()

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


class _Inbox:
    """What a WebSocket has received: at most a few messages, for one reader. A tenth of an asyncio.Queue's weight."""

    __slots__ = ("_arrived", "_waiting")

    def __init__(self) -> None:
        self._waiting: list[Any] = []
        self._arrived: asyncio.Future[None] | None = None

    def put_nowait(self, message: Any) -> None:
        self._waiting.append(message)
        if self._arrived is not None and not self._arrived.done():
            self._arrived.set_result(None)

    def empty(self) -> bool:
        return not self._waiting

    async def get(self) -> Any:
        while not self._waiting:
            self._arrived = asyncio.get_running_loop().create_future()
            await self._arrived
        return self._waiting.pop(0)


class GuardedSocket(WebSocketsSansIOProtocol):
    """A WebSocket that weighs little, and can be cut when its other end takes nothing any more.

    What is no handshake is answered as a problem and closed: its parser gives some of it up without a word.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.queue = _Inbox()  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.handshake_exc is not None:
            self._refuse()

    def handle_connect(self, event: Any) -> None:
        if self.conn.accept(event).status_code == 101:
            super().handle_connect(event)
            self.scope["state"]["abort"] = self.transport.abort

    async def send(self, message: Any) -> None:
        await super().send(message)
        if message["type"] == "websocket.http.response.body":
            self.handshake_complete = True  # it was denied, and that is an end too

    def _refuse(self) -> None:
        self.handshake_complete = self.close_sent = True
        if not self.transport.is_closing():
            self.transport.write(_bad_request("This is no way to begin a WebSocket."))
            self.transport.close()

    def start_keepalive(self) -> None:
        """The handshake is over; a socket lives for hours, and its head is a third of what it weighs."""
        super().start_keepalive()
        self.request.headers.clear()  # its parser holds on to it
        del self.request, self.response
        self.scope["headers"] = []


class Server(uvicorn.Server):
    """Tells live connections to go before it waits for calls to end."""

    def __init__(self, config: uvicorn.Config, gateway: Gateway) -> None:
        super().__init__(config)
        self._gateway = gateway

    async def shutdown(self, sockets: Any = None) -> None:
        self._gateway.say_goodbye()
        await super().shutdown(sockets)


def configure(gateway: Gateway, settings: Settings) -> Server:
    config = uvicorn.Config(
        gateway,
        host=settings.http_host,
        port=settings.http_port,
        loop="uvloop",
        http=GuardedHttp,
        ws=GuardedSocket,
        ws_max_size=16 * 1024,
        ws_per_message_deflate=False,  # 64 KiB a connection, and our messages are small
        ws_ping_interval=25.0,
        ws_ping_timeout=20.0,
        access_log=False,
        log_config=None,
        proxy_headers=False,  # whom to believe is for addresses.py to say
        server_header=False,
        backlog=2048,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    return Server(config, gateway)


def serve(gateway: Gateway, settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; ends the process when as many sockets as promised cannot be held."""
    expect_files(settings.max_sockets)
    configure(gateway, settings).run()


def expect_files(sockets: int) -> None:
    """Raise the limit of open files as far as it is needed; SystemExit naming it when that is not allowed."""
    needed = sockets + _BESIDES_SOCKETS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed:
        if hard != resource.RLIM_INFINITY and hard < needed:
            raise SystemExit(
                f"{sockets} live connections (MEDIANEST_MAX_SOCKETS) need {needed} open files, and this process may "
                f"have {hard} (the hard limit RLIMIT_NOFILE, `ulimit -Hn`). Raise that, or lower the setting."
            )
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
