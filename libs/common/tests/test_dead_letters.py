"""What could not be handled is listed, handled again once, or dropped, by administrators, each service its own."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any, ClassVar
from uuid import UUID, uuid4

import httpx2
import jwt
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from faststream.nats.annotations import NatsMessage
from jwt.algorithms import OKPAlgorithm
from nats.aio.client import Client
from nats.js.api import ConsumerConfig
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from medianest_common.consuming import again, parse_event
from medianest_common.contracts.auth import NoteAction, UserDeleted
from medianest_common.contracts.status import IntegrationKind, ServiceHealth, ServiceStateChanged
from medianest_common.contracts.streams import (
    DEAD_LETTERS,
    EVENTS,
    REQUESTS_FOLLOW_STATUS,
    REQUESTS_FOLLOW_USERS,
    STATUS_FOLLOW_USERS,
)
from medianest_common.dead_letters import DeadLetters, waiting
from medianest_common.dead_letters_api import LetterDesk, dead_letters_router
from medianest_common.errors import UpstreamUnavailable
from medianest_common.inbox import claim
from medianest_common.runtime import Runtime
from medianest_common.settings import RuntimeSettings, ServiceSettings
from medianest_common.tokens import AUDIENCE, ISSUER
from medianest_common.web import create_service_app

from .conftest import OUTBOX

ClientOf = Callable[[str], Awaitable[Client]]

PATH = "/api/v1/requests/dead-letters"
DEADLINE = 60.0
KEY = Ed25519PrivateKey.generate()
ADMIN = uuid4()


def bearer(role: str, user: UUID) -> dict[str, str]:
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": str(user), "sid": str(uuid4()), "role": role}
    token = jwt.encode(claims | {"iat": now, "exp": now + 600}, KEY, algorithm="EdDSA", headers={"kid": "k"})
    return {"Authorization": f"Bearer {token}"}


class House:
    """A service with two consumers. That of users forgets them, unless `trouble` is what it meets."""

    def __init__(self, settings: RuntimeSettings, auth: Client, provisioner: Client) -> None:
        self.runtime = Runtime(settings, OUTBOX)
        self.runtime.verifier.use_keys([OKPAlgorithm.to_jwk(KEY.public_key(), as_dict=True) | {"kid": "k"}])
        self.auth, self.provisioner = auth, provisioner
        self.trouble: Exception | None = None
        self.forgotten: list[UUID] = []
        self.runtime.durable(REQUESTS_FOLLOW_USERS)(self._follow_users)
        self.runtime.durable(REQUESTS_FOLLOW_STATUS)(self._follow_status)
        app = create_service_app("test", dead_letters_router("requests"), verifier=self.runtime.verifier)
        app.state.letter_desk = LetterDesk(self.runtime.dead_letters, self.runtime.note_action)
        transport = httpx2.ASGITransport(app=app)
        self.http = httpx2.AsyncClient(
            transport=transport, base_url="http://test", headers=bearer("admin", ADMIN), trust_env=False
        )

    async def _follow_users(self, message: NatsMessage) -> None:
        event = parse_event(message, UserDeleted)
        assert event is not None
        async with self.runtime.sessions() as session:
            if not await claim(session, REQUESTS_FOLLOW_USERS.name, event.event_id):
                return
            if self.trouble is not None:
                raise self.trouble
            await session.commit()
        assert isinstance(event, UserDeleted)
        self.forgotten.append(event.user_id)

    async def _follow_status(self, message: NatsMessage) -> None:
        parse_event(message, ServiceStateChanged)

    async def tell(self, event: UserDeleted, body: bytes | None = None) -> None:
        await self.auth.jetstream().publish(event.subject, body or event.body(), stream=EVENTS.name)

    async def letters(self, count: int) -> list[dict[str, Any]]:
        """The list, once it has as many letters in all."""
        async with asyncio.timeout(DEADLINE):
            while (await self.http.get(PATH)).json()["total"] != count:
                await asyncio.sleep(0.05)
        items: list[dict[str, Any]] = (await self.http.get(PATH)).json()["items"]
        return items

    async def noted(self) -> list[tuple[str, str | None, UUID, str | None]]:
        """What administrators did, as the outbox says it to the audit log."""
        async with self.runtime.engine.connect() as connection:
            rows = await connection.exec_driver_sql("select payload from outbox order by id")
            found = [NoteAction.model_validate_json(row.payload) for row in rows]
        return [(action.action, action.target, action.actor, action.address) for action in found]


@pytest_asyncio.fixture
async def house(
    engine: AsyncEngine, settings_for: Callable[[str], ServiceSettings], client_of: ClientOf
) -> AsyncIterator[House]:
    class Settings(RuntimeSettings):
        service: ClassVar[str] = "requests"

    broker = settings_for("requests")
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    settings = Settings(
        database_url=SecretStr(url),
        nats_url=broker.nats_url,
        nats_user=broker.nats_user,
        nats_password=broker.nats_password,
    )
    house = House(settings, await client_of("auth"), await client_of("provisioner"))
    await house.runtime.broker.connect()
    house.runtime.client = await house.runtime.broker.connect()
    await house.runtime.broker.start()
    yield house
    await house.http.aclose()
    await house.runtime.stop()


def deleted() -> UserDeleted:
    return UserDeleted(audience=("role:admin",), version=1, user_id=uuid4())


async def once_only(house: House) -> None:
    """From now on a first failure is the last, so that no test waits for eight tries."""
    once = replace(REQUESTS_FOLLOW_USERS, tries=1)
    config = ConsumerConfig(durable_name=once.name, max_deliver=once.max_deliver, filter_subject=once.filters[0])
    await house.provisioner.jetstream().add_consumer(EVENTS.name, config)


class TestALetter:
    async def test_says_what_failed_where_and_why_and_nothing_that_was_in_it(self, house: House) -> None:
        secret = f'{{"user_id": "{"s3cret" * 3}", "version": "?"}}'
        await house.tell(deleted(), secret.encode())
        (letter,) = await house.letters(1)
        assert letter["subject"] == UserDeleted.subject
        assert letter["consumer"] == REQUESTS_FOLLOW_USERS.name
        assert letter["attempts"] == 1
        assert letter["why"].startswith("It cannot be read: ")
        assert "s3cret" not in str(letter)

    async def test_does_not_tell_the_text_of_an_error_nobody_foresaw(self, house: House) -> None:
        await once_only(house)
        house.trouble = RuntimeError("password of bob@example.com")
        await house.tell(deleted())
        (letter,) = await house.letters(1)
        assert "RuntimeError" in letter["why"]
        assert "bob" not in letter["why"]

    async def test_is_handled_again_once_the_cause_is_gone_and_takes_effect_once(self, house: House) -> None:
        await once_only(house)
        event, house.trouble = deleted(), RuntimeError()
        await house.tell(event)
        (letter,) = await house.letters(1)
        rerun = f"{PATH}/{letter['id']}/rerun"
        again = await house.http.post(rerun)
        assert (again.status_code, again.json()["code"]) == (409, "DEAD_LETTER_FAILED_AGAIN")
        assert "RuntimeError" in again.json()["detail"]
        assert len(await house.letters(1)) == 1
        house.trouble = None
        answers = await asyncio.gather(*(house.http.post(rerun) for _ in range(3)))
        assert {204} <= {answer.status_code for answer in answers} <= {204, 404}
        assert house.forgotten == [event.user_id]
        assert await house.letters(0) == []
        assert (await house.http.post(rerun)).status_code == 404

    async def test_is_gone_when_it_was_dropped(self, house: House) -> None:
        await house.tell(deleted(), b"nonsense")
        (letter,) = await house.letters(1)
        path = f"{PATH}/{letter['id']}"
        assert (await house.http.delete(path)).status_code == 204
        assert await house.letters(0) == []
        assert (await house.http.delete(path)).json()["code"] == "DEAD_LETTER_NOT_FOUND"

    async def test_leaves_a_note_of_what_an_administrator_did_with_it(self, house: House) -> None:
        await house.tell(deleted(), b"nonsense")
        (letter,) = await house.letters(1)
        here = {"X-Forwarded-For": "203.0.113.9"}  # the gateway's own word
        await house.http.post(f"{PATH}/{letter['id']}/rerun", headers=here)
        await house.http.delete(f"{PATH}/{letter['id']}", headers=here)
        target, rest = f"requests:{letter['id']}", (ADMIN, "203.0.113.9")
        assert await house.noted() == [("dead_letter.rerun", target, *rest), ("dead_letter.dropped", target, *rest)]


class TestTheList:
    async def test_goes_through_all_consumers_by_age_in_parts(self, house: House, client_of: ClientOf) -> None:
        status = await client_of("status")
        state = ServiceStateChanged(
            audience=("all",),
            version=1,
            service_id="plex",
            kind=IntegrationKind.PLEX,
            health=ServiceHealth.UP,
            previous=ServiceHealth.DOWN,
            since=deleted().occurred_at,
        )
        for number in range(1, 6):
            if number % 2:
                await house.tell(deleted(), b"nonsense")
            else:
                await status.jetstream().publish(state.subject, b"nonsense", stream=EVENTS.name)
            await house.letters(number)
        seen: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
            page = (await house.http.get(PATH, params=query)).json()
            seen += page["items"]
            if (cursor := page["next_cursor"]) is None:
                break
        assert [letter["id"] for letter in seen] == sorted({letter["id"] for letter in seen})
        users, statuses = REQUESTS_FOLLOW_USERS.name, REQUESTS_FOLLOW_STATUS.name
        assert [letter["consumer"] for letter in seen] == [users, statuses, users, statuses, users]
        assert waiting.labels(users)._value.get() == 3

    async def test_does_not_know_another_service_s(self, house: House, client_of: ClientOf) -> None:
        status = (await client_of("status")).jetstream()
        kept = await status.publish(STATUS_FOLLOW_USERS.dead_letters, b"{}", stream=DEAD_LETTERS.name)
        await house.tell(deleted(), b"nonsense")
        (letter,) = await house.letters(1)
        assert letter["id"] != kept.seq
        for method, path in (("POST", f"{PATH}/{kept.seq}/rerun"), ("DELETE", f"{PATH}/{kept.seq}")):
            assert (await house.http.request(method, path)).status_code == 404
        info = await house.provisioner.jetstream().stream_info(DEAD_LETTERS.name)
        assert info.state.messages == 2

    async def test_is_for_administrators(self, house: House) -> None:
        for method, path in (("GET", PATH), ("POST", f"{PATH}/1/rerun"), ("DELETE", f"{PATH}/1")):
            answer = await house.http.request(method, path, headers=bearer("user", uuid4()))
            assert answer.status_code == 403

    async def test_says_when_the_broker_does_not_answer(self, client_of: ClientOf) -> None:
        client = await client_of("requests")
        letters = DeadLetters(lambda: client)
        letters.take(REQUESTS_FOLLOW_USERS.dead_letters, again(_nothing))
        assert await letters.total() == 0
        await client.close()
        for call in (letters.page(0, 20), letters.total(), letters.one(1)):
            with pytest.raises(UpstreamUnavailable):
                await call
        await letters.look()  # the metric stays as it was


async def _nothing(message: NatsMessage) -> None:
    """A handler that is never asked."""
