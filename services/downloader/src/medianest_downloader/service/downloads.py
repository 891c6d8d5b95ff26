"""Looking at downloads and acting on them. Somebody else's is not there at all."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from medianest_common.contracts.downloads import (
    DownloadCancelled,
    DownloadStatus,
    InPlex,
    ItemStatus,
)
from medianest_common.contracts.permissions import Permission
from medianest_common.errors import Invalid
from medianest_common.tokens import Caller
from medianest_downloader.domain import states
from medianest_downloader.domain.naming import user_folder
from medianest_downloader.errors import ActionNotPossible, DownloadNotFound, FileNotThere
from medianest_downloader.models import Download, DownloadItem
from medianest_downloader.repository.work import OpenWork, Work
from medianest_downloader.schemas import DownloadList, DownloadRead, DownloadTotals
from medianest_downloader.service.facts import download_fact
from medianest_downloader.service.follow_approval import approve_follow, decline_follow
from medianest_downloader.service.quotas import Quotas
from medianest_downloader.service.removing import drop
from medianest_downloader.service.settling import OPEN_ITEMS, cancel_item, let_go, settle, touch
from medianest_downloader.service.views import download_read, is_placed, item_read

_AGAIN = (ItemStatus.FAILED, ItemStatus.CANCELLED)
_TYPES = {
    "mp4": "video/mp4",
    "mkv": "video/x-matroska",
    "webm": "video/webm",
    "m4a": "audio/mp4",
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
}


@dataclass(frozen=True)
class FileToServe:
    path: Path
    name: str
    media_type: str


@dataclass(frozen=True)
class Wakes:
    """Set when there is something to list, to hand out, to bring into Plex, to remove, to look for at a follow."""

    listing: asyncio.Event
    scheduling: asyncio.Event
    plex: asyncio.Event
    removing: asyncio.Event
    following: asyncio.Event


class Downloads:
    def __init__(self, work: OpenWork, quotas: Quotas, media_dir: Path, wakes: Wakes) -> None:
        self._work = work
        self._quotas = quotas
        self._media_dir = media_dir
        self._wakes = wakes

    async def list(
        self, owner: UUID | None, statuses: Sequence[DownloadStatus] = (), *, limit: int, cursor: str | None
    ) -> DownloadList:
        """The newest first, of these states or of any; a cursor is the id of the last one seen."""
        before = read_cursor(cursor)
        async with self._work() as work:
            await work.of_one_moment()
            rows = await work.downloads.page(owner, statuses, limit=limit + 1, before=before)
            lanes = await work.lanes.all()
            shown = rows[:limit]
            running = await work.items.running_progress(row.id for row in shown)
            pauses = await work.users.pause_reasons({row.user_id for row in shown})
        items = [
            download_read(row, running=running.get(row.id, 0.0), lanes=lanes, put_aside=pauses.get(row.user_id))
            for row in shown
        ]
        return DownloadList(items=items, next_cursor=str(shown[-1].id) if len(rows) > limit else None)

    async def detail(self, download_id: UUID, caller: Caller) -> DownloadRead:
        async with self._work() as work:
            await work.of_one_moment()
            download = await _mine(work, download_id, caller)
            return await self._detail(work, download, logs=Permission.LOGS_READ in caller.permissions)

    async def totals(self, owner: UUID | None, caller: Caller) -> DownloadTotals:
        """Everything of one user, or of everybody, added up."""
        async with self._work() as work:
            await work.of_one_moment()
            rows = await work.downloads.totals(owner)
            quota = await self._quotas.of(work, caller.user_id)
        return DownloadTotals(
            downloads={DownloadStatus(row.status): row.downloads for row in rows},
            items_total=sum(row.items for row in rows),
            items_completed=sum(row.items_completed for row in rows),
            items_failed=sum(row.items_failed for row in rows),
            bytes=sum(row.bytes for row in rows),
            quota=quota,
        )

    async def _detail(self, work: Work, download: Download, *, logs: bool = False) -> DownloadRead:
        items = await work.items.of_download(download.id)
        running = sum(item.progress for item in items if item.status == ItemStatus.RUNNING)
        pauses = await work.users.pause_reasons([download.user_id])
        read = download_read(
            download,
            running=running,
            lanes=await work.lanes.all(),
            put_aside=pauses.get(download.user_id),
            items=[item_read(item, logs=logs) for item in items],
        )
        read.log_tail = download.log_tail if logs else None
        read.quota = await self._quotas.of(work, download.user_id)
        return read

    async def cancel(self, download_id: UUID, caller: Caller) -> DownloadRead:
        async with self._work() as work:
            download = await _mine(work, download_id, caller, to="cancelled")
            _needs(states.may_cancel(DownloadStatus(download.status)))
            await _cancel(work, download)
            return await self._detail(work, download)

    async def pause(self, download_id: UUID, caller: Caller) -> DownloadRead:
        async with self._work() as work:
            download = await _mine(work, download_id, caller, to="paused")
            _needs(states.may_pause(DownloadStatus(download.status)))
            download.status = DownloadStatus.PAUSED
            for item in await work.items.of_download(download.id, OPEN_ITEMS, lock=True):
                if item.status == ItemStatus.RUNNING or item.handed_out_at is not None:
                    let_go(item, ItemStatus.QUEUED)
            await settle(work, download, await work.now())
            return await self._detail(work, download)

    async def resume(self, download_id: UUID, caller: Caller) -> DownloadRead:
        return await self._let_run(download_id, caller, states.may_resume, to="resumed")

    async def approve(self, download_id: UUID, caller: Caller) -> DownloadRead:
        return await self._let_run(download_id, caller, states.may_approve, to=None)

    async def _let_run(self, download_id: UUID, caller: Caller, rule: states.Rule, *, to: str | None) -> DownloadRead:
        async with self._work() as work:
            download = await _mine(work, download_id, caller, lock=True, to=to)
            _needs(rule(DownloadStatus(download.status)))
            download.status = DownloadStatus.QUEUED
            if rule is states.may_approve:
                download.approved = True
                work.note_action(caller, "download.approved", download.id)
                await approve_follow(work, download)
            await settle(work, download, await work.now())
            read = await self._detail(work, download)
        self._wakes.scheduling.set()
        self._wakes.listing.set()
        return read

    async def decline(self, download_id: UUID, caller: Caller, reason: str | None) -> DownloadRead:
        async with self._work() as work:
            download = await _mine(work, download_id, caller, lock=True)
            _needs(states.may_approve(DownloadStatus(download.status)))
            download.error_message = reason or "An administrator has declined it."
            work.note_action(caller, "download.declined", download.id)
            await decline_follow(work, download)
            await _cancel(work, download)
            return await self._detail(work, download)

    async def retry(self, download_id: UUID, caller: Caller) -> DownloadRead:
        async with self._work() as work:
            download = await _mine(work, download_id, caller, to="retried")
            in_plex = InPlex(download.in_plex)
            status, placed = DownloadStatus(download.status), is_placed(download)
            _needs(states.may_retry(status, in_plex, failed=download.items_failed, placed=placed))
            now = await work.now()
            if in_plex in (InPlex.FAILED, InPlex.DONE):
                download.in_plex, download.in_plex_reason = InPlex.WAITING, None
                download.in_plex_tries, download.in_plex_due_at = 0, now
            download.error_message = download.log_tail = None
            if download.listed_at is None:
                _list_again(download)
            else:
                await _fetch_again(work, download)
            if not download.approved and await work.users.needs_approval(download.user_id):
                download.status = DownloadStatus.WAITING_APPROVAL  # neither a no nor a cancel was a yes
            await settle(work, download, now)
            read = await self._detail(work, download)
        for wake in (self._wakes.listing, self._wakes.scheduling, self._wakes.plex):
            wake.set()
        return read

    async def delete(self, download_id: UUID, caller: Caller) -> None:
        async with self._work() as work:
            download = await _mine(work, download_id, caller, to="deleted")
            await drop(work, download)
        self._wakes.removing.set()

    async def file(self, download_id: UUID, item_id: UUID, caller: Caller) -> FileToServe:
        """The finished file; FileNotThere when there is none (any more)."""
        async with self._work() as work:
            download = await _mine(work, download_id, caller)
            item = await work.items.get(item_id, download.id)
        path = await asyncio.to_thread(self._found, item)
        if path is None:
            raise FileNotThere("There is no file (any more).")
        return FileToServe(path, path.name, _TYPES.get(path.suffix[1:].lower(), "application/octet-stream"))

    def _found(self, item: DownloadItem | None) -> Path | None:
        if item is None or item.status != ItemStatus.COMPLETED or not item.file_paths:
            return None
        path = self._media_dir / item.file_paths["media"]
        inside = (self._media_dir / user_folder(item.user_id)).resolve()
        return path if path.is_file() and path.resolve().is_relative_to(inside) else None


def read_cursor(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid("This cursor is not one of ours.") from None


async def _mine(
    work: Work, download_id: UUID, caller: Caller, *, lock: bool = False, to: str | None = None
) -> Download:
    """`to` is what is done with it, which the audit log hears when it is somebody else's; it is locked then."""
    owner = None if Permission.SYSTEM_MANAGE in caller.permissions else caller.user_id
    download = await work.downloads.get(download_id, owner=owner, lock=lock or to is not None)
    if download is None:
        raise DownloadNotFound
    if to is not None and download.user_id != caller.user_id:
        work.note_action(caller, f"download.{to}", download.id)
    return download


def _needs(action: states.Action) -> None:
    if not action.ok:
        raise ActionNotPossible(action.because or "This is not possible now.")


async def _cancel(work: Work, download: Download) -> None:
    now = await work.now()
    for item in await work.items.of_download(download.id, OPEN_ITEMS, lock=True):
        cancel_item(work, item)
    if download.items_total == 0:
        download.status = DownloadStatus.CANCELLED
        download.completed_at = now
        touch(download, now)
        work.outbox.add(download_fact(DownloadCancelled, download))
    else:
        await settle(work, download, now)


def _list_again(download: Download) -> None:
    download.status = DownloadStatus.QUEUED
    download.listing_due_at = None
    download.listing_tries = 0


async def _fetch_again(work: Work, download: Download) -> None:
    for item in await work.items.of_download(download.id, _AGAIN, lock=True):
        let_go(item, ItemStatus.QUEUED)
        item.tries = 0
        item.reason = item.log_tail = None
        item.progress = 0.0
    if download.in_plex == InPlex.WAITING and download.items_completed:
        download.in_plex_due_at = await work.now()
