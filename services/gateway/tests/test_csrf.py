"""Calls that a page of somebody else's made a browser send."""

import pytest

from medianest_common.crypto import csrf_token

from .doubles import CSRF_KEY, Someone
from .world import World

REQUESTS = "/api/v1/requests"


async def post(world: World, someone: Someone, **headers: str) -> tuple[int, str]:
    sent = world.cookies(someone) | {name.replace("_", "-"): value for name, value in headers.items()}
    reply = await world.send("POST", REQUESTS, sent, b"{}")
    return reply.status, "" if reply.status == 200 else reply.code


async def test_the_sessions_own_token_from_our_own_page_is_let_through(world: World, someone: Someone) -> None:
    headers = {"X_CSRF_Token": someone.csrf, "Origin": world.origin, "Sec_Fetch_Site": "same-origin"}
    assert await post(world, someone, **headers) == (200, "")


@pytest.mark.parametrize("token", [None, "", "wrong", "0" * 64, "\xff" * 64])
async def test_without_the_right_token_it_is_refused(world: World, someone: Someone, token: str | None) -> None:
    headers = {} if token is None else {"X_CSRF_Token": token}
    assert await post(world, someone, Origin=world.origin, **headers) == (403, "CSRF_TOKEN_INVALID")
    assert world.service("requests").seen == []


async def test_the_token_of_another_session_is_refused(world: World, someone: Someone) -> None:
    """Also when an attacker plants it as a cookie, from another port of the same host."""
    other = Someone(user_id=someone.user_id)
    headers = {"X_CSRF_Token": other.csrf, "Cookie": world.cookies(someone, medianest_csrf=other.csrf)["Cookie"]}
    assert await post(world, someone, Origin=world.origin, **headers) == (403, "CSRF_TOKEN_INVALID")


async def test_a_token_made_without_the_key_is_refused(world: World, someone: Someone) -> None:
    forged = csrf_token(str(someone.session_id), (CSRF_KEY + "x").encode())
    assert await post(world, someone, X_CSRF_Token=forged, Origin=world.origin) == (403, "CSRF_TOKEN_INVALID")


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://localhost:8081",
        "http://localhost:8080.evil.example",
        "http://localhost",
        "null",
        "",
    ],
)
async def test_another_origin_is_refused_even_with_the_token(world: World, someone: Someone, origin: str) -> None:
    assert await post(world, someone, X_CSRF_Token=someone.csrf, Origin=origin) == (403, "ORIGIN_NOT_ALLOWED")


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_a_browser_that_says_it_comes_from_elsewhere_is_believed(
    world: World, someone: Someone, site: str
) -> None:
    assert await post(world, someone, X_CSRF_Token=someone.csrf, Sec_Fetch_Site=site) == (403, "ORIGIN_NOT_ALLOWED")


async def test_the_address_the_browser_called_us_by_is_ours(world: World, someone: Someone) -> None:
    assert await post(world, someone, X_CSRF_Token=someone.csrf, Origin=world.url) == (200, "")


async def test_a_sign_in_needs_no_token_but_our_own_page(world: World) -> None:
    good = await world.send("POST", "/api/v1/auth/login", {"Origin": world.origin}, b"{}")
    bad = await world.send("POST", "/api/v1/auth/login", {"Origin": "https://evil.example"}, b"{}")
    assert (good.status, bad.code) == (200, "ORIGIN_NOT_ALLOWED")
    assert len(world.auth.seen) == 1


async def test_reading_needs_no_token(world: World, someone: Someone) -> None:
    assert (await world.send("GET", REQUESTS, world.cookies(someone))).status == 200


@pytest.mark.parametrize("name", ["Sec-Fetch-Site", "Origin", "X-CSRF-Token", "Authorization", "Content-Type"])
async def test_a_header_that_decides_may_not_be_sent_twice(world: World, someone: Someone, name: str) -> None:
    headers = [*world.cookies(someone).items(), (name, "a"), (name, "b")]
    reply = await world.send("GET", REQUESTS, headers)
    assert (reply.status, reply.code) == (400, "BAD_REQUEST")
