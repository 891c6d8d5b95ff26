"""Finding out what a submitted address holds, and making its items."""

import asyncio
from datetime import timedelta
from uuid import UUID

import structlog

from medianest_common.contracts.downloads import DownloadChanged, DownloadFailed, DownloadStatus, ItemStatus
from medianest_common.supervise import woken
from medianest_downloader.clients.video_site import Entry, Listing, VideoSite, VideoSiteFailed
from medianest_downloader.domain.failures import Course, Reason, entry_problem, last_words, next_delay
from medianest_downloader.domain.selection import holds, parse_range
from medianest_downloader.domain.states import SETTLED
from medianest_downloader.models import Download, DownloadItem
from medianest_downloader.repository.work import OpenWork, Work
from medianest_downloader.service.facts import download_fact
from medianest_downloader.service.settling import end_of, settle, touch

_log = structlog.get_logger(__name__)

_FIRST_DELAY = timedelta(seconds=30)
_POLL = 5.0  # for what became due; new submissions wake it
_SPARE = timedelta(seconds=30)


class Lister:
    """Any number may run, in any number of replicas: each takes another download."""

    def __init__(
        self, work: OpenWork, site: VideoSite, *, seconds: float, wake: asyncio.Event, found: asyncio.Event
    ) -> None:
        """`found` is set when there are new items to hand out."""
        self._work = work
        self._site = site
        self._seconds = seconds
        self._wake = wake
        self._found = found

    async def run(self) -> None:
        while True:
            self._wake.clear()
            if await self.turn():
                continue
            await woken(self._wake, _POLL)

    async def turn(self) -> bool:
        """List one download; False when none is due."""
        claimed = await self._claim()
        if claimed is None:
            return False
        try:
            listing = await self._site.look(
                claimed.playlist_url, as_playlist=claimed.as_playlist, seconds=self._seconds
            )
        except VideoSiteFailed as failed:
            _log.info("listing_failed", download_id=str(claimed.id), reason=failed.reason.code, log=failed.log[-1000:])
            await self._failed(claimed.id, failed.reason, failed.log)
        else:
            await self._store(claimed.id, listing)
            self._found.set()
        return True

    async def _claim(self) -> Download | None:
        async with self._work() as work:
            if await work.lanes.all_paused():
                return None
            now = await work.now()
            download = await work.downloads.next_to_list(now)
            if download is not None:
                download.listing_due_at = now + timedelta(seconds=self._seconds) + _SPARE
                download.listing_tries += 1
        return download

    async def _failed(self, download_id: UUID, reason: Reason, log: str = "") -> None:
        async with self._work() as work:
            download = await _unlisted(work, download_id)
            if download is None:
                return
            now = await work.now()
            delay = next_delay(reason, download.listing_tries, _FIRST_DELAY)
            download.error_message = reason.words if delay is not None else last_words(reason)
            download.log_tail = end_of(log)
            touch(download, now)
            if delay is not None:
                download.listing_due_at = now + delay
                work.outbox.add(download_fact(DownloadChanged, download))
            else:
                download.status = DownloadStatus.FAILED
                download.completed_at = now
                work.outbox.add(download_fact(DownloadFailed, download))

    async def _store(self, download_id: UUID, listing: Listing) -> None:
        chosen: list[Entry] = []
        async with self._work() as work:
            download = await _unlisted(work, download_id)
            if download is None:
                return
            chosen = _chosen(listing, download)
            if chosen:
                await _fill(work, download, listing, chosen)
        if not chosen:
            await self._failed(download_id, _EMPTY)


_EMPTY = Reason("empty", Course.PERMANENT, "There is no video in it.")


async def _unlisted(work: Work, download_id: UUID) -> Download | None:
    """The download, locked, if its list is still wanted."""
    download = await work.downloads.get(download_id, lock=True)
    if download is None or download.listed_at is not None or DownloadStatus(download.status) in SETTLED:
        return None
    return download


def _chosen(listing: Listing, download: Download) -> list[Entry]:
    """The wanted entries, each address once."""
    listed = set(download.selection) if download.selection is not None else None
    spans = parse_range(download.item_range) if download.item_range is not None else None
    seen: set[str] = set()
    chosen = []
    for entry in listing.entries:
        wanted = (listed is None or entry.position in listed) and (spans is None or holds(spans, entry.position))
        if wanted and entry.url not in seen:
            seen.add(entry.url)
            chosen.append(entry)
    return chosen


async def _fill(work: Work, download: Download, listing: Listing, chosen: list[Entry]) -> None:
    now = await work.now()
    download.listed_at = now
    download.listing_due_at = None
    download.error_message = download.log_tail = None
    download.kind = listing.kind
    download.playlist_title = listing.title
    if download.default_collection and listing.kind != "video":
        download.collection = listing.title[:200]
    for entry in chosen:
        work.items.add(new_item(download, entry))
    await settle(work, download, now)


def new_item(download: Download, entry: Entry) -> DownloadItem:
    """A video to be fetched; failed from the start when its title says that it cannot be had."""
    problem = entry_problem(entry.title)
    return DownloadItem(
        download_id=download.id,
        user_id=download.user_id,
        position=entry.position,
        url=entry.url,
        extractor=entry.extractor,
        video_id=entry.video_id,
        title=entry.title,
        duration=entry.duration,
        status=ItemStatus.FAILED if problem else ItemStatus.QUEUED,
        reason=problem.code if problem else None,
    )
