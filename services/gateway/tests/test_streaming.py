"""Large files through the gateway: never more of them in its memory than a little, whoever is the slower side."""

import asyncio
import resource

import pytest
from aiohttp import web

from medianest_gateway import proxy

from .doubles import Someone
from .world import MakeWorld, World

FILE = "/api/v1/downloads/1/items/2/file"
PART = bytes(range(256)) * 256
MOST_AHEAD = 64 * 1024 * 1024  # the kernel alone holds some twenty for the four ends of the two connections
ENOUGH = 4 * MOST_AHEAD


class Huge:
    """A service's file that nobody reads to its end; knows how much of it was taken, and when no more is."""

    def __init__(self) -> None:
        self.given = 0
        self.reader_stopped = asyncio.Event()
        self.stalled = asyncio.Event()

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(1 << 40)})
        await response.prepare(request)
        while not self.stalled.is_set() and self.given < ENOUGH:
            try:
                async with asyncio.timeout(0.5 if self.reader_stopped.is_set() else None):
                    await response.write(PART)
            except TimeoutError:
                self.stalled.set()
            self.given += len(PART)
        return response


async def test_a_reader_who_stops_stops_the_service(world: World, someone: Someone) -> None:
    file = Huge()
    world.service("downloader").answers[FILE] = file
    async with world.http.get(f"{world.url}{FILE}", headers=world.cookies(someone)) as answer:
        taken = len(await answer.content.readexactly(64 * len(PART)))
        file.reader_stopped.set()
        await asyncio.wait_for(file.stalled.wait(), 10)
        assert file.given - taken < MOST_AHEAD
        answer.close()


async def test_a_file_of_many_megabytes_does_not_grow_the_process(world: World, someone: Someone) -> None:
    """128 MiB; kept anywhere in this process, gateway or test, they would show in its highest mark."""

    async def file(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(2048):
            await response.write(PART)
        return response

    world.service("downloader").answers[FILE] = file
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    size = 0
    async with world.http.get(f"{world.url}{FILE}", headers=world.cookies(someone)) as answer:
        async for part in answer.content.iter_any():
            size += len(part)
    assert size == 2048 * len(PART)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 * 1024


class TestShares:
    """A slow caller holds a connection to the service; there are eight of them here."""

    HOOK = "/api/v1/webhooks/overseerr"

    async def test_one_caller_does_not_keep_a_service_from_the_others(self, make_world: MakeWorld) -> None:
        world, person = await make_world(upstream_connections=8), Someone()
        await world.keep_session(person)
        host, port = world.url.removeprefix("http://").split(":")
        head = f"POST {self.HOOK} HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n".encode()
        writers = []
        for _ in range(8):
            _, writer = await asyncio.open_connection(host, int(port))
            writer.write(head + b" " * 1000)
            writers.append(writer)
        await asyncio.sleep(0.2)
        assert (await world.call("GET", "/api/v1/requests", person)).status == 200
        assert (await world.call("POST", self.HOOK, data=b"{}")).code == "RATE_LIMITED"
        for writer in writers:
            writer.close()
        async with asyncio.timeout(10):
            while (await world.call("POST", self.HOOK, data=b"{}")).status != 200:
                await asyncio.sleep(0.05)

    async def test_who_finds_all_connections_taken_does_not_shut_the_service_for_others(
        self, make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(proxy, "_CONNECT_SECONDS", 0.2)
        world, go_on = await make_world(upstream_connections=1), asyncio.Event()

        async def slow(_request: web.Request) -> web.Response:
            await go_on.wait()
            return web.json_response({})

        world.service("requests").answers["/api/v1/requests/slow"] = slow
        people = [Someone() for _ in range(7)]
        await asyncio.gather(*(world.keep_session(person) for person in people))
        held = asyncio.create_task(world.call("GET", "/api/v1/requests/slow", people.pop()))
        while not world.service("requests").seen:
            await asyncio.sleep(0.01)
        replies = await asyncio.gather(*(world.call("GET", "/api/v1/requests", person) for person in people))
        assert {(reply.status, reply.code) for reply in replies} == {(503, "UPSTREAM_UNAVAILABLE")}
        assert not world.gateway.breakers["requests"].is_open
        go_on.set()
        assert (await held).status == 200
        assert (await world.call("GET", "/api/v1/requests", people[0])).status == 200

    async def test_many_calls_at_once_wait_for_each_other(self, make_world: MakeWorld) -> None:
        world, person = await make_world(upstream_connections=8), Someone()
        await world.keep_session(person)
        replies = await asyncio.gather(*(world.call("GET", "/api/v1/requests", person) for _ in range(40)))
        assert {reply.status for reply in replies} == {200}
