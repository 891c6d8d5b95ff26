"""A consumer's failures end as retries or as dead letters, never as silence."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

from faststream.nats.annotations import NatsMessage
from nats.aio.client import Client

from medianest_common.consuming import build_broker, durable, parse_event
from medianest_common.contracts.auth import UserCreated, UserDeleted
from medianest_common.contracts.envelope import Event
from medianest_common.contracts.permissions import Role
from medianest_common.contracts.streams import DEAD_LETTERS, EVENTS, REQUESTS_FOLLOW_USERS
from medianest_common.errors import NotFound
from medianest_common.settings import ServiceSettings
from medianest_common.telemetry import configure_telemetry

ClientOf = Callable[[str], Awaitable[Client]]
SettingsFor = Callable[[str], ServiceSettings]

DEADLINE = 60.0


def created() -> UserCreated:
    return UserCreated(audience=("all",), version=1, user_id=uuid4(), role=Role.USER)


class Consumer:
    """Handles user events as told by `failures`, first come first raised."""

    def __init__(self, settings_for: SettingsFor) -> None:
        settings = settings_for("requests")
        self.broker = build_broker(settings, configure_telemetry("requests", None))
        self.failures: list[Exception] = []
        self.tries = 0
        self.seen: asyncio.Queue[Event | None] = asyncio.Queue()

        @durable(self.broker, settings, REQUESTS_FOLLOW_USERS)
        async def follow_users(message: NatsMessage) -> None:
            self.tries += 1
            event = parse_event(message, UserCreated)
            if self.failures:
                raise self.failures.pop(0)
            await self.seen.put(event)

    async def __aenter__(self) -> "Consumer":
        await self.broker.connect()
        await self.broker.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.broker.stop()

    async def next(self) -> Event | None:
        return await asyncio.wait_for(self.seen.get(), DEADLINE)


async def publish(client: Client, event: Event, body: bytes | None = None) -> None:
    await client.jetstream().publish(event.subject, body or event.body(), stream=EVENTS.name)


async def dead_letter(provisioner: Client) -> tuple[str, dict[str, str] | None]:
    js = provisioner.jetstream()
    async with asyncio.timeout(DEADLINE):
        while (await js.stream_info(DEAD_LETTERS.name)).state.messages == 0:
            await asyncio.sleep(0.05)
    message = await js.get_msg(DEAD_LETTERS.name, 1)
    return message.subject or "", message.headers


async def test_a_fact_is_handled(settings_for: SettingsFor, client_of: ClientOf) -> None:
    event = created()
    async with Consumer(settings_for) as consumer:
        await publish(await client_of("auth"), event)
        assert await consumer.next() == event


async def test_a_kind_it_does_not_know_is_let_pass(settings_for: SettingsFor, client_of: ClientOf) -> None:
    async with Consumer(settings_for) as consumer:
        await publish(await client_of("auth"), UserDeleted(audience=("all",), version=2, user_id=uuid4()))
        assert await consumer.next() is None


async def test_a_failure_is_tried_again(settings_for: SettingsFor, client_of: ClientOf) -> None:
    event = created()
    async with Consumer(settings_for) as consumer:
        consumer.failures = [RuntimeError("database away"), TimeoutError()]
        await publish(await client_of("auth"), event)
        assert await consumer.next() == event
        assert consumer.tries == 3


async def test_what_cannot_be_read_becomes_a_dead_letter(settings_for: SettingsFor, client_of: ClientOf) -> None:
    event = created()
    async with Consumer(settings_for) as consumer:
        auth = await client_of("auth")
        await publish(auth, event, b'{"version": "?"}')
        await publish(auth, event)
        assert await consumer.next() == event  # the one behind it is not held up
    subject, headers = await dead_letter(await client_of("provisioner"))
    assert subject == f"medianest.dlq.{EVENTS.name}.{REQUESTS_FOLLOW_USERS.name}"
    assert headers is not None
    assert headers["medianest-subject"] == event.subject


async def test_a_permanent_failure_is_not_tried_again(settings_for: SettingsFor, client_of: ClientOf) -> None:
    async with Consumer(settings_for) as consumer:
        consumer.failures = [NotFound("No such user.")]
        await publish(await client_of("auth"), created())
        _, headers = await dead_letter(await client_of("provisioner"))
        assert consumer.tries == 1
    assert headers is not None
    assert headers["medianest-reason"] == "No such user."


async def test_what_ended_the_process_at_every_try_is_given_up_untried(
    settings_for: SettingsFor, client_of: ClientOf
) -> None:
    event = created()
    auth, requests = await client_of("auth"), await client_of("requests")
    await publish(auth, event)
    stream = requests.jetstream()
    dying = await stream.pull_subscribe_bind(REQUESTS_FOLLOW_USERS.name, EVENTS.name)
    for _ in range(REQUESTS_FOLLOW_USERS.tries):
        [message] = await dying.fetch(1, timeout=5)
        await message.nak()  # as the broker takes it when nothing is said in time
    await dying.unsubscribe()
    async with Consumer(settings_for) as consumer:
        _, headers = await dead_letter(await client_of("provisioner"))
        assert consumer.tries == 0
    assert headers is not None
    assert headers["medianest-reason"] == "The service ended each of the 8 times it tried."
