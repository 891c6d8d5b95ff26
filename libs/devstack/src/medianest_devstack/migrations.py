"""Bring every service's database to its newest migration; one that is there already costs no process."""

import asyncio
import re
from pathlib import Path

import asyncpg

from medianest_devstack.child import Child, Command, LineSink
from medianest_devstack.errors import ServerFailedError
from medianest_devstack.plan import DATABASES, Plan
from medianest_devstack.templates import migration_files
from medianest_devstack.topology import migration_argv, migration_env

_WITHIN = 120.0
_REVISION = re.compile(r"^revision\b[^=]*=\s*['\"](\w+)['\"]", re.MULTILINE)
_DOWN = re.compile(r"^down_revision\b[^=]*=\s*(.+)$", re.MULTILINE)


def heads(files: list[Path]) -> set[str]:
    """Return the revisions that no other follows, read from the files: importing Alembic takes longer than all this."""
    revisions: set[str] = set()
    followed: set[str] = set()
    for file in files:
        text = file.read_text(encoding="utf-8")
        revisions.update(_REVISION.findall(text))
        for before in _DOWN.findall(text):
            followed.update(re.findall(r"['\"](\w+)['\"]", before))
    return revisions - followed


async def prepare_databases(plan: Plan, sink: LineSink, at_once: int) -> None:
    """Make roles and databases, migrate those that are behind; raise ServerFailedError for the first that fails."""
    slots = asyncio.Semaphore(at_once)

    async def prepare(service: str) -> None:
        url = await _ensure(plan, service)
        if await _revision(url) not in heads(migration_files(service)):
            async with slots:
                await _migrate(plan, service, sink)

    # Once the first one fails the others are cancelled, and their processes with them.
    try:
        async with asyncio.TaskGroup() as group:
            for service in DATABASES:
                group.create_task(prepare(service))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None


async def _ensure(plan: Plan, service: str) -> str:
    guests = {role: plan.role_password(role) for role in DATABASES[service]}
    return await plan.servers.postgres.ensure_database(service, service, plan.role_password(service), guests)


async def _revision(url: str) -> str | None:
    """Return the revision a database is at; None where no migration ever ran."""
    connection = await asyncpg.connect(url, timeout=10, command_timeout=10)
    try:
        if await connection.fetchval("select to_regclass('alembic_version')") is None:
            return None
        revision: str | None = await connection.fetchval("select version_num from alembic_version")
        return revision
    finally:
        await connection.close(timeout=5)


async def _migrate(plan: Plan, service: str, sink: LineSink) -> None:
    command = Command(
        name=service,
        argv=migration_argv(plan, service),
        env=migration_env(plan, service),
        cwd=plan.project,
    )
    child = await Child.spawn(command, sink)
    try:
        code = await asyncio.wait_for(child.wait(), _WITHIN)
    except TimeoutError:
        raise ServerFailedError(f"The migrations of {service} were not done within {_WITHIN:.0f} s.") from None
    finally:
        await child.stop()
    if code:
        raise ServerFailedError(f"The migrations of {service} failed (exit code {code}): {child.last_line()}")
