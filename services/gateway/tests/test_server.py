"""The process: bounds on what strangers send, and an end within seconds."""

import asyncio
import resource
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from medianest_devstack.testing import Broker
from medianest_gateway.server import OneStroke, expect_files

from .doubles import CSRF_KEY, Signer, base64url
from .world import NOWHERE, MakeWorld, World, free_port


async def raw(world: World, data: bytes, *, wait: float = 3.0) -> bytes:
    """Send bytes as they are; everything that comes back until the connection ends, or for a while."""
    host, port = world.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(data)
    got = b""
    try:
        async with asyncio.timeout(wait):
            while part := await reader.read(65536):
                got += part
    except (TimeoutError, ConnectionError):
        pass
    writer.close()
    return got


SMUGGLED = [
    b"POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nx",
    b"POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
    b"POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: +4\r\n\r\nabcd",
    b"POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    b"POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    b"GET /api/v1/auth/setup HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n",
    b"GET /api/v1/auth/setup HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n",
    b"GET /api/v1/auth/setup HTTP/1.1\r\nConnection: close\r\n\r\n",
    b"GET /api/v1/auth/setup HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
    b"nonsense\r\n\r\n",
]


@pytest.mark.parametrize("request_bytes", SMUGGLED, ids=range(len(SMUGGLED)))
async def test_what_can_be_read_in_two_ways_is_400_and_reaches_nobody(world: World, request_bytes: bytes) -> None:
    answer = await raw(world, request_bytes)
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"application/problem+json" in answer
    assert world.auth.seen == []


async def test_an_absolute_address_is_its_path_alone(world: World) -> None:
    answer = await raw(
        world, b"GET http://evil.example/api/v1/auth/setup HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 200")
    assert world.auth.seen[0].headers["x-forwarded-host"] == "localhost:8080"


_UPGRADE = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
_VERSION = b"Sec-WebSocket-Version: 13\r\n"
NO_HANDSHAKES = {
    "with a body": b"GET %b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n" + _UPGRADE + _VERSION + b"\r\nhello",
    "of another method": b"POST %b HTTP/1.1\r\nHost: a\r\n" + _UPGRADE + _VERSION + b"\r\n",
    "of another version": b"GET %b HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Version: 8\r\n" + _UPGRADE + b"\r\n",
    "with a long header": b"GET %b HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 9000 + b"\r\n" + _UPGRADE + _VERSION + b"\r\n",
    "with many headers": b"GET %b HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * 200 + _UPGRADE + _VERSION + b"\r\n",
}


@pytest.mark.parametrize("handshake", NO_HANDSHAKES.values(), ids=NO_HANDSHAKES)
async def test_what_is_no_handshake_is_400_and_holds_no_connection(world: World, handshake: bytes) -> None:
    async with asyncio.timeout(10):
        answer = await raw(world, handshake % b"/api/v1/events/ws", wait=60)  # to the end of the connection
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"application/problem+json" in answer


async def test_a_socket_that_is_denied_is_no_error_of_ours(world: World, caplog: pytest.LogCaptureFixture) -> None:
    head = b"GET /api/v1/events/ws HTTP/1.1\r\nHost: a\r\n"
    assert (await raw(world, head + _UPGRADE + _VERSION + b"\r\n", wait=60)).startswith(b"HTTP/1.1 401")
    assert caplog.records == []


async def test_a_head_without_end_is_cut_off(world: World) -> None:
    answer = await raw(world, b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 100_000)
    assert answer.startswith(b"HTTP/1.1 400")
    for many in (b"".join(b"X-%d: %b\r\n" % (n, b"a" * 100) for n in range(1000)), b"a:b\r\n" * 3000):
        assert (await raw(world, b"GET / HTTP/1.1\r\nHost: a\r\n" + many + b"\r\n")).startswith(b"HTTP/1.1 400")


async def test_a_bare_connect_and_an_odd_target_are_refused(world: World) -> None:
    for line in (b"CONNECT a:80", b"OPTIONS *"):
        assert b" 40" in (await raw(world, line + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))[:14]


async def test_calls_sent_without_waiting_are_answered_in_their_order(world: World) -> None:
    first, second = (b"GET %b HTTP/1.1\r\nHost: a\r\n" % path for path in (b"/api/v1/nothing", b"/health/live"))
    answer = await raw(world, first + b"\r\n" + second + b"Connection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 404")
    assert answer.index(b"HTTP/1.1 200") > answer.index(b"}")


async def test_a_caller_who_wants_no_more_is_told_so_and_left(world: World) -> None:
    """`raw` reads to the end of the connection."""
    async with asyncio.timeout(10):
        for head in (b"GET /health/live HTTP/1.0\r\n\r\n", b"HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"):
            assert b"\r\nconnection: close\r\n" in (await raw(world, head, wait=60)).lower()


class TestSlowness:
    """One byte now and then, for longer than the gateway waits, never pausing as long as that."""

    @pytest.mark.parametrize(
        "beginning",
        [b"", b"GET /health/live HTTP/1.1\r\nHost: a\r\nX: "],
        ids=["nothing", "half a head"],
    )
    async def test_a_head_that_does_not_end_is_given_up(self, make_world: MakeWorld, beginning: bytes) -> None:
        world = await make_world(head_deadline=0.4)
        assert await self._drip(world, beginning, b"a" if beginning else b"") == b""

    async def test_a_second_head_on_the_same_connection_too(self, make_world: MakeWorld) -> None:
        world = await make_world(head_deadline=1.0)
        first = b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nX: "
        assert (await self._drip(world, first, b"a")).startswith(b"HTTP/1.1 200")

    @pytest.mark.parametrize("length", [100, 200_000], ids=["read before it goes on", "passed on as it comes"])
    async def test_a_body_that_does_not_end_is_408_and_lets_go_of_the_service(
        self, make_world: MakeWorld, length: int
    ) -> None:
        world = await make_world(body_deadline=0.4)
        head = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n{" % length
        assert (await self._drip(world, head, b" ")).startswith(b"HTTP/1.1 408")
        assert world.auth.seen == []

    async def _drip(self, world: World, beginning: bytes, drop: bytes) -> bytes:
        """What comes back until the gateway ends the connection; fails if it does not."""
        host, port = world.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(beginning)

        async def dripping() -> None:
            while True:
                await asyncio.sleep(0.05)
                writer.write(drop)

        drops = asyncio.create_task(dripping())
        got = b""
        try:
            async with asyncio.timeout(10):
                while part := await reader.read(65536):
                    got += part
        except ConnectionError:
            pass  # what is dripped on after the end resets the connection
        finally:
            drops.cancel()
            writer.close()
        return got


class Wire(asyncio.Transport):
    """A transport that keeps what is done to it."""

    def __init__(self) -> None:
        super().__init__()
        self.done: list[bytes | str] = []

    def is_closing(self) -> bool:
        return "closed" in self.done

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.done.append(bytes(data))

    def close(self) -> None:
        self.done.append("closed")


class TestOneStroke:
    async def test_what_is_written_in_one_turn_goes_together_and_at_once(self) -> None:
        wire = Wire()
        stroke = OneStroke(wire, asyncio.get_running_loop())
        stroke.write(b"head ")
        stroke.write(b"body")
        await asyncio.sleep(0)
        assert wire.done == [b"head body"]
        stroke.write(b"next")
        await asyncio.sleep(0)
        assert wire.done == [b"head body", b"next"]

    async def test_a_close_sends_what_was_written_before_it_and_nothing_after(self) -> None:
        wire = Wire()
        stroke = OneStroke(wire, asyncio.get_running_loop())
        stroke.write(b"last")
        stroke.close()
        stroke.write(b"too late")
        await asyncio.sleep(0)
        assert wire.done == [b"last", "closed"]

    async def test_who_takes_over_writes_after_what_was_written(self) -> None:
        wire = Wire()
        stroke = OneStroke(wire, asyncio.get_running_loop())
        stroke.write(b"first")
        stroke.give_up().write(b"second")
        await asyncio.sleep(0)
        assert wire.done == [b"first", b"second"]


async def wait_for_port(port: int) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


@asynccontextmanager
async def process(**other: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, int, int]]:
    """The gateway as it is started by anybody, with nothing around it but what is named; its two ports."""
    port, internal = free_port(), free_port()
    away = f"http://127.0.0.1:{NOWHERE}"
    environment = {
        "MEDIANEST_HTTP_PORT": str(port),
        "MEDIANEST_INTERNAL_PORT": str(internal),
        "MEDIANEST_REDIS_URL": f"redis://127.0.0.1:{NOWHERE}",
        "MEDIANEST_NATS_URL": f"nats://127.0.0.1:{NOWHERE}",
        "MEDIANEST_CSRF_KEY": CSRF_KEY,
        "MEDIANEST_SERVICE_KEY": base64url(Signer().key.private_bytes_raw()),
        "MEDIANEST_MAX_SOCKETS": "100",
        **{f"MEDIANEST_{name}_URL": away for name in ("AUTH", "REQUESTS", "DOWNLOADER", "STATUS")},
    }
    command = (sys.executable, "-m", "medianest_gateway")
    started = await asyncio.create_subprocess_exec(*command, env=environment | other, stdout=asyncio.subprocess.DEVNULL)
    try:
        await wait_for_port(port)
        yield started, port, internal
    finally:
        if started.returncode is None:
            started.kill()
            await started.wait()


async def test_a_process_serves_without_anything_around_it_and_ends_within_seconds() -> None:
    """With a connection open, which would otherwise hold it up."""
    async with process() as (started, port, _):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n")
        await writer.drain()
        began = time.monotonic()
        started.terminate()
        await asyncio.wait_for(started.wait(), 10)
        assert time.monotonic() - began < 8
        writer.close()
        assert started.returncode in (0, -15)


async def test_a_process_reaches_redis_and_the_broker_on_its_own_loop(cache_url: str, broker: Broker) -> None:
    """The other tests run on another loop than the one that serves."""
    settings = {
        "MEDIANEST_REDIS_URL": cache_url,
        "MEDIANEST_NATS_URL": broker.url,
        "MEDIANEST_NATS_PASSWORD": broker.passwords.get("gateway", ""),
    }
    async with process(**settings) as (_, _, internal), aiohttp.ClientSession() as http:
        async with asyncio.timeout(10):
            while True:
                async with http.get(f"http://127.0.0.1:{internal}/health/ready") as response:
                    checks = (await response.json())["checks"]
                if (checks["redis"], checks["broker"]) == ("ok", "ok"):
                    break
                await asyncio.sleep(0.1)


def test_a_promise_of_more_sockets_than_files_ends_the_start_and_names_the_limit() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        pytest.skip("this process may open as many files as it likes")
    with pytest.raises(SystemExit, match="RLIMIT_NOFILE"):
        expect_files(hard)


async def test_settings_that_cannot_be_used_are_one_sentence() -> None:
    environment = {"MEDIANEST_AUTH_URL": "nowhere", "MEDIANEST_SERVICE_KEY": "hunter2"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "medianest_gateway", env=environment, stderr=asyncio.subprocess.PIPE
    )
    _, said = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 1
    assert b"MEDIANEST_AUTH_URL" in said
    assert b"MEDIANEST_REDIS_URL" in said
    assert b"hunter2" not in said
    assert b"Traceback" not in said
