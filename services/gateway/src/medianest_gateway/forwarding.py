"""Which headers go through: to a service only those on a list, back to the caller all but those of the connection.

A list of what may go along needs no knowledge of what an attacker may think of (`X-Forwarded-*`, `X-Original-URL`,
names with underscores, whatever `Connection` names); what a service is to believe is written here.
"""

from typing import Final
from urllib.parse import urlsplit

from multidict import CIMultiDict

from medianest_gateway.asgi import Headers
from medianest_gateway.call import Call
from medianest_gateway.routes import Route

_ALONG: Final = (
    (b"accept", "Accept"),
    (b"accept-language", "Accept-Language"),
    (b"content-type", "Content-Type"),
    (b"idempotency-key", "Idempotency-Key"),
    (b"if-match", "If-Match"),
    (b"if-modified-since", "If-Modified-Since"),
    (b"if-none-match", "If-None-Match"),
    (b"if-range", "If-Range"),
    (b"if-unmodified-since", "If-Unmodified-Since"),
    (b"range", "Range"),
    (b"user-agent", "User-Agent"),
)
_CONDITIONS: Final = ("If-Modified-Since", "If-None-Match", "If-Unmodified-Since", "If-Match")

_NOT_BACK: Final = frozenset(
    {
        b"connection",
        b"content-security-policy",
        b"cross-origin-opener-policy",
        b"cross-origin-resource-policy",
        b"date",
        b"keep-alive",
        b"permissions-policy",
        b"proxy-authenticate",
        b"proxy-connection",
        b"referrer-policy",
        b"server",
        b"strict-transport-security",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        b"x-accel-redirect",
        b"x-content-type-options",
        b"x-frame-options",
        b"x-powered-by",
    }
)
_COOKIES_FROM: Final = "auth"


class Forwarding:
    def __init__(self, public_url: str, prefix: str) -> None:
        """`prefix` is what our cookies' names begin with (`__Host-` over https)."""
        parts = urlsplit(public_url)
        self._scheme = parts.scheme
        self._host = parts.netloc
        self._prefix = prefix

    def to_service(self, call: Call, route: Route, *, whole: bool) -> CIMultiDict[str]:
        """The headers of the forwarded call; `whole` leaves conditions away, since the answer is to be kept."""
        headers: CIMultiDict[str] = CIMultiDict()
        for name, title in _ALONG:
            value = call.header(name)
            if value is not None and value.isascii():
                headers[title] = value.decode("ascii")
        if whole:
            for title in _CONDITIONS:
                headers.popall(title, None)
        headers["Accept-Encoding"] = "identity"
        headers["X-Forwarded-For"] = call.address
        headers["X-Forwarded-Proto"] = self._scheme
        headers["X-Forwarded-Host"] = self._host
        headers["traceparent"] = call.traceparent
        if call.identity is not None:
            headers["Authorization"] = f"Bearer {call.identity.token}"
        elif route.forward_authorization and (own := call.header(b"authorization")) is not None and own.isascii():
            headers["Authorization"] = own.decode("ascii")
        if route.cookies and (cookies := self._cookies(call, route)):
            headers["Cookie"] = cookies
        return headers

    def _cookies(self, call: Call, route: Route) -> str:
        """Those of ours that the route needs; no other cookie ever reaches a service."""
        found = ((name, call.cookie(name)) for name in (self._prefix + each for each in sorted(route.cookies)))
        return "; ".join(f"{name}={value}" for name, value in found if value and value.isascii())


def to_caller(raw: tuple[tuple[bytes, bytes], ...], upstream: str) -> Headers:
    """The headers of a service's answer that go on; cookies are auth's alone to set."""
    headers: Headers = []
    named: set[bytes] = set()
    for name, value in raw:
        lower = name.lower()
        if lower == b"connection":
            named.update(token.strip().lower() for token in value.split(b","))
        if lower in _NOT_BACK or lower.startswith(b"access-control-"):
            continue
        if lower == b"set-cookie" and upstream != _COOKIES_FROM:
            continue
        headers.append((lower, value))
    return [header for header in headers if header[0] not in named] if named else headers
