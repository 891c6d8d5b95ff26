"""People who are signed in for the whole run; whoever is to lose a session signs in anew, as Kit."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from support.belongings import Belongings, collect
from support.keys import SigningKey
from support.person import Person, Script
from support.slow import SlowCallers
from support.suite import Suite

_AT_ONCE = 6
_LAST = ("test_schemathesis", "test_logs")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What makes noise comes late, and the search of the logs for what all the others left there at the very end."""
    items.sort(key=lambda item: _LAST.index(item.path.stem) + 1 if item.path.stem in _LAST else 0)


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def fresh_limits(suite: Suite) -> None:
    """No file suffers from how often another one has called, or from how long it took."""
    await suite.an_hour_passes()
    await suite.nobody_has_been_here_long()


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


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def kits(suite: Suite, owner: Person) -> AsyncIterator[list[Person]]:
    """Kit's sessions that no test has had yet."""
    waiting: list[Person] = []
    yield waiting
    for person in waiting:
        await person.close()


@pytest_asyncio.fixture
async def kit(suite: Suite, kits: list[Person]) -> AsyncIterator[Person]:
    """Somebody whose session a test may end; another one each time. Signing in takes a second: six at once do."""
    person: Person | None = None
    while person is None:
        if not kits:
            kits += [Person(suite, "kid") for _ in range(_AT_ONCE)]
            await asyncio.gather(*(each.sign_in() for each in kits))
        person = kits.pop()
        if (await person.call("GET", "/api/v1/auth/me")).status != 200:  # a test has ended all of Kit's at once
            await person.close()
            person = None
    async with person:
        yield person


@pytest_asyncio.fixture
async def script(suite: Suite) -> AsyncIterator[Script]:
    """A program at an address of its own."""
    async with Script(suite) as program:
        yield program


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def signing_key(suite: Suite, owner: Person) -> SigningKey:
    return await SigningKey.stolen_from(suite)
