"""Scans: looks at the files under a section's folder, a while after being asked, as a Plex server does."""

import asyncio
import os
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

from medianest_sandbox.plex.library import VIDEOS, Item, Library, MediaFile, Section
from medianest_sandbox.plex.mp4 import duration_ms

VIDEO_ENDINGS = frozenset({".mp4", ".mkv", ".webm", ".m4v", ".mov", ".avi", ".ts"})
_PICTURE_ENDINGS = (".jpg", ".jpeg", ".png")
_FIRST_KEY = 5_000_000
_KEY_SPACE = 3_000_000


class Scanner:
    """Keeps the section of real files in step with the disk, when told to look."""

    def __init__(self, library: Library, *, seconds: float) -> None:
        self._library = library
        self.seconds = self._first_seconds = seconds
        self.miss_first = False
        self._missed: set[str] = set()
        self._tasks: dict[asyncio.Task[None], str] = {}

    def request(self, section: Section, path: str | None) -> None:
        """Queue a scan of a section or of one folder in it; a folder outside its location is ignored in silence."""
        if path is not None and not _is_under(Path(path), Path(section.location)):
            return
        section.scanning += 1
        task = asyncio.get_running_loop().create_task(self._scan_later(section, path))
        self._tasks[task] = section.key
        task.add_done_callback(lambda done: self._tasks.pop(done, None))

    def cancel(self, section: Section) -> None:
        """Stop the scans of a section that have not finished."""
        for task, key in list(self._tasks.items()):
            if key == section.key:
                task.cancel()

    def behave(self) -> None:
        """Give up all scans and all mischief."""
        self.cancel_all()
        self.seconds, self.miss_first = self._first_seconds, False
        self._missed.clear()

    def cancel_all(self) -> None:
        """Stop all scans."""
        for task in list(self._tasks):
            task.cancel()

    def scan_now(self, path: str | None = None) -> None:
        """Look at the disk at once: new files become items, items without their file go."""
        section = self._library.sections[VIDEOS]
        root = Path(path or section.location)
        on_disk = {str(file): file for file in _video_files(root)}
        known = self._known(root)
        for gone in known.keys() - on_disk.keys():
            self._library.drop(known[gone])
        for name, file in on_disk.items():
            if name not in known:
                self._library.put(self._item(file))
        section.scanned_at = int(time.time())

    async def _scan_later(self, section: Section, path: str | None) -> None:
        try:
            await asyncio.sleep(self.seconds)
            if section.key == VIDEOS and not self._misses(path):
                self.scan_now(path)
        finally:
            section.scanning -= 1

    def _misses(self, path: str | None) -> bool:
        """With the switch on, the first scan of a folder that holds nothing known yet finds nothing."""
        if not self.miss_first or path is None or path in self._missed or self._known(Path(path)):
            return False
        self._missed.add(path)
        return True

    def _known(self, root: Path) -> dict[str, str]:
        items = self._library.all_of(VIDEOS)
        return {item.files[0].path: item.key for item in items if _is_under(Path(item.files[0].path), root)}

    def _item(self, file: Path) -> Item:
        stat = file.stat()
        picture = next((file.with_suffix(end) for end in _PICTURE_ENDINGS if file.with_suffix(end).is_file()), None)
        key = self._key(str(file))
        return Item(
            key=key,
            section=VIDEOS,
            type="movie",
            title=file.stem,
            added_at=int(stat.st_mtime),
            guid=f"local://{key}",
            image=file.stem,
            year=time.gmtime(stat.st_mtime).tm_year,
            duration=duration_ms(file),
            files=[MediaFile(str(file), stat.st_size, "360")],
            picture=picture,
        )

    def _key(self, name: str) -> str:
        """The same file gets the same rating key after a restart."""
        place = zlib.crc32(name.encode("utf-8", "surrogateescape")) % _KEY_SPACE
        while self._library.get(str(_FIRST_KEY + place)) is not None:
            place = (place + 1) % _KEY_SPACE
        return str(_FIRST_KEY + place)


def _is_under(path: Path, root: Path) -> bool:
    return Path(os.path.normpath(path)).is_relative_to(os.path.normpath(root))


def _video_files(root: Path) -> Iterator[Path]:
    """Video files below a folder; like the real one, nothing that is hidden or still a part."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(folder) / name
            if not name.startswith(".") and file.suffix.lower() in VIDEO_ENDINGS:
                yield file
