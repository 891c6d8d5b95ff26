"""What the scheduler asks and writes; one scheduler works at a time, whatever the number of replicas."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, or_, select

from medianest_common.contracts.downloads import ItemStatus
from medianest_downloader.domain.turns import Candidate
from medianest_downloader.models import DownloadItem
from medianest_downloader.repository.statements import Repository

_LOCK = 0x6D6E_7363  # "mnsc"; every scheduler of one database takes the same

_READY = """
  from download_items i join downloads d on d.id = i.download_id left join users u on u.user_id = i.user_id
 where i.status in ('queued', 'waiting') and i.handed_out_at is null and (i.due_at is null or i.due_at <= now())
   and d.status in ('queued', 'running') and coalesce(u.status, 'active') = 'active'
   and i.user_id not in (select user_id from user_pauses)
"""
_HEADS = text(f"""
    with busy as (
      select user_id, count(*) as number from download_items
       where status = 'running' or handed_out_at is not null group by user_id
    ), heads as (
      select distinct on (i.user_id) i.id, i.user_id, d.kind = 'video' as single {_READY}
       order by i.user_id, (d.kind = 'video') desc, d.id, i.position
    )
    select h.id, h.user_id, h.single, coalesce(b.number, 0) as in_flight, t.last_at
      from heads h left join busy b using (user_id) left join turns t using (user_id)
""")  # noqa: S608 - a constant of ours
_IS_READY = text(f"select exists(select {_READY} and i.id = :item_id)")
_IN_FLIGHT = text("""
    select egress, count(*) as number from download_items
     where (status = 'running' or handed_out_at is not null) and egress is not null group by egress
""")
_TURN = text("""
    insert into turns (user_id, last_at) values (:user_id, clock_timestamp())
    on conflict (user_id) do update set last_at = excluded.last_at
""")
_USED = text("select coalesce(sum(bytes), 0)::bigint from download_items where user_id = :user_id")
_BACKLOG = text(f"select count(*) {_READY}")


class SchedulingRows(Repository):
    async def is_ours(self) -> bool:
        """Whether this transaction is the one scheduler until it ends."""
        result = await self._run(text("select pg_try_advisory_xact_lock(:key)"), {"key": _LOCK})
        return bool(result.scalar_one())

    async def candidates(self) -> list[Candidate]:
        rows = (await self._run(_HEADS)).all()
        return [Candidate(row.id, row.user_id, row.single, row.in_flight, row.last_at) for row in rows]

    async def is_ready(self, item_id: UUID) -> bool:
        """Whether it may be handed out as things stand now."""
        return bool((await self._run(_IS_READY, {"item_id": item_id})).scalar_one())

    async def in_flight(self) -> dict[str, int]:
        """Handed-out and running items by their way out."""
        rows = (await self._run(_IN_FLIGHT)).all()
        return {row.egress: row.number for row in rows}

    async def took_turn(self, user_id: UUID) -> None:
        await self._run(_TURN, {"user_id": user_id})

    async def used_bytes(self, user_id: UUID) -> int:
        result = await self._run(_USED, {"user_id": user_id})
        return int(result.scalar_one())

    async def backlog(self) -> int:
        """How many items could run now and do not."""
        return int((await self._run(_BACKLOG)).scalar_one())

    async def lost(self, now: datetime, *, claim_within: timedelta, limit: int) -> Sequence[UUID]:
        """Items whose worker let the lease run out, or whose order nobody took up."""
        expired = (col(DownloadItem.status) == ItemStatus.RUNNING) & (col(DownloadItem.lease_until) < now)
        unclaimed = col(DownloadItem.handed_out_at) < now - claim_within
        query = select(DownloadItem.id).where(or_(expired, unclaimed)).limit(limit)
        return (await self._session.exec(query)).all()
