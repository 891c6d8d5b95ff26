"""Where the servers of a test session come from: a URL, a container, or a program on this machine."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from medianest_devstack.broker import Broker
from medianest_devstack.credentials import Credentials
from medianest_devstack.embedded import HelperProcess
from medianest_devstack.provisioning import clear_broker, provision_broker
from medianest_devstack.servers import NatsServer, ValkeyServer
from medianest_devstack.servers.nats import nats_passwords


def external(server: str) -> str | None:
    """Return the URL of a server that somebody else runs for the tests."""
    return os.environ.get(f"MEDIANEST_TEST_{server}_URL")


def _in_container(server: str, *arguments: Any) -> AbstractContextManager[str]:
    from medianest_devstack import containers  # noqa: PLC0415 - Docker's client is loaded only on demand

    start: AbstractContextManager[str] = getattr(containers, f"{server}_container")(*arguments)
    return start


@contextmanager
def postgres(*, container: bool) -> Iterator[str]:
    """Yield the superuser's URL."""
    if url := external("POSTGRES"):
        yield url
    elif container:
        with _in_container("postgres") as url:
            yield url
    else:
        with HelperProcess("postgres") as helper:
            yield str(helper.answer["postgres"])


@asynccontextmanager
async def broker(folder: Path, *, container: bool) -> AsyncIterator[Broker]:
    """Yield a broker with all that the contracts name, and no message in it."""
    async with _bare_broker(folder, container=container) as started:
        await provision_broker(started.url_for)
        yield started


@asynccontextmanager
async def _bare_broker(folder: Path, *, container: bool) -> AsyncIterator[Broker]:
    passwords = nats_passwords(Credentials(folder / "secrets.json"))
    if url := external("NATS"):
        theirs = Broker(url, {})
        await clear_broker(theirs.url_for)
        yield theirs
    elif container:
        with _in_container("nats", passwords) as url:
            yield Broker(url, passwords)
    else:
        server = NatsServer(folder, passwords=passwords, fast=True)
        await server.start()
        try:
            yield Broker(server.url, passwords)
        finally:
            await server.kill()  # nothing of it is kept; a stop would take a tenth of a second of each test


@asynccontextmanager
async def cache(folder: Path, *, container: bool) -> AsyncIterator[str]:
    """Yield the URL of a Valkey."""
    if url := external("VALKEY"):
        yield url
    elif container:
        with _in_container("valkey") as url:
            yield url
    else:
        async with ValkeyServer(folder, fast=True) as server:
            yield server.url


async def empty_cache(url: str) -> None:
    """Remove everything from a Valkey."""
    client = Redis.from_url(url, socket_timeout=5)
    await client.flushall()
    await client.aclose()
