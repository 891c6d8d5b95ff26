"""The two ways to hear live events: how they begin, and how they end."""

import asyncio
import json
from dataclasses import replace
from uuid import uuid4

import aiohttp
import pytest

from medianest_common.contracts.auth import SessionRevoked, UserChanged, UserStatus
from medianest_common.contracts.envelope import ADMINS, EVERYBODY
from medianest_common.contracts.permissions import Role
from medianest_common.contracts.status import ServiceHealth
from medianest_devstack.testing import Broker
from medianest_gateway.hub.client import Close
from medianest_gateway.hub.messages import LiveMessage

from .doubles import Someone
from .wire import PATIENCE, Stream, Wire, approved, listening, until
from .world import MakeWorld, World


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

    async def test_a_look_finds_who_came_by_a_token_that_is_over(self, live: World) -> None:
        """Auth's mark of an API token ends with it."""
        script = Someone()
        token = f"mn_{uuid4().hex}"
        live.auth.api_tokens[token] = (script, "dashboard:read")
        await live.keep_session(script)
        headers = {"Authorization": f"Bearer {token}"}
        async with live.http.ws_connect(f"{live.url}/api/v1/events/ws", headers=headers) as socket:
            [client] = live.gateway.hub.clients_of(script.user_id)
            await live.redis.delete(f"session:{script.session_id}")
            await live.gateway.recheck.look_at([client])
            assert client.closing is None
            client.identity.caller = replace(client.identity.caller, expires_at=1.0)
            await live.gateway.recheck.look_at([client])
            assert (await socket.receive()).data == Close.CHANGED

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

    async def test_what_was_missed_is_given_again_only_to_who_took_it(self, live: World) -> None:
        person = Someone()
        async with listening(live, person) as listener:
            [client] = live.gateway.hub.clients_of(person.user_id)
            missed = [LiveMessage("requests", (EVERYBODY,), '{"type":"x"}')] * 1000
            client.offer_missed(missed)
            assert client.closing is None
            client.offer_missed(missed)
            assert client.closing is Close.SLOW
            assert await listener.closed() == Close.SLOW


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

    async def test_one_user_does_not_take_the_places_of_all(self, make_world: MakeWorld) -> None:
        world = await make_world(max_sockets_per_user=2)
        person, other = Someone(), Someone()
        url = f"{world.url}/api/v1/events/stream"
        async with listening(world, person), listening(world, person):
            assert await self.expect_refusal(world, world.cookies(person)) == 429
            async with world.http.get(url, headers=world.cookies(person)) as refused:
                assert refused.status == 429
            async with listening(world, other):
                pass
        await until(lambda: len(world.gateway.hub) == 0)
        async with listening(world, person):
            pass

    async def test_other_addresses_take_no_socket(self, world: World, someone: Someone) -> None:
        for path in ("/api/v1/requests", "/", "/internal/ws"):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await world.http.ws_connect(f"{world.url}{path}", headers=world.cookies(someone))
            assert refused.value.status in (404, 405)


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

    @pytest.mark.parametrize("query", ["topics=secrets", "after=x", "after=-1", "a=1&" * 20])
    async def test_nonsense_is_a_problem(self, world: World, someone: Someone, query: str) -> None:
        assert (await world.call("GET", f"{self.PATH}?{query}", someone)).code == "BAD_REQUEST"

    async def test_a_head_alone_holds_nothing_open(self, world: World, someone: Someone) -> None:
        assert (await world.call("HEAD", self.PATH, someone)).status == 405

    async def test_it_ends_when_the_session_does(self, live: World) -> None:
        person = Someone()
        await live.keep_session(person)
        async with live.http.get(f"{live.url}{self.PATH}", headers=live.cookies(person)) as response:
            await Stream(response).next()
            live.gateway.reactions.session_ended(person.session_id)
            async with asyncio.timeout(PATIENCE):
                await response.content.read()
        await until(lambda: live.gateway.hub.clients_of(person.user_id) == [])
