"""Roles and databases: one of each per service, copies of a migrated template for tests."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from medianest_devstack.errors import DevstackError

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
# Roles and databases are shared by the whole server; two runs changing them at once fail with "tuple concurrently
# updated", so all of it is done under one lock.
_LOCK = 0x6D656469616E


def _identifier(name: str) -> str:
    """Return a name fit for SQL; ours are plain, so anything else is a mistake."""
    if not _NAME.fullmatch(name):
        raise DevstackError(f"{name!r} is no name for a database or role: lower-case letters, digits and _ only.")
    return f'"{name}"'


def url_with(url: str, *, database: str | None = None, role: str | None = None, password: str = "") -> str:
    """Return the URL pointed at another database, or signed in as another role."""
    parts = urlsplit(url)
    netloc = parts.netloc
    if role is not None:
        netloc = f"{quote(role)}:{quote(password, safe='')}@{netloc.rpartition('@')[2]}"
    path = parts.path if database is None else f"/{quote(database)}"
    return urlunsplit((parts.scheme, netloc, path, parts.query, parts.fragment))


class DatabaseAdmin:
    """What a superuser's URL allows; every method may be repeated and may run in several processes at once."""

    @property
    def url(self) -> str:
        """The superuser's URL."""
        raise NotImplementedError  # only the base: each way to reach a server has its own

    async def ensure_role(self, role: str, password: str) -> None:
        """Make the role able to sign in with this password, and with nothing else it did not have."""
        async with self._locked() as connection:
            await _ensure_role(connection, role, password)

    async def ensure_database(
        self, name: str, role: str, password: str, guests: Mapping[str, str] | None = None
    ) -> str:
        """Make database and owner, let only the owner and `guests` (role: password) connect; return the owner's URL.

        Guests get the right to connect and no more: what they may read is granted by the owner's migrations.
        """
        async with self._locked() as connection:
            await _ensure_role(connection, role, password)
            for guest, guest_password in (guests or {}).items():
                await _ensure_role(connection, guest, guest_password)
            if not await self._exists(connection, name):
                await connection.execute(f"create database {_identifier(name)} owner {_identifier(role)}")
            await _restrict(connection, name, (role, *(guests or {})))
        return url_with(self.url, database=name, role=role, password=password)

    async def clone_database(self, name: str, template: str, role: str, guests: tuple[str, ...] = ()) -> str:
        """Copy a template nobody is connected to; return the superuser's URL of the copy."""
        async with self._connected() as connection:
            await connection.execute(
                f"create database {_identifier(name)} template {_identifier(template)} owner {_identifier(role)}"
            )
            await _restrict(connection, name, (role, *guests))
        return url_with(self.url, database=name)

    async def database_exists(self, name: str) -> bool:
        """Tell whether the database is there."""
        async with self._connected() as connection:
            return await self._exists(connection, name)

    async def drop_database(self, name: str) -> None:
        """Remove a database, its connections included; a missing one is fine."""
        async with self._connected() as connection:
            await connection.execute(f"drop database if exists {_identifier(name)} with (force)")

    async def rename_database(self, old: str, new: str) -> None:
        """Give a database another name; whoever is connected to it is sent away."""
        async with self._connected() as connection:
            await connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()",
                old,
            )
            await connection.execute(f"alter database {_identifier(old)} rename to {_identifier(new)}")

    async def databases(self, prefix: str) -> list[str]:
        """Return the names of the databases that begin with `prefix`."""
        async with self._connected() as connection:
            rows = await connection.fetch(
                "select datname from pg_database where starts_with(datname, $1) order by 1", prefix
            )
            return [row["datname"] for row in rows]

    @asynccontextmanager
    async def exclusively(self, task: str) -> AsyncIterator[None]:
        """Hold a lock of this name on the server: among all processes one at a time does the task."""
        async with self._connected() as connection:
            await connection.execute("select pg_advisory_lock(hashtextextended($1, 0))", task)
            yield

    async def _exists(self, connection: "Connection", name: str) -> bool:
        return bool(await connection.fetchval("select 1 from pg_database where datname = $1", name))

    @asynccontextmanager
    async def _connected(self) -> "AsyncIterator[Connection]":
        connection = await asyncpg.connect(self.url, timeout=10, command_timeout=60)
        try:
            yield connection
        finally:
            await connection.close(timeout=5)

    @asynccontextmanager
    async def _locked(self) -> "AsyncIterator[Connection]":
        async with self._connected() as connection:
            await connection.execute("select pg_advisory_lock($1)", _LOCK)  # the session's end frees it
            yield connection


class ExternalPostgres(DatabaseAdmin):
    """A Postgres that somebody else runs, given by a superuser's URL."""

    def __init__(self, url: str) -> None:
        self._url = url

    @property
    def url(self) -> str:
        return self._url


async def _ensure_role(connection: "Connection", role: str, password: str) -> None:
    exists = await connection.fetchval("select 1 from pg_roles where rolname = $1", role)
    verb = "alter" if exists else "create"
    # A role command takes no parameters; the server itself quotes the password.
    quoted = await connection.fetchval("select quote_literal($1::text)", password)
    await connection.execute(
        f"{verb} role {_identifier(role)} login nosuperuser nocreatedb nocreaterole password {quoted}"
    )


async def _restrict(connection: "Connection", name: str, roles: tuple[str, ...]) -> None:
    await connection.execute(f"revoke all on database {_identifier(name)} from public")
    for role in roles:
        await connection.execute(f"grant connect on database {_identifier(name)} to {_identifier(role)}")
