"""Every service's history goes up, matches its models, and goes down again."""

import asyncio

import pytest

from medianest_common.migrate import check, migrate
from medianest_devstack.databases import DatabaseAdmin
from medianest_devstack.templates import GUESTS

PASSWORD = "medianest-test"


@pytest.mark.parametrize("service", ["auth", "requests", "downloader", "status"])
async def test_history_goes_up_matches_the_models_and_goes_down(service: str, postgres_server: DatabaseAdmin) -> None:
    database, package = f"history_{service}", f"medianest_{service}"
    await postgres_server.drop_database(database)
    guests = dict.fromkeys(GUESTS.get(service, ()), PASSWORD)
    url = await postgres_server.ensure_database(database, service, PASSWORD, guests)
    try:
        await asyncio.to_thread(migrate, package, url)
        await asyncio.to_thread(check, package, url)
        await asyncio.to_thread(migrate, package, url, "base")
        await asyncio.to_thread(migrate, package, url)
    finally:
        await postgres_server.drop_database(database)
