"""Downloads: reading, locking, claiming for listing and for Plex."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, text
from sqlmodel import col, or_, select

from medianest_common.contracts.downloads import DownloadStatus, InPlex
from medianest_downloader.domain.states import SETTLED
from medianest_downloader.models import Download, Removal
from medianest_downloader.repository.statements import Repository

_LISTABLE = (DownloadStatus.QUEUED, DownloadStatus.RUNNING, DownloadStatus.WAITING_APPROVAL)

_TOTALS = text("""
    select status, count(*) as number, sum(items_total) as items, sum(items_completed) as completed,
           sum(items_failed) as failed, sum(bytes)::bigint as size
      from downloads where cast(:owner as uuid) is null or user_id = cast(:owner as uuid) group by status
""")


@dataclass(frozen=True)
class Totals:
    """What all downloads of one status add up to."""

    status: str
    downloads: int
    items: int
    items_completed: int
    items_failed: int
    bytes: int


class DownloadRows(Repository):
    def add(self, download: Download) -> None:
        self._session.add(download)

    async def get(self, download_id: UUID, *, owner: UUID | None = None, lock: bool = False) -> Download | None:
        """The download, if it is the owner's (None: anybody's)."""
        query = select(Download).where(col(Download.id) == download_id)
        if owner is not None:
            query = query.where(col(Download.user_id) == owner)
        if lock:
            query = query.with_for_update().execution_options(populate_existing=True)
        return (await self._session.exec(query)).first()

    async def by_key(self, user_id: UUID, key: str) -> Download | None:
        query = select(Download).where(col(Download.user_id) == user_id, col(Download.idempotency_key) == key)
        return (await self._session.exec(query)).first()

    async def page(
        self, owner: UUID | None, statuses: Sequence[DownloadStatus], *, limit: int, before: UUID | None
    ) -> Sequence[Download]:
        """The newest first; ids begin with their time."""
        query = select(Download).order_by(col(Download.id).desc()).limit(limit)
        if owner is not None:
            query = query.where(col(Download.user_id) == owner)
        if statuses:
            query = query.where(col(Download.status).in_(statuses))
        if before is not None:
            query = query.where(col(Download.id) < before)
        return (await self._session.exec(query)).all()

    async def open_count(self, user_id: UUID) -> int:
        """How many of a user's are not over."""
        query = select(func.count()).where(
            col(Download.user_id) == user_id, col(Download.status).not_in([status.value for status in SETTLED])
        )
        return int((await self._session.exec(query)).one())

    async def of_user(self, user_id: UUID) -> Sequence[Download]:
        """All of a user's, locked."""
        query = select(Download).where(col(Download.user_id) == user_id).order_by(col(Download.id)).with_for_update()
        return (await self._session.exec(query)).all()

    async def next_to_list(self, now: datetime) -> Download | None:
        """The oldest whose entries are not known yet and which nobody else is looking at, locked."""
        due = or_(col(Download.listing_due_at).is_(None), col(Download.listing_due_at) <= now)
        query = (
            select(Download)
            .where(col(Download.listed_at).is_(None), col(Download.status).in_(_LISTABLE), due)
            .order_by(col(Download.id))
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        return (await self._session.exec(query)).first()

    async def next_for_plex(self, now: datetime) -> Download | None:
        """The one whose step into Plex has been due longest, locked."""
        free = or_(col(Download.in_plex_claimed_until).is_(None), col(Download.in_plex_claimed_until) <= now)
        query = (
            select(Download)
            .where(col(Download.in_plex) == InPlex.WAITING, col(Download.in_plex_due_at) <= now, free)
            .order_by(col(Download.in_plex_due_at))
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        return (await self._session.exec(query)).first()

    async def expired(self, limit: int) -> Sequence[Download]:
        """Those kept for as long as was asked, locked."""
        over = text("downloads.completed_at + make_interval(days => downloads.keep_days) <= now()")
        query = select(Download).where(col(Download.keep_days).is_not(None), over).order_by(col(Download.id))
        return (await self._session.exec(query.limit(limit).with_for_update(skip_locked=True))).all()

    async def totals(self, owner: UUID | None) -> list[Totals]:
        """Numbers by status, of one user or of everybody."""
        rows = (await self._run(_TOTALS, {"owner": owner})).all()
        return [Totals(row.status, row.number, row.items, row.completed, row.failed, row.size) for row in rows]

    async def lock_name(self, name: str) -> None:
        """Hold a name until this transaction ends; who else wants it waits."""
        await self._run(text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})

    async def remove(self, download_id: UUID) -> None:
        """With its items and their archive entries."""
        await self._run(delete(Download).where(col(Download.id) == download_id))

    async def made_collection(self, collection_id: str) -> bool:
        """Whether it is one that we made."""
        query = select(Download.id).where(col(Download.plex_collection_id) == collection_id)
        return (await self._session.exec(query.where(col(Download.plex_collection_made)).limit(1))).first() is not None

    def remove_path(self, path: str, files: Sequence[str] = (), left_in_plex: dict[str, Any] | None = None) -> None:
        """Have a folder or a file, and further files, removed after the commit, by whoever comes first."""
        self._session.add(Removal(folder=path, files=list(files), left_in_plex=left_in_plex))

    async def removals(self, limit: int) -> Sequence[Removal]:
        """What is to be done now of removals: files to go, or Plex to be told."""
        due = or_(col(Removal.due_at).is_(None), col(Removal.due_at) <= func.now())
        return (await self._session.exec(select(Removal).where(due).order_by(col(Removal.id)).limit(limit))).all()

    async def removal(self, removal_id: UUID) -> Removal | None:
        return (
            await self._session.exec(select(Removal).where(col(Removal.id) == removal_id).with_for_update())
        ).first()

    async def removal_done(self, removal_id: UUID) -> None:
        await self._run(delete(Removal).where(col(Removal.id) == removal_id))
