"""What a caller sends: bounded in size and time; small bodies at once, large ones as they come."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from medianest_gateway.call import Call
from medianest_gateway.errors import BadRequest, BodyTooLarge, BodyTooSlow, ClientGone

_AT_ONCE: Final = 64 * 1024
_SECONDS: Final = 30.0  # for a body within the general limit; a longer one may take as long between two parts

Body = bytes | AsyncIterator[bytes] | None


async def read_body(call: Call, limit: int) -> Body:
    """The body to forward; raises BodyTooLarge, BodyTooSlow, or ClientGone when the caller has left."""
    length = _length(call)
    if length is None and call.header(b"transfer-encoding") is None:
        return None
    if length is not None and length > limit:
        raise _too_large(limit)
    if length is not None and length > _AT_ONCE:
        return _stream(call)
    return await _collect(call, limit)


def _length(call: Call) -> int | None:
    text = call.header(b"content-length")
    if text is None:
        return None
    if not text.isdigit():
        raise BadRequest("The length of the body is not a number.")
    return int(text)


async def _collect(call: Call, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(_SECONDS):
            async for part in _parts(call):
                size += len(part)
                if size > limit:
                    raise _too_large(limit)
                parts.append(part)
    except TimeoutError:
        raise _too_slow() from None
    return b"".join(parts)


async def _stream(call: Call) -> AsyncIterator[bytes]:
    """Its length is known to the server, which lets no more through."""
    parts = _parts(call)
    while True:
        try:
            async with asyncio.timeout(_SECONDS):
                part = await anext(parts)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise _too_slow() from None
        yield part


async def _parts(call: Call) -> AsyncIterator[bytes]:
    while True:
        message = await call.receive()
        if message["type"] != "http.request":
            raise ClientGone
        if body := message.get("body"):
            yield body
        if not message.get("more_body"):
            return


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"At most {limit // 1024} KiB may be sent here.")


def _too_slow() -> BodyTooSlow:
    return BodyTooSlow("What was sent took too long to arrive.")
