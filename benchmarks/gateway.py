"""How much the gateway costs: forwarding with authentication, limits and metrics on, beside a bare aiohttp forwarder.

Both stand on uvicorn in front of the same constant upstream; rounds alternate, since a machine's speed drifts, and the
figures are medians. Run it by `make bench-gateway`, which also runs `gateway_service.py` and `gateway_files.py`.
"""

import argparse
import asyncio
import base64
import json
import os
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import jwt
import uvloop
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from redis.asyncio import Redis

from medianest_common.tokens import AUDIENCE, ISSUER
from medianest_devstack.provisioning import provision_broker
from medianest_devstack.servers import Servers

PATH = "/api/v1/requests"
AIM = 0.60


class Signer:
    """A key, and an access token signed with it."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.user, self.session = str(uuid4()), str(uuid4())

    def jwks(self) -> str:
        raw = base64.urlsafe_b64encode(self.key.public_key().public_bytes_raw()).rstrip(b"=").decode()
        key = {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": "k", "x": raw}
        return json.dumps({"keys": [key]})

    def token(self) -> str:
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": self.user, "sid": self.session, "role": "user", "epoch": 0}
        return jwt.encode(claims | {"iat": now, "exp": now + 3600}, self.key, "EdDSA", headers={"kid": "k"})


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Measured:
    """A process as the kernel knows it."""

    pid: int

    def cpu(self) -> float:
        """Seconds of CPU so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> int:
        """Resident bytes."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@asynccontextmanager
async def process(*arguments: str, port: int, **environment: str) -> AsyncIterator[Measured]:
    """A child that listens on a port, ended afterwards."""
    values = {f"MEDIANEST_{name.upper()}": value for name, value in environment.items()}
    child = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, env={"PATH": os.environ["PATH"], **values}, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(20):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    if child.returncode is not None:
                        raise RuntimeError(f"{arguments} ended with {child.returncode}") from None
                    await asyncio.sleep(0.05)
                else:
                    writer.close()
                    break
        yield Measured(child.pid)
    finally:
        if child.returncode is None:
            child.terminate()
            await child.wait()


class Caller(asyncio.Protocol):
    """One kept-alive connection that asks again as soon as it is answered."""

    def __init__(self, request: bytes, until: float, taken: list[float]) -> None:
        self._request = request
        self._until = until
        self._taken = taken
        self._got = b""
        self._began = 0.0
        self.done = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, _, body = self._got.partition(b"\r\n\r\n")
        if b"content-length: " not in head.lower():
            return
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(body) < length:
            return
        if not head.startswith(b"HTTP/1.1 200"):
            self.done.set_exception(RuntimeError(self._got[:300].decode()))
            return
        self._taken.append(time.perf_counter() - self._began)
        self._got = b""
        if time.perf_counter() < self._until:
            self._ask()
        elif not self.done.done():
            self.done.set_result(None)
            self._transport.close()

    def _ask(self) -> None:
        self._began = time.perf_counter()
        self._transport.write(self._request)


@dataclass(frozen=True)
class Side:
    """One of the two that are compared."""

    process: Measured
    port: int
    headers: str = ""


@dataclass(frozen=True)
class Round:
    """Calls a second, their p99 in milliseconds, and the CPU each cost the process in microseconds."""

    rate: float
    late: float
    cpu: float


async def round_of(side: Side, connections: int, seconds: float) -> Round:
    """Ask over so many connections for so long."""
    port, headers = side.port, side.headers
    request = f"GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: bench\r\nAccept: */*\r\n{headers}\r\n"
    taken: list[float] = []
    began = side.process.cpu()
    until = time.perf_counter() + seconds
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(lambda: Caller(request.encode(), until, taken), "127.0.0.1", port)
        for _ in range(connections)
    ]
    await asyncio.gather(*(caller.done for _, caller in made))
    taken.sort()
    cpu = (side.process.cpu() - began) / len(taken) * 1e6
    return Round(len(taken) / seconds, taken[int(len(taken) * 0.99)] * 1000, cpu)


async def compare(options: argparse.Namespace) -> bool:
    """Measure both sides in turn and print them; whether the aim is met."""
    signer = Signer()
    ports = {name: free_port() for name in ("upstream", "bare", "gateway", "internal")}
    upstream = f"http://127.0.0.1:{ports['upstream']}"
    parts = str(Path(__file__).with_name("gateway_parts.py"))
    folder = Path(tempfile.mkdtemp(prefix="medianest-bench-"))
    key = base64.urlsafe_b64encode(signer.key.private_bytes_raw()).decode()
    cookie = f"Cookie: medianest_session={signer.token()}\r\n"
    async with (
        Servers(folder, fast=True) as servers,
        process(parts, "upstream", str(ports["upstream"]), signer.jwks(), port=ports["upstream"]),
        process(parts, "bare", str(ports["bare"]), upstream, port=ports["bare"]) as bare,
        process(
            "-m",
            "medianest_gateway",
            port=ports["gateway"],
            http_port=str(ports["gateway"]),
            internal_port=str(ports["internal"]),
            redis_url=servers.valkey.url,
            csrf_key="x" * 32,
            service_key=key,
            nats_url=servers.nats.url,
            nats_password=servers.nats.passwords["gateway"],
            rate_api_per_minute="100000000",
            **{f"{name}_url": upstream for name in ("auth", "requests", "downloader", "status")},
        ) as gateway,
    ):
        await provision_broker(servers.nats.url_for)
        redis = Redis.from_url(servers.valkey.url)
        state = json.dumps({"state": "alive", "epoch": 0, "user_id": signer.user})
        await redis.set(f"session:{signer.session}", state)
        await redis.aclose()
        await asyncio.sleep(4)  # the gateway asks auth for its keys, since the broker has none
        sides = {
            "bare aiohttp forwarder": Side(bare, ports["bare"]),
            "gateway": Side(gateway, ports["gateway"], cookie),
        }
        return await alternate(sides, options, AIM)


async def alternate(sides: dict[str, Side], options: argparse.Namespace, aim: float) -> bool:
    """Measure the yardstick, named first, and what is held against it; print both and whether the aim is met."""
    measured: dict[str, list[Round]] = {name: [] for name in sides}
    for side in sides.values():
        await round_of(side, options.connections, 1.0)
    for _ in range(options.rounds):
        for name, side in sides.items():
            measured[name].append(await round_of(side, options.connections, options.seconds))
    print(f"{'':26}{'calls/s':>10}{'p99 ms':>10}{'CPU us':>10}")
    for name, rounds in measured.items():
        rate, late, cpu = (statistics.median(getattr(r, field) for r in rounds) for field in ("rate", "late", "cpu"))
        print(f"{name:26}{rate:10.0f}{late:10.1f}{cpu:10.0f}")
    yardstick, tried = measured.values()
    pairs = list(zip(tried, yardstick, strict=True))
    ratio = statistics.median(g.rate / b.rate for g, b in pairs)
    by_cpu = statistics.median(b.cpu / g.cpu for g, b in pairs)
    name = f"ratio (aim: {aim:.0%})"
    print(f"{name:26}{ratio:10.0%}{'':10}{by_cpu:10.0%}")
    print(f"{options.connections} connections, {options.rounds} rounds of {options.seconds} s a side, in turn")
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return ratio >= aim


def parsed(description: str | None) -> argparse.Namespace:
    """How often, how long, over how many connections: as the command line says."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--connections", type=int, default=16)
    return parser.parse_args()


def main() -> int:
    return 0 if uvloop.run(compare(parsed(__doc__))) else 1


if __name__ == "__main__":
    sys.exit(main())
