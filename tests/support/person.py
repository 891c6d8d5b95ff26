"""Somebody at a browser: cookies, the CSRF header, the way in over the sandbox's plex.tv, and a WebSocket."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from http.cookies import SimpleCookie
from types import TracebackType
from typing import Any, Self

import aiohttp

from support.suite import Suite

PATIENCE = 60.0

Message = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: dict[str, str]

    def expect(self, status: int) -> Any:
        """The body, if the status is the expected one."""
        assert self.status == status, f"expected {status}, got {self.status}: {self.body}"
        return self.body


class Person:
    """Use as an async context manager; leaving it closes the browser."""

    def __init__(self, suite: Suite, name: str) -> None:
        self.name = name
        self._suite = suite
        self._http = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True), timeout=aiohttp.ClientTimeout(total=30)
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()

    def cookies(self) -> SimpleCookie:
        return SimpleCookie({cookie.key: cookie.value for cookie in self._http.cookie_jar})

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Call the public API as this person's browser would."""
        sent = {"Origin": self._suite.gateway, "Sec-Fetch-Site": "same-origin"} | headers
        if csrf := self.cookies().get("medianest_csrf"):
            sent.setdefault("X-CSRF-Token", csrf.value)
        url = f"{self._suite.gateway}{path}"
        async with self._http.request(method, url, json=body, headers=sent) as response:
            is_json = "json" in response.headers.get("Content-Type", "")
            content = await response.json() if is_json else await response.read()
            return Answer(response.status, content, dict(response.headers))

    async def get(self, path: str) -> Any:
        return (await self.call("GET", path)).expect(200)

    async def sign_in(self) -> Message:
        """Start a PIN sign-in, claim it at the sandbox's plex.tv, and wait until the cookies are there."""
        pin = (await self.call("POST", "/api/v1/auth/plex/pin", {"form": "code"})).expect(201)
        await claim(self._suite, pin["code"], self.name)
        state = await until(lambda: self.get(f"/api/v1/auth/plex/pin/{pin['id']}"), lambda s: s["status"] != "waiting")
        assert state["status"] == "authorized", state
        return dict(await self.get("/api/v1/auth/me"))

    async def listen(self, *topics: str) -> "Listener":
        """Open the WebSocket and subscribe; the snapshots are read by `hear`."""
        url = f"{self._suite.gateway.replace('http', 'ws', 1)}/api/v1/events/ws"
        socket = await self._http.ws_connect(url, headers={"Origin": self._suite.gateway})
        await socket.send_json({"action": "subscribe", "topics": list(topics)})
        return Listener(socket)


class Listener:
    """What came over one WebSocket; everything heard is kept in `heard`."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self.heard: list[Message] = []

    async def hear(self, kind: str, wanted: Callable[[Message], bool] = lambda _data: True) -> Message:
        """The first message, of those already heard or still to come, with this type whose data is wanted."""
        for known in self.heard:
            if known["type"] == kind and wanted(known["data"]):
                return known
        async with asyncio.timeout(PATIENCE):
            while True:
                message: Message = await self._socket.receive_json()
                self.heard.append(message)
                if message["type"] == kind and wanted(message["data"]):
                    return message

    async def closed(self) -> int:
        """Wait until the server ends the connection; its close code."""
        async with asyncio.timeout(PATIENCE):
            while not self._socket.closed:
                message = await self._socket.receive()
                if message.type == aiohttp.WSMsgType.TEXT:
                    self.heard.append(message.json())
        return self._socket.close_code or 0

    async def settle(self, seconds: float) -> None:
        """Read whatever comes within the time; to show that something does not."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    self.heard.append(await self._socket.receive_json())
        except TimeoutError:
            return

    async def close(self) -> None:
        await self._socket.close()


async def until(ask: Callable[[], Any], good: Callable[[Any], bool], *, within: float = PATIENCE) -> Any:
    """Ask until the answer is good; for states that nobody announces."""
    async with asyncio.timeout(within):
        while not good(answer := await ask()):
            await asyncio.sleep(0.3)
    return answer


async def control(suite: Suite, method: str, path: str, body: Any = None) -> Any:
    """Call the sandbox's control API."""
    async with (
        aiohttp.ClientSession() as http,
        http.request(method, f"{suite.control}{path}", json=body) as response,
    ):
        assert response.status < 300, await response.text()
        return await response.json() if "json" in response.headers.get("Content-Type", "") else None


async def claim(suite: Suite, code: str, username: str) -> None:
    """What a person does at plex.tv/link."""
    await control(suite, "POST", f"/plex/pins/{code}/claim", {"username": username})
