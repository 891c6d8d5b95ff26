"""What the gateway is measured with: a constant upstream, one with a large file, and the least that is a forwarder."""

import sys
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import uvicorn
from yarl import URL

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

_ROW = b'{"id": "0197aaaa-0000-7000-8000-%012d", "title": "A title"}'
_FILE = 2_000_000_000
_CHUNK = b"\0" * 250_000

_BODY = b'{"items": [' + b",".join(_ROW % n for n in range(20)) + b'], "next_cursor": null}'


async def _reply(send: Send, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Upstream:
    """Answers everything with the same list, and the key set where it is asked for."""

    def __init__(self, keys: str) -> None:
        self._keys = keys.encode()

    async def __call__(self, scope: dict[str, Any], _receive: Receive, send: Send) -> None:
        body = self._keys if scope["path"].endswith("/jwks") else _BODY
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await _reply(send, body, headers)


class Files(Upstream):
    """Answers with two gigabytes where a file is asked for."""

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if not scope["path"].endswith("/file"):
            await super().__call__(scope, receive, send)
            return
        headers = [(b"content-type", b"video/mp4"), (b"content-length", b"%d" % _FILE)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for _ in range(_FILE // len(_CHUNK)):
            await send({"type": "http.response.body", "body": _CHUNK, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


class Bare:
    """Forwards path and headers by aiohttp, and nothing else."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._session: aiohttp.ClientSession | None = None

    async def __call__(self, scope: dict[str, Any], _receive: Receive, send: Send) -> None:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=100), cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
            )
        headers = {name.decode(): value.decode() for name, value in scope["headers"] if name != b"host"}
        url = URL(self._base + scope["raw_path"].decode(), encoded=True)
        async with self._session.request(scope["method"], url, headers=headers) as response:
            body = await response.read()
            await _reply(send, body, list(response.raw_headers))


def main() -> None:
    role, port, argument = sys.argv[1:4]
    app = {"upstream": Upstream, "files": Files, "bare": Bare}[role](argument)
    uvicorn.run(
        app,
        port=int(port),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_keep_alive=60,
    )


if __name__ == "__main__":
    main()
