"""Collections, which everybody with the library sees, and playlists, which belong to one account."""

import time
import uuid
from dataclasses import asdict, dataclass, field
from typing import Any

from medianest_sandbox.people import Person
from medianest_sandbox.plex.library import Library, may_see
from medianest_sandbox.state import StateFolder

_FIRST_KEY = 9_000_000
_STATE = "plex-groups"


@dataclass
class Group:
    """A titled list of rating keys; `type` is that of its members, `owner` the account of a playlist."""

    key: str
    kind: str
    title: str
    type: str
    section: str | None = None
    owner: int | None = None
    summary: str = ""
    members: list[str] = field(default_factory=list)
    guid: str = field(default_factory=lambda: str(uuid.uuid4()))
    added_at: int = field(default_factory=lambda: int(time.time()))
    updated_at: int = field(default_factory=lambda: int(time.time()))


class Groups:
    """All collections and playlists; kept between runs."""

    def __init__(self, library: Library, state: StateFolder) -> None:
        self._library, self._state = library, state
        saved = state.load(_STATE) or {}
        self._next = int(saved.get("next", _FIRST_KEY))
        self._groups = {row["key"]: Group(**row) for row in saved.get("groups", [])}

    def create(self, kind: str, *, title: str, type_: str, **more: Any) -> Group:
        """A new group; a second one of the same title is another group."""
        group = Group(str(self._next), kind, title, type_, **more)
        self._next += 1
        self._groups[group.key] = group
        self._save()
        return group

    def get(self, kind: str, key: str) -> Group | None:
        """The group of this kind, or None."""
        group = self._groups.get(key)
        return group if group and group.kind == kind else None

    def visible(self, person: Person, key: str) -> Group | None:
        """The group, if this person may know of it: a collection with its library, a playlist of their own."""
        group = self._groups.get(key)
        if group is None or (group.kind == "playlist" and group.owner != person.id):
            return None
        return group if group.kind == "playlist" or may_see(person, group.section or "") else None

    def collections(self, section: str | None = None) -> list[Group]:
        """The collections of a section, or all, by title."""
        found = [
            each for each in self._groups.values() if each.kind == "collection" and section in {None, each.section}
        ]
        return sorted(found, key=lambda each: each.title.casefold())

    def playlists(self, owner: int) -> list[Group]:
        """The playlists of one account, by title."""
        found = [each for each in self._groups.values() if each.kind == "playlist" and each.owner == owner]
        return sorted(found, key=lambda each: each.title.casefold())

    def add(self, group: Group, keys: list[str]) -> int:
        """Append items; a collection holds each at most once. Returns how many were appended."""
        before = len(group.members)
        for key in keys:
            if group.kind == "playlist" or key not in group.members:
                group.members.append(key)
        self._touch(group)
        return len(group.members) - before

    def remove(self, group: Group, key: str) -> bool:
        """Take an item out; False when it was not in."""
        if key not in group.members:
            return False
        group.members.remove(key)
        self._touch(group)
        return True

    def empty(self, group: Group) -> None:
        """Take everything out and keep the group."""
        group.members.clear()
        self._touch(group)

    def rename(self, group: Group, *, title: str | None, summary: str | None) -> None:
        """Change what is given."""
        group.title = title if title is not None else group.title
        group.summary = summary if summary is not None else group.summary
        self._touch(group)

    def delete(self, group: Group) -> None:
        """Remove the group; its items stay in the library."""
        self._groups.pop(group.key, None)
        self._save()

    def members(self, group: Group) -> list[str]:
        """The keys of those members that the library still holds, in order."""
        return [key for key in group.members if self._library.get(key) is not None]

    def everything(self) -> list[dict[str, Any]]:
        """All groups as they are kept."""
        return [asdict(group) for group in self._groups.values()]

    def clear(self) -> None:
        """Remove all groups."""
        self._groups.clear()
        self._save()

    def _touch(self, group: Group) -> None:
        group.updated_at = int(time.time())
        self._save()

    def _save(self) -> None:
        self._state.save(_STATE, {"next": self._next, "groups": self.everything()})
