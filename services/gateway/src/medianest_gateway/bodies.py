"""What a caller sends: bounded in size and time; small bodies at once, large ones as they come.

A large body holds a connection to its service while it comes, so that it has a deadline for the whole of it too.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from medianest_gateway.call import Call
from medianest_gateway.errors import BadRequest, BodyTooLarge, BodyTooSlow, ClientGone

_AT_ONCE: Final = 64 * 1024
_PORTION: Final = 512 * 1024  # of a large body, in the time a small one has: 17 KiB a second

Body = bytes | AsyncIterator[bytes] | None


async def read_body(call: Call, limit: int, seconds: float) -> Body:
    """The body to forward; raises BodyTooLarge, BodyTooSlow, or ClientGone when the caller has left."""
    length = _length(call)
    if length is None and call.header(b"transfer-encoding") is None:
        return None
    if length is not None and length > limit:
        raise _too_large(limit)
    if length is not None and length > _AT_ONCE:
        return _stream(call, seconds * max(1.0, length / _PORTION))
    return await _collect(call, limit, seconds)


def _length(call: Call) -> int | None:
    text = call.header(b"content-length")
    if text is None:
        return None
    if not text.isdigit():
        raise BadRequest("The length of the body is not a number.")
    return int(text)


async def _collect(call: Call, limit: int, seconds: float) -> bytes:
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(seconds):
            async for part in _parts(call):
                size += len(part)
                if size > limit:
                    raise _too_large(limit)
                parts.append(part)
    except TimeoutError:
        raise _too_slow() from None
    return b"".join(parts)


async def _stream(call: Call, seconds: float) -> AsyncIterator[bytes]:
    """Its length is known to the server, which lets no more through."""
    parts = _parts(call)
    until = asyncio.get_running_loop().time() + seconds
    while True:
        try:
            async with asyncio.timeout_at(until):
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
