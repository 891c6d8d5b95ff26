"""A database of its own for the kit's tests, with the tables every service has, and settings for each broker user."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count
from typing import ClassVar

import pytest
import pytest_asyncio
from nats.aio.client import Client
from pydantic import SecretStr
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from medianest_common.db import UnitOfWork, async_dsn, service_metadata, session_maker
from medianest_common.inbox import erased_users_table, inbox_table
from medianest_common.messaging import connect
from medianest_common.outbox import Outbox, outbox_table
from medianest_common.settings import ServiceSettings
from medianest_devstack.databases import DatabaseAdmin
from medianest_devstack.testing import Broker

METADATA = service_metadata()
OUTBOX: Table = outbox_table(METADATA)
inbox_table(METADATA)
erased_users_table(METADATA)

_numbers = count()

SettingsFor = Callable[[str], ServiceSettings]
ClientOf = Callable[[str], Awaitable[Client]]


@pytest_asyncio.fixture
async def engine(postgres_server: DatabaseAdmin) -> AsyncIterator[AsyncEngine]:
    name = f"common_{next(_numbers)}"
    await postgres_server.drop_database(name)
    url = await postgres_server.ensure_database(name, "common", "medianest-test")
    engine = create_async_engine(async_dsn(url))
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    yield engine
    await engine.dispose()
    await postgres_server.drop_database(name)


@pytest.fixture
def wake() -> asyncio.Event:
    return asyncio.Event()


@pytest.fixture
def unit_of_work(engine: AsyncEngine, wake: asyncio.Event) -> Callable[[], UnitOfWork]:
    sessions = session_maker(engine)
    return lambda: UnitOfWork(sessions, lambda: Outbox(OUTBOX, "auth"), wake)


@pytest.fixture
def settings_for(nats_server: Broker) -> SettingsFor:
    def make(user: str) -> ServiceSettings:
        class Settings(ServiceSettings):
            service: ClassVar[str] = user

        password = nats_server.passwords.get(user)
        return Settings(
            nats_url=nats_server.url, nats_user=user, nats_password=SecretStr(password) if password else None
        )

    return make


@pytest_asyncio.fixture
async def client_of(settings_for: SettingsFor) -> AsyncIterator[ClientOf]:
    """`await client_of("auth")` is a connection of that broker user, closed with the test."""
    clients: list[Client] = []

    async def make(user: str) -> Client:
        clients.append(await connect(settings_for(user)))
        return clients[-1]

    yield make
    for client in clients:
        await client.close()
