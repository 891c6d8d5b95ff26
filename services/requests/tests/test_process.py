"""The whole process on a real broker: what it hears, what it says, its document and its tables."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, ClassVar
from uuid import uuid4

import httpx2
import pytest
import pytest_asyncio
from fastapi import FastAPI
from nats.aio.client import Client
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from medianest_common.clock import utc_now
from medianest_common.contracts.auth import KeySet, UserDeleted
from medianest_common.contracts.status import IntegrationKind, ServiceHealth, ServiceStateChanged
from medianest_common.contracts.streams import DEAD_LETTERS, EVENTS, INTEGRATIONS, JWKS, USERS
from medianest_common.db import async_dsn
from medianest_common.messaging import connect
from medianest_common.migrate import check, migrate
from medianest_common.settings import ServiceSettings
from medianest_devstack.testing import Broker, DatabaseFor
from medianest_requests.__main__ import main
from medianest_requests.app import create_app, openapi
from medianest_sandbox.people import BY_NAME

from .conftest import SettingsWith
from .stand_ins import People, Sandbox, integrations, public_jwk

ClientOf = Callable[[str], Awaitable[Client]]


@pytest_asyncio.fixture
async def client_of(nats_server: Broker) -> AsyncIterator[ClientOf]:
    clients: list[Client] = []

    async def make(user: str) -> Client:
        class Settings(ServiceSettings):
            service: ClassVar[str] = user

        password = SecretStr(nats_server.passwords[user])
        clients.append(await connect(Settings(nats_url=nats_server.url, nats_user=user, nats_password=password)))
        return clients[-1]

    yield make
    for client in clients:
        await client.close()


@pytest_asyncio.fixture
async def published(client_of: ClientOf, people: People, sandbox: Sandbox) -> Client:
    """What auth and status say of keys, users and integrations; the connection may read the event stream."""
    auth, status = await client_of("auth"), await client_of("status")
    keys = KeySet(version=1, keys=(public_jwk(),))
    await auth.jetstream().publish(f"$KV.{JWKS.name}.current", keys.model_dump_json().encode())
    for person in people.everybody:
        await auth.jetstream().publish(f"$KV.{USERS.name}.{person.id}", person.state().model_dump_json().encode())
    for key, value in integrations(sandbox.base_url).items():
        await status.jetstream().publish(f"$KV.{INTEGRATIONS.name}.{key}", value.model_dump_json().encode())
    return await client_of("provisioner")


RunService = Callable[..., Any]


@pytest.fixture
def run_service(settings_with: SettingsWith, nats_server: Broker, published: Client) -> RunService:
    @asynccontextmanager
    async def run(**more: Any) -> AsyncIterator[httpx2.AsyncClient]:
        broker = {"nats_url": nats_server.url, "nats_password": nats_server.passwords["requests"]}
        app: FastAPI = create_app(settings_with(**broker, **more))
        async with app.router.lifespan_context(app):
            transport = httpx2.ASGITransport(app=app)
            async with httpx2.AsyncClient(transport=transport, base_url="http://test", trust_env=False) as http:
                yield http

    return run


async def until(found: Callable[[], Awaitable[Any]], seconds: float = 25) -> Any:
    """The first result that is something; fails after the deadline."""
    async with asyncio.timeout(seconds):
        while not (result := await found()):
            await asyncio.sleep(0.05)
    return result


async def heard(published: Client, name: str) -> list[dict[str, Any]]:
    """The bodies of this kind of fact in the stream."""
    stream = published.jetstream()
    last = (await stream.stream_info(EVENTS.name)).state.last_seq
    messages = [await stream.get_msg(EVENTS.name, sequence) for sequence in range(1, last + 1)]
    return [json.loads(m.data or b"") for m in messages if (m.subject or "").endswith(f".{name}.v1")]


def deleted(people: People, **more: Any) -> UserDeleted:
    return UserDeleted(audience=("role:admin",), version=9, user_id=people.alice.id, **more)


async def publish(client: Client, event: Any, body: bytes | None = None) -> None:
    await client.jetstream().publish(event.subject, body or event.body(), stream=EVENTS.name)


class TestProcess:
    async def test_carries_a_request_all_the_way_by_itself(
        self, run_service: RunService, people: People, sandbox: Sandbox, published: Client
    ) -> None:
        async with run_service(reconcile_seconds=1) as http:
            assert (await http.get("/health/ready")).status_code == 200
            headers = {"Authorization": f"Bearer {people.owner.token}"}
            body = {"media_type": "movie", "tmdb_id": 603}
            assert (await http.post("/api/v1/requests", json=body, headers=headers)).status_code == 201
            await until(lambda: heard(published, "request.processing_started"))
            sandbox.control("POST", "/overseerr/media/movie/603/available")
            (fact,) = await until(lambda: heard(published, "request.became_available"))
        assert (fact["user_id"], fact["status"], fact["tmdb_id"]) == (str(people.owner.id), "available", 603)
        assert fact["audience"] == [str(people.owner.id), "role:admin"]
        assert sandbox.requests()[0]["requestedBy"]["plexId"] == BY_NAME["owner"].id


class TestFollowUsers:
    async def test_erases_and_answers_once_for_one_message(
        self, run_service: RunService, people: People, published: Client, client_of: ClientOf
    ) -> None:
        auth = await client_of("auth")
        event = deleted(people)
        async with run_service():
            for _ in range(2):
                await publish(auth, event)
            (answer,) = await until(lambda: heard(published, "user.erased"))
            await publish(auth, deleted(people))
            await until(lambda: _at_least(heard(published, "user.erased"), 2))
        assert answer["user_id"] == str(people.alice.id)
        assert len(await heard(published, "user.erased")) == 2

    async def test_understands_an_older_body_and_buries_what_is_none(
        self, run_service: RunService, people: People, published: Client, client_of: ClientOf
    ) -> None:
        auth, event = await client_of("auth"), deleted(people)
        older = json.loads(event.body()) | {"a_field_of_another_version": 1}
        async with run_service():
            await publish(auth, event, b'{"user_id": 7}')
            await publish(auth, event, json.dumps(older).encode())
            await until(lambda: heard(published, "user.erased"))
            buried = await published.jetstream().get_last_msg(
                DEAD_LETTERS.name, f"{DEAD_LETTERS.subjects[0][:-1]}{EVENTS.name}.requests-follow-users"
            )
        assert buried.data == b'{"user_id": 7}'

    async def test_tries_again_when_the_database_was_not_there(
        self, run_service: RunService, people: People, published: Client, client_of: ClientOf, database_url: str
    ) -> None:
        engine = create_async_engine(async_dsn(database_url))
        async with run_service():
            async with engine.begin() as connection:
                await connection.execute(text("alter table erased_users rename to elsewhere"))
            await publish(await client_of("auth"), deleted(people))
            await asyncio.sleep(0.3)
            async with engine.begin() as connection:
                await connection.execute(text("alter table elsewhere rename to erased_users"))
            assert await until(lambda: heard(published, "user.erased"))
        await engine.dispose()


class TestFollowStatus:
    @pytest.mark.parametrize("times", [1, 2])
    async def test_overseerrs_return_sends_what_waited(
        self, run_service: RunService, people: People, sandbox: Sandbox, client_of: ClientOf, times: int
    ) -> None:
        status = await client_of("status")
        sandbox.fault("overseerr", "garbage")
        headers = {"Authorization": f"Bearer {people.owner.token}"}
        back = ServiceStateChanged(
            audience=("all",),
            version=2,
            service_id="overseerr",
            kind=IntegrationKind.OVERSEERR,
            health=ServiceHealth.UP,
            previous=ServiceHealth.DOWN,
            since=utc_now(),
        )
        async with run_service() as http:
            body = {"media_type": "movie", "tmdb_id": 603, "title": "The Matrix"}
            made = (await http.post("/api/v1/requests", json=body, headers=headers)).json()
            path = f"/api/v1/requests/{made['id']}"
            await until(lambda: _waits(http, path, headers))
            sandbox.behave()
            for _ in range(times):
                await publish(status, back)
            await until(lambda: _at_least(_requests(sandbox), 1), seconds=4)  # its own next try would be later
        assert len(sandbox.requests()) == 1


async def _at_least(found: Awaitable[list[Any]], count: int) -> bool:
    return len(await found) >= count


async def _requests(sandbox: Sandbox) -> list[Any]:
    return sandbox.requests()


async def _waits(http: httpx2.AsyncClient, path: str, headers: dict[str, str]) -> bool:
    return bool((await http.get(path, headers=headers)).json()["status_reason"])


class TestDocument:
    def test_names_every_operation_after_its_handler(self) -> None:
        document = openapi()
        names = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
        assert len(names) == len(set(names)) == 20
        assert {"search_media", "create_request", "receive_overseerr_webhook", "list_library_items"} <= set(names)


class TestTables:
    async def test_migrations_make_what_the_models_say_and_take_it_away_again(self, database_for: DatabaseFor) -> None:
        url = (await database_for("requests")).url
        await asyncio.to_thread(check, "medianest_requests", url)
        for revision in ("base", "head"):
            await asyncio.to_thread(migrate, "medianest_requests", url, revision)


def test_an_unknown_command_is_a_sentence_and_not_a_start() -> None:
    with pytest.raises(SystemExit, match="usage"):
        main(["dance", str(uuid4())])
