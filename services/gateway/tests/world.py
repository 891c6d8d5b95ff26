"""A whole gateway on a real socket, with a real Redis, in front of services that show what reached them."""

import asyncio
import json
import logging
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
from redis.asyncio import Redis
from yarl import URL

from medianest_devstack.testing import Broker
from medianest_gateway.app import Gateway, create_gateway
from medianest_gateway.server import Server, configure
from medianest_gateway.settings import Settings

from .doubles import CSRF_KEY, FakeAuth, Service, Signer, Someone, base64url

NOWHERE = 9  # a port nobody listens on


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Reply:
    status: int
    body: bytes
    headers: Any

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of a problem."""
        assert self.headers["Content-Type"] == "application/problem+json", self.body
        return str(self.json["code"])


@dataclass
class World:
    """Everything a test talks to; cookies are sent only where a test says so."""

    signer: Signer
    services: dict[str, Service]
    redis: Redis
    http: aiohttp.ClientSession
    gateway: Gateway
    url: str
    internal_url: str
    origin: str = "http://localhost:8080"

    @property
    def auth(self) -> FakeAuth:
        service = self.services["auth"]
        assert isinstance(service, FakeAuth)
        return service

    def service(self, name: str) -> Service:
        return self.services[name]

    async def keep_session(self, someone: Someone, state: str = "alive", epoch: int | None = None) -> None:
        """Write what auth writes into Redis."""
        value = {"state": state, "epoch": someone.epoch if epoch is None else epoch, "user_id": str(someone.user_id)}
        await self.redis.set(f"session:{someone.session_id}", json.dumps(value), ex=600)

    def cookies(self, someone: Someone, **other: str) -> dict[str, str]:
        cookies = {"medianest_session": self.signer.token(someone), "medianest_csrf": someone.csrf, **other}
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}

    async def call(
        self, method: str, path: str, someone: Someone | None = None, *, data: Any = None, **headers: str
    ) -> Reply:
        """One call as this person's own page would make it; `headers` have `_` for `-` and override."""
        sent = self.cookies(someone) if someone is not None else {}
        if someone is not None and method not in ("GET", "HEAD"):
            sent |= {"X-CSRF-Token": someone.csrf, "Origin": self.origin}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.send(method, path, sent, data)

    async def send(self, method: str, path: str, headers: Any, data: Any = None) -> Reply:
        url = URL(f"{self.url}{path}", encoded=True)
        async with self.http.request(method, url, headers=headers, data=data, allow_redirects=False) as response:
            return Reply(response.status, await response.read(), response.headers)


MakeWorld = Callable[..., Awaitable[World]]


async def build(
    undo: list[Callable[[], Awaitable[Any]]], redis_url: str, nats: Broker | None = None, **other: Any
) -> World:
    """Start services, gateway and clients; `undo` gets what ends each."""
    signer = Signer()
    services: dict[str, Service] = {
        "auth": FakeAuth(signer),
        **{n: Service() for n in ("requests", "downloader", "status")},
    }
    for service in services.values():
        await service.start()
        undo.append(service.stop)
    values: dict[str, Any] = {
        "internal_port": free_port(),
        "redis_url": redis_url,
        "csrf_key": CSRF_KEY,
        "service_key": base64url(signer.key.private_bytes_raw()),
        "nats_url": nats.url if nats else f"nats://127.0.0.1:{NOWHERE}",
        "nats_user": "gateway" if nats else None,
        "nats_password": nats.passwords.get("gateway") if nats else None,
        "max_sockets": 100,
        "log_level": "ERROR",
        **{f"{name}_url": service.url for name, service in services.items()},
    }
    settings = Settings(**(values | other))
    gateway, server = await start(settings)
    undo.append(server.stop)
    gateway.verifier.use_keys([signer.public()])
    http = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False)
    undo.append(http.close)
    redis = Redis.from_url(redis_url)
    undo.append(redis.aclose)
    internal = f"http://127.0.0.1:{settings.internal_port}"
    return World(signer, services, redis, http, gateway, f"http://127.0.0.1:{server.port}", internal)


@dataclass
class Running:
    uvicorn: Server
    task: asyncio.Task[None]

    @property
    def port(self) -> int:
        return int(self.uvicorn.servers[0].sockets[0].getsockname()[1])

    async def stop(self) -> None:
        self.uvicorn.should_exit = True
        async with asyncio.timeout(10):
            await self.task


async def start(settings: Settings) -> tuple[Gateway, Running]:
    gateway = create_gateway(settings)
    if settings.log_level == "ERROR":
        logging.getLogger().handlers = [logging.NullHandler()]  # what outlives a test outlives its captured output
    server = configure(gateway, settings)
    server.config.port = 0
    task = asyncio.create_task(server._serve())
    has_redis = f":{NOWHERE}" not in settings.redis_url.get_secret_value()
    async with asyncio.timeout(10):
        while not server.started or (has_redis and not gateway.link.is_up):
            if task.done():
                task.result()
            await asyncio.sleep(0.01)
    return gateway, Running(server, task)
