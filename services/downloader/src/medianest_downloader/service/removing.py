"""Removing what was deleted and what is kept no longer, with its files; a crash after the deletion only delays it."""

import asyncio
import shutil
from contextlib import suppress
from pathlib import Path

import structlog

from medianest_common.contracts.downloads import DownloadDeleted
from medianest_common.supervise import woken
from medianest_downloader.domain.naming import download_folder
from medianest_downloader.models import Download
from medianest_downloader.repository.work import OpenWork, Work
from medianest_downloader.service.facts import download_fact
from medianest_downloader.service.keeping import let_go
from medianest_downloader.service.settling import touch

_log = structlog.get_logger(__name__)

_POLL = 60.0
_AT_ONCE = 50


async def drop(work: Work, download: Download) -> None:
    """Delete a (locked) download with its items; its files go after the commit."""
    touch(download, await work.now())
    fact = download_fact(DownloadDeleted, download)
    work.downloads.remove_path(download_folder(download.user_id, download.id))
    await work.session.flush()
    await work.downloads.remove(download.id)
    work.outbox.add(fact)


class Removing:
    def __init__(self, work: OpenWork, media_dir: Path, wake: asyncio.Event) -> None:
        self._work = work
        self._media_dir = media_dir
        self._wake = wake

    async def run(self) -> None:
        while True:
            self._wake.clear()
            await self.turn()
            await woken(self._wake, _POLL)

    async def turn(self) -> int:
        """Remove what is to go, what was kept for as long or as many as was asked included; how many paths went."""
        async with self._work() as work:
            for download in await work.downloads.expired(_AT_ONCE):
                _log.info("download_expired", download_id=str(download.id))
                await drop(work, download)
        async with self._work() as work:
            overfull = await work.follows.overfull(_AT_ONCE)
        for follow_id in overfull:
            async with self._work() as work:
                await let_go(work, follow_id)
        async with self._work() as work:
            due = await work.downloads.removals(_AT_ONCE)
        gone = 0
        for removal in due:
            try:
                await asyncio.to_thread(self._remove, removal.folder)
            except OSError as error:
                _log.warning("not_removed", error=repr(error)[:200])
                continue
            async with self._work() as work:
                await work.downloads.removal_done(removal.id)
            gone += 1
        return gone

    def _remove(self, relative: str) -> None:
        path = self._media_dir / relative
        if not path.exists():
            return
        if path.resolve() != self._media_dir.resolve() / relative or path == self._media_dir:
            raise OSError("the path leads elsewhere")
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
        with suppress(OSError):
            path.parent.rmdir()  # the user's last download
