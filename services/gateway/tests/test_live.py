"""Live events over a real broker: who hears what, in which order, and after which interruptions."""

import asyncio
import json
import shutil
import socket
import tempfile
from pathlib import Path
from uuid import uuid4

from medianest_common.contracts.auth import KeySet, UserChanged, UserStatus
from medianest_common.contracts.downloads import ItemProgress, WorkerSlots
from medianest_common.contracts.envelope import ADMINS
from medianest_common.contracts.permissions import Role
from medianest_common.contracts.requests import RequestApproved
from medianest_common.contracts.status import ServiceHealth
from medianest_common.contracts.streams import EVENTS, JWKS
from medianest_devstack.credentials import Credentials
from medianest_devstack.provisioning import provision_broker
from medianest_devstack.servers import NatsServer
from medianest_devstack.servers.nats import nats_passwords
from medianest_devstack.testing import Broker

from .doubles import Signer, Someone
from .wire import PATIENCE, Message, Wire, approved, listening, ready, told_at_last, until
from .world import MakeWorld, World


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
