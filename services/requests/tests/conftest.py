"""The service on a real, migrated database, with the sandbox as Overseerr and Plex and a small stand-in for auth."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
import jwt
import pytest
import pytest_asyncio
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from medianest_common.contracts.auth import UserState, UserStatus
from medianest_common.contracts.permissions import ROLE_PERMISSIONS, Role
from medianest_common.contracts.status import IntegrationKind, IntegrationSettings
from medianest_common.crypto import Sealer, new_key
from medianest_common.db import async_dsn
from medianest_common.errors import Unauthenticated
from medianest_common.ids import uuid7
from medianest_common.runtime import Runtime
from medianest_common.tokens import ALGORITHM, AUDIENCE, ISSUER, Caller, bearer, verify_service_token
from medianest_common.web import create_service_app
from medianest_devstack.templates import Templates
from medianest_requests.api import ROUTERS
from medianest_requests.app import Parts
from medianest_requests.models import METADATA, OUTBOX
from medianest_requests.service import Services
from medianest_requests.settings import RequestsSettings
from medianest_sandbox.people import BY_NAME, Accounts, account_token
from medianest_sandbox.server import running
from medianest_sandbox.settings import Settings as SandboxSettings
from medianest_sandbox.state import StateFolder

WEBHOOK_SECRET = "a-long-random-webhook-secret"
_KEY = Ed25519PrivateKey.generate()
_SERVICE_KEY = Ed25519PrivateKey.generate()
_READER_KEY = new_key("test")


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@dataclass
class Clock:
    """A clock that stands still until it is told to go on."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now

    def go_on(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Sandbox:
    """The outside systems, and what they can be told."""

    base_url: str
    client: httpx2.Client = field(default_factory=lambda: httpx2.Client(timeout=10, trust_env=False))

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.client.request(method, f"{self.base_url}/control{path}", json=body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def fault(self, system: str, kind: str, **more: Any) -> None:
        self.control("POST", "/faults", {"system": system, "kind": kind, **more})

    def behave(self) -> None:
        self.control("DELETE", "/faults")

    def requests(self) -> list[dict[str, Any]]:
        """What Overseerr holds, as its owner sees it."""
        answer = self.overseerr("GET", "request?take=100")
        found: list[dict[str, Any]] = answer["results"]
        return found

    def calls(self, method: str, path: str) -> list[dict[str, Any]]:
        every = self.control("GET", "/calls?system=overseerr")["items"]
        return [call for call in every if call["method"] == method and call["path"].partition("?")[0] == path]

    def overseerr(self, method: str, path: str, body: Any = None, user: int | None = None) -> Any:
        """What somebody does in Overseerr itself."""
        headers = {"X-Api-Key": "sandbox-overseerr-key"} | ({} if user is None else {"X-API-User": str(user)})
        url = f"{self.base_url}/overseerr/api/v1/{path}"
        answer = self.client.request(method, url, json=body, headers=headers)
        answer.raise_for_status()
        return answer.json() if answer.content else None


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


@dataclass
class Person:
    """A user of ours; the name is that of the sandbox's person they are in Plex, if any."""

    name: str
    role: Role = Role.USER
    plex: bool = True
    id: UUID = field(default_factory=uuid7)

    @property
    def caller(self) -> Caller:
        permissions = ROLE_PERMISSIONS[self.role]
        return Caller(self.id, uuid7(), self.role, permissions, time.time() + 600, 0, time.time())

    @property
    def token(self) -> str:
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": str(self.id), "sid": str(uuid7()), "role": self.role.value}
        return jwt.encode(claims | {"iat": now, "exp": now + 600, "epoch": 0}, _KEY, ALGORITHM, headers={"kid": "test"})

    def state(self, **more: Any) -> UserState:
        plex_id = str(BY_NAME[self.name].id) if self.plex else None
        known = {"version": 1, "user_id": self.id, "role": self.role, "status": UserStatus.ACTIVE, "plex_id": plex_id}
        return UserState.model_validate(known | more)


@dataclass
class People:
    alice: Person = field(default_factory=lambda: Person("alice"))
    bob: Person = field(default_factory=lambda: Person("bob"))
    kid: Person = field(default_factory=lambda: Person("kid"))
    mallory: Person = field(default_factory=lambda: Person("mallory"))
    owner: Person = field(default_factory=lambda: Person("owner", Role.ADMIN))
    admin: Person = field(default_factory=lambda: Person("admin", Role.ADMIN, plex=False))

    @property
    def everybody(self) -> list[Person]:
        return [self.alice, self.bob, self.kid, self.mallory, self.owner, self.admin]

    def by_id(self, user_id: str) -> Person | None:
        return next((person for person in self.everybody if str(person.id) == user_id), None)


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
            verify_service_token(bearer(request.headers.get("authorization")), {"requests": _SERVICE_KEY.public_key()})
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


def server_token(name: str) -> str:
    return account_token(name) if name == "owner" else Accounts(StateFolder(None)).server_token(BY_NAME[name])


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


def integration(kind: IntegrationKind, url: str, secret: str) -> IntegrationSettings:
    sealed = Sealer(_READER_KEY).seal(secret, row=f"integration:{kind.value}:requests")
    return IntegrationSettings(
        version=1,
        integration_id=kind.value,
        kind=kind,
        name=kind.value,
        url=url,
        enabled=True,
        sealed={"requests": sealed},
    )


def integrations(base_url: str) -> dict[str, IntegrationSettings]:
    return {
        "overseerr": integration(IntegrationKind.OVERSEERR, f"{base_url}/overseerr", "sandbox-overseerr-key"),
        "plex": integration(IntegrationKind.PLEX, f"{base_url}/plex", account_token("owner")),
    }


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
    tables = ", ".join(table.name for table in METADATA.sorted_tables)
    async with shared_database[1].begin() as connection:
        await connection.execute(text(f"truncate {tables}"))
    return shared_database[0]


@pytest.fixture
def settings_with(database_url: str, auth_url: str) -> SettingsWith:
    def make(**more: Any) -> RequestsSettings:
        known = {
            "database_url": SecretStr(database_url),
            "auth_url": auth_url,
            "service_key": SecretStr(_text(_SERVICE_KEY.private_bytes_raw())),
            "reader_key": SecretStr(_READER_KEY),
            "overseerr_webhook_secret": SecretStr(WEBHOOK_SECRET),
            "tmdb_image_url": "http://127.0.0.1:9",
        }
        return RequestsSettings.model_validate(known | more)

    return make


WorldWith = Callable[..., Awaitable[World]]


@pytest_asyncio.fixture
async def world_with(settings_with: SettingsWith, sandbox: Sandbox, people: People) -> AsyncIterator[WorldWith]:
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
            runtime.verifier.use_keys([public_jwk()])
            app = create_service_app("test", *ROUTERS, verifier=runtime.verifier)
            app.state.services = parts.services
            world = World(parts, runtime, settings, clock, sandbox, people, app)
            for person in people.everybody:
                world.know(person)
            return world

        yield make


@pytest_asyncio.fixture
async def world(world_with: WorldWith) -> World:
    return await world_with()


def public_jwk() -> dict[str, str]:
    return {"kty": "OKP", "crv": "Ed25519", "x": _text(_KEY.public_key().public_bytes_raw()), "kid": "test"}
