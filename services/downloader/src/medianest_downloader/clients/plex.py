"""The Plex Media Server: finding a library and files in it, scanning, collections, playlists."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from medianest_common.errors import UpstreamRefused, UpstreamUnavailable
from medianest_common.http import OutsideClient

_PAGE = 100
_NOT_FOUND = 404
_TYPE_NUMBERS = {"movie": 1, "show": 2, "season": 3, "episode": 4, "clip": 12}


@dataclass(frozen=True)
class Section:
    key: str
    locations: tuple[str, ...]
    type: str = "movie"


@dataclass(frozen=True)
class PlexItem:
    rating_key: str
    type: str
    files: tuple[str, ...]

    @property
    def type_number(self) -> int:
        return _TYPE_NUMBERS.get(self.type, 1)


@dataclass(frozen=True)
class PlexServer:
    """One server, as one account: most calls need the owner's token, playlists the user's own."""

    client: OutsideClient
    url: str
    token: str
    machine_identifier: str
    client_id: str

    def as_user(self, token: str) -> "PlexServer":
        return PlexServer(self.client, self.url, token, self.machine_identifier, self.client_id)

    async def sections(self) -> list[Section]:
        """The libraries with their folders, as Plex sees them."""
        container = await self._container("GET", "/library/sections")
        return [
            Section(
                str(entry["key"]),
                tuple(str(place.get("path")) for place in _list(entry, "Location")),
                str(entry.get("type")),
            )
            for entry in _list(container, "Directory")
        ]

    async def scan(self, section: str, folder: str) -> None:
        """Queue a scan of one folder; the answer says nothing of its outcome."""
        await self._call("GET", f"/library/sections/{section}/refresh", params={"path": folder})

    async def newest(self, section: Section, *, most: int) -> AsyncIterator[PlexItem]:
        """What has files in a library (of shows: the episodes), the last added first."""
        start = 0
        kind = {"type": _TYPE_NUMBERS["episode"]} if section.type == "show" else {}
        while start < most:
            page_at = {"X-Plex-Container-Start": start, "X-Plex-Container-Size": _PAGE}
            params = {"sort": "addedAt:desc", **kind, **page_at}
            container = await self._container("GET", f"/library/sections/{section.key}/all", params=params)
            page = _list(container, "Metadata")
            for entry in page:
                yield _item(entry)
            start += len(page)
            if not page or start >= int(container.get("totalSize") or 0):
                return

    async def items(self, keys: Sequence[str]) -> list[PlexItem]:
        """Those of these items that are there still."""
        found = []
        for start in range(0, len(keys), _PAGE):
            path = f"/library/metadata/{','.join(keys[start : start + _PAGE])}"
            try:
                container = await self._container("GET", path)
            except UpstreamRefused as refused:
                if refused.extra.get("upstream_status") != _NOT_FOUND:
                    raise
                continue
            found += [_item(entry) for entry in _list(container, "Metadata")]
        return found

    async def collection_items(self, collection_id: str) -> list[str] | None:
        """Rating keys in it; None when there is no such collection (any more)."""
        return await self._members(f"/library/collections/{collection_id}/items")

    async def find_collection(self, section: str, title: str) -> str | None:
        container = await self._container("GET", f"/library/sections/{section}/collections")
        return next((str(e["ratingKey"]) for e in _list(container, "Metadata") if e.get("title") == title), None)

    async def create_collection(self, section: str, title: str, items: Sequence[PlexItem]) -> str:
        """Titles are not unique there: look first. The type is that of the items, not 18."""
        params = {
            "type": items[0].type_number,
            "title": title,
            "smart": 0,
            "sectionId": section,
            "uri": self._uri(item.rating_key for item in items),
        }
        return await self._created("/library/collections", params)

    async def add_to_collection(self, collection_id: str, keys: Iterable[str]) -> None:
        await self._call("PUT", f"/library/collections/{collection_id}/items", params={"uri": self._uri(keys)})

    async def remove_from_collection(self, collection_id: str, key: str) -> None:
        await self._call("DELETE", f"/library/collections/{collection_id}/items/{key}")

    async def delete_collection(self, collection_id: str) -> None:
        """Its items stay; one that is gone already is fine."""
        await self._delete(f"/library/collections/{collection_id}")

    async def playlist_items(self, playlist_id: str) -> list[str] | None:
        """Rating keys in it, in order; None when it is gone."""
        return await self._members(f"/playlists/{playlist_id}/items")

    async def create_playlist(self, title: str, keys: Iterable[str]) -> str:
        """A playlist of the account whose token this is; nobody else sees it."""
        return await self._created("/playlists", {"type": "video", "title": title, "smart": 0, "uri": self._uri(keys)})

    async def empty_playlist(self, playlist_id: str) -> None:
        await self._call("DELETE", f"/playlists/{playlist_id}/items")

    async def add_to_playlist(self, playlist_id: str, keys: Iterable[str]) -> None:
        await self._call("PUT", f"/playlists/{playlist_id}/items", params={"uri": self._uri(keys)})

    async def delete_playlist(self, playlist_id: str) -> None:
        """One that is gone already is fine."""
        await self._delete(f"/playlists/{playlist_id}")

    async def _delete(self, path: str) -> None:
        try:
            await self._call("DELETE", path)
        except UpstreamRefused as refused:
            if refused.extra.get("upstream_status") != _NOT_FOUND:
                raise

    def _uri(self, keys: Iterable[str]) -> str:
        return f"server://{self.machine_identifier}/com.plexapp.plugins.library/library/metadata/{','.join(keys)}"

    async def _members(self, path: str) -> list[str] | None:
        keys: list[str] = []
        while True:
            params = {"X-Plex-Container-Start": len(keys), "X-Plex-Container-Size": _PAGE}
            try:
                container = await self._container("GET", path, params=params)
            except UpstreamRefused as refused:
                if refused.extra.get("upstream_status") == _NOT_FOUND:
                    return None
                raise
            page = [str(entry["ratingKey"]) for entry in _list(container, "Metadata")]
            keys += page
            if not page or len(keys) >= int(container.get("totalSize") or 0):
                return keys

    async def _created(self, path: str, params: dict[str, Any]) -> str:
        container = await self._container("POST", path, params=params)
        for entry in _list(container, "Metadata"):
            return str(entry["ratingKey"])
        raise UpstreamUnavailable(self.client.service, "Plex did not say what it made.")

    async def _container(self, method: str, path: str, *, params: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = await self.client.json(method, f"{self.url}{path}", params=params, headers=self._headers())
        container = answer.get("MediaContainer") if isinstance(answer, dict) else None
        if not isinstance(container, dict):
            raise UpstreamUnavailable(self.client.service, "Plex answered with something unreadable.")
        return container

    async def _call(self, method: str, path: str, *, params: dict[str, Any] | None = None) -> None:
        """A change: its answer may be empty, and HTML."""
        answer = await self.client.request(method, f"{self.url}{path}", params=params, headers=self._headers())
        self.client.expect_success(answer)

    def _headers(self) -> dict[str, str]:
        return {
            "Accept": "application/json",
            "X-Plex-Token": self.token,
            "X-Plex-Client-Identifier": self.client_id,
            "X-Plex-Product": "MediaNest",
        }


def _list(container: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """An empty list is left out altogether."""
    found = container.get(name)
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _item(entry: dict[str, Any]) -> PlexItem:
    files = tuple(
        str(part["file"]) for media in _list(entry, "Media") for part in _list(media, "Part") if part.get("file")
    )
    return PlexItem(str(entry["ratingKey"]), str(entry.get("type")), files)
