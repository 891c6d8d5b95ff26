"""Other origins: only those on the list, answered with their own name, never with a wildcard."""

from typing import Final

from medianest_gateway.asgi import Headers
from medianest_gateway.call import Call
from medianest_gateway.csrf import Origins
from medianest_gateway.errors import MethodNotAllowed

_READABLE: Final = b"ETag, Location, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After"
_SENDABLE: Final = b"Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-CSRF-Token"
_REMEMBERED: Final = b"600"


class Cors:
    def __init__(self, origins: Origins) -> None:
        self._origins = origins

    def mark(self, call: Call) -> None:
        """Let a page of an allowed origin read the answer."""
        origin = call.text(b"origin")
        if origin and self._origins.is_allowed(origin):
            call.extra += [
                (b"access-control-allow-origin", origin.encode("latin-1")),
                (b"access-control-allow-credentials", b"true"),
                (b"access-control-expose-headers", _READABLE),
                (b"vary", b"Origin"),
            ]

    @staticmethod
    def is_preflight(call: Call) -> bool:
        return call.header(b"origin") is not None and call.header(b"access-control-request-method") is not None

    async def answer_preflight(self, call: Call, methods: list[str]) -> None:
        """What an allowed origin may send; for any other the address takes no OPTIONS."""
        if not self._origins.is_allowed(call.text(b"origin")):
            raise MethodNotAllowed(methods)
        headers: Headers = [
            (b"access-control-allow-methods", ", ".join(methods).encode()),
            (b"access-control-allow-headers", _SENDABLE),
            (b"access-control-max-age", _REMEMBERED),
        ]
        await call.reply.whole(204, headers)
