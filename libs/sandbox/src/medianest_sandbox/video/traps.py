"""Answers that mean harm: inner addresses hidden wherever a downloader reads one, and bodies without an end."""

import asyncio
import zlib
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from medianest_sandbox.video import pages
from medianest_sandbox.video.switches import Switch
from medianest_sandbox.video.tube import Tube
from medianest_sandbox.wire import base_url

REDIRECTS = {
    "loopback": "http://127.0.0.1:{port}/video/secret",
    "loopback-name": "http://localhost:{port}/video/secret",
    "loopback-ipv6": "http://[::1]:{port}/video/secret",
    "loopback-mapped": "http://[::ffff:127.0.0.1]:{port}/video/secret",
    "loopback-decimal": "http://2130706433:{port}/video/secret",
    "loopback-octal": "http://0177.0.0.1:{port}/video/secret",
    "loopback-hex": "http://0x7f000001:{port}/video/secret",
    "loopback-short": "http://127.1:{port}/video/secret",
    "user-info": "http://127.0.0.1@localhost:{port}/video/secret",
    "zero": "http://0.0.0.0:{port}/video/secret",
    "link-local": "http://169.254.169.254/latest/meta-data/",
    "private": "http://192.168.0.1/",
    "private-ipv6": "http://[fd00::1]/",
    "file": "file:///etc/passwd",
    "gopher": "gopher://127.0.0.1:{port}/_GET%20/video/secret",
    "ftp": "ftp://127.0.0.1:{port}/video/secret",
    "endless": "/video/redirect/endless",
}
WAYS = ("media", "moved", "segment", "key", "picture")
_HLS_TYPE = "application/vnd.apple.mpegurl"
_KEY = '#EXT-X-KEY:METHOD=AES-128,URI="{target}"\n'
_PIECE = 1024 * 1024
_PIECES = 20 * 1024  # of a bomb: 20 GiB
_WBITS_GZIP = 31


class Traps:
    """Pages of videos whose media (`media`), media's redirect (`moved`), HLS segment (`segment`), HLS key (`key`) or
    picture (`picture`) is at one of REDIRECTS.
    """

    def __init__(self, tube: Tube) -> None:
        self._tube = tube

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/redirect/{name}", self.redirect),
            Route("/secret", self.secret),
            Route("/trap/{way}/{name}", self.page),
            Route("/trap/{way}/{name}/index.m3u8", self.manifest),
        ]

    async def redirect(self, request: Request) -> Response:
        """Leads where a downloader must not go."""
        target = _target(request)
        return RedirectResponse(target, 302) if target else Response(status_code=404)

    async def secret(self, _: Request) -> Response:
        """What must never be reached through a redirect; the call log tells if it was."""
        return PlainTextResponse("You should not be here.", media_type="video/mp4")

    async def page(self, request: Request) -> Response:
        """A video's page like any other."""
        way, name = request.path_params["way"], request.path_params["name"]
        target, base = _target(request), base_url(request)
        if target is None or way not in WAYS:
            return Response(status_code=404)
        video = self._tube.singles[0]
        media, picture = f"{base}/video/file/{video.id}.mp4", f"{base}/video/thumb/{video.id}.jpg"
        if way == "picture":
            picture = target
        elif way == "media":
            media = target
        elif way == "moved":
            media = f"{base}/video/redirect/{name}"
        else:
            media = f"{base}/video/trap/{way}/{name}/index.m3u8"
        return pages.with_media(video, base, media, picture)

    async def manifest(self, request: Request) -> Response:
        """One segment of a whole film, or a key for it, at the target."""
        target = _target(request)
        if target is None:
            return Response(status_code=404)
        is_key = request.path_params["way"] == "key"
        film = f"{base_url(request)}/video/file/{self._tube.singles[0].id}.mp4"
        key, piece = (_KEY.format(target=target), film) if is_key else ("", target)
        text = (
            "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXT-X-PLAYLIST-TYPE:VOD\n"
            f"{key}#EXTINF:4.0,\n{piece}\n#EXT-X-ENDLIST\n"
        )
        return Response(text, media_type=_HLS_TYPE)


def _target(request: Request) -> str | None:
    target = REDIRECTS.get(request.path_params["name"])
    return target.format(port=request.url.port or 80) if target else None


class Flood:
    """An ASGI answer that does not end: a page (`endless`), 20 GiB in a few megabytes (`bomb`), silence (`stall`)."""

    KINDS = frozenset({"endless", "bomb", "stall"})

    def __init__(self, switch: Switch, media_type: str) -> None:
        self._kind = switch.kind
        self._type = media_type

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        gone = asyncio.create_task(_until_gone(receive))
        headers = [(b"content-type", self._type.encode())]
        if self._kind == "bomb":
            headers.append((b"content-encoding", b"gzip"))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            if scope["method"] != "HEAD":
                async for piece in self._pieces(gone):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
                    await asyncio.sleep(0)  # sending to somebody who has gone does not let others run
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            gone.cancel()

    async def _pieces(self, gone: "asyncio.Task[None]") -> AsyncIterator[bytes]:
        yield b"" if self._kind == "bomb" else b"<!doctype html><title>Endless</title>"
        if self._kind == "stall":
            await asyncio.wait({gone})
        elif self._kind == "bomb":
            begin, piece = _bomb()
            yield begin
            for _ in range(_PIECES):
                if gone.done():
                    return
                yield piece
        else:
            while not gone.done():
                yield b"<p>more</p>\n" * 5000


def _bomb() -> tuple[bytes, bytes]:
    """The beginning of a page as a gzip stream, and a piece that may be repeated: a megabyte of zeros each time."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, _WBITS_GZIP)
    begin = squeeze.compress(b"<!doctype html><title>Bomb</title>") + squeeze.flush(zlib.Z_FULL_FLUSH)
    return begin, squeeze.compress(bytes(_PIECE)) + squeeze.flush(zlib.Z_FULL_FLUSH)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
