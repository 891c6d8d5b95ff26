"""Bringing a download up to date after its items have changed."""

from datetime import datetime
from uuid import UUID

from medianest_common.contracts.downloads import (
    DownloadCancelled,
    DownloadChanged,
    DownloadCompleted,
    DownloadEvent,
    DownloadFailed,
    DownloadStatus,
    ItemCancelled,
    ItemStatus,
)
from medianest_downloader.domain.states import SETTLED, rolled_up
from medianest_downloader.models import Download, DownloadItem
from medianest_downloader.repository.work import Work
from medianest_downloader.service.facts import download_fact, item_fact

_FACTS: dict[DownloadStatus, type[DownloadEvent]] = {
    DownloadStatus.COMPLETED: DownloadCompleted,
    DownloadStatus.PARTIALLY_COMPLETED: DownloadCompleted,
    DownloadStatus.FAILED: DownloadFailed,
    DownloadStatus.CANCELLED: DownloadCancelled,
}

_LOG_CHARACTERS = 8000

OPEN_ITEMS = (ItemStatus.QUEUED, ItemStatus.WAITING, ItemStatus.RUNNING)


async def settle(work: Work, download: Download, now: datetime) -> None:
    """Count the items, move the (locked) download to the status that follows, and say so."""
    counts, size = await work.items.counts(download.id)
    before = DownloadStatus(download.status)
    after = rolled_up(before, counts)
    total = sum(counts.values())
    download.status = after
    download.items_total = total
    download.items_completed = counts.get(ItemStatus.COMPLETED, 0)
    download.items_failed = counts.get(ItemStatus.FAILED, 0)
    download.bytes = size
    download.progress = 100 * download.items_completed // total if total else 0
    download.completed_at = (download.completed_at or now) if after in SETTLED else None
    touch(download, now)
    work.outbox.add(download_fact(_FACTS.get(after, DownloadChanged) if after != before else DownloadChanged, download))


def touch(download: Download, now: datetime) -> None:
    download.version += 1
    download.updated_at = now


def end_of(log: str) -> str | None:
    """As much of a log as is kept in a row."""
    return log.replace("\x00", "")[-_LOG_CHARACTERS:] or None


def let_go(item: DownloadItem, status: ItemStatus) -> None:
    """Take an item from whoever has it: its attempt can finish nothing any more."""
    item.status = status
    item.handed_out_at = None
    item.worker_id = None
    item.lease_until = None
    item.due_at = None
    item.version += 1


def cancel_item(work: Work, item: DownloadItem) -> None:
    let_go(item, ItemStatus.CANCELLED)
    work.outbox.add(item_fact(ItemCancelled, item))


async def put_aside(work: Work, user_id: UUID) -> None:
    """Take what is under way of a user from its workers; it waits, with what was fetched of it."""
    downloads = {download.id: download for download in await work.downloads.of_user(user_id)}
    stopped = [item for item in await work.items.of_user(user_id, OPEN_ITEMS) if item.worker_id or item.handed_out_at]
    for item in stopped:
        let_go(item, ItemStatus.QUEUED)
    now = await work.now()
    for download_id in {item.download_id for item in stopped}:
        await settle(work, downloads[download_id], now)
