"""One call on its way through the gateway: what was asked, by whom, and the one answer it gets."""

import time
from typing import Final

from medianest_gateway.asgi import Headers, Receive, Scope, Send
from medianest_gateway.errors import BadRequest
from medianest_gateway.identity import Identity
from medianest_gateway.routes import Route

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})

_ONCE: Final = frozenset(
    {
        b"host",
        b"authorization",
        b"content-length",
        b"content-type",
        b"origin",
        b"range",
        b"sec-fetch-site",
        b"transfer-encoding",
        b"x-csrf-token",
    }
)


class Call:
    """`path` is what was checked and matched; `raw` is its bytes, which are forwarded."""

    __slots__ = (
        "_headers",
        "address",
        "extra",
        "identity",
        "is_socket",
        "method",
        "path",
        "query",
        "raw",
        "receive",
        "received",
        "reply",
        "route",
        "scope",
        "sets_cookies",
        "trace",
        "traceparent",
    )

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self.receive = receive
        self.is_socket = scope["type"] == "websocket"
        self.method: str = "WEBSOCKET" if self.is_socket else scope["method"]
        self.raw: bytes = scope["raw_path"]
        self.query: bytes = scope["query_string"]
        self.path = ""
        self.address = ""
        self.trace = ""
        self.traceparent = ""
        self.received = time.perf_counter()
        self.identity: Identity | None = None
        self.route: Route | None = None
        self.extra: Headers = []
        self.sets_cookies = False
        self.reply = Reply(send, self.extra)
        self._headers: dict[bytes, bytes] = {}

    def read_headers(self) -> None:
        """Index the headers; BadRequest when one that decides something is there twice, or nobody is called."""
        found = self._headers
        for name, value in self.scope["headers"]:
            if name not in found:
                found[name] = value
            elif name == b"cookie":
                found[name] += b"; " + value
            elif name in _ONCE:
                raise BadRequest("A header that may be sent once was sent twice.")
            else:
                found[name] += b", " + value
        if b"host" not in found and self.scope["http_version"] != "1.0":
            raise BadRequest("The request does not say whom it is for.")

    def header(self, name: bytes) -> bytes | None:
        return self._headers.get(name)

    def text(self, name: bytes) -> str:
        """A header as text; empty without it."""
        return self._headers.get(name, b"").decode("latin-1")

    def cookie(self, name: str) -> str | None:
        """A cookie's value; the first of several, which browsers send with the most exact path."""
        header = self._headers.get(b"cookie")
        if header is None:
            return None
        wanted = name.encode() + b"="
        for part in header.split(b";"):
            part = part.strip()  # noqa: PLW2901 - the part without its blanks
            if part.startswith(wanted):
                return part[len(wanted) :].strip(b'"').decode("latin-1")
        return None

    def set_cookies(self, cookies: tuple[bytes, ...]) -> None:
        """Have these Set-Cookie values go along with the answer, which then nobody may keep; the last ones count."""
        self.extra[:] = [header for header in self.extra if header[0] != b"set-cookie"]
        self.extra += [(b"set-cookie", cookie) for cookie in cookies]
        self.sets_cookies = bool(cookies)

    def forget_head(self) -> None:
        """Let go of the headers; for calls that last."""
        self._headers = {}
        self.extra.clear()

    @property
    def is_safe(self) -> bool:
        return self.method in SAFE_METHODS or self.is_socket

    @property
    def user(self) -> str | None:
        return self.identity.user if self.identity is not None else None


class Reply:
    """The one answer of a call; `common` goes with it whatever it is."""

    __slots__ = ("common", "ended", "extra", "send", "sent", "started", "status")

    def __init__(self, send: Send, extra: Headers) -> None:
        self.send = send
        self.extra = extra
        self.common: tuple[tuple[bytes, bytes], ...] = ()
        self.status = 0
        self.sent = 0
        self.started = False
        self.ended = False

    async def whole(self, status: int, headers: Headers, body: bytes = b"") -> None:
        """Answer at once."""
        if body or status not in (204, 304):
            headers.append((b"content-length", b"%d" % len(body)))
        await self.begin(status, headers)
        await self.part(body, more=False)

    async def begin(self, status: int, headers: Headers) -> None:
        self.status = status
        self.started = True
        headers += self.extra
        headers += self.common
        await self.send({"type": "http.response.start", "status": status, "headers": headers})

    async def part(self, body: bytes, *, more: bool = True) -> None:
        self.sent += len(body)
        self.ended = not more
        await self.send({"type": "http.response.body", "body": body, "more_body": more})

    async def deny_socket(self, status: int, headers: Headers, body: bytes) -> None:
        """Answer a WebSocket handshake with a plain HTTP answer."""
        self.status = status
        self.started = True
        headers.append((b"content-length", b"%d" % len(body)))
        headers += self.extra
        headers += self.common
        await self.send({"type": "websocket.http.response.start", "status": status, "headers": headers})
        await self.send({"type": "websocket.http.response.body", "body": body})

    async def accept_socket(self) -> None:
        """Accept a WebSocket handshake; new cookies go along with the 101."""
        self.status = 101
        self.started = True
        await self.send({"type": "websocket.accept", "headers": [*self.extra, *self.common]})
