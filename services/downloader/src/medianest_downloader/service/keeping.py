"""Letting go of what a follow keeps no longer: rows, archive entries, files, and what Plex shows of them."""

from datetime import timedelta
from uuid import UUID

import structlog

from medianest_common.contracts.downloads import FollowChanged, InPlex
from medianest_downloader.domain.follows import Rule, dropped
from medianest_downloader.models import Download, DownloadItem
from medianest_downloader.repository.work import Work
from medianest_downloader.service.facts import follow_fact
from medianest_downloader.service.settling import settle

_log = structlog.get_logger(__name__)

_AFTER_THE_FILES = timedelta(seconds=3)


async def let_go(work: Work, follow_id: UUID) -> int:
    """Drop what the follow's rule says, the files after the commit; how many videos went."""
    download = await work.follows.download(follow_id, lock=True)
    follow = await work.follows.get(follow_id, lock=True)
    if download is None or follow is None:
        return 0
    now = await work.now()
    items = await work.items.of_download(download.id, lock=True)
    gone = dropped(items, Rule(follow.keep_last, follow.keep_days), now)
    if not gone:
        return 0
    for item in gone:
        if item.file_paths:
            first, *others = item.file_paths.values()
            work.downloads.remove_path(first, others)
    _out_of_plex(download, gone)
    if download.in_plex == InPlex.WAITING and download.plex_dropped:
        download.in_plex_due_at = now + _AFTER_THE_FILES
    await work.items.remove([item.id for item in gone])
    await settle(work, download, now)
    follow.version += 1
    work.outbox.add(follow_fact(FollowChanged, follow))
    _log.info("old_videos_dropped", follow_id=str(follow_id), number=len(gone))
    return len(gone)


def _out_of_plex(download: Download, gone: list[DownloadItem]) -> None:
    """Have Plex look at the folder again, and take them out of the collection and the private playlist."""
    keys = [item.plex_rating_key for item in gone if item.plex_rating_key]
    if keys:
        download.plex_dropped = [*download.plex_dropped, *keys]
        if download.in_plex == InPlex.DONE:
            download.in_plex = InPlex.WAITING
