"""Roles and databases on one Postgres."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from medianest_devstack.databases import DatabaseAdmin, url_with
from medianest_devstack.errors import DevstackError

NAMES = ("devstack_one", "devstack_two", "devstack_copy")


@pytest_asyncio.fixture
async def admin(postgres_server: DatabaseAdmin) -> AsyncIterator[DatabaseAdmin]:
    yield postgres_server
    for name in NAMES:
        await postgres_server.drop_database(name)


class TestEnsureDatabase:
    async def test_makes_the_service_owner_of_its_schema(self, admin: DatabaseAdmin) -> None:
        url = await admin.ensure_database("devstack_one", "devstack_a", "mn_pw")
        connection = await asyncpg.connect(url)
        await connection.execute("create table mine (a int)")
        await connection.close()

    async def test_may_be_repeated_with_a_new_password(self, admin: DatabaseAdmin) -> None:
        await admin.ensure_database("devstack_one", "devstack_a", "mn_old")
        url = await admin.ensure_database("devstack_one", "devstack_a", "mn_it's new")
        await (await asyncpg.connect(url)).close()

    async def test_may_be_done_by_several_at_once(self, admin: DatabaseAdmin) -> None:
        again = [admin.ensure_database("devstack_one", "devstack_a", "mn_pw") for _ in range(6)]
        assert len(set(await asyncio.gather(*again))) == 1

    async def test_keeps_other_services_out(self, admin: DatabaseAdmin) -> None:
        await admin.ensure_database("devstack_one", "devstack_a", "mn_pw")
        other = await admin.ensure_database("devstack_two", "devstack_b", "mn_pw")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(url_with(other, database="devstack_one"))

    async def test_lets_a_guest_connect_and_no_more(self, admin: DatabaseAdmin) -> None:
        url = await admin.ensure_database("devstack_one", "devstack_a", "mn_pw", {"devstack_guest": "mn_guest"})
        owner = await asyncpg.connect(url)
        await owner.execute("create table mine (a int)")
        await owner.close()
        guest = await asyncpg.connect(url_with(url, role="devstack_guest", password="mn_guest"))
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await guest.execute("select * from mine")
        await guest.close()

    async def test_refuses_a_name_that_is_none(self, admin: DatabaseAdmin) -> None:
        with pytest.raises(DevstackError, match="no name"):
            await admin.ensure_database('x"; drop database postgres; --', "devstack_a", "mn_pw")


class TestCloneDatabase:
    async def test_copies_what_is_in_it(self, admin: DatabaseAdmin) -> None:
        connection = await asyncpg.connect(await admin.ensure_database("devstack_one", "devstack_a", "mn_pw"))
        await connection.execute("create table mine as select 7 as a")
        await connection.close()
        copy = await admin.clone_database("devstack_copy", "devstack_one", "devstack_a")
        connection = await asyncpg.connect(url_with(copy, role="devstack_a", password="mn_pw"))
        assert await connection.fetchval("select a from mine") == 7
        await connection.close()
