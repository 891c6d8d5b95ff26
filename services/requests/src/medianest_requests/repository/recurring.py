"""Jobs that one replica does for all, and the tidying that goes with them."""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

_CLAIM = text(
    """insert into recurring_work (name, due_at) values (:name, :next)
       on conflict (name) do update set due_at = excluded.due_at where recurring_work.due_at <= :now
       returning mark"""
)
_MARK = text("update recurring_work set mark = :mark where name = :name")
_DUE = text("update recurring_work set due_at = :now where name = :name and due_at > :now")
_TIDY = (
    text("delete from idempotency_keys where created_at < cast(:now as timestamptz) - interval '1 day'"),
    text("delete from webhook_receipts where received_at < cast(:now as timestamptz) - interval '7 days'"),
)


class RecurringStore:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def claim(self, name: str, now: datetime, pause: timedelta) -> tuple[bool, datetime | None]:
        """Whether this replica is to do the job now, and the mark the last one left."""
        async with self._engine.begin() as connection:
            row = (await connection.execute(_CLAIM, {"name": name, "now": now, "next": now + pause})).first()
        return (False, None) if row is None else (True, row.mark)

    async def mark(self, name: str, mark: datetime) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(_MARK, {"name": name, "mark": mark})

    async def make_due(self, name: str, now: datetime) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(_DUE, {"name": name, "now": now})

    async def tidy(self, now: datetime) -> None:
        """Drop keys older than a day and receipts older than a week."""
        async with self._engine.begin() as connection:
            for statement in _TIDY:
                await connection.execute(statement, {"now": now})
