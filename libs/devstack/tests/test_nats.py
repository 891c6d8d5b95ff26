"""NATS as a child process: rights, and never a stray server taken for ours."""

import asyncio
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client
from nats.errors import AuthorizationError
from nats.errors import Error as NatsError

from medianest_common.broker_access import inbox_prefix
from medianest_devstack.credentials import Credentials
from medianest_devstack.errors import PortInUseError, ServerFailedError
from medianest_devstack.servers import NatsServer
from medianest_devstack.servers.nats import SUBSCRIBER, nats_passwords

from .conftest import processes_in


def new_server(folder: Path, port: int | None = None) -> NatsServer:
    folder.mkdir(exist_ok=True)
    return NatsServer(folder, passwords=nats_passwords(Credentials(folder / "secrets.json")), port=port, fast=True)


class Deaf(NatsServer):
    """One that does not look whether its port is free, as when another program is quicker."""

    def _take_port(self) -> None:
        self._port = self._given_port or 0


class TestStart:
    async def test_asks_for_a_password(self, place: Path) -> None:
        async with new_server(place) as server:
            refused: list[Exception] = []

            async def note(error: Exception) -> None:
                refused.append(error)

            with pytest.raises((NatsError, AuthorizationError)):
                await nats.connect(server.url, allow_reconnect=False, error_cb=note, connect_timeout=2)

    async def test_names_a_port_in_use(self, place: Path) -> None:
        async with new_server(place / "one") as stray:
            with pytest.raises(PortInUseError, match="MEDIANEST_NATS_PORT"):
                await new_server(place / "two", stray.port).start()

    async def test_does_not_take_a_stray_server_for_its_own(self, place: Path) -> None:
        async with new_server(place / "one") as stray:
            (place / "two").mkdir()
            ours = Deaf(place / "two", passwords=stray.passwords, port=stray.port)
            with pytest.raises(ServerFailedError, match=r"NATS ended with exit code 1: .*address already in use"):
                await ours.start()
            assert processes_in(place / "two") == []
            assert stray.running

    async def test_knows_its_own_by_name(self, place: Path) -> None:
        async with new_server(place / "one") as stray, new_server(place / "two") as ours:
            assert await ours.answers()
            ours._monitor_port = stray._monitor_port
            assert not await ours.answers()

    async def test_tells_what_is_wrong_with_its_configuration(
        self, place: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        server = new_server(place)
        monkeypatch.setattr(server, "configuration", lambda: "listen: [")
        with pytest.raises(ServerFailedError, match=r"NATS ended with exit code 1: .*Parse error"):
            await server.start()


class TestData:
    async def test_outlives_a_crash(self, place: Path) -> None:
        server = new_server(place)
        await server.start()
        client = await nats.connect(server.url_for("reader_admin"))
        await client.jetstream().add_stream(name="kept", subjects=["kept"], max_bytes=1 << 20)
        await client.jetstream().publish("kept", b"1")
        await client.close()
        await server.kill()
        async with server:
            client = await nats.connect(server.url_for("reader_admin"))
            info = await client.jetstream().stream_info("kept")
            await client.close()
        assert info.state.messages == 1


class TestReload:
    async def test_lets_a_new_subscriber_in_and_keeps_the_others_connected(self, place: Path) -> None:
        async with new_server(place) as server:
            service = await nats.connect(server.url_for("auth"), inbox_prefix=inbox_prefix("auth"))
            credentials = Credentials(place / "secrets.json")
            credentials.get(f"{SUBSCRIBER}friend")
            server.reload(nats_passwords(credentials))
            friend = await connect_soon(server.url_for("friend"))
            assert service.is_connected
            await friend.close()
            await service.close()


async def connect_soon(url: str) -> Client:
    """Connect as soon as the server has read its configuration."""
    for _ in range(100):
        try:
            return await nats.connect(url, allow_reconnect=False, error_cb=_ignore, connect_timeout=1)
        except (NatsError, OSError):
            await asyncio.sleep(0.02)
    pytest.fail("the server did not take the new user")


async def _ignore(_: Exception) -> None:
    """A refused connection is reported here too."""
