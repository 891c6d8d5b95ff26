"""The two ways to hear live events: a WebSocket, and server-sent events."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final
from urllib.parse import parse_qs

import orjson

from medianest_common.errors import Unauthenticated
from medianest_gateway.asgi import Headers
from medianest_gateway.call import Call
from medianest_gateway.errors import BadRequest
from medianest_gateway.hub.client import Client, Close
from medianest_gateway.hub.messages import TOPICS
from medianest_gateway.hub.registry import Hub
from medianest_gateway.metrics import sockets_closed, sockets_open

_PING_SECONDS: Final = 20.0
_GOODBYE_SECONDS: Final = 2.0  # for the close frame of somebody who reads nothing; then the connection is cut
_LONGEST_MESSAGE: Final = 4096
_MOST_MESSAGES: Final = 200  # a client says what it wants to hear and little else
_PING_FRAME: Final = b": ping\n\n"


class _CutOff:
    """Cuts a connection that is to be closed and cannot be told, since its other end takes nothing."""

    def __init__(self, call: Call) -> None:
        self._abort: Callable[[], None] | None = call.scope.get("state", {}).get("abort")

    def soon(self) -> None:
        if self._abort is not None:
            asyncio.get_running_loop().call_later(_GOODBYE_SECONDS, self._abort)


class Connections:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def __call__(self, call: Call) -> None:
        """Serve one connection until either side ends it."""
        if call.identity is None:
            raise Unauthenticated("Sign in first.")
        self._hub.expect_room(call.identity.caller.user_id)
        client = Client(call.identity)
        kind = "websocket" if call.is_socket else "stream"
        wanted = None if call.is_socket else _wanted(call, client)
        client.when_closing = _CutOff(call).soon
        self._hub.join(client)
        gauge = sockets_open.labels(kind)
        gauge.inc()
        try:
            if wanted is None:
                await _Socket(call, client, self._hub).serve()
            else:
                await _Stream(call, client, self._hub).serve(*wanted)
        finally:
            gauge.dec()
            self._hub.leave(client)
            if client.closing is not None:
                sockets_closed.labels(client.closing.name.lower()).inc()


class _Socket:
    """A WebSocket: reads what the client wants, writes what it hears."""

    def __init__(self, call: Call, client: Client, hub: Hub) -> None:
        self._send = call.reply.send
        self._call = call
        self._client = client
        self._hub = hub

    async def serve(self) -> None:
        await self._call.reply.accept_socket()
        self._call.forget_head()
        writer = asyncio.create_task(self._write())
        try:
            await self._read()
        finally:
            writer.cancel()
            with suppress(asyncio.CancelledError):
                await writer

    async def _read(self) -> None:
        heard = 0
        while (message := await self._call.receive())["type"] == "websocket.receive":
            heard += 1
            text = message.get("text") or ""
            if heard > _MOST_MESSAGES or not self._obey(text):
                self._client.close(Close.BAD_MESSAGE)

    def _obey(self, text: str) -> bool:
        """Do what a message asks for; whether it was one we know."""
        if not 0 < len(text) <= _LONGEST_MESSAGE:
            return False
        try:
            wish = orjson.loads(text)
            action, topics, after = wish["action"], _topics(wish.get("topics", [])), _sequence(wish.get("after"))
        except (ValueError, TypeError, KeyError, AttributeError):
            return False
        if action == "subscribe":
            self._hub.subscribe(self._client, topics, after)
        elif action == "unsubscribe":
            self._hub.unsubscribe(self._client, topics)
        else:
            return False
        return True

    async def _write(self) -> None:
        while (message := await self._client.take()) is not None:
            await self._send({"type": "websocket.send", "text": message.text})
        await self._send({"type": "websocket.close", "code": int(self._client.closing or Close.GOING)})


class _Stream:
    """Server-sent events: begins at once with what the address asks for, and ends when either side leaves."""

    def __init__(self, call: Call, client: Client, hub: Hub) -> None:
        self._call = call
        self._client = client
        self._hub = hub

    async def serve(self, topics: list[str], after: int | None) -> None:
        headers: Headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
        headers.append((b"x-accel-buffering", b"no"))
        await self._call.reply.begin(200, headers)
        self._hub.subscribe(self._client, topics, after)
        leaving = asyncio.create_task(self._until_gone())
        try:
            await self._write()
        finally:
            leaving.cancel()
            with suppress(asyncio.CancelledError):
                await leaving

    async def _write(self) -> None:
        """Several messages that wait go out together; a comment now and then shows proxies that it lives."""
        client = self._client
        while True:
            try:
                async with asyncio.timeout(_PING_SECONDS):
                    message = await client.take()
            except TimeoutError:
                await self._call.reply.part(_PING_FRAME)
                continue
            if message is None:
                break
            await self._call.reply.part(message.frame)
        await self._call.reply.part(b"", more=False)

    async def _until_gone(self) -> None:
        while (await self._call.receive())["type"] != "http.disconnect":
            pass
        self._client.close(Close.GOING)


def _wanted(call: Call, client: Client) -> tuple[list[str], int | None]:
    """Topics and the last id from the address and `Last-Event-ID`; BadRequest for nonsense."""
    try:
        query = parse_qs(call.query.decode("ascii"), max_num_fields=10)
        named = query.get("topics", [""])[-1]
        topics = _topics(named.split(",")) if named else [topic for topic in TOPICS if client.may_hear(topic)]
        last = call.text(b"last-event-id") or query.get("after", [""])[-1]
        return topics, _sequence(int(last)) if last else None
    except (ValueError, TypeError):
        raise BadRequest("The topics, or the id of the last event, are not known here.") from None


def _topics(names: Any) -> list[str]:
    """Topics by name; ValueError for one that there is not."""
    if not isinstance(names, list) or any(name not in TOPICS for name in names):
        raise ValueError("no such topic")
    return names


def _sequence(value: Any) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    raise ValueError("not a sequence")
