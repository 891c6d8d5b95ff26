"""The status service on real servers, with the sandbox as its outside systems, all on the loopback."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx2
import nats
import pytest
import pytest_asyncio
from jwt.algorithms import OKPAlgorithm
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from medianest_common.contracts.auth import KeySet
from medianest_common.contracts.status import IntegrationKind
from medianest_common.contracts.streams import JWKS
from medianest_common.db import async_dsn, session_maker
from medianest_common.http import tls
from medianest_common.outbox import Outbox
from medianest_devstack.templates import ServiceDatabase, Templates, empty
from medianest_devstack.testing import Broker
from medianest_sandbox.server import running
from medianest_sandbox.settings import Settings as SandboxSettings
from medianest_status.app import create_app
from medianest_status.domain.integrations import Draft
from medianest_status.models import METADATA, OUTBOX
from medianest_status.service.work import NewWork, Work
from medianest_status.settings import StatusSettings

from .hearing import listen
from .support import (
    KEY,
    READERS,
    SEALING,
    WEBHOOK_SECRET,
    FakeClock,
    MakeSettings,
    Running,
    Sandbox,
    StartService,
    Told,
)
from .watched import Watched


@pytest.fixture(scope="session")
def sandbox_base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    media: Path = tmp_path_factory.mktemp("media")
    with running(SandboxSettings(media=media, port=0, beat_seconds=0.3)) as settings:
        yield settings.base_url


@pytest_asyncio.fixture
async def sandbox(sandbox_base: str) -> AsyncIterator[Sandbox]:
    async with httpx2.AsyncClient(base_url=sandbox_base, trust_env=False, verify=tls()) as client:
        await client.post("/control/reset")
        yield Sandbox(sandbox_base, client)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def database(database_templates: Templates) -> AsyncIterator[ServiceDatabase]:
    """One migrated database for all tests of this folder."""
    database = await database_templates.copy("status")
    yield database
    await database_templates.drop(database)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_engine(database: ServiceDatabase) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(async_dsn(database.url))
    yield engine
    await engine.dispose()


@pytest_asyncio.fixture
async def engine(shared_engine: AsyncEngine) -> AsyncEngine:
    """The database, as its migrations leave it."""
    await empty(shared_engine, METADATA)
    async with shared_engine.begin() as connection:
        await connection.exec_driver_sql("insert into probe_lease (id) values (1)")
    return shared_engine


@pytest.fixture
def new_work(engine: AsyncEngine) -> NewWork:
    sessions = session_maker(engine)
    wake = asyncio.Event()
    return lambda: Work(sessions, lambda: Outbox(OUTBOX, "status"), wake)


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


@pytest.fixture
def make_settings(database: ServiceDatabase, engine: AsyncEngine, broker: Broker) -> MakeSettings:
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


@pytest_asyncio.fixture
async def watched(new_work: NewWork, told: Told, clock: FakeClock) -> Watched:
    watched = Watched(new_work, told, clock)
    kinds = (IntegrationKind.PLEX, IntegrationKind.OVERSEERR, IntegrationKind.UPTIME_KUMA)
    await watched.integrations.seed(Draft(kind, f"http://{kind.value.replace('_', '-')}:1") for kind in kinds)
    await told.forget()
    return watched


@pytest.fixture
async def ear(broker: Broker) -> Any:
    opened: list[Any] = []
    yield await listen(broker, opened)
    for client in opened:
        await client.close()
