"""Files: from the folder a child worked in, checked, into the library."""

import os
import shutil
import stat
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from medianest_downloader.domain.episodes import SHOW_NFO, SHOW_POSTER
from medianest_downloader.domain.naming import MEDIA_EXTENSIONS, SUBTITLE
from medianest_downloader.domain.nfo import nfo, show_nfo
from medianest_downloader.models import ArchivedVideo
from medianest_downloader.service.produced import Files, Paths, Produced

_FILE_MODE = 0o644
_POSTERS = frozenset({"jpg"})
_SUBTITLES = frozenset({"srt"})
_FOLDER_MODE = 0o755  # Plex reads as another user


class NotAcceptable(Exception):
    """What the child claims to have made is not a whole regular file of ours; the text is for the log."""


class FilesFailed(Exception):
    """The disk did not do its part; `errno` says how."""

    def __init__(self, error: OSError) -> None:
        super().__init__(str(error))
        self.errno = error.errno


class Library:
    def __init__(self, media_dir: Path, work_folder: Path) -> None:
        self._media_dir = media_dir
        self._work_folder = work_folder

    def folder_of(self, item_id: UUID) -> Path:
        """Where an item is worked on."""
        return self._work_folder / str(item_id)

    def open_folder(self, item_id: UUID) -> Path:
        """The item's folder, with what an earlier attempt left there."""
        folder = self.folder_of(item_id)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def close_folder(self, item_id: UUID) -> None:
        shutil.rmtree(self.folder_of(item_id), ignore_errors=True)
        shutil.rmtree(self._media_dir / ".work" / str(item_id), ignore_errors=True)

    def has_room(self, least: int) -> bool:
        """Whether there is space for something new, where it is worked on and in the library."""
        try:
            return all(shutil.disk_usage(disk).free >= least for disk in (self._work_folder, self._media_dir))
        except OSError:
            return False

    def unfinished(self) -> set[UUID]:
        """Items that have a folder, where they are worked on or on the library's disk."""
        found = set()
        for folder in {self._work_folder, self._media_dir / ".work"}:
            for path in folder.iterdir() if folder.is_dir() else ():
                with suppress(ValueError):
                    found.add(UUID(path.name))
        return found

    def accepted(self, item_id: UUID, event: Mapping[str, Any], *, max_bytes: int) -> Files:
        """The files that a child says it has made."""

        def accept(name: object, extensions: frozenset[str]) -> Path:
            return self._accept(item_id, str(name), max_bytes=max_bytes, extensions=extensions)

        subtitles = event.get("subtitles") or {}
        return Files(
            media=accept(event["media"], MEDIA_EXTENSIONS),
            poster=accept(event["poster"], _POSTERS) if event.get("poster") else None,
            subtitles={str(language): accept(name, _SUBTITLES) for language, name in subtitles.items()},
        )

    def _accept(self, item_id: UUID, name: str, *, max_bytes: int, extensions: frozenset[str]) -> Path:
        """A file the child names in its `out` folder; raises NotAcceptable for anything but a plain file of ours."""
        out = self.folder_of(item_id) / "out"
        path = out / name
        if name != os.path.basename(name) or path.suffix[1:].lower() not in extensions:  # noqa: PTH119 - of a stranger's text
            raise NotAcceptable("its name is not one of ours")
        try:
            found = path.lstat()
        except OSError:
            raise NotAcceptable("it is not there") from None
        if not stat.S_ISREG(found.st_mode) or path.resolve().parent != out.resolve():
            raise NotAcceptable("it is not a plain file in its folder")
        if not 0 < found.st_size <= max_bytes:
            raise NotAcceptable(f"it has {found.st_size} bytes")
        return path

    def stage(self, item_id: UUID, produced: Produced) -> Produced:
        """Bring the files to the library's disk, safe from a power cut, so that a rename is all that is left.

        What somebody else has is linked there, or copied; it stays where it was.
        """
        try:
            return self._stage(item_id, produced)
        except OSError as error:
            raise FilesFailed(error) from error

    def _stage(self, item_id: UUID, produced: Produced) -> Produced:
        files = produced.files
        if produced.linked or files.media.stat().st_dev != self._media_dir.stat().st_dev:
            folder = self._media_dir / ".work" / str(item_id) / "staged"
            folder.mkdir(parents=True, exist_ok=True)
            files = Files(
                media=_twin(files.media, folder),
                poster=_twin(files.poster, folder) if files.poster else None,
                subtitles={name: _twin(path, folder) for name, path in files.subtitles.items()},
            )
        with files.media.open("rb") as file:
            os.fsync(file.fileno())
        return replace(produced, files=files)

    def place(self, folder: str, stem: str, produced: Produced) -> Paths:
        """Move the files into the folder below the library; the video last, it is what Plex looks for.

        May be repeated: what was moved already stays.
        """
        try:
            return self._place(folder, stem, produced)
        except OSError as error:
            raise FilesFailed(error) from error

    def _place(self, folder: str, stem: str, produced: Produced) -> Paths:
        target = self._media_dir / folder
        target.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        if target.resolve() != self._media_dir.resolve() / folder:
            raise NotAcceptable("the folder leads elsewhere")
        files = produced.files
        names = {"nfo": f"{stem}.nfo", "media": f"{stem}{files.media.suffix.lower()}"}
        _write(target / names["nfo"], nfo(produced.about))
        for language, path in files.subtitles.items():
            names[SUBTITLE + language] = f"{stem}.{language}.srt"
            _put(path, target / names[SUBTITLE + language])
        if files.poster is not None:
            names["poster"] = f"{stem}.jpg"
            _put(files.poster, target / names["poster"])
        if produced.about.episode is not None:
            _write(target.parent / SHOW_NFO, show_nfo(produced.about.episode.show))
            _show_poster(target / names["poster"] if files.poster is not None else None, target.parent / SHOW_POSTER)
            _clear(target, stem, set(names.values()))
        _put(files.media, target / names["media"])
        return {kind: f"{folder}/{name}" for kind, name in names.items()}

    def linkable(self, known: ArchivedVideo, languages: Collection[str]) -> Files | None:
        """An archived file with what belongs to it, if it is still what was archived."""
        media = self._inside(known, "media")
        if media is None or media.stat().st_size != known.bytes or media.suffix[1:] not in MEDIA_EXTENSIONS:
            return None
        there = {language: self._inside(known, SUBTITLE + language) for language in languages}
        return Files(media, self._inside(known, "poster"), {name: path for name, path in there.items() if path})

    def _inside(self, known: ArchivedVideo, kind: str) -> Path | None:
        """A plain file of an archive entry, in its owner's folder."""
        path = self._media_dir / known.file_paths.get(kind, "")
        owned = (self._media_dir / str(known.user_id)).resolve()
        try:
            plain = stat.S_ISREG(path.lstat().st_mode)
        except OSError:
            return None
        return path if plain and path.resolve().is_relative_to(owned) else None


def _show_poster(picture: Path | None, target: Path) -> None:
    if picture is not None and not target.exists():
        draft = _draft_of(target)
        shutil.copy2(picture, draft)
        draft.replace(target)


def _clear(folder: Path, stem: str, names: Collection[str]) -> None:
    """Remove what an earlier attempt for the same item left under the number of another place."""
    tag = stem.rpartition("[")[2]
    for path in folder.iterdir():
        if path.name not in names and f"[{tag}." in path.name:
            path.unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> None:
    draft = _draft_of(path)
    draft.write_bytes(content)
    draft.chmod(_FILE_MODE)
    draft.replace(path)


def _draft_of(path: Path) -> Path:
    """Where a file is written, so that it is whole when it gets its name; one name an item, for who comes next."""
    return path.with_name(f".{uuid5(NAMESPACE_URL, path.name)}.draft")


def _put(source: Path, target: Path) -> None:
    if target.is_file() and not source.exists():
        return
    source.chmod(_FILE_MODE)
    source.replace(target)


def _twin(source: Path, folder: Path) -> Path:
    """The same file in another folder: a link, or a copy where there can be none."""
    target = folder / source.name
    target.unlink(missing_ok=True)
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)
    return target
