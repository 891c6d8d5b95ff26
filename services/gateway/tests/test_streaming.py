"""Large files through the gateway: never more of them in its memory than a little, whoever is the slower side."""

import asyncio
import resource

from aiohttp import web

from .doubles import Someone
from .world import World

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
