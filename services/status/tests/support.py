"""What the tests are made of: a clock that is told, the sandbox, a running service, callers."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2
import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nats.aio.client import Client
from nats.js.errors import KeyNotFoundError
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from medianest_common.contracts.envelope import Live
from medianest_common.contracts.permissions import Role
from medianest_common.contracts.streams import BucketSpec
from medianest_common.crypto import new_key
from medianest_common.tokens import AUDIENCE, ISSUER, Caller
from medianest_sandbox.people import account_token
from medianest_status.settings import StatusSettings

DEADLINE = 25.0
KEY = Ed25519PrivateKey.generate()
SEALING = new_key("k1")
READERS = {"auth": new_key("a1"), "requests": new_key("r1"), "downloader": new_key("d1")}
WEBHOOK_SECRET = "kuma-says-so"
OVERSEERR_KEY = "sandbox-overseerr-key"
KUMA_KEY = "uk1_sandbox"


async def eventually(look: Callable[[], Awaitable[Any]], *, within: float = DEADLINE) -> Any:
    """The first true answer of `look`; fails after the deadline with the last one."""
    end = time.monotonic() + within
    while True:
        found = await look()
        if found:
            return found
        assert time.monotonic() < end, f"not within {within} s; last seen: {found!r}"
        await asyncio.sleep(0.05)


def bearer(role: str = "user", *, user_id: UUID | None = None) -> dict[str, str]:
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": str(user_id or uuid4()), "sid": str(uuid4()), "role": role}
    token = jwt.encode(claims | {"iat": now, "exp": now + 600}, KEY, algorithm="EdDSA", headers={"kid": "k1"})
    return {"Authorization": f"Bearer {token}"}


def configurer() -> Caller:
    """An administrator, as the services are given one."""
    return Caller(uuid4(), uuid4(), Role.ADMIN, frozenset(), expires_at=0, epoch=0, issued_at=0)


class FakeClock:
    """A time that moves when told."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> datetime:
        self.now += timedelta(**span)
        return self.now


@dataclass
class Sandbox:
    """The outside systems and the way to make them misbehave."""

    base: str
    client: httpx2.AsyncClient

    @property
    def plex(self) -> str:
        return f"{self.base}/plex"

    @property
    def overseerr(self) -> str:
        return f"{self.base}/overseerr"

    @property
    def kuma(self) -> str:
        return f"{self.base}/uptime-kuma"

    async def fault(self, system: str, kind: str, value: float | None = None, path: str | None = None) -> None:
        body = {"system": system, "kind": kind, "value": value, "path": path}
        answer = await self.client.post("/control/faults", json={k: v for k, v in body.items() if v is not None})
        assert answer.is_success, answer.text

    async def heal(self) -> None:
        await self.client.delete("/control/faults")

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.client.request(method, f"/control{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def calls(self, system: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.control("GET", f"/calls?system={system}"))["items"]
        return found


@dataclass
class Told:
    """What waits in the outbox, and the beats that were sent."""

    engine: AsyncEngine
    beats: list[Live] = field(default_factory=list)

    async def live(self, beat: Live) -> None:
        self.beats.append(beat)

    async def rows(self, subject: str) -> list[dict[str, Any]]:
        """The bodies in the outbox whose subject contains this, oldest first; an empty one is a deletion."""
        async with self.engine.connect() as db:
            found = await db.execute(text("select subject, payload from outbox order by id"))
            return [orjson.loads(payload or b"{}") for name, payload in found if subject in name]

    async def forget(self) -> None:
        async with self.engine.begin() as db:
            await db.execute(text("delete from outbox"))


MakeSettings = Callable[..., StatusSettings]


def connected(sandbox: Sandbox) -> dict[str, Any]:
    """First values that point at the sandbox."""
    return {
        "plex_url": sandbox.plex,
        "plex_token": SecretStr(account_token("owner")),
        "overseerr_url": sandbox.overseerr,
        "overseerr_api_key": SecretStr(OVERSEERR_KEY),
        "uptime_kuma_url": sandbox.kuma,
        "uptime_kuma_api_key": SecretStr(KUMA_KEY),
    }


@dataclass
class Running:
    """A started service: its HTTP, and a connection to the broker that hears what it says."""

    http: httpx2.AsyncClient
    nats: Client
    events: list[dict[str, Any]] = field(default_factory=list)

    async def get(self, path: str, role: str = "user") -> Any:
        answer = await self.http.get(f"/api/v1{path}", headers=bearer(role))
        assert answer.is_success, answer.text
        return answer.json()

    async def service(self, service_id: str, role: str = "user") -> dict[str, Any]:
        items: list[dict[str, Any]] = (await self.get("/status", role))["items"]
        return next((item for item in items if item["service_id"] == service_id), {})

    async def until(self, service_id: str, health: str) -> dict[str, Any]:
        async def look() -> dict[str, Any] | None:
            found = await self.service(service_id)
            return found if found.get("health") == health else None

        found: dict[str, Any] = await eventually(look)
        return found

    async def kept(self, bucket: BucketSpec, key: str) -> dict[str, Any] | None:
        """A bucket's value, read as the service itself may read it."""
        try:
            entry = await (await self.nats.jetstream().key_value(bucket.name)).get(key)
        except KeyNotFoundError:
            return None
        found: dict[str, Any] = orjson.loads(entry.value or b"{}")
        return found


StartService = Callable[..., Awaitable[Running]]
