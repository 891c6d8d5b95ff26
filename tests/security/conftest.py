"""People who are signed in for the whole run; whoever is to lose a session signs in anew, as Kit."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from support.belongings import Belongings, collect
from support.keys import SigningKey
from support.person import Person, Script
from support.slow import SlowCallers
from support.suite import Suite

_LAST = ("test_schemathesis", "test_logs")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What makes noise comes late, and the search of the logs for what all the others left there at the very end."""
    items.sort(key=lambda item: _LAST.index(item.path.stem) + 1 if item.path.stem in _LAST else 0)


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def fresh_limits(suite: Suite) -> None:
    """No file suffers from how often another one has called."""
    await suite.an_hour_passes()


async def _signed_in(suite: Suite, name: str) -> AsyncIterator[Person]:
    async with Person(suite, name) as person:
        await person.sign_in()
        yield person


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def owner(suite: Suite) -> AsyncIterator[Person]:
    """The administrator."""
    await suite.an_hour_passes()  # a suite that runs already may have seen these addresses
    async for person in _signed_in(suite, "owner"):
        yield person


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def alice(suite: Suite, owner: Person) -> AsyncIterator[Person]:
    async for person in _signed_in(suite, "alice"):
        yield person


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def bob(suite: Suite, owner: Person) -> AsyncIterator[Person]:
    async for person in _signed_in(suite, "bob"):
        yield person


@pytest_asyncio.fixture(scope="session", loop_scope="session", autouse=True)
async def slow_callers(alice: Person) -> AsyncIterator[SlowCallers]:
    async with SlowCallers(alice) as begun:
        yield begun


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def belongings(suite: Suite, owner: Person, alice: Person) -> Belongings:
    return await collect(suite, owner, alice)


@pytest_asyncio.fixture
async def kit(suite: Suite, owner: Person) -> AsyncIterator[Person]:
    """Somebody whose sessions a test may end; a new session each time."""
    async for person in _signed_in(suite, "kid"):
        yield person


@pytest_asyncio.fixture
async def script(suite: Suite) -> AsyncIterator[Script]:
    """A program at an address of its own."""
    async with Script(suite) as program:
        yield program


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def signing_key(suite: Suite, owner: Person) -> SigningKey:
    return await SigningKey.stolen_from(suite)
