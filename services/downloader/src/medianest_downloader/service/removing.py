"""Removing what was deleted and what is kept no longer, with its files; a crash after the deletion only delays it."""

import asyncio
import shutil
from contextlib import suppress
from datetime import timedelta
from pathlib import Path, PurePosixPath

import structlog

from medianest_common.contracts.downloads import DownloadDeleted
from medianest_common.errors import MediaNestError
from medianest_common.supervise import woken
from medianest_downloader.domain.episodes import SHOW_NFO, SHOW_POSTER
from medianest_downloader.domain.naming import download_folder
from medianest_downloader.models import Download, Removal
from medianest_downloader.repository.work import OpenWork, Work
from medianest_downloader.service.facts import download_fact
from medianest_downloader.service.keeping import let_go
from medianest_downloader.service.plex_forgetting import PlexForgetting
from medianest_downloader.service.plex_leavings import Leavings, written
from medianest_downloader.service.settling import touch

_log = structlog.get_logger(__name__)

_POLL = 60.0
_AT_ONCE = 50
_FIRST_DELAY = timedelta(minutes=1)
_LONGEST_DELAY = timedelta(hours=1)
_MOST_TRIES = 30  # about a day


async def drop(work: Work, download: Download) -> None:
    """Delete a (locked) download with its items; its files go after the commit."""
    touch(download, await work.now())
    fact = download_fact(DownloadDeleted, download)
    folder = download_folder(download.user_id, download.id)
    items = await work.items.of_download(download.id)
    files = [path for item in items for path in (item.file_paths or {}).values()]
    outside = [path for path in files if not path.startswith(f"{folder}/")]
    work.downloads.remove_path(folder, outside, written(Leavings.of(download, items)))
    await work.session.flush()
    await work.downloads.remove(download.id)
    work.outbox.add(fact)


class Removing:
    def __init__(self, work: OpenWork, media_dir: Path, plex: PlexForgetting, wake: asyncio.Event) -> None:
        self._work = work
        self._media_dir = media_dir
        self._plex = plex
        self._wake = wake

    async def run(self) -> None:
        while True:
            self._wake.clear()
            await self.turn()
            await woken(self._wake, _POLL)

    async def turn(self) -> int:
        """Remove what is to go, what was kept for as long or as many as was asked included; how many removals."""
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
        done = 0
        for removal in due:
            if removal.gone_at is None and not await self._files_gone(removal):
                continue
            done += removal.gone_at is None
            await self._told(removal)
        return done

    async def _files_gone(self, removal: Removal) -> bool:
        try:
            await asyncio.to_thread(self._remove, removal)
        except OSError as error:
            _log.warning("files_not_removed", error=repr(error)[:200])
            return False
        async with self._work() as work:
            kept = await work.downloads.removal(removal.id)
            if kept is not None:
                kept.gone_at = await work.now()
        return True

    async def _told(self, removal: Removal) -> None:
        """Forget a removal that Plex was told of; while it is away it is told later, but not for ever."""
        try:
            gone = {PurePosixPath(path).parent: path for path in (*removal.files, removal.folder)}
            for path in gone.values():
                await self._plex.tell(path)
            await self._plex.clear(removal.left_in_plex)
        except MediaNestError as error:
            async with self._work() as work:
                kept = await work.downloads.removal(removal.id)
                if kept is None:
                    return
                kept.tries += 1
                kept.due_at = await work.now() + min(_FIRST_DELAY * 2 ** (kept.tries - 1), _LONGEST_DELAY)
                if kept.tries < _MOST_TRIES:
                    return
            _log.warning("plex_not_told", error=type(error).__name__)
        async with self._work() as work:
            await work.downloads.removal_done(removal.id)

    def _remove(self, removal: Removal) -> None:
        for relative in (*removal.files, removal.folder):
            path = self._ours(relative)
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
            _tidy(path.parent, self._media_dir)

    def _ours(self, relative: str) -> Path:
        """A path below the media folder that no link leads out of."""
        path = self._media_dir / relative
        if path.parent.resolve() != (self._media_dir.resolve() / relative).parent or path == self._media_dir:
            raise OSError("the folder leads elsewhere")
        return path


def _tidy(folder: Path, root: Path) -> None:
    """Remove a folder in which nothing is left but what we put there about a whole show, and those above it."""
    while folder != root and folder.is_dir():
        left = list(folder.iterdir())
        if any(path.is_dir() or path.name not in (SHOW_NFO, SHOW_POSTER) for path in left):
            return
        for path in left:
            path.unlink(missing_ok=True)
        with suppress(OSError):
            folder.rmdir()
        folder = folder.parent
