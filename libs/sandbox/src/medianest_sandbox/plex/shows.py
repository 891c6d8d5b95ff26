"""Series made from real files, as a TV library's scanner reads them: `Show/Season 2026/Show - s2026e082101 - ….mp4`.

Folder and file names decide: the folder below the library's is the show, `sNNNNeNNNN` in a file's name its place.
A file without a place is passed over.
"""

import re
import time
from collections.abc import Callable
from pathlib import Path

from medianest_sandbox.plex.library import Item, Library, Section

_PLACE = re.compile(r"(?i)\bs(\d{1,4})e(\d{1,8})\b(?: - (?P<title>.+))?")
_POSTERS = ("poster.jpg", "poster.png")

KeyFor = Callable[[str], str]


class Shows:
    """Puts episodes below their season and show, which come and go with them. `key_for` gives a free rating key."""

    def __init__(self, library: Library, key_for: KeyFor) -> None:
        self._library, self._key_for = library, key_for

    def take_in(self, section: Section, root: Path, file: Path, episode: Item) -> None:
        """Make the item of a file below the library's folder an episode, if it is one."""
        place = _PLACE.search(file.stem)
        inside = file.relative_to(root).parts
        if place is None or len(inside) < 2:
            return
        show = self._show(section, root / inside[0])
        season = self._season(section, show, int(place[1]))
        episode.type, episode.index, episode.parent = "episode", int(place[2]), season.key
        episode.title = place["title"] or f"Episode {episode.index}"
        self._library.put(episode)

    def drop(self, episode: Item) -> None:
        """An item whose file went, with its season and show once they are empty."""
        key: str | None = episode.key
        while key is not None:
            item = self._library.get(key)
            if item is None or self._library.children(key):
                return
            self._library.drop(key)
            key = item.parent

    def _show(self, section: Section, folder: Path) -> Item:
        poster = next((folder / name for name in _POSTERS if (folder / name).is_file()), None)
        return self._found(section, folder, "show") or self._put(section, folder, "show", folder.name, picture=poster)

    def _season(self, section: Section, show: Item, number: int) -> Item:
        for season in self._library.children(show.key):
            if season.index == number:
                return season
        folder = Path(show.folder or "") / f"Season {number}"
        return self._put(section, folder, "season", folder.name, index=number, parent=show.key)

    def _found(self, section: Section, folder: Path, type_: str) -> Item | None:
        items = self._library.all_of(section.key)
        return next((item for item in items if item.type == type_ and item.folder == str(folder)), None)

    def _put(
        self,
        section: Section,
        folder: Path,
        type_: str,
        title: str,
        *,
        index: int | None = None,
        parent: str | None = None,
        picture: Path | None = None,
    ) -> Item:
        key = self._key_for(str(folder))
        item = Item(
            key=key,
            section=section.key,
            type=type_,
            title=title,
            added_at=int(time.time()),
            guid=f"local://{key}",
            image=title,
            index=index,
            parent=parent,
            picture=picture,
            folder=str(folder),
        )
        self._library.put(item)
        return item
