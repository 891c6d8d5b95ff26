"""Pytest fixtures on real servers: a migrated database per test, a fresh broker, an empty cache.

Loaded with `-p medianest_devstack.testing`. A server is taken from `MEDIANEST_TEST_<X>_URL`, else started from
`MEDIANEST_<X>_BIN`, the wheel or PATH; with `--containers` it runs in Docker. Without one the test fails, unless
`--skip-servers` was given.
"""

# Every test session loads this module, also one that needs no server: what is slow to import waits for a fixture.
# ruff: noqa: PLC0415

import gc
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
import pytest_asyncio

from medianest_devstack import media_tools
from medianest_devstack.broker import Broker
from medianest_devstack.errors import DevstackError

if TYPE_CHECKING:
    from medianest_devstack.databases import DatabaseAdmin
    from medianest_devstack.embedded import HelperProcess
    from medianest_devstack.templates import ServiceDatabase, Templates

__all__ = ["Broker", "DatabaseFor"]

DatabaseFor = Callable[[str], Awaitable["ServiceDatabase"]]

# Two suites for the folders that need one: starting it takes half a minute of a core.
_TOGETHER = {"tests/security": "tests/chaos", "tests/integration": "tests/e2e"}
_POSTGRES: "pytest.StashKey[HelperProcess]" = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("medianest")
    group.addoption("--containers", action="store_true", help="run the servers of the tests in Docker containers")
    group.addoption("--skip-servers", action="store_true", help="skip tests whose servers cannot be started")


def pytest_configure(config: pytest.Config) -> None:
    """Let services find the media tools, which a fresh machine has as wheels alone; hand out tests in our order."""
    config.option.loadscopereorder = False  # xdist's own: the most tests first, not those that take longest
    for tool in ("ffmpeg", "ffprobe"):
        if found := media_tools.find(tool):
            os.environ[f"MEDIANEST_{tool.upper()}"] = found


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep the garbage collector off all that importing makes: it would look through it for a fifth of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def shares_the_suite(nodeid: str) -> bool:
    """Tests of the whole suite share one that runs; the contracts between services need none."""
    return nodeid.startswith("tests/") and not nodeid.startswith("tests/contract/")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On several workers begin with the tests of the whole suite, which take longest; all need ids of their own."""
    ids = Counter(item.nodeid for item in items)
    if twice := [nodeid for nodeid, times in ids.items() if times > 1]:
        raise pytest.UsageError(f"Several tests have one id, and workers would run one of them alone: {twice[0]}")
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: not shares_the_suite(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep the tests of a file on one worker, and of a running suite; xdist has no types."""
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    class ByFile(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            folder = file.rpartition("/")[0]
            return _TOGETHER.get(folder, folder) if shares_the_suite(nodeid) else file

    return ByFile(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Give all xdist workers one Postgres, so that migrations run once (`node` has a type only where xdist is)."""
    from medianest_devstack.embedded import HelperProcess
    from medianest_devstack.servers_for_tests import external

    config: pytest.Config = node.config
    if external("POSTGRES") or config.getoption("--containers"):
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


def _unavailable(config: pytest.Config, error: DevstackError) -> NoReturn:
    """End the test: without its servers it can show nothing."""
    if config.getoption("--skip-servers"):
        raise pytest.skip.Exception(str(error)) from None  # asked for on the command line, where no server can be
    raise pytest.fail.Exception(str(error), pytrace=False) from None


@pytest.fixture(scope="session")
def devstack_folder() -> Iterator[Path]:
    """A folder for servers' data that Postgres may reach as another user, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="medianest-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server(pytestconfig: pytest.Config) -> "Iterator[DatabaseAdmin]":
    """A Postgres as its superuser; one for all xdist workers."""
    from medianest_devstack.databases import ExternalPostgres
    from medianest_devstack.servers_for_tests import postgres

    worker: dict[str, Any] = getattr(pytestconfig, "workerinput", {})
    if "medianest_postgres_error" in worker:
        _unavailable(pytestconfig, DevstackError(worker["medianest_postgres_error"]))
    with ExitStack() as stack:
        try:
            url = worker.get("medianest_postgres_url") or stack.enter_context(
                postgres(container=pytestconfig.getoption("--containers"))
            )
        except DevstackError as error:
            _unavailable(pytestconfig, error)
        yield ExternalPostgres(url)


@pytest.fixture(scope="session")
def database_templates(postgres_server: "DatabaseAdmin") -> "Templates":
    """The migrated templates of this session."""
    from medianest_devstack.templates import Templates

    return Templates(postgres_server)


@pytest_asyncio.fixture
async def database_for(database_templates: "Templates") -> AsyncIterator[DatabaseFor]:
    """`await database_for("auth")` is a migrated database of that service, the test's own."""
    made: list[ServiceDatabase] = []

    async def copy(service: str) -> "ServiceDatabase":
        made.append(await database_templates.copy(service))
        return made[-1]

    yield copy
    for database in made:
        await database_templates.drop(database)


@pytest_asyncio.fixture
async def nats_server(pytestconfig: pytest.Config, devstack_folder: Path) -> AsyncIterator[Broker]:
    """A NATS with the users, rights, streams, buckets and durables of the contracts, and no message in it."""
    from medianest_devstack.servers_for_tests import broker

    folder = Path(tempfile.mkdtemp(prefix="nats-", dir=devstack_folder))
    async with AsyncExitStack() as stack:
        try:
            started = await stack.enter_async_context(broker(folder, container=pytestconfig.getoption("--containers")))
        except DevstackError as error:
            _unavailable(pytestconfig, error)
        yield started
    shutil.rmtree(folder, ignore_errors=True)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def cache_server(pytestconfig: pytest.Config, devstack_folder: Path) -> AsyncIterator[str]:
    """The URL of a Valkey of this session."""
    from medianest_devstack.servers_for_tests import cache

    async with AsyncExitStack() as stack:
        try:
            url = await stack.enter_async_context(
                cache(devstack_folder / "valkey", container=pytestconfig.getoption("--containers"))
            )
        except DevstackError as error:
            _unavailable(pytestconfig, error)
        yield url


@pytest_asyncio.fixture
async def cache_url(cache_server: str) -> str:
    """The URL of an empty Valkey."""
    from medianest_devstack.servers_for_tests import empty_cache

    await empty_cache(cache_server)
    return cache_server
