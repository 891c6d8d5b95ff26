"""Live connections: what a change of status costs on its way to 1,000 WebSockets, what a socket weighs, and how soon
all of them are back. Run it by `make bench-live`."""

import argparse
import asyncio
import base64
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import nats
import orjson
from gateway import Measured, Signer, free_port, process

from medianest_common.broker_access import inbox_prefix
from medianest_common.contracts.envelope import EVERYBODY
from medianest_common.contracts.status import IntegrationKind, ServiceHealth, ServiceState
from medianest_common.contracts.streams import STATUS_CURRENT
from medianest_devstack.provisioning import provision_broker
from medianest_devstack.servers import Servers

Sockets = list[aiohttp.ClientWebSocketResponse]


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
async def running(signer: Signer, sockets: int) -> AsyncIterator[tuple[Servers, Measured, str]]:
    """Servers, gateway and a constant auth service; the gateway's address."""
    ports = {name: free_port() for name in ("upstream", "gateway", "internal")}
    upstream = f"http://127.0.0.1:{ports['upstream']}"
    parts = str(Path(__file__).with_name("gateway_parts.py"))
    async with Servers(Path(tempfile.mkdtemp(prefix="medianest-bench-")), fast=True) as servers:
        await provision_broker(servers.nats.url_for)
        async with (
            process(parts, "upstream", str(ports["upstream"]), signer.jwks(), port=ports["upstream"]),
            process(
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
            ) as gateway,
        ):
            await asyncio.sleep(2.5)  # keys and the first status
            yield servers, gateway, f"http://127.0.0.1:{ports['gateway']}"


async def open_all(http: aiohttp.ClientSession, url: str, headers: dict[str, str], count: int) -> tuple[Sockets, float]:
    """So many sockets with their snapshots read, a hundred at a time; and how long that took."""

    async def one() -> aiohttp.ClientWebSocketResponse:
        socket = await http.ws_connect(f"{url}/api/v1/events/ws", headers=headers, max_msg_size=0)
        await socket.send_str('{"action":"subscribe","topics":["status"]}')
        await socket.receive_str()
        return socket

    began = time.perf_counter()
    sockets: Sockets = []
    while len(sockets) < count:
        sockets += await asyncio.gather(*(one() for _ in range(min(100, count - len(sockets)))))
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
    async with running(signer, options.sockets) as (servers, gateway, url):
        client = await nats.connect(servers.nats.url_for("status"), inbox_prefix=inbox_prefix("status"))
        put = client.jetstream().publish
        await put(f"$KV.{STATUS_CURRENT.name}.plex", state(1), stream=STATUS_CURRENT.stream)
        await client.close()
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(
            connector=connector, json_serialize=lambda o: orjson.dumps(o).decode()
        ) as http:
            before = gateway.memory()
            sockets, seconds = await open_all(http, url, headers, options.sockets)
            weight = (gateway.memory() - before) / options.sockets / 1024
            print(f"{options.sockets} sockets open with their snapshots: {seconds:.2f} s (aim for 1,000: 2 s)")
            print(f"memory of the gateway a socket: {weight:.1f} KiB (aim: under 20)")
            results = await changes(servers, gateway, sockets, options.changes)
            names = ("p50", "p99 (aim: 50)", "CPU of the gateway (aim: 50)")
            for name, column in zip(names, zip(*results, strict=True), strict=True):
                print(f"a change to all, {name}: {statistics.median(column):.1f} ms")
            for socket in sockets:
                socket._response.close()  # noqa: SLF001 - a thousand closing handshakes would be waited for


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, default=1000)
    parser.add_argument("--changes", type=int, default=15)
    import uvloop  # noqa: PLC0415 - only for running

    print(f"{os.cpu_count()} cores")
    uvloop.run(measure(parser.parse_args()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
