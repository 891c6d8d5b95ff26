"""What a test of the auth service holds: the house with its browsers, the sandbox's control, a movable clock."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nats.js.kv import KeyValue
from sqlalchemy import text

from medianest_auth.app import Auth
from medianest_auth.domain import Origin
from medianest_auth.models import User
from medianest_auth.settings import Settings
from medianest_common.contracts.permissions import Role
from medianest_common.contracts.status import IntegrationKind, IntegrationSettings
from medianest_common.crypto import Sealer, new_key
from medianest_common.http import tls
from medianest_common.tokens import service_token
from medianest_sandbox.people import MACHINE_IDENTIFIER, account_token

PUBLIC_URL = "http://localhost:8080"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
PASSWORD = "correct horse battery"
PATIENCE = 25.0
OWNER_KEY = new_key("r1")


class MovableClock:
    """The time, which a test moves on."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def reset(self) -> None:
        self._ahead = timedelta(0)

    def advance(self, **by: float) -> None:
        self._ahead += timedelta(**by)


class Sandbox:
    """The sandbox's control, as a test uses it."""

    def __init__(self, base: str) -> None:
        self.base = base
        self._client = httpx2.AsyncClient(base_url=f"{base}/control", timeout=PATIENCE, verify=tls())

    async def tell(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = await self._client.request(method, path, json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def claim(self, code: str, username: str) -> None:
        await self.tell("POST", f"/plex/pins/{code}/claim", {"username": username})

    async def fault(self, **fault: Any) -> None:
        await self.tell("POST", "/faults", fault)

    async def calls(self, path: str) -> list[dict[str, Any]]:
        items = (await self.tell("GET", "/calls?system=plextv"))["items"]
        return [call for call in items if call["path"].startswith(path)]

    async def reset(self) -> None:
        await self.tell("POST", "/reset")
        await self.tell("DELETE", "/calls")

    async def close(self) -> None:
        await self._client.aclose()


class Browser:
    """Somebody's browser behind the gateway: keeps cookies, sends the access token on as the gateway would."""

    def __init__(self, app: Any, address: str = "203.0.113.7", user_agent: str = FIREFOX) -> None:
        headers = {"User-Agent": user_agent, "X-Forwarded-For": address}
        self.client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=app), base_url="http://auth.test", headers=headers
        )
        self.bearer: str | None = None

    async def call(self, method: str, path: str, body: Any = None, **options: Any) -> httpx2.Response:
        token = self.bearer or self.client.cookies.get("medianest_session")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = path if path.startswith("/internal") else f"/api/v1{path}"
        return await self.client.request(method, url, json=body, headers=headers, **options)

    async def get(self, path: str, expect: int = 200) -> Any:
        answer = await self.call("GET", path)
        assert answer.status_code == expect, answer.text
        return answer.json()

    async def do(self, method: str, path: str, body: Any = None, expect: int = 200) -> Any:
        answer = await self.call(method, path, body)
        assert answer.status_code == expect, answer.text
        return answer.json() if answer.content else None

    def cookie(self, name: str) -> str:
        value = self.client.cookies.get(f"medianest_{name}")
        assert value is not None
        return value

    def copy_cookies(self, other: "Browser") -> None:
        """Hold what the other holds, as a thief or a second tab does."""
        self.client.cookies = httpx2.Cookies(other.client.cookies)


@dataclass
class House:
    """One auth service with everything a test needs to try it."""

    auth: Auth
    clock: MovableClock
    sandbox: Sandbox
    app: Any
    service_keys: dict[str, Ed25519PrivateKey]
    _browsers: list[Browser] = field(default_factory=list)

    def browser(self, address: str = "203.0.113.7", user_agent: str = FIREFOX) -> Browser:
        self._browsers.append(Browser(self.app, address, user_agent))
        return self._browsers[-1]

    async def connect_plex(self, machine: str | None = MACHINE_IDENTIFIER) -> None:
        """Tell the service of its Plex server, as the integrations' bucket would."""
        await self.auth.services.plex_server.changed(plex_entry(machine))

    async def sign_in(self, username: str, browser: Browser | None = None) -> Browser:
        """Sign somebody in with a PIN typed at the sandbox's plex.tv."""
        browser = browser or self.browser()
        pin = await browser.do("POST", "/auth/plex/pin", {"form": "code"}, 201)
        await self.sandbox.claim(pin["code"], username)
        outcome = await settled(browser, pin["id"])
        assert outcome["status"] == "authorized", outcome
        return browser

    async def local_admin(self, browser: Browser | None = None) -> Browser:
        """Set up the local administrator and sign in."""
        browser = browser or self.browser()
        code = await self.auth.services.local.new_code()
        body = {"code": code, "username": "admin", "password": PASSWORD}
        await browser.do("POST", "/auth/setup", body, 201)
        return browser

    async def resident(self, name: str, *, role: Role = Role.USER, plex_id: str | None = None) -> Browser:
        """A user who is there already, with a session, without the way through plex.tv."""
        browser = self.browser()
        async with self.auth.work() as work:
            user = User(plex_id=plex_id or f"id-{name}", plex_username=name, email=f"{name}@example.test", role=role)
            work.introduce(user)
            await work.session.flush()
            issued = await self.auth.services.sessions.open(work, user, Origin("203.0.113.7", FIREFOX), by="test")
        browser.client.cookies.set("medianest_session", issued.access_token, domain="auth.test", path="/")
        browser.client.cookies.set("medianest_refresh", issued.refresh_token, domain="auth.test", path="/")
        return browser

    async def as_service(self, name: str, method: str, path: str, body: Any = None) -> httpx2.Response:
        browser = self.browser()
        browser.bearer = service_token(name, self.service_keys[name])
        return await browser.call(method, path, body)

    async def rows(self, query: str, **values: Any) -> list[Any]:
        async with self.auth.runtime.engine.connect() as connection:
            return list((await connection.execute(text(query), values)).mappings().all())

    async def facts(self, subject_part: str) -> list[dict[str, Any]]:
        """What waits in the outbox on subjects with this in their name, oldest first."""
        query = "select payload from outbox where subject like :like order by id"
        rows = await self.rows(query, like=f"%{subject_part}%")
        return [orjson.loads(row["payload"]) for row in rows]

    async def audited(self, action: str) -> list[Any]:
        return await self.rows("select * from audit_log where action = :action order by id", action=action)

    async def close(self) -> None:
        for browser in self._browsers:
            await browser.client.aclose()


def plex_entry(machine: str | None, *, enabled: bool = True) -> KeyValue.Entry:
    """The Plex integration as the status service keeps it."""
    settings = IntegrationSettings(
        version=1,
        integration_id="plex",
        kind=IntegrationKind.PLEX,
        name="The house",
        url="http://127.0.0.1:1/plex",
        enabled=enabled,
        config={"machine_identifier": machine} if machine else {},
        sealed={"auth": Sealer(OWNER_KEY).seal(account_token("owner"), row="integration:plex:auth")},
    )
    body = settings.model_dump_json().encode()
    return KeyValue.Entry("medianest-integrations", "plex", body, 1, 0, 0, None)


async def settled(browser: Browser, pin_id: str, *, within: float = PATIENCE) -> dict[str, Any]:
    """How a sign-in ended; fails when it still waits after `within` seconds."""
    async with asyncio.timeout(within):
        while True:
            outcome: dict[str, Any] = await browser.get(f"/auth/plex/pin/{pin_id}")
            if outcome["status"] != "waiting":
                return outcome
            await asyncio.sleep(0.02)


async def until(check: Callable[[], Awaitable[Any]], *, within: float = PATIENCE) -> Any:
    """The first true answer; fails when there is none in time."""
    async with asyncio.timeout(within):
        while not (answer := await check()):
            await asyncio.sleep(0.02)
        return answer


def code_of(auth_url: str) -> str:
    """The code in the address of app.plex.tv."""
    return parse_qs(urlsplit(auth_url).fragment.removeprefix("?"))["code"][0]


def public_half(key: Ed25519PrivateKey) -> str:
    return base64.urlsafe_b64encode(key.public_key().public_bytes_raw()).rstrip(b"=").decode()


MakeSettings = Callable[..., Awaitable[Settings]]
MakeHouse = Callable[..., Awaitable[House]]
