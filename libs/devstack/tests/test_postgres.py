"""Postgres as a child process: kept data, crashes, root, and what is not ours."""

import os
import shutil
import signal
import socket
from pathlib import Path

import asyncpg
import pytest

from medianest_devstack.errors import DevstackError, PortInUseError, ServerFailedError
from medianest_devstack.ports import free_port
from medianest_devstack.privileges import unprivileged
from medianest_devstack.servers import PostgresServer

from .conftest import processes_in


async def execute(server: PostgresServer, *statements: str) -> None:
    connection = await asyncpg.connect(server.url)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


async def count(server: PostgresServer) -> int:
    connection = await asyncpg.connect(server.url)
    found: int = await connection.fetchval("select count(*) from kept")
    await connection.close()
    return found


def uid_of(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("Uid:")[1].split()[0])


class TestData:
    async def test_outlives_a_stop_and_a_crash(self, place: Path) -> None:
        server = PostgresServer(place, password="mn_one")
        async with server:
            await execute(server, "create table kept (a int)", "insert into kept values (1)")
        await server.start()
        await execute(server, "insert into kept values (2)")
        await server.kill()
        async with server:
            assert await count(server) == 2

    async def test_is_made_anew_when_initdb_was_cut_short(self, place: Path) -> None:
        (place / "data.new" / "base").mkdir(parents=True)
        (place / "data.new" / "PG_VERSION").write_text("18\n")
        async with PostgresServer(place, fast=True) as server:
            await execute(server, "select 1")
        assert not (place / "data.new").exists()

    async def test_of_somebody_else_is_left_alone(self, place: Path) -> None:
        (place / "data").mkdir()
        (place / "data" / "thesis.txt").touch()
        with pytest.raises(DevstackError, match="no database of ours"):
            await PostgresServer(place, fast=True).start()
        assert (place / "data" / "thesis.txt").exists()

    async def test_with_another_password_is_explained(self, place: Path) -> None:
        async with PostgresServer(place, password="mn_one", fast=True):
            pass
        with pytest.raises(ServerFailedError, match="another password"):
            await PostgresServer(place, password="mn_two", fast=True).start()
        assert processes_in(place) == []


class TestLock:
    async def test_of_a_dead_postmaster_is_removed_though_its_number_lives(self, place: Path) -> None:
        server = PostgresServer(place, password="mn_one", fast=True)
        async with server:
            shutil.copy(server.data / "postmaster.pid", place / "copy")
        lines = (place / "copy").read_text().split("\n")
        (server.data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]))
        async with server:
            await execute(server, "select 1")

    async def test_of_a_living_postmaster_is_respected(self, place: Path) -> None:
        async with PostgresServer(place, password="mn_one", fast=True) as first:
            with pytest.raises(DevstackError, match=f"process {first.child.pid}"):
                await PostgresServer(place, password="mn_one", fast=True).start()
            await execute(first, "select 1")


class TestPort:
    async def test_in_use_is_named_with_its_setting(self, place: Path) -> None:
        with (
            socket.create_server(("127.0.0.1", 0)) as other,
            pytest.raises(PortInUseError, match=f"{other.getsockname()[1]} .* MEDIANEST_POSTGRES_PORT"),
        ):
            await PostgresServer(place, port=other.getsockname()[1], fast=True).start()
        assert processes_in(place) == []

    async def test_taken_between_choice_and_start_is_chosen_again(
        self, place: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            choices = iter([other.getsockname()[1], free_port()])
            monkeypatch.setattr("medianest_devstack.servers.base.free_port", lambda: next(choices))
            async with PostgresServer(place, fast=True) as server:
                assert server.port != other.getsockname()[1]


class TestRoot:
    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can give up being root")
    async def test_is_given_up_for_another_user(self, place: Path) -> None:
        async with PostgresServer(place, fast=True) as server:
            assert uid_of(server.child.pid) != 0

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can give up being root")
    async def test_is_hidden_by_a_namespace_where_nobody_else_may_enter(self, place: Path) -> None:
        place.chmod(0o700)
        async with PostgresServer(place / "inside", fast=True) as server:
            await execute(server, "select 1")
            assert (server.data / "PG_VERSION").stat().st_uid == 0
        assert place.stat().st_mode & 0o777 == 0o700

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root meets data of several users")
    async def test_keeps_data_with_the_user_who_made_it(self, place: Path) -> None:
        async with PostgresServer(place, password="mn_one", fast=True) as server:
            owner = server.data.stat().st_uid
        assert unprivileged(place, owner=owner).owner == owner

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
    async def test_refuses_data_that_nobody_it_may_become_owns(self, place: Path) -> None:
        server = PostgresServer(place, password="mn_one", fast=True)
        async with server:
            pass
        os.chown(server.data, 4321, 4321)
        with pytest.raises(DevstackError, match="belongs to user 4321"):
            await server.start()


class TestFailure:
    async def test_is_told_in_the_servers_own_words(self, place: Path) -> None:
        server = PostgresServer(place, password="mn_one", fast=True)
        async with server:
            pass
        (server.data / "PG_VERSION").write_text("12\n")
        with pytest.raises(ServerFailedError, match=r"Postgres ended with exit code 1: .*FATAL"):
            await server.start()
        assert processes_in(place) == []

    async def test_names_a_program_that_is_not_there(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MEDIANEST_POSTGRES_BIN", "/nowhere/postgres")
        with pytest.raises(DevstackError, match="MEDIANEST_POSTGRES_BIN is /nowhere/postgres"):
            PostgresServer(place)

    async def test_of_one_that_is_killed_leaves_nothing(self, place: Path) -> None:
        server = PostgresServer(place, fast=True)
        await server.start()
        server.child.signal(signal.SIGKILL)
        assert await server.child.wait() == -signal.SIGKILL
        await server.stop()
        assert not server.running
