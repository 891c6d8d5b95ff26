"""Follows and what they have seen."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from medianest_downloader.models import Download, Follow, FollowEntry
from medianest_downloader.repository.statements import Repository

_NEXT = text("""
    select f.id from follows f left join users u using (user_id)
     where f.status <> 'paused' and f.next_check_at <= now() and (f.claimed_until is null or f.claimed_until <= now())
       and coalesce(u.status, 'active') = 'active' and f.user_id not in (select user_id from user_pauses)
     order by f.next_check_at limit 1 for update of f skip locked
""")
_OVERFULL = text("""
    select f.id from follows f join downloads d on d.follow_id = f.id
     where d.items_completed > f.keep_last
        or exists (select from download_items i
                    where i.download_id = d.id and i.status in ('completed', 'failed', 'cancelled')
                      and coalesce(i.completed_at, i.created_at) + make_interval(days => f.keep_days) <= now())
     order by f.id limit :limit
""")


class FollowRows(Repository):
    def add(self, follow: Follow) -> None:
        self._session.add(follow)

    async def get(self, follow_id: UUID, *, owner: UUID | None = None, lock: bool = False) -> Follow | None:
        """The follow, if it is the owner's (None: anybody's)."""
        query = select(Follow).where(col(Follow.id) == follow_id)
        if owner is not None:
            query = query.where(col(Follow.user_id) == owner)
        if lock:
            query = query.with_for_update().execution_options(populate_existing=True)
        return (await self._session.exec(query)).first()

    async def by_key(self, user_id: UUID, key: str) -> Follow | None:
        query = select(Follow).where(col(Follow.user_id) == user_id, col(Follow.idempotency_key) == key)
        return (await self._session.exec(query)).first()

    async def by_url(self, user_id: UUID, url: str) -> Follow | None:
        query = select(Follow).where(col(Follow.user_id) == user_id, col(Follow.url) == url)
        return (await self._session.exec(query)).first()

    async def count(self, user_id: UUID) -> int:
        query = select(func.count()).where(col(Follow.user_id) == user_id)
        return int((await self._session.exec(query)).one())

    async def page(self, owner: UUID | None, *, limit: int, before: UUID | None) -> Sequence[Follow]:
        """The newest first; ids begin with their time."""
        query = select(Follow).order_by(col(Follow.id).desc()).limit(limit)
        if owner is not None:
            query = query.where(col(Follow.user_id) == owner)
        if before is not None:
            query = query.where(col(Follow.id) < before)
        return (await self._session.exec(query)).all()

    async def next_to_check(self) -> Follow | None:
        """The one that has been due longest and that nobody else is checking, locked."""
        found = (await self._run(_NEXT)).scalar_one_or_none()
        return await self.get(found, lock=True) if found is not None else None

    async def seen(self, follow_id: UUID, identities: Collection[str]) -> set[str]:
        """Which of these videos it knows."""
        query = select(FollowEntry.identity).where(
            col(FollowEntry.follow_id) == follow_id, col(FollowEntry.identity).in_(identities)
        )
        return set((await self._session.exec(query)).all())

    async def see(self, follow_id: UUID, identities: Collection[str], now: datetime) -> None:
        """Remember these videos for ever."""
        if identities:
            rows = [{"follow_id": follow_id, "identity": identity, "seen_at": now} for identity in identities]
            await self._run(insert(FollowEntry).values(rows).on_conflict_do_nothing())

    async def overfull(self, limit: int) -> Sequence[UUID]:
        """Those whose rule lets something go."""
        return (await self._run(_OVERFULL, {"limit": limit})).scalars().all()

    async def download(self, follow_id: UUID, *, lock: bool = False) -> Download | None:
        """The download that its videos are in. Locked before the follow, by everybody."""
        query = select(Download).where(col(Download.follow_id) == follow_id)
        if lock:
            query = query.with_for_update().execution_options(populate_existing=True)
        return (await self._session.exec(query)).first()

    async def downloads(self, follow_ids: Collection[UUID]) -> dict[UUID, Download]:
        query = select(Download).where(col(Download.follow_id).in_(follow_ids))
        return {found.follow_id: found for found in (await self._session.exec(query)).all() if found.follow_id}

    async def remove(self, follow_id: UUID) -> None:
        """With what it has seen; its download stays, as one like any other."""
        await self._run(delete(Follow).where(col(Follow.id) == follow_id))

    async def of_user(self, user_id: UUID) -> Sequence[Follow]:
        query = select(Follow).where(col(Follow.user_id) == user_id).order_by(col(Follow.id)).with_for_update()
        return (await self._session.exec(query)).all()
