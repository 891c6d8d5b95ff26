"""What a worker does to an item: claim, keep, end it. Each step holds only for the attempt that owns the lease."""

import asyncio
import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from medianest_common.contracts.downloads import (
    InPlex,
    ItemCompleted,
    ItemDelayed,
    ItemFailed,
    ItemStarted,
    ItemStatus,
    RunItem,
)
from medianest_common.inbox import is_erased
from medianest_downloader.domain.failures import Course, Reason, next_delay
from medianest_downloader.domain.naming import Layout, download_folder, file_stem
from medianest_downloader.domain.wishes import Wish, note
from medianest_downloader.models import ArchivedVideo, Download, DownloadItem
from medianest_downloader.repository.work import OpenWork, Work
from medianest_downloader.service.facts import item_fact
from medianest_downloader.service.lanes import recovered, strike
from medianest_downloader.service.produced import Place, Produced, archive_entry
from medianest_downloader.service.settling import end_of, let_go, settle
from medianest_downloader.service.shelves import Shelf, episode_shelf

_INTO_PLEX_AFTER = timedelta(seconds=3)  # so that one scan serves several items
_BY_PAGE = frozenset({"generic", "html5"})  # whose ids say nothing beyond their own site


@dataclass(frozen=True)
class Assignment:
    """An item that is ours, for this attempt, as long as its lease is renewed."""

    item_id: UUID
    download_id: UUID
    user_id: UUID
    attempt: int
    egress: str
    version: int
    url: str
    wish: Wish
    title: str
    max_bytes: int
    extractor: str | None
    video_id: str | None


class StorageUsedUp(Exception):
    """What was finished meanwhile left too little room for it."""


@dataclass(frozen=True)
class Standing:
    """How far a run is, as kept in its row."""

    progress: float = 0.0
    downloaded_bytes: int | None = None
    total_bytes: int | None = None
    speed: float | None = None
    eta: float | None = None


def identity(extractor: str, video_id: str, page: str) -> tuple[str, str]:
    """What tells a video from every other, in all of the site's addresses for it."""
    if extractor in _BY_PAGE or not video_id:
        return "page", hashlib.sha256(page.encode()).hexdigest()
    return extractor[:100], video_id[:300]


class Runs:
    def __init__(
        self,
        work: OpenWork,
        *,
        worker_id: str,
        lease: timedelta,
        first_delay: timedelta,
        layout: Layout = Layout.VIDEOS,
    ) -> None:
        self._work = work
        self._worker_id = worker_id
        self._lease = lease
        self._first_delay = first_delay
        self._layout = layout

    async def claim(self, order: RunItem) -> Assignment | None:
        """Take the item up; None when the order is stale: withdrawn, taken up before, cancelled or erased."""
        async with self._work() as work:
            locked = await work.items.locked(order.item_id)
            if locked is None or not _is_open(locked[1], order) or await is_erased(work.session, locked[1].user_id):
                return None
            download, item = locked
            now = await work.now()
            item.status = ItemStatus.RUNNING
            item.handed_out_at = None
            item.worker_id = self._worker_id
            item.lease_until = now + self._lease
            item.started_at = item.started_at or now
            item.version += 1
            work.outbox.add(item_fact(ItemStarted, item))
            await settle(work, download, now)
            return _assignment(download, item, order.egress)

    async def renew(self, mine: Assignment, standing: Standing) -> bool:
        """Keep the lease and note the progress; False when the item is not ours any more."""
        async with self._work() as work:
            return await work.items.renew(
                mine.item_id,
                attempt=mine.attempt,
                worker_id=self._worker_id,
                lease=self._lease,
                progress=standing.progress,
                downloaded_bytes=standing.downloaded_bytes,
                total_bytes=standing.total_bytes,
                speed=standing.speed,
                eta=standing.eta,
            )

    async def still_wanted(self, item_ids: set[UUID]) -> set[UUID]:
        """Which of these items are not settled: their unfinished files are kept."""
        async with self._work() as work:
            return await work.items.alive(item_ids)

    async def archived(self, extractor: str, video_id: str, wish: Wish) -> list[ArchivedVideo]:
        """Where the same video lies already, with everything that is wished of it."""
        async with self._work() as work:
            known = await work.items.archived(extractor, video_id, wish.preset, wish.cuts)
        return [each for each in known if set(wish.subtitles) <= set(each.subtitles)]

    async def complete(self, mine: Assignment, produced: Produced, place: Place) -> bool:
        """Move the files into the library and say so, under the row's lock; False when it is not ours any more.

        Raises StorageUsedUp when its user would keep more than they may. Killed between the move and the commit, the
        next attempt moves over the same names.
        """
        async with self._work() as work:
            locked = await self._held(work, mine)
            if locked is None:
                return False
            download, item = locked
            await _keep_quota(work, item, produced.size)
            shelf = await self._shelf(work, download, item, produced)
            about = replace(produced.about, episode=shelf.episode)
            item.file_paths = await asyncio.to_thread(place, shelf.folder, shelf.stem, replace(produced, about=about))
            item.file_stem = shelf.stem
            now = await work.now()
            _finish(item, produced, mine.wish, now)
            if download.in_plex == InPlex.WAITING:
                item.in_plex = InPlex.WAITING
                soon = now + _INTO_PLEX_AFTER
                download.in_plex_due_at = min(download.in_plex_due_at or soon, soon)
            work.items.archive(archive_entry(item, download.preset, produced))
            work.outbox.add(item_fact(ItemCompleted, item, bytes=produced.size))
            await settle(work, download, now)
            if not produced.linked:
                await recovered(work, mine.egress)
        return True

    async def fail(self, mine: Assignment, reason: Reason, log: str) -> None:
        """Fail it for good, or have it tried again later; nothing when it is not ours any more."""
        async with self._work() as work:
            locked = await self._held(work, mine)
            if locked is None:
                return
            download, item = locked
            now = await work.now()
            tries = item.tries + 1
            delay = next_delay(reason, tries, self._first_delay)
            let_go(item, ItemStatus.FAILED if delay is None else ItemStatus.WAITING)
            item.tries, item.reason = tries, reason.code
            item.log_tail = end_of(log)
            if delay is None:
                work.outbox.add(item_fact(ItemFailed, item, reason=reason.code))
            else:
                item.due_at = now + delay
                work.outbox.add(item_fact(ItemDelayed, item, due_at=item.due_at, reason=reason.code))
            await settle(work, download, now)
            if reason.course is Course.LANE:
                await strike(work, mine.egress, reason, now)

    async def release(self, mine: Assignment) -> None:
        """Give it back unharmed: the next worker goes on where this one stopped."""
        async with self._work() as work:
            locked = await self._held(work, mine)
            if locked is not None:
                let_go(locked[1], ItemStatus.QUEUED)
                await settle(work, locked[0], await work.now())

    async def _shelf(self, work: Work, download: Download, item: DownloadItem, produced: Produced) -> Shelf:
        """Where the layout has it."""
        if self._layout is Layout.TV:
            return await episode_shelf(work, download, item, produced.about)
        stem = await _free_stem(work, item, produced)
        return Shelf(download_folder(item.user_id, item.download_id), stem)

    async def _held(self, work: Work, mine: Assignment) -> tuple[Download, DownloadItem] | None:
        """The item with its download, locked, if this attempt of this worker still owns it."""
        locked = await work.items.locked(mine.item_id)
        if locked is None or await is_erased(work.session, mine.user_id):
            return None
        item = locked[1]
        ours = (item.status, item.attempt, item.worker_id) == (ItemStatus.RUNNING, mine.attempt, self._worker_id)
        return locked if ours else None


def _is_open(item: DownloadItem, order: RunItem) -> bool:
    return item.status == ItemStatus.QUEUED and item.handed_out_at is not None and item.attempt == order.attempt


def _assignment(download: Download, item: DownloadItem, egress: str) -> Assignment:
    return Assignment(
        item_id=item.id,
        download_id=item.download_id,
        user_id=item.user_id,
        attempt=item.attempt,
        egress=egress,
        version=item.version,
        url=item.url,
        wish=Wish(download.preset, tuple(download.subtitles), tuple(download.sponsorblock)),
        title=item.title,
        max_bytes=item.max_bytes or 1,
        extractor=item.extractor,
        video_id=item.video_id,
    )


async def _keep_quota(work: Work, item: DownloadItem, size: int) -> None:
    """The cap of a run knows nothing of the others at work for the same user, nor a link of any cap."""
    await work.downloads.lock_name(f"storage:{item.user_id}")
    if item.quota_bytes is not None and await work.scheduling.used_bytes(item.user_id) + size > item.quota_bytes:
        raise StorageUsedUp


async def _free_stem(work: Work, item: DownloadItem, produced: Produced) -> str:
    stem = file_stem(produced.about.title, produced.about.video_id, item.id)
    if await work.items.file_stem_taken(item.download_id, stem, besides=item.id):
        return f"{stem} ({item.position})"
    return stem


def _finish(item: DownloadItem, produced: Produced, wish: Wish, now: datetime) -> None:
    item.status = ItemStatus.COMPLETED
    item.lease_until = item.worker_id = item.reason = item.log_tail = None
    cut = produced.cuts == wish.cuts
    item.note = note(wish, found=produced.files.subtitles, looked_for=produced.looked_for, cut=cut)
    item.title = produced.about.title
    item.extractor, item.video_id = produced.extractor, produced.video_id
    item.duration = produced.duration
    item.bytes = produced.size
    item.progress = 1.0
    item.completed_at = now
    item.version += 1
