"""The edge without Redis, auth or NATS, each and each pair, gone or silent; and with the real ones killed or frozen.

Who is signed in goes on reading what needs none of them; who was shut out stays out; nobody new gets in wrongly; and
all of it comes back by itself.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial

import aiohttp
import pytest
import pytest_asyncio
from support.doors import Door, Fault
from support.keys import SigningKey, invented_claims
from support.person import Answer, Person, Script, claim, until
from support.processes import frozen, kill
from support.replica import Replica
from support.suite import Suite

ME = "/api/v1/auth/me"
READS = ("/api/v1/requests", "/api/v1/downloads", "/api/v1/status", "/api/v1/library/sections")
Trouble = tuple[tuple[str, ...], Fault]
TROUBLES: list[Trouble] = [((system,), fault) for system in ("redis", "auth", "nats") for fault in Fault]
TROUBLES += [(("redis", "auth"), Fault.SILENT), (("redis", "nats"), Fault.SILENT), (("auth", "nats"), Fault.GONE)]
_SOON = 5.0  # seconds an answer may take while something is silent


def name_of(trouble: Trouble) -> str:
    return f"{'+'.join(trouble[0])}-{trouble[1].value}"


@dataclass
class Edge:
    """A second gateway and the doors between it and what it stands on."""

    replica: Replica
    doors: dict[str, Door]

    async def fail(self, systems: tuple[str, ...], fault: Fault) -> None:
        for system in systems:
            await self.doors[system].fail(fault)

    async def heal(self) -> None:
        """All doors open, and the gateway knows it."""
        for door in self.doors.values():
            await door.heal()
        await well(self.replica.health)


async def well(health: str) -> None:
    """Wait until a gateway has everything it stands on."""

    async def checks() -> set[str]:
        try:
            async with aiohttp.ClientSession() as http, http.get(health) as response:
                return set((await response.json())["checks"].values())
        except aiohttp.ClientError:
            return set()

    await until(checks, lambda found: found == {"ok"}, within=30)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def edge(suite: Suite) -> AsyncIterator[Edge]:
    own = suite.environment("gateway")
    async with (
        Door(own["MEDIANEST_REDIS_URL"]) as redis,
        Door(own["MEDIANEST_AUTH_URL"]) as auth,
        Door(own["MEDIANEST_NATS_URL"]) as broker,
        Replica(suite, redis_url=redis.url, auth_url=auth.url, nats_url=broker.url, upstream_deadline="2") as replica,
    ):
        yield Edge(replica, {"redis": redis, "auth": auth, "nats": broker})


@pytest_asyncio.fixture(autouse=True)
async def as_before(suite: Suite, alice: Person) -> None:
    await suite.an_hour_passes()
    for service in ("auth", "gateway"):
        await well(suite.endpoints["health"][service])
    alice.gateway = suite.gateway


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def alice(suite: Suite) -> AsyncIterator[Person]:
    """Signed in all the while, after whoever comes first and becomes the administrator."""
    await suite.an_hour_passes()
    async with Person(suite, "owner") as owner, Person(suite, "alice") as person:
        await owner.sign_in()
        await person.sign_in()
        await until(lambda: statuses(person), lambda found: found == {200})  # what was seen once is kept
        yield person


async def statuses(person: Person) -> set[int]:
    return {(await person.call("GET", path)).status for path in READS}


@pytest_asyncio.fixture
async def kits(suite: Suite, alice: Person) -> AsyncIterator[list[Person]]:
    """Kit at three devices."""
    people = [Person(suite, "kid") for _ in range(3)]
    await asyncio.gather(*(person.sign_in() for person in people))
    yield people
    for person in people:
        await person.close()


@pytest_asyncio.fixture
async def kit(suite: Suite, alice: Person) -> AsyncIterator[Person]:
    async with Person(suite, "kid") as person:
        await person.sign_in()
        yield person


def session_of(person: Person) -> dict[str, str]:
    return {"Cookie": f"medianest_session={person.cookie('medianest_session')}"}


def refresh_of(person: Person) -> dict[str, str]:
    return {"Cookie": f"medianest_refresh={person.cookie('medianest_refresh')}"}


async def signed_out(person: Person) -> dict[str, str]:
    """What a thief still holds of a session that has ended."""
    kept = session_of(person)
    (await person.call("POST", "/api/v1/auth/logout", {})).expect(204)
    return kept


def is_refused(status: int) -> bool:
    return status == 401


@dataclass(frozen=True)
class Caller:
    """Somebody at a terminal before one gateway, who does not wait for ever."""

    script: Script
    at: str

    async def ask(self, headers: dict[str, str], path: str = READS[0]) -> Answer:
        return await asyncio.wait_for(self.script.call("GET", path, at=self.at, headers=headers), 2 * _SOON)

    async def status(self, headers: dict[str, str], path: str = READS[0]) -> int:
        return (await self.ask(headers, path)).status


async def reads_go_on(alice: Person) -> None:
    for path in READS:
        answer = await asyncio.wait_for(alice.call("GET", path), _SOON)
        assert answer.status == 200, f"{path}: {answer.body}"


async def strangers_stay_out(caller: Caller, key: SigningKey, alice: Person) -> None:
    now, good = int(time.time()), alice.cookie("medianest_session")
    wrong = {
        "nobody": {},
        "forged": {"Cookie": f"medianest_session={good[:-8]}AAAAAAAA"},
        "expired": {"Cookie": f"medianest_session={key.like(good, exp=now - 60, iat=now - 660)}"},
        "another audience": {"Authorization": f"Bearer {key.sign(invented_claims(aud='other'))}"},
        "an invented refresh token": {"Cookie": f"medianest_refresh={'x' * 43}"},
        "an invented API token": {"Authorization": f"Bearer mn_{'x' * 43}"},
    }
    for name, answer in zip(wrong, await asyncio.gather(*map(caller.ask, wrong.values())), strict=True):
        assert answer.status in (401, 503), f"{name}: {answer.status}"
        assert not [line for line in answer.set_cookies.values() if "Max-Age=0" not in line]


async def own_rules_hold(alice: Person, systems: tuple[str, ...]) -> None:
    assert (await alice.call("GET", "/api/v1/users")).status == 403
    without = await alice.call("POST", "/api/v1/requests", {"media_type": "book"}, **{"X-CSRF-Token": ""})
    assert (without.status, without.code) == (403, "CSRF_TOKEN_INVALID")
    if systems == ("redis",):
        statuses = [(await alice.call("POST", "/api/v1/downloads", {"url": "x"})).status for _ in range(6)]
        assert statuses.count(422) <= 5
        assert statuses[-1] == 429


async def nobody_is_signed_out(caller: Caller, late: Person) -> None:
    """Auth alone could renew: whoever needs it is asked to come again, with all cookies still good."""
    answer = await caller.ask(refresh_of(late))
    assert answer.status == 503
    assert not answer.set_cookies
    assert int(answer.headers["Retry-After"]) >= 1
    pin = caller.script.call("POST", "/api/v1/auth/plex/pin", {"form": "code"}, at=caller.at)
    begun = await asyncio.wait_for(pin, _SOON)
    assert begun.status == 503
    assert not begun.set_cookies


class TestWithout:
    @pytest.mark.parametrize("trouble", TROUBLES, ids=name_of)
    async def test_who_is_in_reads_on_and_who_is_out_stays_out(
        self, suite: Suite, edge: Edge, alice: Person, kits: list[Person], trouble: Trouble
    ) -> None:
        """`before` signs out before it begins, `meanwhile` while it lasts, and `late` comes with a refresh token."""
        before, meanwhile, late = kits
        key = await SigningKey.stolen_from(suite)
        alice.gateway = edge.replica.gateway
        async with Script(suite) as script:
            caller = Caller(script, edge.replica.gateway)
            for person in (alice, meanwhile):
                assert await caller.status(session_of(person)) == 200
            gone = await signed_out(before)
            await until(lambda: caller.status(gone), is_refused, within=1.0)
            await edge.fail(*trouble)
            try:
                await reads_go_on(alice)
                await strangers_stay_out(caller, key, alice)
                assert is_refused(await caller.status(gone))
                await own_rules_hold(alice, trouble[0])
                if "auth" in trouble[0]:
                    await nobody_is_signed_out(caller, late)
                gone_since = await signed_out(meanwhile)
                if trouble[0] != ("redis", "nats"):  # one of the two ways to learn of it is enough
                    await until(lambda: caller.status(gone_since), is_refused, within=2.0)
            finally:
                await edge.heal()
            for ended in (gone, gone_since):
                await until(partial(caller.status, ended), is_refused, within=2.0)
            assert await caller.status(session_of(alice)) == 200
            assert await caller.status(refresh_of(late)) == 200

    async def test_a_session_that_ends_while_nobody_can_tell_is_dead_when_somebody_can(
        self, suite: Suite, edge: Edge, kit: Person
    ) -> None:
        """Without Redis and NATS the ten minutes of an access token decide; what was missed is made up for."""
        async with Script(suite) as thief:
            gone = session_of(kit)
            await edge.fail(("redis", "nats"), Fault.GONE)
            try:
                (await kit.call("POST", "/api/v1/auth/logout", {})).expect(204)
            finally:
                await edge.heal()
            caller = Caller(thief, edge.replica.gateway)
            await until(lambda: caller.status(gone), is_refused, within=1.0)

    async def test_a_socket_outlives_the_broker_and_hears_what_it_missed(
        self, suite: Suite, edge: Edge, kit: Person
    ) -> None:
        kit.gateway = edge.replica.gateway
        events = await kit.listen("session")
        await events.hear("session.snapshot")
        await edge.fail(("nats",), Fault.GONE)
        async with Person(suite, "kid") as phone:
            try:
                await phone.sign_in()
            finally:
                await edge.heal()
            told = await events.hear("session.started")
            assert told["data"]["user_id"] == (await kit.get(ME))["id"]
        await events.close()


class TestTheRealOnes:
    async def test_a_killed_auth_comes_back_and_nobody_was_signed_out(
        self, suite: Suite, alice: Person, kit: Person
    ) -> None:
        gone = session_of(kit)
        (await kit.call("POST", "/api/v1/auth/logout", {})).expect(204)
        kill(suite, "auth")
        async with Script(suite) as script:
            for path in READS:
                assert (await alice.call("GET", path)).status == 200
                assert (await script.call("GET", path, headers=gone)).status == 401
            await until(lambda: alice.call("GET", ME), lambda answer: answer.status == 200)
            assert (await script.call("GET", ME, headers=gone)).status == 401
        async with Person(suite, "bob") as bob:
            await bob.sign_in()

    async def test_a_killed_gateway_comes_back_with_the_same_sessions(
        self, suite: Suite, alice: Person, kit: Person
    ) -> None:
        gone = session_of(kit)
        (await kit.call("POST", "/api/v1/auth/logout", {})).expect(204)
        kill(suite, "gateway")
        await until(lambda: answering(alice), lambda status: status == 200)
        async with Script(suite) as script:
            assert (await script.call("GET", ME, headers=gone)).status == 401

    @pytest.mark.parametrize("server", ["valkey", "nats"])
    async def test_a_frozen_server_keeps_nobody_from_reading_signing_in_or_signing_out(
        self, suite: Suite, alice: Person, kit: Person, server: str
    ) -> None:
        """All of the suite stands without it, auth too."""
        gone = session_of(kit)
        async with Person(suite, "bob") as bob, Script(suite) as script:
            with frozen(suite.pid(server)):
                for path in READS:
                    assert (await asyncio.wait_for(alice.call("GET", path), 2 * _SOON)).status == 200
                await asyncio.wait_for(bob.sign_in(), 30)
                out = await asyncio.wait_for(kit.call("POST", "/api/v1/auth/logout", {}), 2 * _SOON)
                assert out.status == 204
                await until(lambda: Caller(script, suite.gateway).status(gone), is_refused, within=3.0)
                assert (await script.call("GET", READS[0])).status == 401
            assert (await bob.call("GET", ME)).status == 200
            await until(lambda: Caller(script, suite.gateway).status(gone, ME), is_refused, within=2.0)
        await until(lambda: limit_of(alice), lambda limit: limit == "100", within=10)

    async def test_a_frozen_auth_lets_people_read_and_signs_them_in_later(self, suite: Suite, alice: Person) -> None:
        async with Person(suite, "bob") as bob:
            pin = (await bob.call("POST", "/api/v1/auth/plex/pin", {"form": "code"})).expect(201)
            with frozen(suite.pid("auth")):
                await claim(suite, pin["code"], "bob")
                for path in READS:
                    assert (await asyncio.wait_for(alice.call("GET", path), 2 * _SOON)).status == 200
            path = f"/api/v1/auth/plex/pin/{pin['id']}"
            await until(lambda: bob.call("GET", path), lambda a: a.status == 200 and a.body["status"] == "authorized")
            assert (await bob.call("GET", ME)).status == 200


async def answering(person: Person) -> int:
    try:
        return (await person.call("GET", ME)).status
    except aiohttp.ClientError:
        return 0


async def limit_of(person: Person) -> str:
    return (await person.call("GET", READS[0])).headers.get("RateLimit-Limit", "")
