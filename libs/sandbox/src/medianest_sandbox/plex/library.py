"""What the Plex server holds: three sections and their items."""

import time
from dataclasses import dataclass, field
from pathlib import Path

from medianest_sandbox.people import Person

MOVIES, SHOWS, VIDEOS = "1", "2", "3"
TYPE_NUMBERS = {"movie": 1, "show": 2, "season": 3, "episode": 4, "playlist": 15, "collection": 18}


@dataclass
class Section:
    """A library. `folders` are those of its places that are there on this machine, `location` one that need not be;
    `scanning` counts the scans that are under way.
    """

    key: str
    type: str
    title: str
    agent: str
    scanner: str
    location: str
    uuid: str
    folders: list[str] = field(default_factory=list)
    scanned_at: int = field(default_factory=lambda: int(time.time()))
    changed_at: int = field(default_factory=lambda: int(time.time()))
    scanning: int = 0

    @property
    def locations(self) -> list[str]:
        """Every place of it, as the server tells them."""
        return list(dict.fromkeys((self.location, *self.folders)))


@dataclass
class MediaFile:
    """A file as the server knows it; `path` is the one it sees."""

    path: str
    size: int
    resolution: str = "1080"

    @property
    def container(self) -> str:
        """The kind of file, by its name."""
        return self.path.rpartition(".")[2].lower()


@dataclass
class Item:
    """A film, show, season, episode or video. Times are epoch seconds, `duration` milliseconds."""

    key: str
    section: str
    type: str
    title: str
    added_at: int
    guid: str
    image: str
    year: int | None = None
    date: str | None = None
    summary: str = ""
    duration: int | None = None
    rating: float | None = None
    genres: tuple[str, ...] = ()
    guids: tuple[str, ...] = ()
    files: list[MediaFile] = field(default_factory=list)
    index: int | None = None
    parent: str | None = None
    picture: Path | None = None
    folder: str | None = None
    updated_at: int = 0

    def __post_init__(self) -> None:
        """An item not touched since it was added was updated then."""
        self.updated_at = self.updated_at or self.added_at

    @property
    def thumb(self) -> str:
        """The path of its picture; changes when the picture does."""
        return f"/library/metadata/{self.key}/thumb/{self.updated_at}"

    @property
    def art(self) -> str:
        """The path of its wide picture."""
        return f"/library/metadata/{self.key}/art/{self.updated_at}"


class Library:
    """All items by their rating key."""

    def __init__(self, sections: list[Section]) -> None:
        self.sections = {section.key: section for section in sections}
        self._items: dict[str, Item] = {}
        self._children: dict[str, dict[str, Item]] = {}

    def put(self, item: Item) -> None:
        """Add or replace an item."""
        self._items[item.key] = item
        if item.parent:
            self._children.setdefault(item.parent, {})[item.key] = item
        self.sections[item.section].changed_at = int(time.time())

    def clear(self) -> None:
        """Remove everything."""
        self._items.clear()
        self._children.clear()

    def drop(self, key: str) -> None:
        """Remove an item and everything below it."""
        for child in self.children(key):
            self.drop(child.key)
        item = self._items.pop(key, None)
        if item and item.parent:
            self._children.get(item.parent, {}).pop(key, None)

    def get(self, key: str) -> Item | None:
        """The item, or None."""
        return self._items.get(key)

    def children(self, key: str) -> list[Item]:
        """Seasons of a show, episodes of a season, in order."""
        return sorted(self._children.get(key, {}).values(), key=lambda item: item.index or 0)

    def items(self, person: Person, *, section: str | None = None, type_: str | None = None) -> list[Item]:
        """What this person may see, of one section and type if named."""
        return [
            item
            for item in self._items.values()
            if may_see(person, item.section) and section in {None, item.section} and type_ in {None, item.type}
        ]

    def all_of(self, section: str) -> list[Item]:
        """Everything in a section, whoever may see it."""
        return [item for item in self._items.values() if item.section == section]

    def by_guid(self, guid: str) -> Item | None:
        """The item that carries this outside id, such as `tmdb://603`, at the top level of a section."""
        return next((item for item in self._items.values() if not item.parent and guid in item.guids), None)

    def seen_by(self, person: Person, key: str) -> Item | None:
        """The item, if this person may see it."""
        item = self._items.get(key)
        return item if item and may_see(person, item.section) else None


def may_see(person: Person, section: str) -> bool:
    """Whether this section is shared with this person."""
    return person.sections is None or section in person.sections
