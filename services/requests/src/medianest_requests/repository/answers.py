"""The last good answers of outside systems, in transactions of their own: they belong to no change of ours."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

_GET = text("select body, as_of from kept_answers where scope = :scope and key = :key")
_PUT = text(
    """insert into kept_answers (scope, key, body, as_of)
       select :scope, :key, :body, :as_of
       where not exists (select 1 from erased_users where user_id = :scope)
       on conflict (scope, key) do update set body = excluded.body, as_of = excluded.as_of
       where kept_answers.as_of < excluded.as_of"""
)
_PRUNE = text(
    """delete from kept_answers where as_of < cast(:now as timestamptz) - interval '30 days'
         or (as_of < cast(:now as timestamptz) - interval '7 days' and scope <> '00000000-0000-0000-0000-000000000000')
         or ctid in (select ctid from kept_answers order by as_of desc offset :most)"""
)

MOST_KEPT = 20_000


class AnswerStore:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def get(self, scope: UUID, key: str) -> tuple[bytes, datetime] | None:
        async with self._engine.connect() as connection:
            row = (await connection.execute(_GET, {"scope": scope, "key": key})).first()
        return None if row is None else (row.body, row.as_of)

    async def put(self, scope: UUID, key: str, body: bytes, as_of: datetime) -> None:
        """Keep an answer, unless a newer one is there or its user was erased."""
        async with self._engine.begin() as connection:
            await connection.execute(_PUT, {"scope": scope, "key": key, "body": body, "as_of": as_of})

    async def prune(self, now: datetime) -> int:
        """Drop users' answers after 7 days, others after 30, and the oldest beyond MOST_KEPT; the number dropped."""
        async with self._engine.begin() as connection:
            result = await connection.execute(_PRUNE, {"now": now, "most": MOST_KEPT})
        return result.rowcount
