"""Hearing events and beats as the gateway does, and saying events as other services do."""

from typing import Any

import nats
import orjson
from nats.aio.msg import Msg

from medianest_common.contracts.envelope import Event
from medianest_common.contracts.streams import EVENTS
from medianest_devstack.testing import Broker


class Ear:
    """Hears events and beats as the gateway does."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, Any]]] = []

    async def hear(self, message: Msg) -> None:
        self.heard.append((message.subject, orjson.loads(message.data)))

    def of(self, subject: str) -> list[dict[str, Any]]:
        return [body for name, body in self.heard if name.startswith(subject)]


async def listen(broker: Broker, stack: list[Any]) -> Ear:
    ear = Ear()
    client = await nats.connect(broker.url_for("gateway"), inbox_prefix=b"_INBOX.gateway")
    stack.append(client)
    for subject in ("medianest.evt.>", "medianest.live.>"):
        await client.subscribe(subject, cb=ear.hear)
    await client.flush()
    return ear


async def publish(broker: Broker, user: str, event: Event) -> None:
    client = await nats.connect(broker.url_for(user), inbox_prefix=f"_INBOX.{user}".encode())
    await client.jetstream().publish(event.subject, event.body(), stream=EVENTS.name)
    await client.close()
