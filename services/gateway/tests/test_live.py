"""Live events over a real broker: who hears what, in which order, and what happens when something breaks."""

import asyncio
import json
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import nats
import nats.js.errors
import pytest
import pytest_asyncio
from nats.aio.client import Client

from medianest_common.broker_access import inbox_prefix
from medianest_common.contracts.auth import KeySet, SessionRevoked, UserChanged, UserStatus
from medianest_common.contracts.downloads import ItemProgress, WorkerSlots
from medianest_common.contracts.envelope import ADMINS, EVERYBODY, Event
from medianest_common.contracts.permissions import Role
from medianest_common.contracts.requests import MediaType, RequestApproved, RequestStatus
from medianest_common.contracts.status import IntegrationKind, ServiceHealth, ServiceState
from medianest_common.contracts.streams import EVENTS, JWKS, STATUS_CURRENT
from medianest_devstack.credentials import Credentials
from medianest_devstack.provisioning import provision_broker
from medianest_devstack.servers import NatsServer
from medianest_devstack.servers.nats import nats_passwords
from medianest_devstack.testing import Broker
from medianest_gateway.hub.client import Close
from medianest_gateway.hub.messages import LiveMessage

from .conftest import MakeWorld, World
from .doubles import Signer, Someone

PATIENCE = 10.0

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


@pytest_asyncio.fixture
async def wire(broker: Broker) -> AsyncIterator[Wire]:
    wire = Wire(broker)
    yield wire
    await wire.close()


@pytest_asyncio.fixture
async def live(live_world: World, wire: Wire) -> World:
    """A gateway that has heard the health of two services, both up."""
    await ready(live_world)
    for service_id in ("plex", "overseerr"):
        await wire.status(service_id, ServiceHealth.UP, 1)
    items = live_world.gateway.hub.board.snapshot
    await until(lambda: (shown := items((EVERYBODY,))) is not None and shown.text.count('"health":"up"') == 2)
    await asyncio.sleep(0.05)  # the second of two puts may still be on its way
    return live_world


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


async def test_status_begins_with_a_snapshot_and_goes_on_with_changes_in_order(live: World, wire: Wire) -> None:
    async with listening(live, Someone()) as listener:
        await listener.subscribe("status")
        snapshot = await listener.next()
        assert snapshot["type"] == "status.snapshot"
        assert {item["service_id"] for item in snapshot["data"]["items"]} == {"plex", "overseerr"}
        assert all("audience" not in item for item in snapshot["data"]["items"])
        for version, health in ((2, ServiceHealth.DOWN), (3, ServiceHealth.UP)):
            await wire.status("plex", health, version)
        changes = [await listener.next(), await listener.next()]
        assert [(m["type"], m["data"]["health"]) for m in changes] == [("service.changed", h) for h in ("down", "up")]
        assert snapshot["id"] < changes[0]["id"] < changes[1]["id"]


async def test_an_event_reaches_its_audience_and_nobody_else(live: World, wire: Wire) -> None:
    alice, bob, admin = Someone(), Someone(), Someone(Role.ADMIN)
    async with (
        listening(live, alice, "requests") as hers,
        listening(live, bob, "requests") as his,
        listening(live, admin, "requests") as theirs,
    ):
        event = approved(alice.user_id)
        sequence = await wire.event("requests", event)
        for_bob = approved(bob.user_id, str(bob.user_id))
        await wire.event("requests", for_bob)
        message = await hers.next()
        assert (message["type"], message["topic"], message["id"]) == ("request.approved", "requests", sequence)
        assert message["data"]["request_id"] == str(event.request_id)
        assert "audience" not in message["data"]
        assert (await theirs.next())["data"]["request_id"] == str(event.request_id)
        assert (await his.next())["data"]["request_id"] == str(for_bob.request_id)


async def test_topics_one_may_not_hear_are_refused(live: World, wire: Wire) -> None:
    async with listening(live, Someone()) as listener:
        await listener.subscribe("admin", "session")
        kinds = {(m["type"], m["topic"]) for m in (await listener.next(), await listener.next())}
        assert kinds == {("topic.denied", "admin"), ("session.snapshot", "session")}
        changed = UserChanged(audience=(ADMINS,), version=2, user_id=uuid4(), role=Role.USER, status=UserStatus.ACTIVE)
        await wire.event("auth", changed)
        await listener.subscribe("requests")
        assert (await listener.next())["type"] == "requests.snapshot"


async def test_administrators_hear_of_users_and_workers(live: World, wire: Wire) -> None:
    async with listening(live, Someone(Role.ADMIN), "admin") as listener:
        user = uuid4()
        await wire.event(
            "auth",
            UserChanged(
                audience=(str(user), ADMINS), version=2, user_id=user, role=Role.USER, status=UserStatus.ACTIVE
            ),
        )
        assert (await listener.next())["type"] == "user.changed"
        await wire.live("worker", WorkerSlots(audience=(ADMINS,), version=1, worker_id="w1", egress="main", slots=3))
        assert (await listener.next())["type"] == "worker.slots"


async def test_progress_reaches_its_owner_without_an_id(live: World, wire: Wire) -> None:
    alice, bob = Someone(), Someone()
    async with listening(live, alice, "downloads") as hers, listening(live, bob, "downloads") as his:
        for owner in (bob, alice):
            progress = ItemProgress(
                audience=(str(owner.user_id),),
                version=1,
                item_id=uuid4(),
                download_id=uuid4(),
                user_id=owner.user_id,
                attempt=1,
                phase="download",
                progress=0.5,
            )
            await wire.live("worker", progress)
        for person, listener in ((alice, hers), (bob, his)):
            message = await listener.next()
            assert (message["type"], message["id"]) == ("item.progress", None)
            assert message["data"]["user_id"] == str(person.user_id)


async def test_who_comes_back_gets_what_was_missed_and_then_what_is_new(live: World, wire: Wire) -> None:
    person = Someone()
    first = await wire.event("requests", approved(person.user_id))
    missed = [await wire.event("requests", approved(person.user_id)) for _ in range(3)]
    await wire.event("requests", approved(uuid4()))
    await until(lambda: live.gateway.hub.buffer.last > missed[-1])
    async with listening(live, person) as listener:
        await listener.subscribe("requests", after=first)
        assert (await listener.next())["type"] == "requests.snapshot"
        assert [(await listener.next())["id"] for _ in missed] == missed
        newest = await wire.event("requests", approved(person.user_id))
        assert (await listener.next())["id"] == newest


async def test_who_was_away_too_long_is_told_to_read_again(live: World) -> None:
    async with listening(live, Someone()) as listener:
        await listener.subscribe("requests", after=live.gateway.hub.buffer.last + 1000)
        assert [(await listener.next())["type"] for _ in range(2)] == ["requests.snapshot", "resync"]


async def test_events_from_before_the_start_can_be_resumed_and_are_not_told_as_new(
    make_world: MakeWorld, broker: Broker, wire: Wire
) -> None:
    person = Someone()
    before = [await wire.event("requests", approved(person.user_id)) for _ in range(3)]
    world = await make_world(broker)
    await until(world.gateway.broker.caught_up.is_set)
    async with listening(world, person, "requests", after=before[0]) as listener:
        assert [(await listener.next())["id"] for _ in range(2)] == before[1:]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.01)


class TestEnd:
    async def test_a_socket_is_closed_as_soon_as_its_session_is_revoked(self, live: World, wire: Wire) -> None:
        person, other = Someone(), Someone()
        async with listening(live, person, "session") as listener, listening(live, other, "session") as others:
            revoked = SessionRevoked(
                audience=(str(person.user_id),), version=1, session_id=person.session_id, user_id=person.user_id
            )
            await wire.event("auth", revoked)
            async with asyncio.timeout(1):
                assert await listener.closed() == Close.ENDED
            await others.subscribe("status")
            assert (await others.next())["type"] == "status.snapshot"
        assert (await live.call("GET", "/api/v1/requests", person)).status == 401

    async def test_a_starting_gateway_knows_the_revocations_of_before(
        self, make_world: MakeWorld, broker: Broker, wire: Wire
    ) -> None:
        person = Someone()
        await wire.event(
            "auth",
            SessionRevoked(
                audience=(str(person.user_id),), version=1, session_id=person.session_id, user_id=person.user_id
            ),
        )
        world = await make_world(broker)
        await until(lambda: person.session_id in world.gateway.revocations)
        await world.keep_session(person)
        assert (await world.call("GET", "/api/v1/requests", person)).status == 401

    async def test_a_socket_is_closed_to_come_back_when_its_rights_have_changed(self, live: World, wire: Wire) -> None:
        admin = Someone(Role.ADMIN)
        async with listening(live, admin, "admin") as listener:
            await live.keep_session(admin, epoch=1)
            changed = UserChanged(
                audience=(str(admin.user_id), ADMINS),
                version=2,
                user_id=admin.user_id,
                role=Role.USER,
                status=UserStatus.ACTIVE,
            )
            await wire.event("auth", changed)
            assert await listener.closed() == Close.CHANGED

    async def test_a_look_finds_what_was_not_heard(self, live: World) -> None:
        person = Someone()
        async with listening(live, person, "session") as listener:
            await live.keep_session(person, "revoked")
            await live.gateway.recheck.look_at(live.gateway.hub.clients)
            assert await listener.closed() == Close.ENDED

    async def test_who_talks_nonsense_is_closed(self, live: World) -> None:
        for text in ("hello", "[]", "{}", '{"action":"subscribe","topics":["secrets"]}', '{"action":"x"}', "x" * 5000):
            async with listening(live, Someone()) as listener:
                await listener.socket.send_str(text)
                assert await listener.closed() == Close.BAD_MESSAGE

    async def test_who_takes_nothing_is_dropped_and_holds_up_nobody(self, live: World, wire: Wire) -> None:
        slow, quick = Someone(), Someone()
        async with listening(live, slow, "status") as stuck, listening(live, quick, "status") as listener:
            stuck.socket._reader._protocol.pause_reading()
            [client] = live.gateway.hub.clients_of(slow.user_id)
            client.limit = 8
            message = LiveMessage("status", (EVERYBODY,), json.dumps({"type": "x", "padding": "y" * 200_000}))
            for _ in range(500):
                if client.closing is not None:
                    break
                live.gateway.hub.publish(message)
                await listener.next()
            assert client.closing is Close.SLOW
            await until(lambda: live.gateway.hub.clients_of(slow.user_id) == [])
            stuck.socket._writer.transport.abort()


class TestHandshake:
    async def expect_refusal(self, world: World, headers: dict[str, str]) -> int:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await world.http.ws_connect(f"{world.url}/api/v1/events/ws", headers=headers)
        return refused.value.status

    async def test_a_stranger_is_refused(self, world: World) -> None:
        assert await self.expect_refusal(world, {}) == 401

    @pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:9999", "null"])
    async def test_a_page_of_somebody_else_is_refused(self, world: World, someone: Someone, origin: str) -> None:
        assert await self.expect_refusal(world, world.cookies(someone) | {"Origin": origin}) == 403

    async def test_new_cookies_come_with_the_101(self, world: World, someone: Someone) -> None:
        world.auth.refreshes["r-socket"] = someone
        async with world.http.ws_connect(
            f"{world.url}/api/v1/events/ws", headers={"Cookie": "medianest_refresh=r-socket"}
        ) as socket:
            cookies = socket._response.headers.getall("Set-Cookie")
            assert {cookie.partition("=")[0] for cookie in cookies} == {"medianest_session", "medianest_refresh"}

    async def test_no_more_are_taken_than_were_promised(self, make_world: MakeWorld) -> None:
        world = await make_world(max_sockets=1)
        person = Someone()
        async with listening(world, person):
            assert await self.expect_refusal(world, world.cookies(person)) == 503

    async def test_other_addresses_take_no_socket(self, world: World, someone: Someone) -> None:
        for path in ("/api/v1/requests", "/", "/internal/ws"):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await world.http.ws_connect(f"{world.url}{path}", headers=world.cookies(someone))
            assert refused.value.status in (404, 405)


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


class TestStream:
    PATH = "/api/v1/events/stream"

    async def test_it_sends_the_same_as_a_socket(self, live: World, wire: Wire) -> None:
        person = Someone()
        await live.keep_session(person)
        url = f"{live.url}{self.PATH}?topics=status,requests"
        async with live.http.get(url, headers=live.cookies(person)) as response:
            assert response.headers["Content-Type"] == "text/event-stream"
            stream = Stream(response)
            assert (await stream.next())[1]["type"] == "status.snapshot"
            assert (await stream.next())[1]["type"] == "requests.snapshot"
            sequence = await wire.event("requests", approved(person.user_id))
            known, message = await stream.next()
            assert (known, message["type"]) == (str(sequence), "request.approved")
            await wire.status("plex", ServiceHealth.DOWN, 2)
            assert (await stream.next())[0] is None

    async def test_the_last_id_brings_what_was_missed(self, live: World, wire: Wire) -> None:
        person = Someone()
        await live.keep_session(person)
        first = await wire.event("requests", approved(person.user_id))
        second = await wire.event("requests", approved(person.user_id))
        await until(lambda: live.gateway.hub.buffer.last >= second)
        headers = live.cookies(person) | {"Last-Event-ID": str(first)}
        async with live.http.get(f"{live.url}{self.PATH}?topics=requests", headers=headers) as response:
            stream = Stream(response)
            await stream.next()
            assert (await stream.next())[0] == str(second)

    @pytest.mark.parametrize("query", ["topics=secrets", "after=x", "after=-1"])
    async def test_nonsense_is_a_problem(self, world: World, someone: Someone, query: str) -> None:
        assert (await world.call("GET", f"{self.PATH}?{query}", someone)).code == "BAD_REQUEST"

    async def test_it_ends_when_the_session_does(self, live: World) -> None:
        person = Someone()
        await live.keep_session(person)
        async with live.http.get(f"{live.url}{self.PATH}", headers=live.cookies(person)) as response:
            await Stream(response).next()
            live.gateway.reactions.session_ended(person.session_id)
            async with asyncio.timeout(PATIENCE):
                await response.content.read()
        await until(lambda: live.gateway.hub.clients_of(person.user_id) == [])


async def test_facts_make_kept_answers_grow_old_on_every_gateway(live: World, wire: Wire) -> None:
    person = Someone()
    await live.keep_session(person)
    live.service("requests").headers = {"Cache-Control": "private, max-age=60"}
    path = "/api/v1/media/search"
    for _ in range(2):
        await live.call("GET", path, person)
    assert (await live.call("GET", path, person)).headers["X-Cache"] == "hit"
    sequence = await wire.event("requests", approved(uuid4()))
    await until(lambda: live.gateway.hub.buffer.last >= sequence)
    await asyncio.sleep(0.05)
    assert (await live.call("GET", path, person)).headers["X-Cache"] == "miss"


async def test_new_keys_come_over_the_broker(live: World, wire: Wire) -> None:
    signer = Signer(kid="k2")
    keys = KeySet(version=2, keys=(live.signer.public(), signer.public()))
    await wire.put("auth", JWKS.name, "current", keys.model_dump_json().encode())
    person = Someone()
    await live.keep_session(person)
    async with asyncio.timeout(PATIENCE):
        cookies = {"Cookie": f"medianest_session={signer.token(person)}"}
        while (await live.send("GET", "/api/v1/requests", cookies)).status != 200:
            await asyncio.sleep(0.02)


async def test_a_message_that_cannot_be_read_stops_nothing(live: World, wire: Wire) -> None:
    person = Someone()
    async with listening(live, person, "requests") as listener:
        stream = (await wire.client("requests")).jetstream()
        for body in (b"not json", b"{}", b'{"audience": "all"}', b"[1]"):
            await stream.publish(RequestApproved.subject, body, stream=EVENTS.name)
        sequence = await wire.event("requests", approved(person.user_id))
        assert (await listener.next())["id"] == sequence


async def test_after_a_restart_of_the_broker_nothing_is_missing(make_world: MakeWorld) -> None:
    """What was told between the crash and the gateway's return arrives, in order, and each once."""
    folder = Path(tempfile.mkdtemp(prefix="medianest-gateway-nats-"))
    passwords = nats_passwords(Credentials(folder / "secrets.json"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    async with NatsServer(folder, passwords=passwords, port=port, fast=True) as server:
        broker = Broker(server.url, passwords)
        await provision_broker(broker.url_for)
        wire, person = Wire(broker), Someone()
        world = await make_world(broker)
        await wire.status("plex", ServiceHealth.UP, 1)
        await ready(world)
        async with listening(world, person, "status", "requests") as listener:
            first = await wire.event("requests", approved(person.user_id))
            await server.kill()
            await server.start()
            second = await told_at_last(wire, approved(person.user_id))
            await wire.status("plex", ServiceHealth.DOWN, 2)
            heard: list[Message] = []
            while not any(m["id"] == second for m in heard) or '"down"' not in json.dumps(heard):
                heard.append(await listener.next())
            assert [m["id"] for m in heard if m["topic"] == "requests"] == [first, second]
        await wire.close()
    shutil.rmtree(folder, ignore_errors=True)


async def told_at_last(wire: Wire, event: Event) -> int:
    """Publish as soon as the broker takes it."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await wire.event("requests", event)
            except (nats.errors.Error, nats.js.errors.Error, TimeoutError):
                await asyncio.sleep(0.1)
