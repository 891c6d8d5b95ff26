"""Ask a server on this machine whether it is ready, without loading an HTTP client."""

import asyncio
from urllib.parse import urlsplit

_BODY_LIMIT = 1 << 20


async def http_get(url: str, *, within: float = 2.0) -> tuple[int, bytes]:
    """Return status and body of a plain-HTTP GET; (0, b"") when nothing answers in time as HTTP should."""
    try:
        async with asyncio.timeout(within):
            return await _exchange(url)
    except (OSError, TimeoutError, ValueError, IndexError):
        return 0, b""


async def _exchange(url: str) -> tuple[int, bytes]:
    parts = urlsplit(url)
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
    try:
        # 1.0: the server closes at the end, so the body needs no de-chunking.
        writer.write(f"GET {target} HTTP/1.0\r\nHost: {parts.netloc}\r\nAccept: application/json\r\n\r\n".encode())
        answer = await reader.read(_BODY_LIMIT)
        while part := await reader.read(_BODY_LIMIT):
            answer += part
            if len(answer) > _BODY_LIMIT:
                break
    finally:
        writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), body
