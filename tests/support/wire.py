"""HTTP by hand: bytes as an attacker writes them, and a service that notes the bytes it is sent."""

import asyncio
import re
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")


@dataclass(frozen=True)
class Said:
    """What came back until the other side closed, or nothing more came."""

    raw: bytes
    closed: bool

    @property
    def statuses(self) -> list[int]:
        """One for each answer."""
        return [int(found) for found in _STATUS.findall(self.raw)]


async def say(url: str, *parts: bytes, pause: float = 0.0, quiet: float = 1.0) -> Said:
    """Send the parts over one connection, and hear until it is closed or quiet for a while (seconds)."""
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    heard, closed = b"", False
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            if len(parts) > 1:
                await asyncio.sleep(pause)
    except ConnectionError:
        closed = True
    try:
        while not closed:
            chunk = await asyncio.wait_for(reader.read(65536), quiet)
            heard, closed = heard + chunk, not chunk
    except TimeoutError:
        pass
    except ConnectionError:
        closed = True
    writer.close()
    return Said(heard, closed)


@dataclass
class Heard:
    """One call as it arrived at a service."""

    line: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def path(self) -> str:
        return self.line.split(" ")[1]

    def all(self, name: str) -> list[str]:
        return [value for known, value in self.headers if known.lower() == name.lower()]


@dataclass
class Upstream:
    """A service that answers every call alike and keeps what it heard, byte for byte."""

    answer: bytes = b'{"items":[],"next_cursor":null}'
    extra: bytes = b""
    heard: list[Heard] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.heard.append(await _read_call(head, reader))
                headers = b"Content-Type: application/json\r\nContent-Length: %d\r\n%b\r\n"
                writer.write(b"HTTP/1.1 200 OK\r\n" + headers % (len(self.answer), self.extra) + self.answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


async def _read_call(head: bytes, reader: asyncio.StreamReader) -> Heard:
    line, *rest = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    call = Heard(line, [(name, value.strip()) for name, _, value in (each.partition(":") for each in rest)], b"")
    if lengths := call.all("content-length"):
        call.body = await reader.readexactly(int(lengths[0]))
    elif call.all("transfer-encoding"):
        call.body = await reader.readuntil(b"0\r\n\r\n")
    return call
