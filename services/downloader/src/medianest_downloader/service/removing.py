"""Removing the folders of deleted downloads; a crash after the deletion only delays it."""

import asyncio
import shutil
from contextlib import suppress
from pathlib import Path

import structlog

from medianest_common.supervise import woken
from medianest_downloader.repository.work import OpenWork

_log = structlog.get_logger(__name__)

_POLL = 60.0
_AT_ONCE = 50


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
        """Remove what is to go; how many folders went."""
        async with self._work() as work:
            due = await work.downloads.removals(_AT_ONCE)
        gone = 0
        for removal in due:
            try:
                await asyncio.to_thread(self._remove, removal.folder)
            except OSError as error:
                _log.warning("folder_not_removed", error=repr(error)[:200])
                continue
            async with self._work() as work:
                await work.downloads.removal_done(removal.id)
            gone += 1
        return gone

    def _remove(self, relative: str) -> None:
        folder = self._media_dir / relative
        if not folder.exists():
            return
        if folder.resolve() != self._media_dir.resolve() / relative or folder == self._media_dir:
            raise OSError("the folder leads elsewhere")
        shutil.rmtree(folder)
        with suppress(OSError):
            folder.parent.rmdir()  # the user's last download
