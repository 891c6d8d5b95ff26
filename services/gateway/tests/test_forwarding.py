"""What goes through to a service, and what comes back."""

import asyncio
import hashlib
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from medianest_gateway.settings import Settings

from .doubles import Someone
from .world import MakeWorld, World


async def test_a_call_reaches_its_service_as_the_caller_and_byte_for_byte(world: World, someone: Someone) -> None:
    path = "/api/v1/requests/caf%C3%A9%20x?limit=5&cursor=a%2Fb+c&a=%41"
    reply = await world.call("GET", path, someone)
    assert reply.status == 200
    [seen] = world.service("requests").seen
    assert seen.raw_path == path
    token = seen.headers["authorization"].removeprefix("Bearer ")
    assert world.gateway.verifier.verify(token).user_id == someone.user_id


async def test_nothing_a_caller_says_about_itself_goes_along(world: World, someone: Someone) -> None:
    lies = {
        "X-Forwarded-For": "10.9.8.7",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "gopher",
        "Forwarded": "for=10.9.8.7",
        "X-Real-IP": "10.9.8.7",
        "X-Original-URL": "/internal/exchange",
        "X_Forwarded_For": "10.9.8.7",
        "X-HTTP-Method-Override": "DELETE",
        "Connection": "close, X-Forwarded-For, Authorization",
        "TE": "trailers",
        "Proxy-Authorization": "Basic x",
        "Upgrade": "h2c",
    }
    headers = world.cookies(someone) | {"User-Agent": "tests", "Accept-Language": "de"} | lies
    assert (await world.send("GET", "/api/v1/requests", headers)).status == 200
    [seen] = world.service("requests").seen
    assert seen.headers["x-forwarded-for"] == "127.0.0.1"
    assert seen.headers["x-forwarded-host"] == "localhost:8080"
    assert seen.headers["x-forwarded-proto"] == "http"
    assert (seen.headers["user-agent"], seen.headers["accept-language"]) == ("tests", "de")
    allowed = {"host", "accept", "accept-encoding", "accept-language", "authorization", "traceparent", "user-agent"}
    forwarded = {"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"}
    assert seen.headers.keys() <= allowed | forwarded


async def test_no_cookie_of_the_browser_reaches_a_service(world: World, someone: Someone) -> None:
    headers = {"Cookie": world.cookies(someone, medianest_refresh="secret", sonarr="theirs")["Cookie"]}
    await world.send("GET", "/api/v1/requests", headers)
    assert "cookie" not in world.service("requests").seen[0].headers


async def test_auth_gets_those_of_our_cookies_its_routes_need(world: World) -> None:
    cookies = {"Cookie": "medianest_session=a; medianest_refresh=b; medianest_pin=c; other=d"}
    await world.send("GET", "/api/v1/auth/plex/pin/1", cookies)
    await world.send("POST", "/api/v1/auth/logout", cookies)
    await world.send("POST", "/api/v1/auth/plex/pin", cookies)
    assert world.auth.calls("/api/v1/auth/plex/pin")[0].headers["cookie"] == "medianest_pin=c"
    assert world.auth.calls("/api/v1/auth/plex/pin/1")[0].headers["cookie"] == "medianest_pin=c; medianest_refresh=b"
    assert world.auth.calls("/api/v1/auth/logout")[0].headers["cookie"] == "medianest_refresh=b"


async def test_a_trusted_proxy_says_where_a_call_comes_from(make_world: MakeWorld) -> None:
    world = await make_world(trusted_proxies="127.0.0.0/8, 10.0.0.0/8")
    chains = {
        "198.51.100.7": "198.51.100.7",
        "203.0.113.9, 198.51.100.7, 10.1.1.1": "198.51.100.7",
        "203.0.113.9, nonsense": "127.0.0.1",
    }
    for chain in chains:
        await world.send("GET", "/api/v1/auth/setup", {"X-Forwarded-For": chain})
    assert [seen.headers["x-forwarded-for"] for seen in world.auth.seen] == list(chains.values())


async def test_a_webhook_keeps_its_own_secret_and_needs_no_session(world: World) -> None:
    reply = await world.send("POST", "/api/v1/webhooks/overseerr", {"Authorization": "the-secret"}, b'{"a":1}')
    assert reply.status == 200
    [seen] = world.service("requests").seen
    assert (seen.headers["authorization"], seen.body) == ("the-secret", b'{"a":1}')


async def test_the_connections_own_headers_do_not_come_back(world: World, someone: Someone) -> None:
    world.service("requests").headers = {
        "Connection": "keep-alive, X-Hop",
        "X-Hop": "1",
        "Server": "secret/1.0",
        "X-Powered-By": "x",
        "Access-Control-Allow-Origin": "*",
        "X-Frame-Options": "ALLOWALL",
        "Set-Cookie": "medianest_session=planted",
        "Location": "/api/v1/requests/1",
    }
    reply = await world.call("GET", "/api/v1/requests", someone)
    for name in ("X-Hop", "Server", "X-Powered-By", "Access-Control-Allow-Origin", "Set-Cookie"):
        assert name not in reply.headers
    assert reply.headers.getall("X-Frame-Options") == ["DENY"]
    assert reply.headers["Location"] == "/api/v1/requests/1"
    assert reply.headers["Cache-Control"] == "no-store"


async def test_a_large_answer_comes_part_by_part_and_whole(world: World, someone: Someone) -> None:
    part = b"0123456789abcdef" * 4096

    async def big(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(200):
            await response.write(part)
        return response

    world.service("downloader").answers["/api/v1/downloads/1/items/2/file"] = big
    reply = await world.call("GET", "/api/v1/downloads/1/items/2/file", someone)
    assert hashlib.sha256(reply.body).digest() == hashlib.sha256(part * 200).digest()


async def test_a_caller_who_leaves_ends_the_call_to_the_service(world: World, someone: Someone) -> None:
    left = asyncio.Event()

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 65536)
        except ConnectionError:
            left.set()
            raise

    world.service("downloader").answers["/api/v1/downloads/1/items/2/file"] = endless
    async with world.http.get(f"{world.url}/api/v1/downloads/1/items/2/file", headers=world.cookies(someone)) as answer:
        await answer.content.readexactly(1_000_000)
        answer.close()
    await asyncio.wait_for(left.wait(), 5)


async def test_a_range_goes_through(world: World, someone: Someone) -> None:
    async def file(request: web.Request) -> web.Response:
        assert request.headers["Range"] == "bytes=2-4"
        return web.Response(status=206, body=b"cde", headers={"Content-Range": "bytes 2-4/10"})

    world.service("downloader").answers["/api/v1/downloads/1/items/2/file"] = file
    reply = await world.call("GET", "/api/v1/downloads/1/items/2/file", someone, Range="bytes=2-4")
    assert (reply.status, reply.body, reply.headers["Content-Range"]) == (206, b"cde", "bytes 2-4/10")


@pytest.mark.parametrize("size", [0, 10, 100_000, 1024 * 1024])
async def test_a_body_goes_through_whole(world: World, someone: Someone, size: int) -> None:
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    assert (await world.call("POST", "/api/v1/requests", someone, data=body)).status == 200
    assert world.service("requests").seen[0].body == body


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_past_its_limit_is_413_and_reaches_nobody(
    world: World, someone: Someone, *, chunked: bool
) -> None:
    body = b"x" * (1024 * 1024 + 1)

    async def parts() -> AsyncIterator[bytes]:
        yield body

    reply = await world.call("POST", "/api/v1/requests", someone, data=parts() if chunked else body)
    assert (reply.status, reply.code) == (413, "BODY_TOO_LARGE")
    assert world.service("requests").seen == []


async def test_a_service_that_is_down_is_503_with_its_name(world: World, someone: Someone) -> None:
    await world.service("downloader").stop()
    reply = await world.call("GET", "/api/v1/downloads", someone)
    assert (reply.status, reply.code) == (503, "UPSTREAM_UNAVAILABLE")
    assert reply.json["service"] == "downloader"
    assert "Retry-After" in reply.headers
    assert (await world.call("GET", "/api/v1/requests", someone)).status == 200


async def test_a_service_that_does_not_answer_in_time_is_503_too(make_world: MakeWorld) -> None:
    world = await make_world(upstream_deadline=0.2)
    someone = Someone()
    await world.keep_session(someone)

    async def never(_request: web.Request) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    world.service("requests").answers["/api/v1/requests"] = never
    reply = await world.call("GET", "/api/v1/requests", someone)
    assert (reply.status, reply.code) == (503, "UPSTREAM_TIMEOUT")


async def test_a_service_that_is_down_is_soon_not_asked_and_asked_again_when_it_is_back(
    world: World, someone: Someone
) -> None:
    service = world.service("requests")
    await service.stop()
    for _ in range(5):
        await world.call("GET", "/api/v1/requests", someone)
    assert (await world.call("GET", "/api/v1/requests", someone)).code == "UPSTREAM_OPEN"
    await service.start()
    world.gateway.breakers["requests"]._open_until = 0.0
    assert (await world.call("GET", "/api/v1/requests", someone)).status == 200
    assert (await world.call("GET", "/api/v1/requests", someone)).status == 200


async def test_a_5xx_of_a_service_is_its_own_answer_and_opens_nothing(world: World, someone: Someone) -> None:
    async def failing(_request: web.Request) -> web.Response:
        return web.json_response({"code": "UPSTREAM_OPEN"}, status=503)

    world.service("requests").answers["/api/v1/requests"] = failing
    for _ in range(7):
        assert (await world.call("GET", "/api/v1/requests", someone)).status == 503
    assert len(world.service("requests").seen) == 7


def test_no_address_of_a_service_has_a_default() -> None:
    assert all(Settings.model_fields[f"{name}_url"].is_required() for name in ("auth", "requests", "status"))
