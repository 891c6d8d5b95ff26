"""The worlds the tests live in, and the broker."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from medianest_common.contracts.envelope import EVERYBODY
from medianest_common.contracts.status import ServiceHealth
from medianest_devstack.servers_for_tests import broker as start_broker
from medianest_devstack.testing import Broker

from .doubles import Someone
from .wire import Wire, ready, until
from .world import MakeWorld, World, build


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def usual_world(cache_server: str) -> AsyncIterator[World]:
    undo: list[Callable[[], Awaitable[Any]]] = []
    yield await build(undo, cache_server)
    for step in reversed(undo):
        await step()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def broker(pytestconfig: pytest.Config, devstack_folder: Path) -> AsyncIterator[Broker]:
    """One provisioned broker for all of these tests; what they publish is about people of their own."""
    folder = devstack_folder / "gateway-nats"
    folder.mkdir()
    async with start_broker(folder, container=pytestconfig.getoption("--containers")) as broker:
        yield broker


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def live_world(cache_server: str, broker: Broker) -> AsyncIterator[World]:
    """A gateway with a broker."""
    undo: list[Callable[[], Awaitable[Any]]] = []
    yield await build(undo, cache_server, broker)
    for step in reversed(undo):
        await step()


@pytest_asyncio.fixture
async def world(usual_world: World, cache_url: str) -> World:
    """A gateway as it is usually set, without a broker; it forgets between tests what it may forget."""
    assert cache_url
    for service in usual_world.services.values():
        service.forget()
        await service.start()
    for breaker in usual_world.gateway.breakers.values():
        breaker.succeeded()
    return usual_world


@pytest_asyncio.fixture
async def make_world(cache_url: str) -> AsyncIterator[MakeWorld]:
    """Build a world of one's own, with some settings other than usual; `nats` brings a broker along."""
    undo: list[Callable[[], Awaitable[Any]]] = []

    async def make(nats: Broker | None = None, *, redis_url: str = cache_url, **settings: Any) -> World:
        return await build(undo, redis_url, nats, **settings)

    yield make
    for step in reversed(undo):
        await step()


@pytest_asyncio.fixture
async def someone(world: World) -> Someone:
    """A signed-in user whose session is known to Redis."""
    person = Someone()
    await world.keep_session(person)
    return person


@pytest_asyncio.fixture
async def wire(broker: Broker) -> AsyncIterator[Wire]:
    wire = Wire(broker)
    yield wire
    await wire.close()


@pytest_asyncio.fixture
async def live(live_world: World, wire: Wire) -> World:
    """A gateway that has heard the health of two services, both up."""
    await ready(live_world)
    for service_id in ("plex", "overseerr"):
        await wire.status(service_id, ServiceHealth.UP, 1)
    items = live_world.gateway.hub.board.snapshot
    await until(lambda: (shown := items((EVERYBODY,))) is not None and shown.text.count('"health":"up"') == 2)
    await asyncio.sleep(0.05)  # the second of two puts may still be on its way
    return live_world
