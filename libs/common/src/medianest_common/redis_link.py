"""One connection to Redis that carries everybody's commands, one answer after the other.

redis-py's asyncio pipeline costs 145 µs of CPU for a GET and a script, this 12 µs, with the same parser (hiredis) and
packer; and importing it takes 20 MiB. Commands of calls that run at the same time do not wait for each other.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import unquote, urlsplit

import hiredis
import structlog

_log = structlog.get_logger(__name__)

Command = tuple[str | bytes | int, ...]

_CONNECT_SECONDS: Final = 1.0
_ANSWER_SECONDS: Final = 0.5
_LOOK_SECONDS: Final = 0.1  # how often is looked whether answers come; a timer for each call would cost more
_AGAIN_SECONDS: Final = 0.25
_MOST_WAITING: Final = 10_000


class RedisAway(Exception):
    """No connection, or no answer in time."""


class _Batch:
    """The commands of one caller, whose answers arrive one by one."""

    __slots__ = ("answers", "done", "left", "sent")

    def __init__(self, size: int, done: asyncio.Future[list[Any]], sent: float) -> None:
        self.answers: list[Any] = []
        self.left = size
        self.done = done
        self.sent = sent


class _Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self.waiting: deque[_Batch] = deque()
        self.closed = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport
        self._loop = asyncio.get_running_loop()
        self._outgoing: list[bytes] = []
        self._reader = hiredis.Reader()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's own is no subclass of it

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        while (answer := self._reader.gets()) is not False:
            batch = self.waiting[0]
            batch.answers.append(answer)
            batch.left -= 1
            if batch.left == 0:
                self.waiting.popleft()
                if not batch.done.done():
                    batch.done.set_result(batch.answers)

    def connection_lost(self, exc: Exception | None) -> None:
        for batch in self.waiting:
            if not batch.done.done():
                batch.done.set_exception(RedisAway("the connection was lost"))
        self.waiting.clear()
        if not self.closed.done():
            self.closed.set_result(None)

    def send(self, commands: Sequence[Command]) -> asyncio.Future[list[Any]]:
        """The answers to come; what is sent in one turn of the loop goes by one call of the system."""
        if not self._outgoing:
            self._loop.call_soon(self._flush)
        self._outgoing += [hiredis.pack_command(command) for command in commands]  # type: ignore[arg-type]
        done: asyncio.Future[list[Any]] = self._loop.create_future()
        self.waiting.append(_Batch(len(commands), done, self._loop.time()))
        return done

    def _flush(self) -> None:
        data = b"".join(self._outgoing)
        self._outgoing.clear()
        with suppress(RuntimeError):  # uvloop's way of saying that it is closed; asyncio's own transports say nothing
            self.transport.write(data)
        if self.transport.is_closing():
            self.connection_lost(None)


class RedisLink:
    """Run `run()` as a task; it connects, and connects again after every loss. Until then `ask` raises at once.

    Who asks seldom has no task, and calls `open()` before each `ask` instead.
    """

    def __init__(self, url: str, ca: Path | None = None) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or "127.0.0.1"
        self._port = parts.port or 6379
        self._login = _login(unquote(parts.username or ""), unquote(parts.password or ""))
        self._database = parts.path.strip("/") or "0"
        self._tls = ssl.create_default_context(cafile=ca) if parts.scheme == "rediss" else None
        self._connection: _Connection | None = None
        self._opening = asyncio.Lock()

    @property
    def is_up(self) -> bool:
        return self._connection is not None

    async def ask(self, *commands: Command) -> list[Any]:
        """The answers in order, an error among them as a `hiredis.ReplyError`; raises RedisAway."""
        connection = self._connection
        if connection is None or len(connection.waiting) > _MOST_WAITING:
            raise RedisAway
        return await connection.send(commands)

    async def open(self) -> None:
        """Connect unless there is a connection; raises OSError, TimeoutError or RedisAway when that fails."""
        async with self._opening:
            if self._connection is None or self._connection.closed.done():
                self._connection = await self._connect()

    async def run(self) -> None:
        while True:
            with suppress(OSError, RedisAway, TimeoutError, ssl.SSLError):
                connection = await self._connect()
                self._connection = connection
                _log.info("redis_connected")
                await self._watch(connection)
                _log.warning("redis_connection_lost")
            self._connection = None
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _watch(self, connection: _Connection) -> None:
        """Until the connection is lost. One that is silent too long is cut, which fails whatever waits on it."""
        loop = asyncio.get_running_loop()
        while not connection.closed.done():
            await asyncio.wait([connection.closed], timeout=_LOOK_SECONDS)
            if connection.waiting and loop.time() - connection.waiting[0].sent > _ANSWER_SECONDS:
                self._connection = None
                connection.transport.abort()

    async def close(self) -> None:
        """Let go of the connection; whoever still waits for an answer gets RedisAway."""
        if self._connection is not None:
            self._connection.transport.abort()
            self._connection = None

    async def _connect(self) -> _Connection:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(_CONNECT_SECONDS):
            _, connection = await loop.create_connection(_Connection, self._host, self._port, ssl=self._tls)
            commands = [*self._login, ("SELECT", self._database), ("PING",)]
            for answer in await connection.send(commands):
                if isinstance(answer, hiredis.ReplyError):
                    connection.transport.abort()
                    _log.error("redis_refused", error=str(answer)[:100])
                    raise RedisAway("refused")
        return connection


def _login(user: str, password: str) -> list[Command]:
    if not password:
        return []
    return [("AUTH", user, password)] if user else [("AUTH", password)]
