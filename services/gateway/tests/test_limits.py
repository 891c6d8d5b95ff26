"""How often: exact windows in Redis, the same here when Redis is away."""

import asyncio
from uuid import uuid4

import pytest

from medianest_gateway.addresses import counted_as
from medianest_gateway.limits import Limit, LocalWindows, Standing, tightest

from .doubles import Someone
from .world import NOWHERE, MakeWorld, World

REQUESTS = "/api/v1/requests"
LIMIT = Limit(lambda _call, _route: "", 2, 10)


async def statuses(world: World, count: int, method: str, path: str, someone: Someone) -> list[int]:
    return [
        (await world.call(method, path, someone, data=None if method == "GET" else b"{}")).status for _ in range(count)
    ]


async def test_a_call_too_many_is_429_and_says_when_to_come_back(make_world: MakeWorld) -> None:
    world = await make_world(rate_api_per_minute=3)
    someone = Someone()
    await world.keep_session(someone)
    replies = [await world.call("GET", REQUESTS, someone) for _ in range(4)]
    assert [reply.status for reply in replies] == [200, 200, 200, 429]
    assert [reply.headers["RateLimit-Remaining"] for reply in replies] == ["2", "1", "0", "0"]
    last = replies[-1]
    assert last.code == "RATE_LIMITED"
    assert 1 <= int(last.headers["Retry-After"]) <= 60
    assert last.headers["RateLimit-Limit"] == "3"
    assert len(world.service("requests").seen) == 3


async def test_users_and_routes_are_counted_apart(make_world: MakeWorld) -> None:
    world = await make_world(rate_api_per_minute=2)
    one, other = Someone(), Someone()
    for person in (one, other):
        await world.keep_session(person)
        assert await statuses(world, 3, "GET", REQUESTS, person) == [200, 200, 429]
        assert await statuses(world, 1, "GET", "/api/v1/downloads", person) == [200]


async def test_submissions_and_media_requests_have_limits_of_their_own(world: World, someone: Someone) -> None:
    assert await statuses(world, 6, "POST", "/api/v1/downloads", someone) == [200] * 5 + [429]
    assert await statuses(world, 21, "POST", REQUESTS, someone) == [200] * 20 + [429]
    assert await world.redis.llen(f"rate:youtube:{someone.user_id}") == 5
    assert await world.redis.ttl(f"rate:youtube:{someone.user_id}") > 3500


async def test_a_refused_call_does_not_lengthen_the_wait(make_world: MakeWorld) -> None:
    world = await make_world(rate_api_per_minute=2)
    someone = Someone()
    await world.keep_session(someone)
    await statuses(world, 10, "GET", REQUESTS, someone)
    assert await world.redis.llen(f"rate:api:{someone.user_id}:requests") == 2


async def test_many_at_once_get_exactly_as_many_through_on_two_gateways(make_world: MakeWorld) -> None:
    first, second = await make_world(rate_api_per_minute=10), await make_world(rate_api_per_minute=10)
    someone = Someone()
    await first.keep_session(someone)
    calls = [world.call("GET", REQUESTS, someone) for world in (first, second) for _ in range(20)]
    replies = await asyncio.gather(*calls)
    assert sorted(reply.status for reply in replies).count(200) == 10


async def test_sign_ins_are_counted_by_address_and_polls_apart(make_world: MakeWorld) -> None:
    world = await make_world(trusted_proxies="127.0.0.0/8", rate_sign_in_per_quarter=2)

    async def from_address(address: str, method: str = "POST", path: str = "/api/v1/auth/login") -> int:
        return (await world.send(method, path, {"X-Forwarded-For": address}, b"{}")).status

    assert [await from_address("198.51.100.1") for _ in range(3)] == [200, 200, 429]
    assert await from_address("198.51.100.2") == 200
    assert [await from_address(f"2001:db8:1:2::{n}") for n in range(3)] == [200, 200, 429]
    assert await from_address("2001:db8:1:3::1") == 200
    assert await from_address("198.51.100.1", "GET", "/api/v1/auth/plex/pin/1") == 200


async def test_sign_ins_from_everywhere_together_have_a_limit_too(make_world: MakeWorld) -> None:
    world = await make_world(trusted_proxies="127.0.0.0/8", rate_sign_in_global_per_minute=3)
    replies = [
        await world.send("POST", "/api/v1/auth/login", {"X-Forwarded-For": f"198.51.100.{n}"}, b"{}") for n in range(4)
    ]
    assert [reply.status for reply in replies] == [200, 200, 200, 429]


@pytest.mark.parametrize("redis", ["there", "away"])
async def test_one_address_cannot_use_up_what_all_have_together(make_world: MakeWorld, redis: str) -> None:
    away = {"redis_url": f"redis://127.0.0.1:{NOWHERE}"} if redis == "away" else {}
    world = await make_world(
        trusted_proxies="127.0.0.0/8", rate_sign_in_per_quarter=2, rate_sign_in_global_per_minute=4, **away
    )
    addresses = ["198.51.100.1"] * 8 + ["198.51.100.2"] * 2 + ["198.51.100.3"]
    replies = [
        await world.send("POST", "/api/v1/auth/login", {"X-Forwarded-For": address}, b"{}") for address in addresses
    ]
    assert [reply.status for reply in replies] == [200] * 2 + [429] * 6 + [200] * 2 + [429]


async def test_pictures_are_not_counted(make_world: MakeWorld) -> None:
    world = await make_world(rate_api_per_minute=1)
    someone = Someone()
    await world.keep_session(someone)
    assert await statuses(world, 5, "GET", "/api/v1/media/artwork/poster/a.jpg", someone) == [200] * 5


async def test_without_redis_this_process_counts(make_world: MakeWorld) -> None:
    world = await make_world(redis_url=f"redis://127.0.0.1:{NOWHERE}", rate_api_per_minute=2)
    assert await statuses(world, 3, "GET", REQUESTS, Someone()) == [200, 200, 429]


async def test_a_restarted_redis_that_forgot_the_script_counts_on(world: World, someone: Someone) -> None:
    await world.call("GET", REQUESTS, someone)
    await world.redis.script_flush()
    reply = await world.call("GET", REQUESTS, someone)
    assert (reply.status, reply.headers["RateLimit-Remaining"]) == (200, "98")


async def test_what_leaves_the_window_is_free_again(world: World, someone: Someone) -> None:
    """Times are Redis' own, so the window is moved instead of waited for."""
    key = f"rate:youtube:{someone.user_id}"
    seconds, micros = await world.redis.time()
    now = seconds * 1000 + micros // 1000
    await world.redis.rpush(key, *(now - 1000 * age for age in (10, 20, 3590, 3601, 3700)))
    reply = await world.call("POST", "/api/v1/downloads", someone, data=b"{}")
    assert (reply.status, reply.headers["RateLimit-Remaining"]) == (200, "1")
    assert 8 <= int(reply.headers["RateLimit-Reset"]) <= 11


class TestLocalWindows:
    limit = LIMIT

    def test_the_window_slides(self) -> None:
        now = [0.0]
        windows = LocalWindows(clock=lambda: now[0])
        allowed = []
        for moment in (0, 4, 5, 10.5, 11, 14.5):
            now[0] = moment
            allowed.append(windows.count(self.limit, "k").allowed)
        assert allowed == [True, True, False, True, False, True]

    def test_a_refusal_says_when_something_is_free(self) -> None:
        now = [0.0]
        windows = LocalWindows(clock=lambda: now[0])
        for moment in (0, 1):
            now[0] = moment
            windows.count(self.limit, "k")
        now[0] = 3
        assert windows.count(self.limit, "k").reset == 7

    def test_only_so_many_keys_are_held(self) -> None:
        windows = LocalWindows()
        for _ in range(20_010):
            windows.count(self.limit, uuid4().hex)
        assert len(windows._windows) == 20_000


def test_the_tightest_limit_is_the_one_told() -> None:
    refused, nearly, wide = Standing(False, 0, 9, LIMIT), Standing(True, 0, 9, LIMIT), Standing(True, 99, 9, LIMIT)
    assert tightest([wide, nearly, refused]) is refused
    assert tightest([wide, nearly]) is nearly
    assert tightest([]) is None


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("nonsense", "unknown"),
    ],
)
def test_a_household_is_one_address(address: str, counted: str) -> None:
    assert counted_as(address) == counted
