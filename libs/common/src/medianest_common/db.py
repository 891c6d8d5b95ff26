"""The database of a service: engine, naming convention, and the unit of work that commits rows and facts together."""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self
from uuid import UUID, uuid4

from sqlalchemy import MetaData, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from medianest_common.contracts.auth import NoteAction
from medianest_common.outbox import Outbox
from medianest_common.settings import DatabaseSettings
from medianest_common.tokens import Caller

NAMING_CONVENTION = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def service_metadata() -> MetaData:
    """The metadata of one service's own registry, so that two services' tables never meet."""
    return MetaData(naming_convention=NAMING_CONVENTION)


def async_dsn(url: str) -> str:
    """`postgresql://` as SQLAlchemy's asyncpg dialect wants it."""
    scheme, _, rest = url.partition("://")
    if scheme not in ("postgresql", "postgres", "postgresql+asyncpg"):
        raise ValueError("the database URL must begin with postgresql://")
    return f"postgresql+asyncpg://{rest}"


def create_engine(settings: DatabaseSettings, *, application: str, pool_size: int | None = None) -> AsyncEngine:
    """An engine that ends a statement after 10 s, an idle transaction after 30 s (the relay publishes in one)."""
    connect: dict[str, Any] = {"timeout": 5, "command_timeout": 10}
    if settings.database_pooled:
        # PgBouncer hands each transaction another server connection: no prepared statement and no setting outlives one
        connect |= {"statement_cache_size": 0, "prepared_statement_name_func": lambda: f"mn_{uuid4().hex}"}
    else:
        connect["server_settings"] = {
            "application_name": application,
            "statement_timeout": "10000",
            "idle_in_transaction_session_timeout": "30000",
        }
    engine = create_async_engine(
        async_dsn(settings.database_url.get_secret_value()),
        pool_size=pool_size or settings.database_pool_size,
        max_overflow=0,
        pool_timeout=5,
        pool_recycle=1800,
        connect_args=connect,
    )
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


def _refuse_closed(connection: Any, *_: object) -> None:
    """Have the pool open a new connection for one that the server has closed; `pool_pre_ping` would ask it each time,
    in a transaction of its own, which is three ways to the server and back."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


Sessions = async_sessionmaker[AsyncSession]


def session_maker(engine: AsyncEngine) -> Sessions:
    return async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)


class UnitOfWork:
    """One transaction: rows first, then the facts about them, one commit. Leaving by an error rolls both back.

    A service derives its own and makes its repositories in `open`.
    """

    session: AsyncSession

    def __init__(self, sessions: Sessions, outbox: Callable[[], Outbox], wake: asyncio.Event) -> None:
        self._sessions = sessions
        self._new_outbox = outbox
        self._wake = wake

    def open(self) -> None:
        """Make the repositories on `self.session`."""

    async def __aenter__(self) -> Self:
        self.session = self._sessions()
        self.outbox = self._new_outbox()
        self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                await self._commit()
        finally:
            await asyncio.shield(self.session.close())

    def note_action(self, caller: Caller, action: str, target: UUID | str | None) -> None:
        """Tell the audit log what an administrator does, from where, in the transaction that does it."""
        where = caller.address
        found = None if target is None else str(target)[:64]
        self.outbox.note(NoteAction(action=action, actor=caller.user_id, target=found, address=where))

    async def _commit(self) -> None:
        await self.session.flush()
        published = await self.outbox.write(self.session)
        await self.session.commit()
        if published:
            self._wake.set()
