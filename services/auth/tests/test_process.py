"""The whole process with its broker: what it keeps, publishes and hears."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx2
import nats
import orjson
import pytest_asyncio
from nats.aio.client import Client
from pydantic import SecretStr

from medianest_auth.app import Auth, Tuning
from medianest_auth.models import Erasure, User
from medianest_auth.repository.audit import AuditFilter
from medianest_common.broker_access import inbox_prefix
from medianest_common.contracts.auth import NoteAction, UserErased, UserStatus
from medianest_common.contracts.requests import RequestsUserErased
from medianest_common.contracts.streams import (
    AUTH_COLLECT_ERASED,
    AUTH_NOTE_ACTIONS,
    DEAD_LETTERS,
    DurableSpec,
)
from medianest_common.inbox import mark_erased
from medianest_devstack.testing import Broker
from medianest_sandbox.people import MACHINE_IDENTIFIER

from .house import MakeSettings, plex_entry, until


class Suite:
    """A started auth service and connections of its neighbours."""

    def __init__(self, auth: Auth, broker: Broker) -> None:
        self.auth = auth
        self._broker = broker
        self._clients: list[Client] = []

    async def client(self, user: str) -> Client:
        prefix = inbox_prefix(user).encode()
        client = await nats.connect(self._broker.url_for(user), inbox_prefix=prefix, connect_timeout=5)
        self._clients.append(client)
        return client

    async def kept(self, bucket: str, key: str) -> dict[str, Any] | None:
        """The bucket's value, as the provisioner reads it."""
        js = (await self.client("provisioner")).jetstream()
        try:
            raw = await js.get_last_msg(f"KV_{bucket}", f"$KV.{bucket}.{key}", direct=True)
        except nats.js.errors.NotFoundError:
            return None
        value: dict[str, Any] = orjson.loads(raw.data or b"{}")
        return value

    async def close(self) -> None:
        for client in self._clients:
            await client.close()


@pytest_asyncio.fixture
async def suite(make_settings: MakeSettings, nats_server: Broker) -> AsyncIterator[Suite]:
    password = nats_server.passwords.get("auth")
    settings = await make_settings(
        nats_url=nats_server.url,
        nats_user="auth",
        nats_password=SecretStr(password) if password else None,
    )
    auth = Auth(settings, Tuning(bcrypt_cost=4))
    await auth.start()
    suite = Suite(auth, nats_server)
    yield suite
    await suite.close()
    await auth.stop()


async def erasing(suite: Suite) -> UUID:
    """A user who is being forgotten."""
    user = User(status=UserStatus.ERASED)
    async with suite.auth.work() as work:
        work.introduce(user)
        await work.session.flush()
        now = user.created_at
        work.erasures.add(Erasure(user_id=user.id, requested_at=now, asked_at=now))
    return user.id


async def tell(suite: Suite, body: bytes, subject: str = RequestsUserErased.subject) -> None:
    """Publish as the requests service does."""
    js = (await suite.client("requests")).jetstream()
    await js.publish(subject, body, timeout=5)


async def answered(suite: Suite, user_id: UUID) -> set[str]:
    async with suite.auth.work() as work:
        return (await work.erasures.answered([user_id]))[user_id]


async def settled(suite: Suite, consumer: DurableSpec) -> None:
    """Wait until the consumer has no message left."""
    js = (await suite.client("provisioner")).jetstream()

    async def none_left() -> bool:
        info = await js.consumer_info(consumer.stream.name, consumer.name)
        return (info.num_pending, info.num_ack_pending) == (0, 0)

    await until(none_left)


def erased(user_id: UUID, **more: object) -> bytes:
    event = RequestsUserErased(audience=("role:admin",), version=1, user_id=user_id)
    return orjson.dumps(orjson.loads(event.body()) | more)


class TestStart:
    async def test_it_is_ready_and_the_keys_are_published(self, suite: Suite) -> None:
        transport = httpx2.ASGITransport(app=suite.auth.app())
        async with httpx2.AsyncClient(transport=transport, base_url="http://auth.test") as client:
            ready = await client.get("/health/ready")
            assert (ready.status_code, ready.json()["status"]) == (200, "ok")
            assert b"medianest_auth_open_pins" in (await client.get("/metrics")).content
        keys = await until(lambda: suite.kept("medianest-jwks", "current"))
        assert keys["keys"] == list(suite.auth.services.keys.jwks)

    async def test_it_follows_the_plex_integration(self, suite: Suite) -> None:
        js = (await suite.client("status")).jetstream()
        value = plex_entry(MACHINE_IDENTIFIER).value or b""
        await js.publish("$KV.medianest-integrations.plex", value, stream="KV_medianest-integrations", timeout=5)

        async def known() -> bool:
            return suite.auth.services.plex_server.machine_identifier == MACHINE_IDENTIFIER

        await until(known)
        assert suite.auth.services.plex_server.owner_token() is not None

    async def test_a_users_state_that_the_bucket_lost_is_put_back(self, suite: Suite) -> None:
        user = User(plex_id="1", plex_username="alice")
        async with suite.auth.work() as work:
            work.introduce(user)
        await until(lambda: suite.kept("medianest-users", str(user.id)))
        js = (await suite.client("provisioner")).jetstream()
        await js.purge_stream("KV_medianest-users")
        await suite.auth.services.upkeep.restore_states({})
        state = await until(lambda: suite.kept("medianest-users", str(user.id)))
        assert (state["plex_id"], state["version"]) == ("1", 1)


class TestCollectErased:
    async def test_an_answer_is_taken(self, suite: Suite) -> None:
        user_id = await erasing(suite)
        await tell(suite, erased(user_id))
        await until(lambda: answered(suite, user_id))
        assert await answered(suite, user_id) == {"requests"}

    async def test_the_same_answer_twice_is_taken_once(self, suite: Suite) -> None:
        user_id = await erasing(suite)
        body = erased(user_id)
        await tell(suite, body)
        await tell(suite, body)
        await settled(suite, AUTH_COLLECT_ERASED)
        assert await answered(suite, user_id) == {"requests"}

    async def test_a_payload_of_a_newer_version_is_understood(self, suite: Suite) -> None:
        user_id = await erasing(suite)
        await tell(suite, erased(user_id, added_later={"anything": 1}))
        assert await until(lambda: answered(suite, user_id)) == {"requests"}

    async def test_a_failure_of_ours_is_tried_again(self, suite: Suite) -> None:
        user_id = await erasing(suite)
        async with suite.auth.runtime.engine.begin() as connection:
            await connection.exec_driver_sql("alter table erasure_answers rename to gone")
        await tell(suite, erased(user_id))
        await asyncio.sleep(0.3)
        async with suite.auth.runtime.engine.begin() as connection:
            await connection.exec_driver_sql("alter table gone rename to erasure_answers")
        assert await until(lambda: answered(suite, user_id)) == {"requests"}

    async def test_a_body_that_makes_no_sense_becomes_a_dead_letter(self, suite: Suite) -> None:
        await tell(suite, b'{"user_id": "nobody"}')
        js = (await suite.client("provisioner")).jetstream()

        async def buried() -> int:
            return (await js.stream_info(DEAD_LETTERS.name)).state.messages

        assert await until(buried) == 1


async def test_what_an_administrator_did_elsewhere_is_noted_once_at_its_time(suite: Suite) -> None:
    taken = NoteAction(action="dead_letter.dropped", actor=uuid4(), target="7", address="203.0.113.9")
    for _ in range(2):
        await tell(suite, taken.body(), taken.queue_subject("requests"))
    await settled(suite, AUTH_NOTE_ACTIONS)
    entries = await suite.auth.services.audit.page(AuditFilter(actor=str(taken.actor)), 10)
    assert [(entry.action, entry.target, entry.at, entry.address) for entry in entries] == [
        ("dead_letter.dropped", "7", taken.at, "203.0.113.9")
    ]


async def test_what_an_erased_administrator_did_comes_late_without_an_address(suite: Suite) -> None:
    taken = NoteAction(action="request.approved", actor=uuid4(), target=str(uuid4()), address="203.0.113.9")
    async with suite.auth.work() as work:
        await mark_erased(work.session, taken.actor)
    await tell(suite, taken.body(), taken.queue_subject("requests"))
    await settled(suite, AUTH_NOTE_ACTIONS)
    (entry,) = await suite.auth.services.audit.page(AuditFilter(target=taken.target), 10)
    assert (entry.actor, entry.address) == (str(taken.actor), None)


async def test_the_answer_of_an_unknown_kind_of_event_is_left_alone(suite: Suite) -> None:
    class Later(UserErased):
        subject = "medianest.evt.later.user.erased.v1"

    await suite.auth.services.erasures.collect(Later(audience=("role:admin",), version=1, user_id=uuid4()))
    user_id = await erasing(suite)
    await suite.auth.services.erasures.collect(Later(audience=("role:admin",), version=1, user_id=user_id))
    assert await answered(suite, user_id) == set()
