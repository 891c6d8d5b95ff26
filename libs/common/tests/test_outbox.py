"""Rows and facts commit together; the relay loses nothing, doubles nothing and keeps the order of each key."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from uuid import UUID, uuid4

import pytest
from nats.aio.client import Client
from nats.js.errors import NotFoundError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from medianest_common.contracts.auth import KeySet, UserCreated, UserDeleted
from medianest_common.contracts.permissions import Role
from medianest_common.contracts.streams import EVENTS, JWKS
from medianest_common.db import UnitOfWork
from medianest_common.outbox import Relay

ClientOf = Callable[[str], Awaitable[Client]]

Work = Callable[[], UnitOfWork]


def created(user_id: UUID, version: int = 1) -> UserCreated:
    return UserCreated(audience=(str(user_id),), version=version, user_id=user_id, role=Role.USER)


async def waiting(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return int((await connection.execute(text("select count(*) from outbox"))).scalar_one())


async def stored(provisioner: Client) -> list[tuple[str, dict[str, str] | None, bytes]]:
    js = provisioner.jetstream()
    found = []
    for sequence in range(1, (await js.stream_info(EVENTS.name)).state.last_seq + 1):
        with suppress(NotFoundError):
            message = await js.get_msg(EVENTS.name, sequence)
            found.append((message.subject or "", message.headers, message.data or b""))
    return found


class TestUnitOfWork:
    async def test_an_error_leaves_no_fact_behind(self, unit_of_work: Work, engine: AsyncEngine) -> None:
        async def fail() -> None:
            async with unit_of_work() as work:
                work.outbox.add(created(uuid4()))
                raise RuntimeError

        with pytest.raises(RuntimeError):
            await fail()
        assert await waiting(engine) == 0

    async def test_a_commit_wakes_the_relay(self, unit_of_work: Work, wake: asyncio.Event) -> None:
        async with unit_of_work() as work:
            work.outbox.add(created(uuid4()))
        assert wake.is_set()


class TestRelay:
    async def test_publishes_with_identity_and_cloud_event_headers(
        self, unit_of_work: Work, engine: AsyncEngine, wake: asyncio.Event, client_of: ClientOf
    ) -> None:
        event = created(uuid4())
        async with unit_of_work() as work:
            work.outbox.add(event)
        assert await Relay(engine, await client_of("auth"), wake).batch() == 1
        [(subject, headers, body)] = await stored(await client_of("provisioner"))
        assert subject == event.subject
        assert UserCreated.model_validate_json(body) == event
        assert headers is not None
        assert headers["Nats-Msg-Id"] == headers["ce-id"] == str(event.event_id)
        assert (headers["ce-specversion"], headers["ce-source"]) == ("1.0", "/medianest/auth")
        assert await waiting(engine) == 0

    async def test_a_fact_published_twice_is_stored_once(
        self, unit_of_work: Work, engine: AsyncEngine, wake: asyncio.Event, client_of: ClientOf
    ) -> None:
        event = created(uuid4())
        relay = Relay(engine, await client_of("auth"), wake)
        for _ in range(2):  # as after a crash between the acknowledgement and the delete
            async with unit_of_work() as work:
                work.outbox.add(event)
            await relay.batch()
        assert len(await stored(await client_of("provisioner"))) == 1

    async def test_keeps_the_order_of_each_key(
        self, unit_of_work: Work, engine: AsyncEngine, wake: asyncio.Event, client_of: ClientOf
    ) -> None:
        users = [uuid4() for _ in range(5)]
        for version in range(1, 7):
            async with unit_of_work() as work:
                for user in users:
                    work.outbox.add(created(user, version))
        relays = [Relay(engine, await client_of("auth"), wake) for _ in range(3)]
        await asyncio.gather(*(relay.batch() for relay in relays))
        facts = [UserCreated.model_validate_json(body) for _, _, body in await stored(await client_of("provisioner"))]
        for user in users:
            assert [fact.version for fact in facts if fact.user_id == user] == [1, 2, 3, 4, 5, 6]

    async def test_a_refused_fact_holds_back_its_key_alone(
        self, unit_of_work: Work, engine: AsyncEngine, wake: asyncio.Event, client_of: ClientOf
    ) -> None:
        held, free = uuid4(), uuid4()
        async with unit_of_work() as work:
            work.outbox.add(created(held))
            work.outbox.add(created(free))
        async with engine.begin() as connection:  # a stream that is not there refuses at once
            await connection.execute(
                text("update outbox set stream = 'NOWHERE' where key = :key"), {"key": f"auth.user:{held}"}
            )
        async with unit_of_work() as work:
            work.outbox.add(UserDeleted(audience=("role:admin",), version=2, user_id=held))
        relay = Relay(engine, await client_of("auth"), wake)
        await relay.batch()
        await relay.batch()
        facts = await stored(await client_of("provisioner"))
        assert [UserCreated.model_validate_json(body).user_id for _, _, body in facts] == [free]
        assert await waiting(engine) == 2

    async def test_a_kept_state_reaches_its_bucket(
        self, unit_of_work: Work, engine: AsyncEngine, wake: asyncio.Event, client_of: ClientOf
    ) -> None:
        state = KeySet(version=1, keys=({"kid": "a"},))
        async with unit_of_work() as work:
            work.outbox.keep(JWKS, "current", state)
        await Relay(engine, await client_of("auth"), wake).batch()
        bucket = await (await client_of("gateway")).jetstream().key_value(JWKS.name)
        entry = await bucket.get("current")
        assert entry.value is not None
        assert KeySet.model_validate_json(entry.value) == state
