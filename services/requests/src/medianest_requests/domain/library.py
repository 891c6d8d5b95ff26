"""What the Plex server has, as far as one person may see it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Section:
    key: str
    type: str
    title: str


@dataclass(frozen=True)
class Item:
    """`duration` in seconds; `thumb` and `art` are paths on the Plex server."""

    id: str
    type: str
    title: str
    year: int | None
    summary: str
    thumb: str | None
    art: str | None
    added_at: datetime | None
    duration: int | None
    tmdb_id: int | None
    parent_title: str | None
    section_key: str | None
    child_count: int | None


@dataclass(frozen=True)
class Shelf:
    """A stretch of a list; `total` where the server says how long the whole is."""

    items: tuple[Item, ...]
    total: int | None
