"""Stands before every system: notes each call, then lets it through or misbehaves as told."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from medianest_sandbox.calls import CallLog, describe
from medianest_sandbox.connection import drop, hang_up
from medianest_sandbox.faults import Fault, Faults

MOUNTS = {
    "plextv": "plextv",
    "plex": "plex",
    "overseerr": "overseerr",
    "uptime-kuma": "uptime_kuma",
    "video": "video",
    "tmdb": "tmdb",
}
_MOST_BODY_BYTES = 2 * 1024 * 1024
_REFUSAL = b"<html><body>sandbox fault</body></html>"
_GARBAGE = b'<html><body><h1>It works!</h1><p>{"half": "a JSON document", "and": [1, 2,'


class Gate:
    """ASGI middleware around the whole sandbox; control paths and the front page pass untouched."""

    def __init__(self, app: ASGIApp, *, calls: CallLog, faults: Faults) -> None:
        self._app, self._calls, self._faults = app, calls, faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        system, path = _system_and_path(scope)
        if system is None:
            await self._app(scope, receive, send)
            return
        body = await _read(receive)
        call = describe(system, path, dict(scope), body)
        self._calls.add(system, call)
        faults = self._faults.take(system, path)
        send = _noting(call, _marked(send))
        for fault in faults:
            if fault.kind == "delay":
                await asyncio.sleep(fault.value or 0)
        first = next((fault for fault in faults if fault.kind != "delay"), None)
        if first is None:
            await self._app(scope, _again(body, receive), send)
        else:
            await self._misbehave(first, scope, _again(body, receive), send)

    async def _misbehave(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.kind == "down":
            await drop(scope, receive)
        elif fault.kind == "status":
            await _answer(send, int(fault.value or 500), _REFUSAL, "text/html", retry_after=fault.retry_after)
        elif fault.kind == "garbage":
            await _answer(send, 200, _GARBAGE, "text/html; charset=utf-8")
        else:
            await self._truncate(scope, receive, send)

    async def _truncate(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)

        await self._app(scope, receive, keep)
        body = b"".join(message.get("body", b"") for message in answer[1:])
        headers = MutableHeaders(raw=list(answer[0]["headers"]))
        headers["content-length"] = str(len(body))
        await send({"type": "http.response.start", "status": answer[0]["status"], "headers": headers.raw})
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        await hang_up(scope, receive)


def _system_and_path(scope: Scope) -> tuple[str | None, str]:
    if scope["type"] != "http":
        return None, ""
    first, _, rest = scope["path"].removeprefix("/").partition("/")
    return MOUNTS.get(first), f"/{rest}"


async def _read(receive: Receive) -> bytes:
    body = b""
    while len(body) <= _MOST_BODY_BYTES:
        message = await receive()
        if message["type"] != "http.request":
            break
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return body


def _again(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _noting(call: dict[str, Any], send: Send) -> Callable[[Message], Awaitable[None]]:
    async def noting(message: Message) -> None:
        if message["type"] == "http.response.start":
            call["status"] = message["status"]
        await send(message)

    return noting


def _marked(send: Send) -> Send:
    """Say on every answer that it comes from the sandbox, so that nobody takes it for the real thing."""

    async def marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["x-medianest-sandbox"] = "1"
        await send(message)

    return marked


async def _answer(send: Send, status: int, body: bytes, content_type: str, *, retry_after: int | None = None) -> None:
    headers = [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode())]
    if retry_after is not None:
        headers.append((b"retry-after", str(retry_after).encode()))
    if status in {204, 304}:
        headers, body = [], b""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
