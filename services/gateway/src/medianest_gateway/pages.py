"""Everything that is not the API: the web client's files, the merged document and its pages, the edge's health."""

from collections.abc import Awaitable, Callable
from typing import Final

from medianest_common.errors import NotFound
from medianest_gateway.answers import Common
from medianest_gateway.asgi import Headers
from medianest_gateway.cache import matches
from medianest_gateway.call import Call
from medianest_gateway.documents import Documents
from medianest_gateway.errors import MethodNotAllowed
from medianest_gateway.web_client import File, WebClient

_READS: Final = frozenset({"GET", "HEAD"})
_NEVER_PAGES: Final = ("/metrics", "/internal", "/health", "/docs/")
_JSON: Final = b"application/json"

IsReady = Callable[[], Awaitable[bool]]


class Pages:
    """Open to everybody: nothing here knows who calls."""

    def __init__(self, web: WebClient, documents: Documents, common: Common, is_ready: IsReady) -> None:
        self._web = web
        self._documents = documents
        self._common = common
        self._is_ready = is_ready

    async def __call__(self, call: Call) -> None:
        if call.is_socket:
            raise NotFound("There is nothing at this address.")
        if call.path in ("/health/live", "/health/ready"):
            await self._health(call)
            return
        file = self._documents.find(call.path)
        if file is None and not call.path.startswith(_NEVER_PAGES):
            file = self._web.find(call.path)
        if file is None:
            raise NotFound("There is nothing at this address.")
        if call.method not in _READS:
            raise MethodNotAllowed(sorted(_READS))
        call.reply.common = self._common
        await _send_file(call, file)

    async def _health(self, call: Call) -> None:
        """No details here: those are on the internal port."""
        good = call.path == "/health/live" or await self._is_ready()
        body = b'{"status":"ok"}' if good else b'{"status":"failing"}'
        headers: Headers = [(b"content-type", _JSON), (b"cache-control", b"no-store")]
        await call.reply.whole(200 if good else 503, headers, body)


async def _send_file(call: Call, file: File) -> None:
    encoding, body = file.best(call.text(b"accept-encoding"))
    headers: Headers = [
        (b"content-type", file.content_type),
        (b"cache-control", file.cache_control),
        (b"etag", file.etag),
        (b"vary", b"Accept-Encoding"),
    ]
    if encoding:
        headers.append((b"content-encoding", encoding))
    if matches(call.header(b"if-none-match"), file.etag):
        await call.reply.whole(304, [header for header in headers if header[0] != b"content-encoding"])
    elif call.method == "HEAD":
        headers.append((b"content-length", b"%d" % len(body)))
        await call.reply.begin(200, headers)
        await call.reply.part(b"", more=False)
    else:
        await call.reply.whole(200, headers, body)
