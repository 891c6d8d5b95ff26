"""Items and the archive: reading, counting, locking."""

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, update
from sqlmodel import col, select

from medianest_common.contracts.downloads import InPlex, ItemStatus
from medianest_downloader.models import ArchivedVideo, Download, DownloadItem
from medianest_downloader.repository.statements import Repository


class ItemRows(Repository):
    def add(self, item: DownloadItem) -> None:
        self._session.add(item)

    def archive(self, video: ArchivedVideo) -> None:
        self._session.add(video)

    async def get(self, item_id: UUID, download_id: UUID) -> DownloadItem | None:
        query = select(DownloadItem).where(
            col(DownloadItem.id) == item_id, col(DownloadItem.download_id) == download_id
        )
        return (await self._session.exec(query)).first()

    async def locked(self, item_id: UUID) -> tuple[Download, DownloadItem] | None:
        """An item with its download, both locked, in the order everybody locks them."""
        owner = select(DownloadItem.download_id).where(col(DownloadItem.id) == item_id).scalar_subquery()
        download = (
            await self._session.exec(select(Download).where(col(Download.id) == owner).with_for_update())
        ).first()
        item = (
            await self._session.exec(select(DownloadItem).where(col(DownloadItem.id) == item_id).with_for_update())
        ).first()
        return (download, item) if download is not None and item is not None else None

    async def remove(self, item_ids: Collection[UUID]) -> None:
        """With their archive entries."""
        await self._run(delete(DownloadItem).where(col(DownloadItem.id).in_(item_ids)))

    async def renew(self, item_id: UUID, *, attempt: int, worker_id: str, lease: timedelta, **standing: Any) -> bool:
        """Prolong a lease and note the progress; False when this attempt of this worker does not own the item."""
        query = (
            update(DownloadItem)
            .where(
                col(DownloadItem.id) == item_id,
                col(DownloadItem.attempt) == attempt,
                col(DownloadItem.worker_id) == worker_id,
                col(DownloadItem.status) == ItemStatus.RUNNING,
            )
            .values(lease_until=func.now() + lease, **standing)
        )
        result = await self._run(query)
        return bool(result.rowcount)

    async def of_download(
        self, download_id: UUID, statuses: Collection[str] | None = None, *, lock: bool = False
    ) -> Sequence[DownloadItem]:
        query = (
            select(DownloadItem)
            .where(col(DownloadItem.download_id) == download_id)
            .order_by(col(DownloadItem.position))
        )
        if statuses is not None:
            query = query.where(col(DownloadItem.status).in_(statuses))
        if lock:
            query = query.with_for_update()
        return (await self._session.exec(query)).all()

    async def of_user(self, user_id: UUID, statuses: Collection[str]) -> Sequence[DownloadItem]:
        """A user's items in these states, locked."""
        query = (
            select(DownloadItem)
            .where(col(DownloadItem.user_id) == user_id, col(DownloadItem.status).in_(statuses))
            .order_by(col(DownloadItem.id))
            .with_for_update()
        )
        return (await self._session.exec(query)).all()

    async def counts(self, download_id: UUID) -> tuple[dict[ItemStatus, int], int]:
        """How many are in each state, and the bytes of the finished ones."""
        query = (
            select(DownloadItem.status, func.count(), func.coalesce(func.sum(DownloadItem.bytes), 0))
            .where(col(DownloadItem.download_id) == download_id)
            .group_by(col(DownloadItem.status))
        )
        rows = (await self._session.exec(query)).all()
        return {ItemStatus(row[0]): row[1] for row in rows}, sum(int(row[2] or 0) for row in rows)

    async def running_progress(self, download_ids: Iterable[UUID]) -> dict[UUID, float]:
        """What the items under way add up to, in items."""
        query = (
            select(DownloadItem.download_id, func.sum(DownloadItem.progress))
            .where(col(DownloadItem.download_id).in_(list(download_ids)))
            .where(col(DownloadItem.status) == ItemStatus.RUNNING)
            .group_by(col(DownloadItem.download_id))
        )
        return {download_id: float(total or 0) for download_id, total in (await self._session.exec(query)).all()}

    async def file_stem_taken(self, download_id: UUID, stem: str, *, besides: UUID) -> bool:
        query = select(DownloadItem.id).where(
            col(DownloadItem.download_id) == download_id,
            col(DownloadItem.file_stem) == stem,
            col(DownloadItem.id) != besides,
        )
        return (await self._session.exec(query)).first() is not None

    async def stems(self, user_id: UUID, prefix: str, *, besides: UUID) -> Sequence[str]:
        """Stems of a user's finished files that begin so."""
        query = select(DownloadItem.file_stem).where(
            col(DownloadItem.user_id) == user_id,
            col(DownloadItem.file_stem).startswith(prefix, autoescape=True),
            col(DownloadItem.id) != besides,
        )
        return [stem for stem in (await self._session.exec(query)).all() if stem is not None]

    async def archived(self, extractor: str, video_id: str, preset: str, cuts: str) -> Sequence[ArchivedVideo]:
        """Files of the same video in the same quality, anybody's, the newest first."""
        query = (
            select(ArchivedVideo)
            .where(
                col(ArchivedVideo.extractor) == extractor,
                col(ArchivedVideo.video_id) == video_id,
                col(ArchivedVideo.preset) == preset,
                col(ArchivedVideo.cuts) == cuts,
            )
            .order_by(col(ArchivedVideo.created_at).desc())
            .limit(5)
        )
        return (await self._session.exec(query)).all()

    async def archived_ids(self, user_id: UUID, extractor: str, video_ids: Collection[str]) -> set[str]:
        """Which of these videos the user has."""
        query = select(ArchivedVideo.video_id).where(
            col(ArchivedVideo.user_id) == user_id,
            col(ArchivedVideo.extractor) == extractor,
            col(ArchivedVideo.video_id).in_(video_ids),
        )
        return set((await self._session.exec(query)).all())

    async def fetched_urls(self, user_id: UUID, urls: Collection[str]) -> set[str]:
        """Which of these addresses the user has fetched."""
        query = select(DownloadItem.url).where(
            col(DownloadItem.user_id) == user_id,
            col(DownloadItem.status) == ItemStatus.COMPLETED,
            col(DownloadItem.url).in_(urls),
        )
        return set((await self._session.exec(query)).all())

    async def not_in_plex(self, download_id: UUID) -> int:
        """How many finished items Plex has not shown yet."""
        query = select(func.count()).where(
            col(DownloadItem.download_id) == download_id,
            col(DownloadItem.status) == ItemStatus.COMPLETED,
            col(DownloadItem.in_plex) == InPlex.WAITING,
        )
        return int((await self._session.exec(query)).one())

    async def alive(self, item_ids: Collection[UUID]) -> set[UUID]:
        """Which of these are not settled yet: their unfinished files are still wanted."""
        query = select(DownloadItem.id).where(
            col(DownloadItem.id).in_(item_ids),
            col(DownloadItem.status).in_((ItemStatus.QUEUED, ItemStatus.RUNNING, ItemStatus.WAITING)),
        )
        return set((await self._session.exec(query)).all())
