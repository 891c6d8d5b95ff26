"""The two roles of the downloader on servers of their own, which may be killed and come back where they were.

A run of the suite ends with its servers, by design; here each is started again on its data and its port.
"""

import asyncio
import json
import shutil
import tempfile
from collections import deque
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import aiohttp
import asyncpg
import nats
from nats.aio.client import Client

from medianest_common.broker_access import inbox_prefix
from medianest_common.contracts.auth import KeySet
from medianest_common.contracts.downloads import ItemCompleted
from medianest_common.contracts.streams import EVENTS, JWKS
from medianest_common.migrate import migrate
from medianest_devstack import topology
from medianest_devstack.credentials import Credentials
from medianest_devstack.plan import DATABASES, Plan, choose_ports, server_ports
from medianest_devstack.ports import PortBook, free_port
from medianest_devstack.provisioning import provision_broker
from medianest_devstack.servers import Server, Servers
from medianest_devstack.settings import Environment, RunSettings
from medianest_devstack.supervisor import Service, Supervisor
from support.keys import SigningKey, invented_claims
from support.suite import ROOT

_PROCESSES = ("sandbox", "downloader", "worker")
_ANSWER_SECONDS = 10.0


class Downloading:
    """Use as an async context manager; `worker` and `another` are two workers with these settings."""

    def __init__(self, **worker_settings: object) -> None:
        self._key = SigningKey.new()
        self._worker_env = {f"MEDIANEST_{name.upper()}": str(value) for name, value in worker_settings.items()}
        self._stack = AsyncExitStack()
        self._said: deque[str] = deque(maxlen=200)

    async def __aenter__(self) -> Self:
        folder = Path(tempfile.mkdtemp(prefix="medianest-downloading-"))
        folder.chmod(0o711)
        self._stack.callback(shutil.rmtree, folder, ignore_errors=True)
        try:
            await self._start(folder)
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            print("\n".join(self._said))
        await self._stack.aclose()

    @property
    def media(self) -> Path:
        return self._plan.media

    @property
    def servers(self) -> Servers:
        return self._plan.servers

    def pid(self, process: str) -> int | None:
        """None while it is on its way up."""
        return self._supervisor.kept[process].pid

    def token(self, user_id: UUID) -> str:
        return self._key.sign(invented_claims(sub=str(user_id), role="user"))

    async def call(self, method: str, path: str, user_id: UUID, body: Any = None) -> Any:
        """What the api role answers; None while it is away or cannot answer."""
        headers = {"Authorization": f"Bearer {self.token(user_id)}"}
        return await self._ask(method, f"{self._plan.url('downloader')}{path}", headers, body)

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        """The sandbox's control API."""
        return await self._ask(method, f"{self._plan.sandbox_url}/control{path}", {}, body)

    async def _ask(self, method: str, url: str, headers: Mapping[str, str], body: Any) -> Any:
        try:
            async with self._http.request(method, url, json=body, headers=headers) as answer:
                return json.loads(await answer.read() or "null") if answer.status < 300 else None
        except (aiohttp.ClientError, TimeoutError):
            return None

    async def count(self, statement: str, *values: Any) -> int:
        """The number a statement on the downloader's database yields."""
        connection = await asyncpg.connect(self._database, timeout=10)
        try:
            return int(await connection.fetchval(statement, *values))
        finally:
            await connection.close()

    async def completed_facts(self) -> int:
        """How often the event stream has heard that an item is complete."""
        client = await self._broker_client("provisioner")
        try:
            subject = ItemCompleted.subject
            info = await client.jetstream(timeout=10).stream_info(EVENTS.name, subjects_filter=subject)
            return int((info.state.subjects or {}).get(subject, 0))
        finally:
            await client.close()

    async def _start(self, folder: Path) -> None:
        self._plan = plan = _plan(folder)
        plan.media.mkdir(parents=True, exist_ok=True)
        timeout = aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
        self._http = await self._stack.enter_async_context(aiohttp.ClientSession(timeout=timeout))
        servers: tuple[Server, ...] = (plan.servers.postgres, plan.servers.nats)
        for server in servers:
            self._stack.push_async_callback(server.stop)
        await asyncio.gather(*(server.start() for server in servers))
        await self._fill_servers()
        self._supervisor = Supervisor(self._services(), cwd=ROOT, sink=lambda *line: self._said.append(" ".join(line)))
        self._stack.push_async_callback(self._supervisor.stop)
        await self._supervisor.start()

    async def _fill_servers(self) -> None:
        """The database, the streams, and the key that signs our callers' tokens."""
        plan = self._plan
        guests = {role: plan.role_password(role) for role in DATABASES["downloader"]}
        self._database = await plan.servers.postgres.ensure_database(
            "downloader", "downloader", plan.role_password("downloader"), guests
        )
        await asyncio.to_thread(migrate, "medianest_downloader", self._database)
        await provision_broker(plan.servers.nats.url_for)
        client = await self._broker_client("auth")
        keys = KeySet(version=1, keys=(self._key.jwk(),))
        await client.jetstream(timeout=5).publish(f"$KV.{JWKS.name}.current", keys.model_dump_json().encode())
        await client.close()

    async def _broker_client(self, user: str) -> Client:
        url = self._plan.servers.nats.url_for(user)
        return await nats.connect(url, inbox_prefix=inbox_prefix(user), connect_timeout=5)

    def _services(self) -> list[Service]:
        """Those of the suite that fetch, and a second worker."""
        table = {service.name: service for service in topology.services(self._plan) if service.name in _PROCESSES}
        worker = replace(table["worker"], env={**table["worker"].env, **self._worker_env})
        port = free_port()
        own = {"MEDIANEST_HTTP_PORT": str(port), "MEDIANEST_WORKER_ID": "another"}
        another = replace(
            worker, name="another", env={**worker.env, **own}, ready_url=f"http://127.0.0.1:{port}/health/ready"
        )
        return [*(table | {"worker": worker}).values(), another]


def _plan(folder: Path) -> Plan:
    port = free_port()
    settings = RunSettings(port=port, sandbox_port=free_port({port}), log_format="json")
    ports = choose_ports(settings, PortBook(folder / "ports.json"))
    credentials = Credentials(folder / "secrets.json")
    servers = Servers(folder, ports=server_ports(ports), credentials=credentials)
    return Plan(ROOT, folder, Environment(settings, {}, {}), ports, credentials, servers)
