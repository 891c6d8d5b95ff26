"""Real Postgres, NATS and Valkey as child processes: `async with Servers(folder, fast=True) as servers`."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from medianest_devstack.child import LineSink, discard
from medianest_devstack.credentials import Credentials
from medianest_devstack.files import make_state_folder
from medianest_devstack.servers.base import Server
from medianest_devstack.servers.nats import NatsServer, nats_passwords
from medianest_devstack.servers.postgres import PostgresServer
from medianest_devstack.servers.valkey import ValkeyServer

__all__ = ["NatsServer", "Ports", "PostgresServer", "Server", "Servers", "ValkeyServer"]


@dataclass(frozen=True)
class Ports:
    """Ports of the servers; what is left out is a free one."""

    postgres: int | None = None
    nats: int | None = None
    valkey: int | None = None


class Servers:
    """The three servers, started together and stopped together; none of them outlives this process."""

    def __init__(
        self,
        folder: Path,
        *,
        fast: bool = False,
        ports: Ports | None = None,
        credentials: Credentials | None = None,
        sink: LineSink = discard,
    ) -> None:
        """Keep data and passwords under `folder`, which is made if missing; `fast` is for data that may be lost."""
        make_state_folder(folder)
        ports = ports or Ports()
        secrets = credentials or Credentials(folder / "secrets.json")
        self.folder = folder
        self.postgres = PostgresServer(
            folder / "postgres", password=secrets.get("postgres"), port=ports.postgres, fast=fast, sink=sink
        )
        self.nats = NatsServer(
            folder / "nats", passwords=nats_passwords(secrets), port=ports.nats, fast=fast, sink=sink
        )
        self.valkey = ValkeyServer(
            folder / "valkey", password=secrets.get("valkey"), port=ports.valkey, fast=fast, sink=sink
        )

    @property
    def all(self) -> tuple[Server, Server, Server]:
        return self.postgres, self.nats, self.valkey

    async def start(self) -> None:
        """Start all three at once; when one fails the others are stopped and its error is raised."""
        starts = [asyncio.create_task(server.start()) for server in self.all]
        try:
            await asyncio.gather(*starts)
        except BaseException:
            for start in starts:
                start.cancel()
            await asyncio.gather(*starts, return_exceptions=True)
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop all three, in parallel."""
        await asyncio.gather(*(server.stop() for server in self.all))

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
