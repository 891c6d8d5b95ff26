"""Collections and private playlists of ours that hold nothing more once their videos have gone."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import structlog

from medianest_common.errors import UpstreamRefused
from medianest_downloader.clients.auth import AuthClient
from medianest_downloader.clients.plex import PlexServer
from medianest_downloader.models import Download, DownloadItem
from medianest_downloader.repository.work import OpenWork

_log = structlog.get_logger(__name__)

TOKEN_ENDED = frozenset({401, 403})


@dataclass(frozen=True)
class Leavings:
    """What lay where: the videos (rating keys), and the groups that MediaNest made for them."""

    user_id: str
    keys: list[str]
    playlist_id: str | None
    collection_id: str | None
    collection: str | None

    @classmethod
    def of(cls, download: Download, gone: Iterable[DownloadItem]) -> "Leavings | None":
        """None where nothing of ours can become empty."""
        keys = [*download.plex_dropped, *(item.plex_rating_key for item in gone if item.plex_rating_key)]
        made = download.plex_collection_id if download.plex_collection_made else None
        return cls.among(download, keys, playlist_id=download.plex_playlist_id, collection_id=made)

    @classmethod
    def among(
        cls, download: Download, keys: list[str], *, playlist_id: str | None, collection_id: str | None
    ) -> "Leavings | None":
        if not keys or not (playlist_id or collection_id):
            return None
        return cls(str(download.user_id), keys, playlist_id, collection_id, download.collection)

    @classmethod
    def read(cls, kept: dict[str, Any] | None) -> "Leavings | None":
        return None if kept is None else cls(**kept)


def written(left: Leavings | None) -> dict[str, Any] | None:
    """As it is kept in a row."""
    return None if left is None else asdict(left)


class PlexLeavings:
    def __init__(self, work: OpenWork, auth: AuthClient | None) -> None:
        self._work = work
        self._auth = auth

    async def clear(self, server: PlexServer, left: Leavings) -> None:
        """Delete what is ours and holds nothing but these videos; what others put in stays, and so does its group."""
        if left.collection_id:
            await self._clear_collection(server, left, left.collection_id)
        token = await self._auth.server_token(UUID(left.user_id)) if self._auth and left.playlist_id else None
        if token is None or left.playlist_id is None:
            return
        try:
            await _clear_playlist(server.as_user(token), left, left.playlist_id)
        except UpstreamRefused as refused:
            if refused.extra.get("upstream_status") not in TOKEN_ENDED:
                raise
            _log.info("private_playlist_out_of_reach", user_id=left.user_id)

    async def _clear_collection(self, server: PlexServer, left: Leavings, collection_id: str) -> None:
        async with self._work() as work:
            await work.downloads.lock_name(f"plex-collection:{left.collection}")  # nobody fills it meanwhile
            members = await server.collection_items(collection_id)
            if members is None:
                return
            if set(members) <= set(left.keys):
                await server.delete_collection(collection_id)
                return
            for key in members:
                if key in left.keys:
                    await server.remove_from_collection(collection_id, key)


async def _clear_playlist(theirs: PlexServer, left: Leavings, playlist_id: str) -> None:
    members = await theirs.playlist_items(playlist_id)
    if members is not None and set(members) <= set(left.keys):
        await theirs.delete_playlist(playlist_id)
