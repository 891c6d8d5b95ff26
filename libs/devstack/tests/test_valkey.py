"""Valkey as a child process."""

import asyncio
import os
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError

from medianest_devstack.errors import ServerFailedError
from medianest_devstack.servers import ValkeyServer


class TestServer:
    async def test_asks_for_a_password(self, place: Path) -> None:
        async with ValkeyServer(place, fast=True) as server:
            client = Redis(port=server.port)
            with pytest.raises(AuthenticationError):
                await client.ping()
            await client.aclose()

    async def test_keeps_its_password_to_itself(self, place: Path) -> None:
        async with ValkeyServer(place, password="mn_one"):
            assert (place / "valkey.conf").stat().st_mode & 0o077 == 0

    async def test_keeps_what_was_written_before_a_crash(self, place: Path) -> None:
        server = ValkeyServer(place, password="mn_one")
        await server.start()
        client = Redis.from_url(server.url)
        await client.set("key", "value")
        while (await client.info("persistence"))["aof_pending_bio_fsync"]:
            await asyncio.sleep(0.05)
        await client.aclose()
        await server.kill()
        async with server:
            client = Redis.from_url(server.url)
            assert await client.get("key") == b"value"
            await client.aclose()

    async def test_tells_why_it_does_not_start(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        program = place / "valkey-server"
        program.write_text("#!/bin/sh\necho 'Fatal: no luck today'\nexit 3\n")
        program.chmod(0o755)
        monkeypatch.setenv("MEDIANEST_VALKEY_BIN", os.fspath(program))
        with pytest.raises(ServerFailedError, match="Valkey ended with exit code 3: Fatal: no luck today"):
            await ValkeyServer(place).start()
