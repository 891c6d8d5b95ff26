"""Two gigabytes through the gateway, and what its memory does meanwhile: with a quick reader, and with one who dawdles.

Run it by `make bench-gateway`.
"""

import asyncio
import base64
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import aiohttp
import uvloop
from gateway import Measured, Signer, free_port, process
from redis.asyncio import Redis

from medianest_devstack.servers import ValkeyServer

PATH = "/api/v1/downloads/1/items/2/file"
AIM = 20.0
MIB = 1024 * 1024
DAWDLED = 50_000_000  # bytes at ten megabytes a second; then the reader leaves


async def take(http: aiohttp.ClientSession, url: str, gateway: Measured, *, pace: float = 0.0) -> tuple[float, float]:
    """Read the file, all of it or slowly a part; seconds, and by how many MiB the gateway's memory grew at most."""
    before = highest = gateway.memory()
    began, taken, looked = time.perf_counter(), 0, 0
    async with http.get(url) as answer:
        assert answer.status == 200, await answer.text()
        async for part in answer.content.iter_any():
            taken += len(part)
            if taken - looked > 5_000_000:
                looked, highest = taken, max(highest, gateway.memory())
            if pace:
                if taken > DAWDLED:
                    answer.close()
                    break
                await asyncio.sleep(max(0.0, began + taken / pace - time.perf_counter()))
    return time.perf_counter() - began, (max(highest, gateway.memory()) - before) / MIB


async def measure() -> bool:
    signer = Signer()
    ports = {name: free_port() for name in ("upstream", "gateway", "internal")}
    upstream = f"http://127.0.0.1:{ports['upstream']}"
    parts = str(Path(__file__).with_name("gateway_parts.py"))
    async with (
        ValkeyServer(Path(tempfile.mkdtemp(prefix="medianest-bench-")) / "valkey", fast=True) as valkey,
        process(parts, "files", str(ports["upstream"]), signer.jwks(), port=ports["upstream"]),
        process(
            "-m",
            "medianest_gateway",
            port=ports["gateway"],
            http_port=str(ports["gateway"]),
            internal_port=str(ports["internal"]),
            redis_url=valkey.url,
            csrf_key="x" * 32,
            service_key=base64.urlsafe_b64encode(signer.key.private_bytes_raw()).decode(),
            nats_url="nats://127.0.0.1:9",
            **{f"{name}_url": upstream for name in ("auth", "requests", "downloader", "status")},
        ) as gateway,
    ):
        redis = Redis.from_url(valkey.url)
        state = json.dumps({"state": "alive", "epoch": 0, "user_id": signer.user})
        await redis.set(f"session:{signer.session}", state)
        await redis.aclose()
        await asyncio.sleep(2)
        headers = {"Cookie": f"medianest_session={signer.token()}"}
        async with aiohttp.ClientSession(headers=headers) as http:
            url = f"http://127.0.0.1:{ports['gateway']}{PATH}"
            seconds, grown = await take(http, url, gateway)
            print(f"2 GB through the gateway: {seconds:.1f} s, its memory grew by {grown:.1f} MiB (aim: under {AIM:g})")
            _, dawdled = await take(http, url, gateway, pace=10_000_000)
            print(f"a reader of 10 MB a second: its memory grew by {dawdled:.1f} MiB (aim: under {AIM:g})")
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return max(grown, dawdled) < AIM


if __name__ == "__main__":
    sys.exit(0 if uvloop.run(measure()) else 1)
