"""Somebody at a browser: cookies, the CSRF header, the way in over the sandbox's plex.tv, and a WebSocket."""

import asyncio
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import aiohttp
from multidict import CIMultiDictProxy
from yarl import URL

from support.suite import Suite

PATIENCE = 60.0

Message = dict[str, Any]

_homes = itertools.count(2)
_SHOWN_ONCE = ("token", "code", "url")  # members of answers that hold a secret; of an address, what is behind the #


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: CIMultiDictProxy[str]

    @property
    def code(self) -> str:
        """What the problem details are called; empty for anything else."""
        return str(self.body.get("code", "")) if isinstance(self.body, dict) else ""

    @property
    def set_cookies(self) -> dict[str, str]:
        """The Set-Cookie headers by the cookies' names."""
        return {line.partition("=")[0]: line for line in self.headers.getall("Set-Cookie", [])}

    def expect(self, status: int) -> Any:
        """The body, if the status is the expected one."""
        assert self.status == status, f"expected {status}, got {self.status}: {self.body}"
        return self.body


def new_address() -> str:
    """An address of the loopback network nobody calls from yet: sign-ins are limited by address."""
    number = next(_homes)
    return f"127.9.{number // 250}.{number % 250 + 1}"


def browser(address: str | None = None) -> aiohttp.ClientSession:
    """A client of its own, with its own cookies, at its own address."""
    connector = aiohttp.TCPConnector(local_addr=(address or new_address(), 0))
    return aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.CookieJar(unsafe=True), timeout=aiohttp.ClientTimeout(total=30)
    )


class Person:
    """Use as an async context manager; leaving it closes the browser. `gateway` is the address it calls."""

    def __init__(self, suite: Suite, name: str, *, address: str | None = None) -> None:
        self.name = name
        self.gateway = suite.gateway
        self.suite = suite
        self._http = browser(address)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.close()

    def cookies(self) -> SimpleCookie:
        return SimpleCookie({cookie.key: cookie.value for cookie in self._http.cookie_jar})

    def cookie(self, name: str) -> str:
        return self.cookies()[name].value

    def plant(self, **cookies: str) -> None:
        """Put cookies into the browser, as another page of the same host could."""
        self._http.cookie_jar.update_cookies(cookies, URL(self.gateway))

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Call the public API as this person's browser would."""
        sent = {"Origin": self.gateway, "Sec-Fetch-Site": "same-origin"} | headers
        if csrf := self.cookies().get("medianest_csrf"):
            sent.setdefault("X-CSRF-Token", csrf.value)
        return await ask(self.suite, self._http, method, f"{self.gateway}{path}", body, sent)

    async def get(self, path: str) -> Any:
        return (await self.call("GET", path)).expect(200)

    async def sign_in(self) -> Message:
        """Start a PIN sign-in, claim it at the sandbox's plex.tv, and wait until the cookies are there."""
        pin = (await self.call("POST", "/api/v1/auth/plex/pin", {"form": "code"})).expect(201)
        await claim(self.suite, pin["code"], self.name)
        state = await until(lambda: self.get(f"/api/v1/auth/plex/pin/{pin['id']}"), lambda s: s["status"] != "waiting")
        assert state["status"] == "authorized", state
        return dict(await self.get("/api/v1/auth/me"))

    async def listen(self, *topics: str) -> "Listener":
        """Open the WebSocket and subscribe; the snapshots are read by `hear`."""
        url = f"{self.gateway.replace('http', 'ws', 1)}/api/v1/events/ws"
        socket = await self._http.ws_connect(url, headers={"Origin": self.gateway})
        await socket.send_json({"action": "subscribe", "topics": list(topics)})
        return Listener(socket)


class Script:
    """Somebody at a terminal: sends the given headers and nothing that a browser adds; its cookies are headers too."""

    def __init__(self, suite: Suite, *, address: str | None = None) -> None:
        self._suite = suite
        self._http = browser(address)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()

    async def call(
        self, method: str, path: str, body: Any = None, *, at: str = "", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Call the public API, or `at` another address, with exactly these headers; answers' cookies are not kept."""
        address = path if path.startswith("http") else f"{at or self._suite.gateway}{path}"
        answer = await ask(self._suite, self._http, method, address, body, dict(headers or {}))
        self._http.cookie_jar.clear()
        return answer


async def ask(
    suite: Suite, http: aiohttp.ClientSession, method: str, url: str, body: Any, headers: dict[str, str]
) -> Answer:
    """Send one call byte for byte as given; what it hands out is noted, so that the logs can be searched for it."""
    sent = {"data": body} if isinstance(body, bytes) else {"json": body}
    address = URL(url, encoded=True)
    async with http.request(method, address, headers=headers, allow_redirects=False, **sent) as response:
        is_json = (
            "json" in response.headers.get("Content-Type", "") and "ndjson" not in response.headers["Content-Type"]
        )
        raw = await response.read()
        content = await response.json() if is_json and raw else raw
        suite.handed_out |= {morsel.value for morsel in response.cookies.values() if morsel.value}
        if isinstance(content, dict) and response.status < 300 and method == "POST":
            shown = {name: str(content[name]) for name in _SHOWN_ONCE if content.get(name)}
            suite.handed_out |= {text.partition("#")[2] if name == "url" else text for name, text in shown.items()}
            suite.handed_out.discard("")
        return Answer(response.status, content, response.headers)


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
    """Ask until the answer is good; for states that nobody announces. Soon at first, then within the limits."""
    pause = 0.1
    async with asyncio.timeout(within):
        while not good(answer := await ask()):
            await asyncio.sleep(pause)
            pause = min(pause * 1.3, 1.0)
    return answer


async def control(suite: Suite, method: str, path: str, body: Any = None) -> Any:
    """Call the sandbox's control API."""
    async with (
        aiohttp.ClientSession() as http,
        http.request(method, f"{suite.control}{path}", json=body) as response,
    ):
        assert response.status < 300, await response.text()
        return await response.json() if "json" in response.headers.get("Content-Type", "") else None


async def newcomer(suite: Suite) -> str:
    """Somebody with access whom no other test of the run knows: nothing is theirs, no limit is used up."""
    name = f"guest{uuid4().hex[:12]}"
    await control(suite, "POST", "/plex/people", {"username": name})
    return name


async def claim(suite: Suite, code: str, username: str) -> None:
    """What a person does at plex.tv/link."""
    await control(suite, "POST", f"/plex/pins/{code}/claim", {"username": username})
