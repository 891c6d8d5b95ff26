"""The one connection to Redis: answers in order, and none awaited for ever."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import hiredis
import pytest

from medianest_common.redis_link import RedisAway, RedisLink

NOWHERE = 9  # a port nobody listens on


@asynccontextmanager
async def linked(url: str) -> AsyncIterator[RedisLink]:
    link = RedisLink(url)
    running = asyncio.create_task(link.run())
    async with asyncio.timeout(5):
        while not link.is_up:
            await asyncio.sleep(0.01)
    yield link
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await link.close()


async def test_many_at_once_each_get_their_own_answers(cache_url: str) -> None:
    async with linked(cache_url) as link:
        answers = await asyncio.gather(
            *(link.ask(("SET", f"k{n}", n), ("GET", f"k{n}"), ("GET", "nothing")) for n in range(500))
        )
        assert answers == [[b"OK", b"%d" % n, None] for n in range(500)]


async def test_an_error_is_one_answer_among_others(cache_url: str) -> None:
    async with linked(cache_url) as link:
        first, error, last = await link.ask(("PING",), ("NOSUCHTHING",), ("ECHO", "x"))
        assert (first, last) == (b"PONG", b"x")
        assert isinstance(error, hiredis.ReplyError)


async def test_a_caller_who_gives_up_takes_nobody_elses_answer(cache_url: str) -> None:
    async with linked(cache_url) as link:
        leaving = asyncio.create_task(link.ask(("ECHO", "first")))
        await asyncio.sleep(0)
        leaving.cancel()
        assert await link.ask(("ECHO", "second")) == [b"second"]


async def test_without_a_server_asking_fails_at_once() -> None:
    with pytest.raises(RedisAway):
        await RedisLink(f"redis://127.0.0.1:{NOWHERE}").ask(("PING",))


async def test_what_is_asked_as_the_connection_ends_fails_at_once(cache_url: str) -> None:
    async with linked(cache_url) as link, asyncio.timeout(5):
        asked = asyncio.create_task(link.ask(("ECHO", "first")))
        await asyncio.sleep(0)  # it has asked, and nothing is sent yet
        await link.close()
        with pytest.raises(RedisAway):
            await asked


async def test_who_asks_seldom_connects_first_and_again_after_a_loss(cache_url: str) -> None:
    link = RedisLink(cache_url)
    await asyncio.gather(*(link.open() for _ in range(5)))
    assert await link.ask(("ECHO", "one")) == [b"one"]
    [mine] = await link.ask(("CLIENT", "ID"))
    with pytest.raises(RedisAway):
        await link.ask(("CLIENT", "KILL", "SKIPME", "no", "ID", str(mine)), ("PING",))
    await link.open()
    assert await link.ask(("ECHO", "two")) == [b"two"]
    await link.close()


async def test_a_server_that_falls_silent_is_given_up_and_found_again(cache_url: str) -> None:
    """A relay in front of Redis stops passing anything on, then comes back."""
    host, port = cache_url.rpartition("@")[2].removeprefix("redis://").partition("/")[0].split(":")
    silent = asyncio.Event()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind_reader, behind = await asyncio.open_connection(host, int(port))

        async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
            while part := await source.read(65536):
                if not silent.is_set():
                    target.write(part)

        await asyncio.gather(pump(reader, behind), pump(behind_reader, writer), return_exceptions=True)

    server = await asyncio.start_server(relay, "127.0.0.1", 0)
    relayed = cache_url.replace(f"{host}:{port}", f"127.0.0.1:{server.sockets[0].getsockname()[1]}")
    async with linked(relayed) as link:
        assert await link.ask(("PING",)) == [b"PONG"]
        silent.set()
        began = time.monotonic()
        with pytest.raises(RedisAway):
            await link.ask(("PING",))
        assert time.monotonic() - began < 3
        silent.clear()
        async with asyncio.timeout(5):
            while not link.is_up:
                await asyncio.sleep(0.02)
        assert await link.ask(("PING",)) == [b"PONG"]
    server.close()
