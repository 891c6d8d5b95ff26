"""Live connections: what a change of status costs on its way to 1,000 WebSockets, what a socket weighs, and how soon
all of them are back when the gateway was restarted. Run it by `make bench-live`; `ARGS=--sockets=5000` holds more."""

import argparse
import asyncio
import base64
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import nats
from gateway import Measured, Signer, free_port, process

from medianest_common.broker_access import inbox_prefix
from medianest_common.contracts.envelope import EVERYBODY
from medianest_common.contracts.status import IntegrationKind, ServiceHealth, ServiceState
from medianest_common.contracts.streams import STATUS_CURRENT
from medianest_devstack.provisioning import provision_broker
from medianest_devstack.servers import Servers

Sockets = list[aiohttp.ClientWebSocketResponse]
Gateway = Callable[[], AbstractAsyncContextManager[Measured]]


def state(version: int) -> bytes:
    now = datetime.now(UTC)
    value = ServiceState(
        version=version,
        audience=(EVERYBODY,),
        service_id="plex",
        name="Plex",
        kind=IntegrationKind.PLEX,
        health=ServiceHealth.UP if version % 2 else ServiceHealth.DOWN,
        since=now,
        checked_at=now,
        response_ms=12,
    )
    return value.model_dump_json().encode()


@asynccontextmanager
async def running(signer: Signer, sockets: int) -> AsyncIterator[tuple[Servers, Gateway, str]]:
    """Servers and a constant auth service; how the gateway is started, and its address."""
    ports = {name: free_port() for name in ("upstream", "gateway", "internal")}
    upstream = f"http://127.0.0.1:{ports['upstream']}"
    parts = str(Path(__file__).with_name("gateway_parts.py"))
    async with Servers(Path(tempfile.mkdtemp(prefix="medianest-bench-")), fast=True) as servers:
        await provision_broker(servers.nats.url_for)

        def gateway() -> AbstractAsyncContextManager[Measured]:
            return process(
                "-m",
                "medianest_gateway",
                port=ports["gateway"],
                http_port=str(ports["gateway"]),
                internal_port=str(ports["internal"]),
                redis_url=servers.valkey.url,
                csrf_key="x" * 32,
                service_key=base64.urlsafe_b64encode(signer.key.private_bytes_raw()).decode(),
                nats_url=servers.nats.url_for("gateway"),
                rate_limit_enabled="false",
                max_sockets=str(sockets + 10),
                log_level="WARNING",
                **{f"{name}_url": upstream for name in ("auth", "requests", "downloader", "status")},
            )

        async with process(parts, "upstream", str(ports["upstream"]), signer.jwks(), port=ports["upstream"]):
            yield servers, gateway, f"http://127.0.0.1:{ports['gateway']}"


async def open_all(
    http: aiohttp.ClientSession, url: str, headers: dict[str, str], count: int, at_once: int
) -> tuple[Sockets, float]:
    """So many sockets with their snapshots read, some at a time; and how long that took."""

    async def one() -> aiohttp.ClientWebSocketResponse:
        socket = await http.ws_connect(f"{url}/api/v1/events/ws", headers=headers, max_msg_size=0)
        await socket.send_str('{"action":"subscribe","topics":["status"]}')
        await socket.receive_str()
        return socket

    began = time.perf_counter()
    sockets: Sockets = []
    while len(sockets) < count:
        sockets += await asyncio.gather(*(one() for _ in range(min(at_once, count - len(sockets)))))
    return sockets, time.perf_counter() - began


async def changes(servers: Servers, gateway: Measured, sockets: Sockets, count: int) -> list[tuple[float, ...]]:
    """For each change: p50 and p99 in milliseconds until it was heard, and the gateway's CPU in milliseconds."""
    client = await nats.connect(servers.nats.url_for("status"), inbox_prefix=inbox_prefix("status"))
    stream = client.jetstream()
    heard: list[float] = []
    everybody = asyncio.Event()

    async def listen(socket: aiohttp.ClientWebSocketResponse) -> None:
        async for _ in socket:
            heard.append(time.perf_counter())
            if len(heard) == len(sockets):
                everybody.set()

    listening = [asyncio.create_task(listen(socket)) for socket in sockets]
    results: list[tuple[float, ...]] = []
    for version in range(2, count + 2):
        heard.clear()
        everybody.clear()
        before, began = gateway.cpu(), time.perf_counter()
        await stream.publish(f"$KV.{STATUS_CURRENT.name}.plex", state(version), stream=STATUS_CURRENT.stream)
        await asyncio.wait_for(everybody.wait(), 10)
        late = sorted((moment - began) * 1000 for moment in heard)
        await asyncio.sleep(0.3)
        results.append((late[len(late) // 2], late[int(len(late) * 0.99)], (gateway.cpu() - before) * 1000))
    for task in listening:
        task.cancel()
    await asyncio.gather(*listening, return_exceptions=True)
    await client.close()
    return results


async def measure(options: argparse.Namespace) -> None:
    signer = Signer()
    headers = {"Cookie": f"medianest_session={signer.token()}"}
    async with running(signer, options.sockets) as (servers, start, url):
        client = await nats.connect(servers.nats.url_for("status"), inbox_prefix=inbox_prefix("status"))
        put = client.jetstream().publish
        await put(f"$KV.{STATUS_CURRENT.name}.plex", state(1), stream=STATUS_CURRENT.stream)
        await client.close()
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as http:
            async with start() as gateway:
                await asyncio.sleep(2.5)  # keys and the first status
                sockets = await weigh(http, url, headers, gateway, options.sockets)
                await report_changes(servers, gateway, sockets, options.changes)
            await asyncio.gather(*(socket.close() for socket in sockets))
            await report_return(http, url, headers, start, options.sockets)


async def weigh(
    http: aiohttp.ClientSession, url: str, headers: dict[str, str], gateway: Measured, count: int
) -> Sockets:
    before = gateway.memory()
    sockets, seconds = await open_all(http, url, headers, count, 100)
    weight = (gateway.memory() - before) / count / 1024
    print(f"{count} sockets opened, a hundred at a time, with their snapshots: {seconds:.2f} s")
    print(f"memory of the gateway a socket: {weight:.1f} KiB (aim: under 20)")
    return sockets


async def report_changes(servers: Servers, gateway: Measured, sockets: Sockets, count: int) -> None:
    results = await changes(servers, gateway, sockets, count)
    names = ("p50", "p99 (aim: 50)", "CPU of the gateway (aim: 50)")
    for name, column in zip(names, zip(*results, strict=True), strict=True):
        print(f"a change to all {len(sockets)}, {name}: {statistics.median(column):.1f} ms")


async def report_return(
    http: aiohttp.ClientSession, url: str, headers: dict[str, str], start: Gateway, count: int
) -> None:
    """All at once, as soon as the gateway started anew can tell whose tokens are good."""
    async with start() as gateway:
        async with asyncio.timeout(20):
            while True:
                async with http.get(f"{url}/health/ready") as answer:
                    if answer.status == 200:
                        break
                await asyncio.sleep(0.02)
        before = gateway.cpu()
        sockets, seconds = await open_all(http, url, headers, count, count)
        spent = gateway.cpu() - before
        print(f"after a restart {count} come back at once: {seconds:.2f} s (aim for 1,000: 2), {spent:.2f} s of CPU")
        for socket in sockets:
            socket._response.close()  # noqa: SLF001 - a thousand closing handshakes would be waited for


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, default=1000)
    parser.add_argument("--changes", type=int, default=15)
    import uvloop  # noqa: PLC0415 - only for running

    options = parser.parse_args()
    needed = options.sockets + 512
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(needed, hard), hard))
    uvloop.run(measure(options))
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return 0


if __name__ == "__main__":
    sys.exit(main())
