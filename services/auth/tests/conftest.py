"""A whole auth service in this process on a real database and cache, the sandbox's plex.tv, and browsers to try it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import SecretStr

from medianest_auth.app import Auth, Tuning
from medianest_auth.models import METADATA
from medianest_auth.settings import Settings
from medianest_common.crypto import new_key
from medianest_devstack.templates import Templates, empty
from medianest_devstack.testing import DatabaseFor
from medianest_sandbox.server import running
from medianest_sandbox.settings import Settings as SandboxSettings

from .house import OWNER_KEY, PUBLIC_URL, House, MakeHouse, MakeSettings, MovableClock, Sandbox, public_half


@pytest.fixture(scope="session")
def service_keys() -> dict[str, Ed25519PrivateKey]:
    return {name: Ed25519PrivateKey.generate() for name in ("gateway", "requests", "downloader")}


@pytest.fixture(scope="session")
def sandbox_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(SandboxSettings(media=Path(tmp_path_factory.mktemp("media")), port=0)) as settings:
        yield settings.base_url


@pytest_asyncio.fixture
async def sandbox(sandbox_url: str) -> AsyncIterator[Sandbox]:
    sandbox = Sandbox(sandbox_url)
    await sandbox.reset()
    yield sandbox
    await sandbox.close()


def settings_of(
    database: str, cache: str, sandbox: str, keys: dict[str, Ed25519PrivateKey], changes: dict[str, Any]
) -> Settings:
    values: dict[str, Any] = {
        "database_url": SecretStr(database),
        "redis_url": SecretStr(cache),
        "csrf_key": SecretStr("c" * 32),
        "encryption_keys": SecretStr(new_key("k1")),
        "reader_key": SecretStr(OWNER_KEY),
        "service_public_keys": {name: public_half(key) for name, key in keys.items()},
        "plex_tv_url": f"{sandbox}/plextv",
        "plex_link_url": f"{sandbox}/plextv/link",
        "plex_auth_url": f"{sandbox}/plextv/auth",
        "public_url": PUBLIC_URL,
        "log_level": "ERROR",
    }
    return Settings(**(values | changes))


@pytest_asyncio.fixture
async def make_settings(
    database_for: DatabaseFor, cache_url: str, sandbox_url: str, service_keys: dict[str, Ed25519PrivateKey]
) -> MakeSettings:
    """`await make_settings()` is a process of its own database."""

    async def make(**changes: Any) -> Settings:
        return settings_of((await database_for("auth")).url, cache_url, sandbox_url, service_keys, changes)

    return make


@dataclass
class Shared:
    """The service that most tests share: a new one's first connections cost more than the test."""

    auth: Auth
    app: Any
    clock: MovableClock

    async def begin_anew(self) -> None:
        await empty(self.auth.runtime.engine, METADATA)
        self.clock.reset()
        await self.auth.prepare()


@pytest_asyncio.fixture(scope="session")
async def shared(
    database_templates: Templates, cache_server: str, sandbox_url: str, service_keys: dict[str, Ed25519PrivateKey]
) -> AsyncIterator[Shared]:
    database = await database_templates.copy("auth")
    clock = MovableClock()
    settings = settings_of(database.url, cache_server, sandbox_url, service_keys, {})
    auth = Auth(settings, Tuning(clock=clock, bcrypt_cost=4, poll_seconds=0.05))
    yield Shared(auth, auth.app(), clock)
    await auth.close()
    await database_templates.drop(database)


@asynccontextmanager
async def opened(house: House) -> AsyncIterator[House]:
    """The house with its Plex server connected and its PINs polled."""
    await house.connect_plex()
    polling = asyncio.create_task(house.auth.services.poller.run())
    try:
        yield house
    finally:
        polling.cancel()
        with suppress(asyncio.CancelledError):
            await polling
        await house.close()


@pytest_asyncio.fixture
async def house(
    shared: Shared, cache_url: str, sandbox: Sandbox, service_keys: dict[str, Ed25519PrivateKey]
) -> AsyncIterator[House]:
    """An empty house, without a broker: facts stay in the outbox, where tests read them."""
    await shared.begin_anew()
    async with opened(House(shared.auth, shared.clock, sandbox, shared.app, service_keys)) as house:
        yield house


@pytest_asyncio.fixture
async def make_house(
    make_settings: MakeSettings, sandbox: Sandbox, service_keys: dict[str, Ed25519PrivateKey]
) -> AsyncIterator[MakeHouse]:
    """`await make_house(redis_url=...)` is a house of other settings."""
    async with AsyncExitStack() as stack:

        async def make(**changes: Any) -> House:
            clock = MovableClock()
            auth = Auth(await make_settings(**changes), Tuning(clock=clock, bcrypt_cost=4, poll_seconds=0.05))
            stack.push_async_callback(auth.close)
            await auth.prepare()
            return await stack.enter_async_context(opened(House(auth, clock, sandbox, auth.app(), service_keys)))

        yield make
