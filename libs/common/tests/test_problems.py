"""How errors leave a service."""

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from medianest_common.problems import install_problems


def application(engine: AsyncEngine) -> FastAPI:
    app = FastAPI()
    install_problems(app)

    @app.get("/")
    async def read() -> int:
        async with engine.connect() as connection:
            return int((await connection.execute(text("select 1"))).scalar_one())

    return app


@pytest.fixture
async def only_one(engine: AsyncEngine) -> AsyncEngine:
    """One connection, and nobody waits for it."""
    return create_async_engine(engine.url, pool_size=1, max_overflow=0, pool_timeout=0.05)


async def test_more_callers_than_connections_are_told_to_come_again(only_one: AsyncEngine) -> None:
    transport = httpx2.ASGITransport(app=application(only_one))
    async with httpx2.AsyncClient(transport=transport, base_url="http://service.test") as http:
        assert (await http.get("/")).status_code == 200
        async with only_one.connect():
            busy = await http.get("/")
        assert (busy.status_code, busy.json()["code"]) == (503, "UPSTREAM_UNAVAILABLE")
        assert int(busy.headers["Retry-After"]) >= 1
        assert (await http.get("/")).status_code == 200
    await only_one.dispose()
