"""A Plex Media Server over HTTP, always with the token of whoever looks, so that their restrictions hold."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import httpx2

from medianest_common.errors import UpstreamRefused, UpstreamUnavailable
from medianest_common.http import OutsideClient
from medianest_requests.domain.connections import Connection
from medianest_requests.domain.library import Item, Section, Shelf
from medianest_requests.errors import LibraryItemNotFound, LibraryNotShared, PictureNotFound

SERVICE = "Plex"

T = TypeVar("T")

PICTURE = re.compile(r"/(?:library|photo)/[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+){0,6}")
_TMDB = re.compile(r"tmdb://(\d{1,9})")
_UNUSABLE = (KeyError, TypeError, ValueError, AttributeError, OverflowError)


class PlexClient:
    """Every call takes the connection, since its token is the caller's and not the server's."""

    def __init__(self, outside: OutsideClient) -> None:
        self._outside = outside

    async def close(self) -> None:
        await self._outside.close()

    async def sections(self, at: Connection) -> tuple[Section, ...]:
        return await self._read(at, "/library/sections", _sections)

    async def items(self, at: Connection, section: str, start: int, size: int) -> Shelf:
        """A library by title; LibraryItemNotFound when there is none of this key, or it is not shared."""
        query = {"sort": "titleSort:asc", "includeGuids": 1}
        return await self._shelf(at, f"/library/sections/{section}/all?{urlencode(query)}", start, size)

    async def recently_added(self, at: Connection, start: int, size: int) -> Shelf:
        return await self._shelf(at, "/library/recentlyAdded?includeGuids=1", start, size)

    async def collections(self, at: Connection, section: str, start: int, size: int) -> Shelf:
        return await self._shelf(at, f"/library/sections/{section}/collections", start, size)

    async def search(self, at: Connection, query: str, limit: int) -> Shelf:
        """Everything that fits by its own name, film and series before the rest."""
        path = f"/hubs/search?query={quote(query, safe='')}&limit={limit}&includeCollections=1&includeGuids=1"
        return await self._read(at, path, _hubs)

    async def picture(self, at: Connection, path: str, width: int) -> bytes:
        """A picture at most `width` wide; only of paths that PICTURE lets through."""
        query = urlencode({"url": path, "width": width, "height": width * 2, "minSize": 0, "upscale": 0})
        response = await self._get(at, f"/photo/:/transcode?{query}")
        if response.status_code == 401:
            raise LibraryNotShared("The Plex server does not know you any more. Sign in again.")
        if not response.is_success or not response.headers.get("content-type", "").startswith("image/"):
            raise PictureNotFound("Plex has no such picture.")
        return response.content

    async def _shelf(self, at: Connection, path: str, start: int, size: int) -> Shelf:
        headers = {"X-Plex-Container-Start": str(start), "X-Plex-Container-Size": str(size)}
        return await self._read(at, path, _shelf, headers)

    async def _get(self, at: Connection, path: str, headers: dict[str, str] | None = None) -> httpx2.Response:
        own = {"X-Plex-Token": at.secret, "Accept": "application/json"}
        return await self._outside.request("GET", f"{at.url}{path}", headers=own | (headers or {}))

    async def _read(
        self, at: Connection, path: str, read: Callable[[dict[str, Any]], T], headers: dict[str, str] | None = None
    ) -> T:
        response = await self._get(at, path, headers)
        if response.status_code in (401, 403):
            raise LibraryNotShared("The Plex server does not let you in. Ask its owner to share it with you.")
        if response.status_code == 404:
            raise LibraryItemNotFound("The Plex server has nothing like this for you.")
        if not response.is_success:
            raise UpstreamRefused(
                SERVICE, f"Plex refused with status {response.status_code}.", upstream_status=response.status_code
            )
        try:
            return read(response.json()["MediaContainer"])
        except _UNUSABLE:
            raise UpstreamUnavailable(SERVICE, "Plex answered with something unreadable.") from None


def _sections(container: dict[str, Any]) -> tuple[Section, ...]:
    return tuple(
        Section(str(entry["key"]), str(entry["type"]), str(entry["title"]))
        for entry in container.get("Directory") or ()
    )


def _shelf(container: dict[str, Any]) -> Shelf:
    items = tuple(_item(entry) for entry in container.get("Metadata") or ())
    total = container.get("totalSize")
    return Shelf(items, int(total) if total is not None else None)


_HUB_TYPES = ("movie", "show", "collection", "season", "episode", "artist", "album", "track", "clip")


def _hubs(container: dict[str, Any]) -> Shelf:
    """Hubs of people and places hold no items of the library; empty ones hold none at all."""
    hubs = {hub.get("type"): hub.get("Metadata") or () for hub in container.get("Hub") or ()}
    found = [_item(entry) for kind in _HUB_TYPES for entry in hubs.get(kind, ()) if not entry.get("reasonTitle")]
    return Shelf(tuple(found), len(found))


def _item(entry: dict[str, Any]) -> Item:
    duration = entry.get("duration")
    return Item(
        id=str(entry["ratingKey"]),
        type=str(entry["type"]),
        title=str(entry["title"]),
        year=_whole(entry.get("year")),
        summary=str(entry.get("summary") or ""),
        thumb=_picture(entry.get("thumb")),
        art=_picture(entry.get("art")),
        added_at=datetime.fromtimestamp(int(entry["addedAt"]), UTC) if entry.get("addedAt") else None,
        duration=int(duration) // 1000 if duration else None,
        tmdb_id=_tmdb_id(entry.get("Guid") or ()),
        parent_title=entry.get("grandparentTitle") or entry.get("parentTitle"),
        section_key=str(entry["librarySectionID"]) if "librarySectionID" in entry else None,
        child_count=_whole(entry.get("childCount") or entry.get("leafCount")),
    )


def _whole(value: Any) -> int | None:
    return int(value) if value not in (None, "") else None


def _picture(path: Any) -> str | None:
    return path if isinstance(path, str) and PICTURE.fullmatch(path) else None


def _tmdb_id(guids: Any) -> int | None:
    for guid in guids:
        if match := _TMDB.fullmatch(str(guid.get("id"))):
            return int(match[1])
    return None
