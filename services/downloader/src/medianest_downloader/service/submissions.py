"""Previewing an address and taking it."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from medianest_common.contracts.downloads import DownloadStatus, DownloadSubmitted
from medianest_common.errors import Forbidden
from medianest_common.inbox import may_keep
from medianest_common.tokens import Caller
from medianest_downloader.clients.video_site import Entry, Listing, VideoSite, VideoSiteFailed
from medianest_downloader.domain.addresses import Door
from medianest_downloader.domain.failures import Course, entry_problem
from medianest_downloader.domain.presets import Preset
from medianest_downloader.errors import (
    ActionNotPossible,
    IdempotencyKeyReused,
    PreviewFailed,
    PreviewsBusy,
    StorageQuotaExceeded,
    VideoSiteTrouble,
)
from medianest_downloader.models import Download
from medianest_downloader.repository.work import OpenWork, Work
from medianest_downloader.schemas import (
    DownloadCreate,
    DownloadPreview,
    DownloadPreviewEntry,
    DownloadPreviewRequest,
    DownloadQuota,
    DownloadRead,
)
from medianest_downloader.service.facts import download_fact
from medianest_downloader.service.quotas import Quotas
from medianest_downloader.service.views import download_read
from medianest_downloader.service.wishes import apply_options, let_in

_PREVIEWS_AT_ONCE = 2  # each is a process of some 100 MiB
_PREVIEW_PATIENCE = 15.0
_MOST_OPEN = 100  # downloads of one user that are not over


class Submissions:
    def __init__(
        self,
        work: OpenWork,
        site: VideoSite,
        door: Door,
        quotas: Quotas,
        *,
        preview_seconds: float,
        wake: asyncio.Event,
    ) -> None:
        """`wake` is set when there is something new to list."""
        self._work = work
        self._site = site
        self._door = door
        self._quotas = quotas
        self._seconds = preview_seconds
        self._wake = wake
        self._previews = asyncio.Semaphore(_PREVIEWS_AT_ONCE)

    async def preview(self, caller: Caller, body: DownloadPreviewRequest) -> DownloadPreview:
        """What lies there; PreviewFailed with a plain reason when nothing can be had."""
        url = let_in(self._door, body.url)
        async with self._one_of_few():
            listing = await self._look(url, as_playlist=body.as_playlist)
        async with self._work() as work:
            quota = await self._quotas.of(work, caller.user_id)
            already = await _already(work, caller, listing)
        return _preview(listing, already, quota)

    async def submit(self, caller: Caller, body: DownloadCreate, key: str | None) -> DownloadRead:
        """Take it; the same key with the same body yields the same download, with another IdempotencyKeyReused."""
        fingerprint = hashlib.sha256(body.model_dump_json(exclude_unset=True).encode()).hexdigest()
        async with self._work() as work:
            await work.downloads.lock_name(f"submissions:{caller.user_id}")
            download = await _known(work, caller, key, fingerprint)
            if download is None:
                download = await self._take(work, caller, body)
                download.idempotency_key, download.fingerprint = key, fingerprint
                work.downloads.add(download)
                work.outbox.add(download_fact(DownloadSubmitted, download))
        self._wake.set()
        return download_read(download)

    async def _take(self, work: Work, caller: Caller, body: DownloadCreate) -> Download:
        url = let_in(self._door, body.url)
        if not await may_keep(work.session, caller.user_id):
            raise Forbidden("This account has been deleted.")
        if await work.downloads.open_count(caller.user_id) >= _MOST_OPEN:
            raise ActionNotPossible(f"You have {_MOST_OPEN} downloads under way. Wait for some to finish.")
        quota = await self._quotas.of(work, caller.user_id)
        if quota.used >= quota.limit:
            raise StorageQuotaExceeded(
                "Your storage for downloads is used up. Delete some to free it.", used=quota.used, limit=quota.limit
            )
        waits = not caller.is_admin and await work.users.needs_approval(caller.user_id)
        download = Download(
            user_id=caller.user_id,
            playlist_url=url,
            status=DownloadStatus.WAITING_APPROVAL if waits else DownloadStatus.QUEUED,
            approved=not waits,
            preset=body.preset,
            as_playlist=body.as_playlist,
            keep_days=body.keep_days,
            selection=sorted(set(body.items)) if body.items is not None else None,
            item_range=body.range,
        )
        apply_options(download, body)
        return download

    @asynccontextmanager
    async def _one_of_few(self) -> AsyncIterator[None]:
        try:
            await asyncio.wait_for(self._previews.acquire(), _PREVIEW_PATIENCE)
        except TimeoutError:
            raise PreviewsBusy(
                "downloader", "Several previews are being made. Try again in a moment.", retry_after=10
            ) from None
        try:
            yield
        finally:
            self._previews.release()

    async def _look(self, url: str, *, as_playlist: bool) -> Listing:
        try:
            listing = await self._site.look(url, as_playlist=as_playlist, seconds=self._seconds)
        except VideoSiteFailed as failed:
            if failed.reason.course is Course.PERMANENT:
                raise PreviewFailed(failed.reason.words, reason=failed.reason.code) from None
            raise VideoSiteTrouble(
                "video site", failed.reason.words, retry_after=30, reason=failed.reason.code
            ) from None
        if not listing.entries:
            raise PreviewFailed("There is no video in it.", reason="empty")
        return listing


async def _known(work: Work, caller: Caller, key: str | None, fingerprint: str) -> Download | None:
    known = await work.downloads.by_key(caller.user_id, key) if key is not None else None
    if known is not None and known.fingerprint != fingerprint:
        raise IdempotencyKeyReused("This Idempotency-Key was used for another download.")
    return known


async def _already(work: Work, caller: Caller, listing: Listing) -> set[int]:
    """Positions of what the caller has."""
    urls = await work.items.fetched_urls(caller.user_id, {entry.url for entry in listing.entries})
    by_extractor: dict[str, set[str]] = {}
    for entry in listing.entries:
        if entry.extractor and entry.video_id:
            by_extractor.setdefault(entry.extractor, set()).add(entry.video_id)
    had = {
        (extractor, video_id)
        for extractor, ids in by_extractor.items()
        for video_id in await work.items.archived_ids(caller.user_id, extractor, ids)
    }
    return {e.position for e in listing.entries if e.url in urls or (e.extractor, e.video_id) in had}


def _preview(listing: Listing, already: set[int], quota: DownloadQuota) -> DownloadPreview:
    return DownloadPreview(
        kind=listing.kind,
        title=listing.title,
        uploader=listing.uploader,
        entries=[_preview_entry(entry, already) for entry in listing.entries],
        total=listing.total,
        duration=listing.duration,
        estimated_bytes=listing.estimated_bytes,
        quota=quota,
        presets=list(Preset),
    )


def _preview_entry(entry: Entry, already: set[int]) -> DownloadPreviewEntry:
    problem = entry_problem(entry.title)
    return DownloadPreviewEntry(
        index=entry.position,
        title=entry.title or entry.url,
        duration=entry.duration,
        url=entry.url,
        problem=problem.words if problem else None,
        already=entry.position in already,
    )
