"""Scans: looks at the files under a section's folders, a while after being asked, as a Plex server does."""

import asyncio
import os
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

from medianest_sandbox.plex.library import Item, Library, MediaFile, Section
from medianest_sandbox.plex.mp4 import duration_ms
from medianest_sandbox.plex.shows import Shows

VIDEO_ENDINGS = frozenset({".mp4", ".mkv", ".webm", ".m4v", ".mov", ".avi", ".ts"})
_PICTURE_ENDINGS = (".jpg", ".jpeg", ".png")
_FIRST_KEY = 5_000_000
_KEY_SPACE = 3_000_000


class Scanner:
    """Keeps the sections of real files in step with the disk, when told to look."""

    def __init__(self, library: Library, *, seconds: float) -> None:
        self._library = library
        self._shows = Shows(library, self._key)
        self.seconds = self._first_seconds = seconds
        self.miss_first = False
        self._missed: set[str] = set()
        self._tasks: dict[asyncio.Task[None], str] = {}

    def request(self, section: Section, path: str | None) -> None:
        """Queue a scan of a section or of one folder in it; a folder outside its location is ignored in silence."""
        if path is not None and not any(_is_under(Path(path), Path(each)) for each in section.locations):
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

    def scan_all(self) -> None:
        """Look at the disk at once, for every library."""
        for section in self._library.sections.values():
            self._scan(section, None)

    def _scan(self, section: Section, path: str | None) -> None:
        """New files become items, items without their file go."""
        for folder in section.folders:
            if path is None or _is_under(Path(path), Path(folder)):
                self._scan_folder(section, Path(folder), Path(path or folder))
        section.scanned_at = int(time.time())

    def _scan_folder(self, section: Section, folder: Path, root: Path) -> None:
        on_disk = {str(file): file for file in _video_files(root)}
        known = self._known(section, root)
        for gone in known.keys() - on_disk.keys():
            self._shows.drop(known[gone])
        for name, file in on_disk.items():
            if name in known:
                continue
            if section.type == "show":
                self._shows.take_in(section, folder, file, self._item(section, file))
            else:
                self._library.put(self._item(section, file))

    async def _scan_later(self, section: Section, path: str | None) -> None:
        try:
            await asyncio.sleep(self.seconds)
            if not self._misses(section, path):
                self._scan(section, path)
        finally:
            section.scanning -= 1

    def _misses(self, section: Section, path: str | None) -> bool:
        """With the switch on, the first scan of a folder that holds nothing known yet finds nothing."""
        if not self.miss_first or path is None or path in self._missed or self._known(section, Path(path)):
            return False
        self._missed.add(path)
        return True

    def _known(self, section: Section, root: Path) -> dict[str, Item]:
        items = [item for item in self._library.all_of(section.key) if item.files]
        return {item.files[0].path: item for item in items if _is_under(Path(item.files[0].path), root)}

    def _item(self, section: Section, file: Path) -> Item:
        stat = file.stat()
        picture = next((file.with_suffix(end) for end in _PICTURE_ENDINGS if file.with_suffix(end).is_file()), None)
        key = self._key(str(file))
        return Item(
            key=key,
            section=section.key,
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
