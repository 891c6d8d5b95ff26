"""Sends a file's bytes: in ranges, at a pace, and wrongly where a switch says so."""

import asyncio
import re
from pathlib import Path

from starlette.types import Receive, Scope, Send

from medianest_sandbox.connection import hang_up, reset
from medianest_sandbox.video.switches import Switch

_RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")
_CHUNK = 64 * 1024
_PACE_SECONDS = 0.1
_FOR_EVER = 3_600.0


class FileAnswer:
    """An ASGI answer with one file."""

    def __init__(self, path: Path, media_type: str, *, pace: int | None, switches: dict[str, Switch]) -> None:
        self._path, self._type, self._switches = path, media_type, switches
        throttle = switches.get("throttle")
        self._pace = throttle.value if throttle else pace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file, or as much of it as the switches let through."""
        size = await asyncio.to_thread(lambda: self._path.stat().st_size)
        first, last, partial = self._range(scope, size)
        if first > last:
            await _empty(send, 416, [(b"content-range", f"bytes */{size}".encode())])
            return
        await self._head(send, first, last, size, partial=partial)
        if scope["method"] == "HEAD":
            await send({"type": "http.response.body", "body": b""})
            return
        body = _Body(receive, send, self._pace)
        await self._send(scope, body, first, last)

    async def _send(self, scope: Scope, body: "_Body", first: int, last: int) -> None:
        for kind in ("short", "reset", "stall"):
            if kind in self._switches:
                given = self._switches[kind].value
                await body.file(self._path, first, min(last, first + (given or (last - first) // 2) - 1))
                await self._break_off(kind, scope, body)
                return
        if "endless" in self._switches:
            await body.zeros()
        elif "wrong-length" in self._switches:
            last = first + self._declared(first, last) - 1
            await body.file(self._path, first, last)
        else:
            await body.file(self._path, first, last)
        await body.end()

    async def _break_off(self, kind: str, scope: Scope, body: "_Body") -> None:
        if kind == "stall":
            await body.wait_until_gone(_FOR_EVER)
        elif kind == "reset":
            await reset(scope, body.receive)
        else:
            await hang_up(scope, body.receive)

    def _range(self, scope: Scope, size: int) -> tuple[int, int, bool]:
        headers = dict(scope["headers"])
        found = _RANGE.match(headers.get(b"range", b"").decode("latin-1"))
        if found is None or found.groups() == ("", "") or {"no-range", "endless"} & set(self._switches):
            return 0, size - 1, False
        start, end = found.groups()
        if not start:
            return max(0, size - int(end)), size - 1, True
        return int(start), min(int(end) if end else size - 1, size - 1), True

    def _declared(self, first: int, last: int) -> int:
        """The length the answer claims; `wrong-length` leaves off so many bytes, or half."""
        length = last - first + 1
        if "wrong-length" in self._switches:
            return max(1, length - (self._switches["wrong-length"].value or length // 2))
        return length

    async def _head(self, send: Send, first: int, last: int, size: int, *, partial: bool) -> None:
        media_type = "text/html; charset=utf-8" if "wrong-type" in self._switches else self._type
        headers = [(b"content-type", media_type.encode()), (b"last-modified", b"Thu, 01 Jan 2026 12:00:00 GMT")]
        if "endless" not in self._switches:
            headers.append((b"content-length", str(self._declared(first, last)).encode()))
        if "no-range" not in self._switches and "endless" not in self._switches:
            headers.append((b"accept-ranges", b"bytes"))
        if partial:
            headers.append((b"content-range", f"bytes {first}-{last}/{size}".encode()))
        await send({"type": "http.response.start", "status": 206 if partial else 200, "headers": headers})


class _Body:
    """Sends at a pace until the other side has gone."""

    def __init__(self, receive: Receive, send: Send, pace: int | None) -> None:
        self.receive, self._send, self._pace = receive, send, pace
        self._gone = asyncio.create_task(_until_gone(receive))

    async def file(self, path: Path, first: int, last: int) -> None:
        """The bytes from `first` to `last`, both included."""
        with path.open("rb") as file:
            file.seek(first)
            left = last - first + 1
            while left > 0 and not self._gone.done():
                chunk = file.read(min(left, self._size()))
                left -= len(chunk)
                await self._pass(chunk)

    async def zeros(self) -> None:
        """Zero bytes without an end."""
        while not self._gone.done():
            await self._pass(bytes(self._size()))

    async def end(self) -> None:
        """Say that this was all."""
        self._gone.cancel()
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def wait_until_gone(self, seconds: float) -> None:
        """Send nothing until the other side gives up."""
        await asyncio.wait({self._gone}, timeout=seconds)

    def _size(self) -> int:
        return _CHUNK if self._pace is None else max(1, int(self._pace * _PACE_SECONDS))

    async def _pass(self, chunk: bytes) -> None:
        await self._send({"type": "http.response.body", "body": chunk, "more_body": True})
        if self._pace is None:
            await asyncio.sleep(0)  # sending to somebody who has gone does not let others run
        else:
            await asyncio.wait({self._gone}, timeout=len(chunk) / self._pace)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _empty(send: Send, status: int, headers: list[tuple[bytes, bytes]]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [*headers, (b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})
