"""One running suite for all tests that need the whole of it."""

from collections.abc import Iterator

import pytest
from support.suite import Suite


@pytest.fixture(scope="session")
def suite() -> Iterator[Suite]:
    with Suite() as running:
        yield running
