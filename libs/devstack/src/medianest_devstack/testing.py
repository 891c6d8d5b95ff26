"""Pytest fixtures on real servers: a migrated database per test, a fresh broker, an empty cache.

Loaded with `-p medianest_devstack.testing`. A server is taken from `MEDIANEST_TEST_<X>_URL`, else started from
`MEDIANEST_<X>_BIN`, the wheel or PATH; with `--containers` it runs in Docker. Without one the test fails, unless
`--skip-servers` was given.
"""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from medianest_devstack.credentials import Credentials
from medianest_devstack.databases import DatabaseAdmin, ExternalPostgres
from medianest_devstack.embedded import HelperProcess
from medianest_devstack.errors import DevstackError
from medianest_devstack.provisioning import clear_broker, provision_broker
from medianest_devstack.servers import NatsServer, ValkeyServer
from medianest_devstack.servers.nats import nats_passwords
from medianest_devstack.templates import ServiceDatabase, Templates

DatabaseFor = Callable[[str], Awaitable[ServiceDatabase]]

_POSTGRES = pytest.StashKey[HelperProcess]()


@dataclass(frozen=True)
class Broker:
    """A provisioned NATS: `url` without a user, and every user's password (none where the server asks for none)."""

    url: str
    passwords: dict[str, str]

    def url_for(self, user: str) -> str:
        """The address with a user and its password."""
        if user not in self.passwords:
            return self.url
        return self.url.replace("://", f"://{user}:{self.passwords[user]}@", 1)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("medianest")
    group.addoption("--containers", action="store_true", help="run the servers of the tests in Docker containers")
    group.addoption("--skip-servers", action="store_true", help="skip tests whose servers cannot be started")


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in this very hook
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Under xdist keep the tests of a file together, and those that share the one running suite, which begin first."""
    if not config.pluginmanager.hasplugin("xdist"):
        return
    items.sort(key=lambda item: not _wants_suite(item))
    for item in items:
        place = item.path.relative_to(config.rootpath) if item.path.is_relative_to(config.rootpath) else item.path
        group = "suite" if _wants_suite(item) else "/".join((*place.parts[1:2], place.stem))
        item.add_marker(pytest.mark.xdist_group(group))


def _wants_suite(item: pytest.Item) -> bool:
    return "suite" in getattr(item, "fixturenames", ())


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Give all xdist workers one Postgres, so that migrations run once (`node` has a type only where xdist is)."""
    config: pytest.Config = node.config
    if _external("POSTGRES") or config.getoption("--containers"):
        return
    try:
        if _POSTGRES not in config.stash:
            config.stash[_POSTGRES] = HelperProcess("postgres")
        node.workerinput["medianest_postgres_url"] = config.stash[_POSTGRES].answer["postgres"]
    except DevstackError as error:
        node.workerinput["medianest_postgres_error"] = str(error)


def pytest_unconfigure(config: pytest.Config) -> None:
    helper = config.stash.get(_POSTGRES, None)
    if helper is not None:
        helper.stop()


def _external(server: str) -> str | None:
    return os.environ.get(f"MEDIANEST_TEST_{server}_URL")


def _unavailable(config: pytest.Config, error: DevstackError) -> NoReturn:
    """End the test: without its servers it can show nothing."""
    if config.getoption("--skip-servers"):
        raise pytest.skip.Exception(str(error)) from None
    raise pytest.fail.Exception(str(error), pytrace=False) from None


@pytest.fixture(scope="session")
def devstack_folder() -> Iterator[Path]:
    """A folder for servers' data that Postgres may reach as another user, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="medianest-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server(pytestconfig: pytest.Config) -> Iterator[DatabaseAdmin]:
    """A Postgres as its superuser; one for all xdist workers."""
    server = _postgres(pytestconfig)
    try:
        url = server.__enter__()
    except DevstackError as error:
        _unavailable(pytestconfig, error)
    yield ExternalPostgres(url)
    server.__exit__(None, None, None)


@contextmanager
def _postgres(config: pytest.Config) -> Iterator[str]:
    worker: dict[str, Any] = getattr(config, "workerinput", {})
    if "medianest_postgres_error" in worker:
        raise DevstackError(worker["medianest_postgres_error"])
    if url := _external("POSTGRES") or worker.get("medianest_postgres_url"):
        yield url
    elif config.getoption("--containers"):
        with _in_container("postgres") as url:
            yield url
    else:
        with HelperProcess("postgres") as helper:
            yield str(helper.answer["postgres"])


def _in_container(server: str, *arguments: Any) -> AbstractContextManager[str]:
    from medianest_devstack import containers  # noqa: PLC0415 - Docker's client is loaded only on demand

    start: AbstractContextManager[str] = getattr(containers, f"{server}_container")(*arguments)
    return start


@pytest.fixture(scope="session")
def database_templates(postgres_server: DatabaseAdmin) -> Templates:
    """The migrated templates of this session."""
    return Templates(postgres_server)


@pytest_asyncio.fixture
async def database_for(database_templates: Templates) -> AsyncIterator[DatabaseFor]:
    """`await database_for("auth")` is a migrated database of that service, the test's own."""
    made: list[ServiceDatabase] = []

    async def copy(service: str) -> ServiceDatabase:
        made.append(await database_templates.copy(service))
        return made[-1]

    yield copy
    for database in made:
        await database_templates.drop(database)


@pytest_asyncio.fixture
async def nats_server(pytestconfig: pytest.Config, devstack_folder: Path) -> AsyncIterator[Broker]:
    """A NATS with the users, rights, streams, buckets and durables of the contracts, and no message in it."""
    folder = Path(tempfile.mkdtemp(prefix="nats-", dir=devstack_folder))
    server = _broker(pytestconfig, folder)
    try:
        broker = await server.__aenter__()
        await provision_broker(broker.url_for)
    except DevstackError as error:
        _unavailable(pytestconfig, error)
    yield broker
    await server.__aexit__(None, None, None)
    shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def _broker(config: pytest.Config, folder: Path) -> AsyncIterator[Broker]:
    passwords = nats_passwords(Credentials(folder / "secrets.json"))
    if url := _external("NATS"):
        broker = Broker(url, {})
        await clear_broker(broker.url_for)
        yield broker
    elif config.getoption("--containers"):
        with _in_container("nats", passwords) as url:
            yield Broker(url, passwords)
    else:
        async with NatsServer(folder, passwords=passwords, fast=True) as server:
            yield Broker(server.url, passwords)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def cache_server(pytestconfig: pytest.Config, devstack_folder: Path) -> AsyncIterator[str]:
    """The URL of a Valkey of this session."""
    server = _valkey(pytestconfig, devstack_folder / "valkey")
    try:
        url = await server.__aenter__()
    except DevstackError as error:
        _unavailable(pytestconfig, error)
    yield url
    await server.__aexit__(None, None, None)


@asynccontextmanager
async def _valkey(config: pytest.Config, folder: Path) -> AsyncIterator[str]:
    if url := _external("VALKEY"):
        yield url
    elif config.getoption("--containers"):
        with _in_container("valkey") as url:
            yield url
    else:
        async with ValkeyServer(folder, fast=True) as server:
            yield server.url


@pytest_asyncio.fixture
async def cache_url(cache_server: str) -> str:
    """The URL of an empty Valkey."""
    client = Redis.from_url(cache_server, socket_timeout=5)
    await client.flushall()
    await client.aclose()
    return cache_server
