"""The broker as the services use it, and both ways to listen to a gateway."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import nats
import nats.js.errors
from nats.aio.client import Client

from medianest_common.broker_access import inbox_prefix
from medianest_common.contracts.envelope import ADMINS, EVERYBODY, Event
from medianest_common.contracts.requests import MediaType, RequestApproved, RequestStatus
from medianest_common.contracts.status import IntegrationKind, ServiceHealth, ServiceState
from medianest_common.contracts.streams import EVENTS, STATUS_CURRENT
from medianest_devstack.testing import Broker

from .doubles import Someone
from .world import World

PATIENCE = 25.0

Message = dict[str, Any]


class Wire:
    """Publishes as the services do, each with its own rights."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._clients: dict[str, Client] = {}

    async def client(self, user: str) -> Client:
        if user not in self._clients:
            self._clients[user] = await nats.connect(
                self._broker.url_for(user), inbox_prefix=inbox_prefix(user), reconnect_time_wait=0.1
            )
        return self._clients[user]

    async def event(self, user: str, event: Event) -> int:
        """Publish a fact; its sequence."""
        stream = (await self.client(user)).jetstream(timeout=5)
        ack = await stream.publish(event.subject, event.body(), stream=EVENTS.name)
        return ack.seq

    async def status(self, service_id: str, health: ServiceHealth, version: int) -> None:
        now = datetime.now(UTC)
        state = ServiceState(
            version=version,
            audience=(EVERYBODY,),
            service_id=service_id,
            name=service_id.title(),
            kind=IntegrationKind.PLEX,
            health=health,
            since=now,
            checked_at=now,
            response_ms=5,
        )
        await self.put("status", STATUS_CURRENT.name, service_id, state.model_dump_json().encode())

    async def put(self, user: str, bucket: str, key: str, value: bytes) -> None:
        stream = (await self.client(user)).jetstream(timeout=5)
        await stream.publish(f"$KV.{bucket}.{key}", value, stream=f"KV_{bucket}")

    async def live(self, user: str, message: Any) -> None:
        client = await self.client(user)
        await client.publish(message.live_subject(), message.body())
        await client.flush()

    async def close(self) -> None:
        for client in self._clients.values():
            await client.close()


async def ready(world: World) -> None:
    async with asyncio.timeout(PATIENCE):
        await world.gateway.broker.caught_up.wait()
        while not world.gateway.hub.board.is_known:
            await asyncio.sleep(0.01)


def approved(user: UUID, *audience: str, version: int = 1) -> RequestApproved:
    return RequestApproved(
        audience=audience or (str(user), ADMINS),
        version=version,
        request_id=uuid4(),
        user_id=user,
        media_type=MediaType.MOVIE,
        tmdb_id=603,
        is_4k=False,
        status=RequestStatus.APPROVED,
    )


class Listener:
    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def subscribe(self, *topics: str, **more: Any) -> None:
        await self.socket.send_json({"action": "subscribe", "topics": topics, **more})

    async def next(self) -> Message:
        async with asyncio.timeout(PATIENCE):
            message: Message = await self.socket.receive_json()
        return message

    async def until(self, kind: str) -> list[Message]:
        """Everything up to the first message of a type, that one last."""
        heard = [await self.next()]
        while heard[-1]["type"] != kind:
            heard.append(await self.next())
        return heard

    async def closed(self) -> int | None:
        async with asyncio.timeout(PATIENCE):
            while not self.socket.closed:
                await self.socket.receive()
        return self.socket.close_code


@asynccontextmanager
async def listening(world: World, person: Someone, *topics: str, **more: Any) -> AsyncIterator[Listener]:
    """A WebSocket of this person, its first snapshots read."""
    await world.keep_session(person)
    url = f"{world.url}/api/v1/events/ws"
    async with world.http.ws_connect(url, headers=world.cookies(person) | {"Origin": world.origin}) as socket:
        listener = Listener(socket)
        if topics:
            await listener.subscribe(*topics, **more)
            await listener.until(f"{topics[-1]}.snapshot")
        yield listener


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.01)


class Stream:
    """Reads server-sent events."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def next(self) -> tuple[str | None, Message]:
        """The id line, if there is one, and the message."""
        sequence = None
        async with asyncio.timeout(PATIENCE):
            while True:
                line = (await self._response.content.readline()).decode().rstrip("\n")
                if line.startswith("id: "):
                    sequence = line[4:]
                elif line.startswith("data: "):
                    return sequence, json.loads(line[6:])


async def told_at_last(wire: Wire, event: Event) -> int:
    """Publish as soon as the broker takes it."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await wire.event("requests", event)
            except (nats.errors.Error, nats.js.errors.Error, TimeoutError):
                await asyncio.sleep(0.1)
