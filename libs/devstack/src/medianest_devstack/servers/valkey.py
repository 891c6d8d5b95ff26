"""Valkey: a private configuration file, a password, readiness by PING."""

import asyncio
from pathlib import Path

from medianest_devstack import binaries
from medianest_devstack.child import Command, LineSink, discard
from medianest_devstack.credentials import new_secret
from medianest_devstack.files import write_private
from medianest_devstack.servers.base import CLEAN_ENVIRONMENT, Server


class ValkeyServer(Server):
    """A Valkey (or Redis) of our own."""

    name = "Valkey"
    setting = "MEDIANEST_VALKEY_PORT"

    def __init__(
        self,
        folder: Path,
        *,
        password: str | None = None,
        port: int | None = None,
        fast: bool = False,
        sink: LineSink = discard,
    ) -> None:
        super().__init__(folder, port=port, fast=fast, sink=sink)
        self._password = password or new_secret()
        self._program = binaries.find("valkey")

    @property
    def url(self) -> str:
        return f"redis://:{self._password}@{self.address}/0"

    async def prepare(self) -> None:
        data = self.folder / "data"
        data.mkdir(exist_ok=True)
        lines = [
            "bind 127.0.0.1",
            f"port {self._port}",
            f"requirepass {self._password}",
            f'dir "{data}"',
            f"appendonly {'no' if self.fast else 'yes'}",
            'save ""',
            "maxmemory 256mb",
            "maxmemory-policy allkeys-lru",  # a last resort: the gateway keeps answers in half of it alone
            "daemonize no",
        ]
        write_private(self.folder / "valkey.conf", "\n".join(lines) + "\n")

    def command(self) -> Command:
        return Command(
            name="valkey",
            argv=[str(self._program), str(self.folder / "valkey.conf")],
            env=CLEAN_ENVIRONMENT,
            cwd=self.folder,
        )

    async def answers(self) -> bool:
        """Sign in with our password and ping."""
        try:
            async with asyncio.timeout(2):
                return await self._ping()
        except (OSError, TimeoutError):
            return False

    async def _ping(self) -> bool:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(f"AUTH {self._password}\r\nPING\r\n".encode())
            return await reader.readline() == b"+OK\r\n" and await reader.readline() == b"+PONG\r\n"
        finally:
            writer.close()
