"""Running a service's Alembic history (`python -m medianest_<service> migrate`), and the `env.py` they all share."""

import asyncio

from alembic import command, context
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from medianest_common.db import async_dsn


def _config(package: str, url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", f"{package}:migrations")
    config.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(hour).2d%%(minute).2d-%%(slug)s")
    config.attributes["url"] = async_dsn(url)
    return config


def migrate(package: str, url: str, revision: str = "head") -> None:
    """Bring the database to a revision; `base` undoes everything."""
    config = _config(package, url)
    (command.downgrade if revision == "base" else command.upgrade)(config, revision)


def new_revision(package: str, url: str, message: str) -> None:
    """Write a new migration from the difference between tables and models."""
    command.revision(_config(package, url), message=message, autogenerate=True)


def check(package: str, url: str) -> None:
    """Raise when the models and the migrated database differ."""
    command.check(_config(package, url))


def head(package: str) -> str | None:
    return ScriptDirectory.from_config(_config(package, "postgresql://unused")).get_current_head()


async def at_head(package: str, url: str) -> bool:
    """Whether the database has every migration already."""
    engine = create_async_engine(async_dsn(url), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            current = await connection.run_sync(lambda c: MigrationContext.configure(c).get_current_revision())
    finally:
        await engine.dispose()
    return current == head(package)


def run_env(metadata: MetaData) -> None:
    """What a service's `migrations/env.py` calls; a migration that needs longer than 5 s says so itself."""
    asyncio.run(_run(metadata))


async def _run(metadata: MetaData) -> None:
    engine = create_async_engine(context.config.attributes["url"], poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(_run_migrations, metadata)
    await engine.dispose()


def _run_migrations(connection: Connection, metadata: MetaData) -> None:
    context.configure(connection=connection, target_metadata=metadata, compare_server_default=False)
    with context.begin_transaction():
        connection.execute(text("set local lock_timeout = '4s'"))
        connection.execute(text("set local statement_timeout = '5s'"))
        connection.execute(text("select pg_advisory_xact_lock(7235042)"))  # two replicas may start at once
        context.run_migrations()
