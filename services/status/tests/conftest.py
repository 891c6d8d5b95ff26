"""The status service on real servers, with the sandbox as its outside systems, all on the loopback."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import jwt
import nats
import orjson
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm
from nats.aio.client import Client
from nats.js.errors import KeyNotFoundError
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from medianest_common.contracts.auth import KeySet
from medianest_common.contracts.envelope import Live
from medianest_common.contracts.streams import JWKS, BucketSpec
from medianest_common.crypto import new_key
from medianest_common.db import async_dsn, session_maker
from medianest_common.outbox import Outbox
from medianest_common.tokens import AUDIENCE, ISSUER
from medianest_devstack.templates import ServiceDatabase
from medianest_devstack.testing import Broker, DatabaseFor
from medianest_sandbox.people import account_token
from medianest_sandbox.server import running
from medianest_sandbox.settings import Settings as SandboxSettings
from medianest_status.app import create_app
from medianest_status.models import OUTBOX
from medianest_status.service.work import NewWork, Work
from medianest_status.settings import StatusSettings

DEADLINE = 12.0
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


@pytest.fixture(scope="session")
def sandbox_base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    media: Path = tmp_path_factory.mktemp("media")
    with running(SandboxSettings(media=media, port=0, beat_seconds=0.3)) as settings:
        yield settings.base_url


@pytest_asyncio.fixture
async def sandbox(sandbox_base: str) -> AsyncIterator[Sandbox]:
    async with httpx2.AsyncClient(base_url=sandbox_base, trust_env=False) as client:
        await client.post("/control/reset")
        yield Sandbox(sandbox_base, client)


@pytest_asyncio.fixture
async def database(database_for: DatabaseFor) -> ServiceDatabase:
    return await database_for("status")


@pytest_asyncio.fixture
async def engine(database: ServiceDatabase) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(async_dsn(database.url))
    yield engine
    await engine.dispose()


@pytest.fixture
def new_work(engine: AsyncEngine) -> NewWork:
    sessions = session_maker(engine)
    wake = asyncio.Event()
    return lambda: Work(sessions, lambda: Outbox(OUTBOX, "status"), wake)


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


@pytest.fixture
def told(engine: AsyncEngine) -> Told:
    return Told(engine)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest_asyncio.fixture
async def broker(nats_server: Broker) -> Broker:
    """The broker with our verification key in its bucket, as the auth service puts it."""
    client = await nats.connect(nats_server.url_for("auth"), inbox_prefix=b"_INBOX.auth")
    jwk = OKPAlgorithm.to_jwk(KEY.public_key(), as_dict=True) | {"kid": "k1", "alg": "EdDSA", "use": "sig"}
    body = KeySet(version=1, keys=(jwk,)).model_dump_json().encode()
    await client.jetstream().publish(f"$KV.{JWKS.name}.current", body, stream=JWKS.stream)
    await client.close()
    return nats_server


MakeSettings = Callable[..., StatusSettings]


@pytest.fixture
def make_settings(database: ServiceDatabase, broker: Broker) -> MakeSettings:
    def make(**changes: Any) -> StatusSettings:
        values: dict[str, Any] = {
            "database_url": SecretStr(database.url),
            "nats_url": broker.url,
            "nats_user": "status",
            "nats_password": SecretStr(broker.passwords["status"]) if broker.passwords else None,
            "encryption_keys": SecretStr(SEALING),
            "reader_keys": {name: SecretStr(key) for name, key in READERS.items()},
            "uptime_kuma_webhook_secret": SecretStr(WEBHOOK_SECRET),
            "probe_interval": 0.5,
            "probe_deadline": 2.0,
            "log_level": "WARNING",
        }
        return StatusSettings(**values | changes)

    return make


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


@pytest_asyncio.fixture
async def start(make_settings: MakeSettings, broker: Broker) -> AsyncIterator[StartService]:
    """`await start(**settings)` is the running service, stopped with the test."""
    async with AsyncExitStack() as stack:

        async def begin(**changes: Any) -> Running:
            app = create_app(make_settings(**changes))
            await stack.enter_async_context(app.router.lifespan_context(app))
            transport = httpx2.ASGITransport(app=app)
            http = await stack.enter_async_context(httpx2.AsyncClient(transport=transport, base_url="http://status"))
            client = await nats.connect(broker.url_for("status"), inbox_prefix=b"_INBOX.status")
            stack.push_async_callback(client.close)
            return Running(http, client)

        yield begin
