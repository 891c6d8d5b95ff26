"""Kept answers: fast, never another's, never older than one's own write, and there when the service is down."""

import asyncio

import pytest
from aiohttp import web

from medianest_common.contracts.permissions import Role
from medianest_gateway.cache import matches
from medianest_gateway.routes import TABLE, Keep

from .doubles import Someone
from .world import NOWHERE, MakeWorld, World

SEARCH = "/api/v1/media/search"
KEEP = {"Cache-Control": "private, max-age=60"}


@pytest.fixture
def kept(world: World) -> World:
    """The services allow their answers to be kept; generations exist from the first call on."""
    for service in world.services.values():
        service.headers = dict(KEEP)
    return world


async def warm(world: World, path: str, someone: Someone) -> None:
    """Call twice: the first call gives generations to whoever has none, the second is kept."""
    for _ in range(2):
        assert (await world.call("GET", path, someone)).status == 200


async def test_the_second_time_comes_from_here(kept: World, someone: Someone) -> None:
    await warm(kept, SEARCH, someone)
    reply = await kept.call("GET", SEARCH, someone)
    assert (reply.status, reply.headers["X-Cache"], reply.json["count"]) == (200, "hit", 2)
    assert len(kept.service("requests").seen) == 2
    assert reply.headers["Cache-Control"] == "private, no-cache"
    assert reply.headers["Content-Type"].startswith("application/json")


async def test_who_has_it_already_gets_304(kept: World, someone: Someone) -> None:
    await warm(kept, SEARCH, someone)
    etag = (await kept.call("GET", SEARCH, someone)).headers["ETag"]
    reply = await kept.call("GET", SEARCH, someone, If_None_Match=f'"other", W/{etag}')
    assert (reply.status, reply.body, reply.headers["ETag"]) == (304, b"", etag)


@pytest.mark.parametrize("route", [route for route in TABLE if route.keep is Keep.PRIVATE], ids=lambda r: r.name)
async def test_two_users_never_see_each_others_answer(kept: World, route: object) -> None:
    path = route.pattern.replace("/**", "/search")  # type: ignore[attr-defined]
    people = [Someone(), Someone(), Someone(Role.ADMIN)]

    async def own(request: web.Request) -> web.Response:
        caller = kept.gateway.verifier.verify(request.headers["Authorization"].removeprefix("Bearer "))
        return web.Response(text=str(caller.user_id), headers=KEEP)

    kept.service(route.upstream).answers[path] = own  # type: ignore[attr-defined]
    for _ in range(3):
        for person in people:
            await kept.keep_session(person)
            assert (await kept.call("GET", path, person)).body.decode() == str(person.user_id)


async def test_a_token_of_narrower_scope_never_sees_what_was_kept_for_its_owner(kept: World, someone: Someone) -> None:
    await warm(kept, SEARCH, someone)
    token = "mn_cache_0123456789abcdef"
    kept.auth.api_tokens[token] = (Someone(someone.role, someone.user_id), "media:search")
    reply = await kept.send("GET", SEARCH, {"Authorization": f"Bearer {token}"})
    assert reply.headers.get("X-Cache") != "hit"


async def test_other_rights_are_another_answer(kept: World, someone: Someone) -> None:
    await warm(kept, SEARCH, someone)
    changed = Someone(someone.role, someone.user_id, someone.session_id, epoch=1)
    await kept.keep_session(changed)
    assert (await kept.call("GET", SEARCH, changed)).headers["X-Cache"] == "miss"


async def test_language_and_query_tell_answers_apart_and_the_order_of_names_does_not(
    kept: World, someone: Someone
) -> None:
    await warm(kept, f"{SEARCH}?a=1&b=2", someone)
    assert (await kept.call("GET", f"{SEARCH}?b=2&a=1", someone)).headers["X-Cache"] == "hit"
    assert (await kept.call("GET", f"{SEARCH}?a=1&b=3", someone)).headers["X-Cache"] == "miss"
    assert (await kept.call("GET", f"{SEARCH}?a=1&b=2", someone, Accept_Language="de")).headers["X-Cache"] == "miss"


async def test_a_user_sees_their_own_write_at_once_and_others_keep_theirs(kept: World, someone: Someone) -> None:
    other = Someone()
    await kept.keep_session(other)
    await warm(kept, SEARCH, someone)
    await warm(kept, SEARCH, other)
    assert (await kept.call("POST", "/api/v1/requests", someone, data=b"{}")).status == 200
    assert (await kept.call("GET", SEARCH, someone)).headers["X-Cache"] == "miss"
    assert (await kept.call("GET", SEARCH, other)).headers["X-Cache"] == "hit"


async def test_an_answer_that_was_on_its_way_when_something_changed_is_not_kept(kept: World, someone: Someone) -> None:
    await warm(kept, SEARCH, someone)
    on_its_way, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_request: web.Request) -> web.Response:
        on_its_way.set()
        await go_on.wait()
        return web.Response(text="old", headers=KEEP)

    kept.service("requests").answers[SEARCH] = slow
    await kept.gateway.cache.service_changed("requests")
    filling = asyncio.create_task(kept.call("GET", SEARCH, someone))
    await on_its_way.wait()
    await kept.gateway.cache.service_changed("requests")
    go_on.set()
    assert (await filling).body == b"old"
    del kept.service("requests").answers[SEARCH]
    reply = await kept.call("GET", SEARCH, someone)
    assert (reply.headers["X-Cache"], reply.json["path"]) == ("miss", SEARCH)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Cache-Control": "no-store"},
        {"Cache-Control": "private, no-cache, max-age=60"},
        {"Cache-Control": "private, max-age=0"},
        {"Cache-Control": "private, max-age=60", "Vary": "*"},
    ],
)
async def test_what_the_service_does_not_allow_is_not_kept(
    world: World, someone: Someone, headers: dict[str, str]
) -> None:
    world.service("requests").headers = headers
    for count in (1, 2, 3):
        assert (await world.call("GET", SEARCH, someone)).json["count"] == count


async def test_what_sets_a_cookie_is_not_kept(world: World) -> None:
    world.auth.headers = {"Cache-Control": "public, max-age=60", "Set-Cookie": "medianest_pin=1; Path=/"}
    world.auth.answers.clear()
    for count in (1, 2, 3):
        assert (await world.call("GET", "/api/v1/auth/jwks")).json["count"] == count


async def test_what_is_too_large_is_passed_on_and_not_kept(kept: World, someone: Someone) -> None:
    async def large(_request: web.Request) -> web.Response:
        return web.Response(body=b"x" * (256 * 1024 + 1), headers=KEEP)

    kept.service("requests").answers[SEARCH] = large
    for _ in range(3):
        assert len((await kept.call("GET", SEARCH, someone)).body) == 256 * 1024 + 1
    assert len(kept.service("requests").seen) == 3


@pytest.mark.parametrize("path", ["/api/v1/requests", "/api/v1/downloads", "/api/v1/auth/me", "/api/v1/incidents"])
async def test_a_route_the_table_does_not_name_is_never_kept(kept: World, someone: Someone, path: str) -> None:
    kept.auth.answers.clear()
    replies = [await kept.call("GET", path, someone) for _ in range(3)]
    assert [reply.json["count"] for reply in replies] == [1, 2, 3]


async def test_what_is_for_everybody_is_shared_only_when_it_is_called_public(world: World) -> None:
    path = "/api/v1/public/status"
    world.service("status").headers = {"Cache-Control": "private, max-age=60"}
    for count in (1, 2, 3):
        assert (await world.call("GET", path)).json["count"] == count
    world.service("status").headers = {"Cache-Control": "public, max-age=60"}
    assert [(await world.call("GET", path)).json["count"] for _ in range(3)] == [4, 4, 4]


async def test_when_the_service_is_down_the_last_answer_comes_with_its_age(kept: World, someone: Someone) -> None:
    await warm(kept, SEARCH, someone)
    await kept.gateway.cache.user_wrote(str(someone.user_id))
    await kept.service("requests").stop()
    reply = await kept.call("GET", SEARCH, someone)
    assert (reply.status, reply.headers["X-Cache"]) == (200, "stale")
    assert int(reply.headers["Age"]) >= 0
    other = Someone()
    await kept.keep_session(other)
    assert (await kept.call("GET", SEARCH, other)).status == 503


async def test_a_revoked_session_sees_nothing_that_is_kept(kept: World, someone: Someone) -> None:
    await warm(kept, SEARCH, someone)
    await kept.keep_session(someone, "revoked")
    assert (await kept.call("GET", SEARCH, someone)).status == 401


async def test_nothing_more_is_kept_in_a_redis_half_full_that_limits_and_ended_sessions_share(
    kept: World, someone: Someone
) -> None:
    await warm(kept, SEARCH, someone)
    used = (await kept.redis.info("memory"))["used_memory"]
    before = str((await kept.redis.config_get("maxmemory"))["maxmemory"])
    try:
        await kept.redis.config_set("maxmemory", used * 2 - used // 4)
        await kept.gateway.cache.look_for_room()
        await warm(kept, f"{SEARCH}?page=2", someone)
        assert "X-Cache" not in (await kept.call("GET", f"{SEARCH}?page=2", someone)).headers
        assert (await kept.call("GET", SEARCH, someone)).headers["X-Cache"] == "hit"
    finally:
        await kept.redis.config_set("maxmemory", before)
    await kept.gateway.cache.look_for_room()
    assert (await kept.call("GET", f"{SEARCH}?page=2", someone)).headers["X-Cache"] == "miss"


async def test_without_redis_everything_is_asked_for(make_world: MakeWorld) -> None:
    world = await make_world(redis_url=f"redis://127.0.0.1:{NOWHERE}")
    world.service("requests").headers = dict(KEEP)
    someone = Someone()
    world.auth.alive.add(someone.session_id)
    for count in (1, 2, 3):
        assert (await world.call("GET", SEARCH, someone)).json["count"] == count


async def test_a_write_redis_did_not_hear_of_keeps_that_users_answers_out_until_it_did(
    kept: World, someone: Someone
) -> None:
    await warm(kept, SEARCH, someone)
    link, cache = kept.gateway.link, kept.gateway.cache
    connection, link._connection = link._connection, None
    await cache.user_wrote(str(someone.user_id))
    link._connection = connection
    assert "X-Cache" not in (await kept.call("GET", SEARCH, someone)).headers
    await cache.settle_debts()
    assert (await kept.call("GET", SEARCH, someone)).headers["X-Cache"] == "miss"


@pytest.mark.parametrize(
    ("sent", "etag", "same"),
    [
        (None, b'"a"', False),
        (b'"a"', b'"a"', True),
        (b'W/"a"', b'"a"', True),
        (b'"b", "a"', b'W/"a"', True),
        (b"*", b'"a"', True),
        (b'"b"', b'"a"', False),
    ],
)
def test_tags_are_compared_weakly(sent: bytes | None, etag: bytes, *, same: bool) -> None:
    assert matches(sent, etag) is same
