"""One running suite for all tests that need the whole of it."""

from collections.abc import Iterator

import pytest
from support.suite import Suite

from medianest_devstack.testing import shares_the_suite

_RUNNING = pytest.StashKey[Suite]()


@pytest.fixture(scope="session")
def suite(pytestconfig: pytest.Config) -> Iterator[Suite]:
    with Suite() as running:
        pytestconfig.stash[_RUNNING] = running
        yield running


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Workers begin with the tests that share the suite: after the last of them it only takes time from the others."""
    is_needed = nextitem is not None and shares_the_suite(nextitem.nodeid)
    if hasattr(item.config, "workerinput") and not is_needed and _RUNNING in item.config.stash:
        item.config.stash[_RUNNING].end()
