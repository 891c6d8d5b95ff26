"""Connections of the pool that the server has closed meanwhile."""

import asyncio

from pydantic import SecretStr
from sqlalchemy import text

from medianest_common.db import create_engine
from medianest_common.settings import DatabaseSettings
from medianest_devstack.testing import DatabaseFor

_OTHERS = text("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'leaving'")


async def test_a_connection_that_the_server_closed_is_replaced_unnoticed(database_for: DatabaseFor) -> None:
    settings = DatabaseSettings(database_url=SecretStr((await database_for("requests")).url))
    engine = create_engine(settings, application="leaving", pool_size=2)
    other = create_engine(settings, application="ending", pool_size=1)
    async with engine.connect() as one, engine.connect() as two:
        drivers = [(await each.get_raw_connection()).driver_connection for each in (one, two)]
    async with other.connect() as connection:
        assert len((await connection.execute(_OTHERS)).all()) == 2
    async with asyncio.timeout(20):
        while not all(driver.is_closed() for driver in drivers if driver):
            await asyncio.sleep(0.01)
    async with engine.connect() as one, engine.connect() as two:
        assert [await each.scalar(text("select 2")) for each in (one, two)] == [2, 2]
    await engine.dispose()
    await other.dispose()
