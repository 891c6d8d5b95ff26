"""Doors between a process and a server: one can be shut, so that nobody is there, or jammed, so that nobody answers."""

import asyncio
from contextlib import suppress
from enum import Enum
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


class Fault(Enum):
    GONE = "gone"  # connections end, and none can be made
    SILENT = "silent"  # connections stay and can be made, and nothing comes through


class Door:
    """A TCP proxy. `url` is the server's address with the door in its place."""

    def __init__(self, url: str) -> None:
        self._target = urlsplit(url)
        self._port = 0
        self._pipes: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()

    async def __aenter__(self) -> Self:
        await self._listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._shut()

    @property
    def url(self) -> str:
        place = f"{self._target.hostname}:{self._target.port}"
        return self._target.geturl().replace(place, f"127.0.0.1:{self._port}")

    async def fail(self, fault: Fault) -> None:
        if fault is Fault.GONE:
            await self._shut()
        else:
            self._flowing.clear()

    async def heal(self) -> None:
        """As before; what was held back by a jammed door is lost with its connections, as behind a broken switch."""
        if not self._flowing.is_set():
            await self._shut()
            self._flowing.set()
        if not self._server.is_serving():
            await self._listen()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def _shut(self) -> None:
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        for pipe in list(self._pipes):
            pipe.cancel()
        await asyncio.gather(*self._pipes, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._pipes.add(task)
        self._writers.add(writer)
        try:
            await self._flowing.wait()
            behind, onward = await asyncio.open_connection(self._target.hostname, self._target.port)
            self._writers.add(onward)
            await asyncio.gather(self._pipe(reader, onward), self._pipe(behind, writer))
        except (OSError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            self._pipes.discard(task)
            self._writers.discard(writer)

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                await self._flowing.wait()
                writer.write(data)
                await writer.drain()
        writer.close()
