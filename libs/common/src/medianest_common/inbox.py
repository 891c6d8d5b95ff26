"""What a consumer has handled already, so that a message delivered twice takes effect once."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import Column, DateTime, MetaData, String, Table, Uuid, func, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

KEEP = timedelta(days=35)  # longer than the event stream keeps messages, else a replay would double


def inbox_table(metadata: MetaData) -> Table:
    return Table(
        "inbox",
        metadata,
        Column("consumer", String(100), primary_key=True),
        Column("event_id", Uuid, primary_key=True),
        Column("handled_at", DateTime(timezone=True), nullable=False, server_default=func.now(), index=True),
    )


def erased_users_table(metadata: MetaData) -> Table:
    """Who was erased: written first, so that a late fact brings nothing of theirs back."""
    return Table(
        "erased_users",
        metadata,
        Column("user_id", Uuid, primary_key=True),
        Column("erased_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    )


_CLAIM = text(
    "insert into inbox (consumer, event_id) values (:consumer, :event_id) on conflict do nothing returning event_id"
)


async def claim(session: AsyncSession, consumer: str, event_id: UUID) -> bool:
    """True the first time; belongs into the transaction that acts on the message."""
    connection = await session.connection()
    result = await connection.execute(_CLAIM, {"consumer": consumer, "event_id": event_id})
    return result.first() is not None


_NOBODY_CREATES = text("select pg_advisory_xact_lock(hashtextextended('erase ' || cast(:id as text), 0))")
_NOBODY_ERASES = text("select pg_advisory_xact_lock_shared(hashtextextended('erase ' || cast(:id as text), 0))")


async def mark_erased(session: AsyncSession, user_id: UUID) -> None:
    """Wait for what `may_keep` allowed, and allow no more; call it before any row is locked."""
    connection = await session.connection()
    await connection.execute(_NOBODY_CREATES, {"id": str(user_id)})
    await connection.execute(
        text("insert into erased_users (user_id) values (:id) on conflict do nothing"), {"id": user_id}
    )


async def is_erased(session: AsyncSession, user_id: UUID) -> bool:
    """Whether the user is gone; asked in the transaction of every handler, commit and file move of theirs."""
    connection = await session.connection()
    found = await connection.execute(text("select 1 from erased_users where user_id = :id"), {"id": user_id})
    return found.first() is not None


async def may_keep(session: AsyncSession, user_id: UUID) -> bool:
    """Whether something new of the user may be kept; while this transaction lasts nobody erases them."""
    connection = await session.connection()
    await connection.execute(_NOBODY_ERASES, {"id": str(user_id)})
    return not await is_erased(session, user_id)


async def prune(engine: AsyncEngine) -> int:
    """Drop rows older than any message; call it daily. The number dropped."""
    async with engine.begin() as db:
        result = await db.execute(
            text("delete from inbox where handled_at < now() - cast(:keep as interval)"), {"keep": KEEP}
        )
    return result.rowcount
