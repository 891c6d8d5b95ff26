"""The service on a real, migrated database, with the sandbox as Overseerr and Plex and a small stand-in for auth."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
import pytest_asyncio
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from medianest_common.db import async_dsn
from medianest_common.errors import Unauthenticated
from medianest_common.runtime import Runtime
from medianest_common.tokens import Verifier, bearer, verify_service_token
from medianest_common.web import create_service_app
from medianest_devstack.templates import Templates, empty
from medianest_requests.api import ROUTERS
from medianest_requests.app import Parts
from medianest_requests.models import METADATA, OUTBOX
from medianest_requests.service import Services
from medianest_requests.settings import RequestsSettings
from medianest_sandbox.people import BY_NAME
from medianest_sandbox.server import running
from medianest_sandbox.settings import Settings as SandboxSettings

from .stand_ins import (
    READER_KEY,
    SERVICE_KEY,
    WEBHOOK_SECRET,
    Clock,
    People,
    Person,
    Sandbox,
    as_text,
    integrations,
    public_jwk,
    server_token,
)


@pytest.fixture(scope="session")
def sandbox_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running(SandboxSettings(media=tmp_path_factory.mktemp("media"), port=0)) as settings:
        yield Sandbox(settings.base_url)


@pytest.fixture
def sandbox(sandbox_server: Sandbox) -> Sandbox:
    sandbox_server.control("POST", "/reset")
    sandbox_server.behave()
    sandbox_server.control("DELETE", "/calls")
    return sandbox_server


@pytest.fixture(scope="session")
def people() -> People:
    return People()


@asynccontextmanager
async def _served(app: Starlette) -> AsyncIterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", access_log=False, ws="none", lifespan="off"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.001)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    with suppress(asyncio.CancelledError):
        await task


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def auth_url(people: People) -> AsyncIterator[str]:
    """The auth service's internal route: who shares the server has a token for it."""

    async def plex_token(request: Request) -> Response:
        try:
            verify_service_token(bearer(request.headers.get("authorization")), {"requests": SERVICE_KEY.public_key()})
        except Unauthenticated:
            return Response(status_code=401)
        person = people.by_id(request.path_params["user_id"])
        if person is None or not person.plex:
            return Response(status_code=404)
        token = None if person.name == "mallory" else server_token(person.name)
        body = {"plex_id": str(BY_NAME[person.name].id), "token": "an account token", "server_token": token}
        return JSONResponse(body | {"machine_identifier": "x"})

    async with _served(Starlette(routes=[Route("/internal/plex-token/{user_id}", plex_token)])) as url:
        yield url


@dataclass
class World:
    """Everything a test needs at hand."""

    parts: Parts
    runtime: Runtime
    settings: RequestsSettings
    clock: Clock
    sandbox: Sandbox
    people: People
    app: FastAPI

    @property
    def services(self) -> Services:
        return self.parts.services

    def know(self, person: Person, **more: Any) -> None:
        """Say what the auth service says of a user."""
        self.parts.directory.users.values[str(person.id)] = person.state(**more)

    def http(self, person: Person | None = None) -> httpx2.AsyncClient:
        headers = {} if person is None else {"Authorization": f"Bearer {person.token}"}
        transport = httpx2.ASGITransport(app=self.app)
        return httpx2.AsyncClient(transport=transport, base_url="http://test/api/v1", headers=headers, trust_env=False)

    async def events(self) -> list[dict[str, Any]]:
        """What was said, in order: each with its subject's entity and past (`request.approved`) as `type`."""
        async with self.runtime.engine.connect() as connection:
            rows = await connection.execute(text("select subject, payload from outbox order by id"))
            return [{"type": ".".join(row.subject.split(".")[3:5]), **json.loads(row.payload)} for row in rows]

    async def said(self) -> list[str]:
        return [event["type"] for event in await self.events()]

    async def sql(self, statement: str, **values: Any) -> list[Any]:
        async with self.runtime.engine.begin() as connection:
            result = await connection.execute(text(statement), values)
            return list(result.mappings().all()) if result.returns_rows else []

    async def request(self, request_id: Any) -> Any:
        return (await self.sql("select * from media_requests where id = :id", id=request_id))[0]

    async def submit_all(self) -> None:
        """Carry whatever is due to Overseerr."""
        while await self.services.submitting.one():
            pass


SettingsWith = Callable[..., RequestsSettings]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_database(database_templates: Templates) -> AsyncIterator[tuple[str, AsyncEngine]]:
    """One migrated database for these tests, and a way to empty it."""
    database = await database_templates.copy("requests")
    engine = create_async_engine(async_dsn(database.url))
    yield database.url, engine
    await engine.dispose()
    await database_templates.drop(database)


@pytest_asyncio.fixture
async def database_url(shared_database: tuple[str, AsyncEngine]) -> str:
    """A database with nothing in it."""
    await empty(shared_database[1], METADATA)
    return shared_database[0]


@pytest.fixture
def settings_with(database_url: str, auth_url: str) -> SettingsWith:
    def make(**more: Any) -> RequestsSettings:
        known = {
            "database_url": SecretStr(database_url),
            "auth_url": auth_url,
            "service_key": SecretStr(as_text(SERVICE_KEY.private_bytes_raw())),
            "reader_key": SecretStr(READER_KEY),
            "overseerr_webhook_secret": SecretStr(WEBHOOK_SECRET),
            "tmdb_image_url": "http://127.0.0.1:9",
        }
        return RequestsSettings.model_validate(known | more)

    return make


@pytest.fixture(scope="session")
def app() -> FastAPI:
    """The routes; building them once saves seconds."""
    verifier = Verifier()
    verifier.use_keys([public_jwk()])
    return create_service_app("test", *ROUTERS, verifier=verifier)


WorldWith = Callable[..., Awaitable[World]]


@pytest_asyncio.fixture
async def world_with(
    settings_with: SettingsWith, sandbox: Sandbox, people: People, app: FastAPI
) -> AsyncIterator[WorldWith]:
    """`await world_with(movie_quota=1)` is the service with these settings; its loops do not run by themselves."""
    async with AsyncExitStack() as stack:

        async def make(**more: Any) -> World:
            settings = settings_with(**more)
            runtime = Runtime(settings, OUTBOX)
            clock = Clock()
            parts = Parts(settings, runtime, clock)
            stack.push_async_callback(runtime.engine.dispose)
            stack.push_async_callback(parts.close)
            parts.directory.integrations.values.update(integrations(sandbox.base_url))
            app.state.services = parts.services
            world = World(parts, runtime, settings, clock, sandbox, people, app)
            for person in people.everybody:
                world.know(person)
            return world

        yield make


@pytest_asyncio.fixture
async def world(world_with: WorldWith) -> World:
    return await world_with()
