"""What happens to users elsewhere and matters here: suspended, given another quota, erased."""

import asyncio
import shutil
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import structlog
from pydantic import ValidationError

from medianest_common.contracts.auth import UserChanged, UserDeleted, UserState, UserStatus
from medianest_common.contracts.downloads import DownloadDeleted, DownloadsUserErased, FollowEnded, InPlex, ItemStatus
from medianest_common.contracts.envelope import ADMINS
from medianest_common.contracts.streams import DOWNLOADER_FOLLOW_USERS
from medianest_common.errors import MediaNestError
from medianest_common.inbox import claim, is_erased, mark_erased
from medianest_common.watch import Entry, is_deleted
from medianest_downloader.clients.auth import AuthClient
from medianest_downloader.clients.plex_link import PlexLink
from medianest_downloader.domain.naming import user_folder
from medianest_downloader.models import KnownUser
from medianest_downloader.repository.work import OpenWork, Work
from medianest_downloader.service.facts import download_fact, follow_fact
from medianest_downloader.service.plex_leavings import Leavings, written
from medianest_downloader.service.settling import OPEN_ITEMS, cancel_item, put_aside, touch

_log = structlog.get_logger(__name__)


class Users:
    def __init__(self, work: OpenWork, link: PlexLink, auth: AuthClient | None, media_dir: Path) -> None:
        self._work = work
        self._link = link
        self._auth = auth
        self._media_dir = media_dir

    async def on_snapshot(self, entries: dict[str, Entry]) -> None:
        for entry in entries.values():
            await self.on_change(entry)

    async def on_change(self, entry: Entry) -> None:
        if is_deleted(entry) or not entry.value:
            return
        try:
            state = UserState.model_validate_json(entry.value)
        except ValidationError:
            _log.error("user_state_unreadable", key=entry.key)
            return
        await self.learn(state)

    async def learn(self, state: UserState) -> None:
        """Take a user's newest state; one that was erased while we were away is erased here too."""
        if state.status is UserStatus.ERASED:
            await self._erase_rows_and_files(state.user_id)
            return
        async with self._work() as work:
            if await is_erased(work.session, state.user_id):
                return
            learned = await work.users.learn(
                KnownUser(
                    user_id=state.user_id,
                    status=state.status,
                    downloads_need_approval=state.downloads_need_approval,
                    quota_bytes=state.download_quota_bytes,
                    version=state.version,
                )
            )
            if learned and state.status is UserStatus.SUSPENDED:
                await put_aside(work, state.user_id)

    async def changed(self, event: UserChanged) -> None:
        """A suspended user's items stop where they are; the rest of the state comes by the bucket."""
        async with self._work() as work:
            if not await claim(work.session, DOWNLOADER_FOLLOW_USERS.name, event.event_id):
                return
            if event.status is UserStatus.SUSPENDED:
                await put_aside(work, event.user_id)

    async def deleted(self, event: UserDeleted) -> None:
        """Leave nothing of the user, then say so; every step may be done twice."""
        await self._erase_rows_and_files(event.user_id)
        async with self._work() as work:
            if await claim(work.session, DOWNLOADER_FOLLOW_USERS.name, event.event_id):
                work.outbox.add(DownloadsUserErased(audience=(ADMINS,), version=event.version, user_id=event.user_id))

    async def _erase_rows_and_files(self, user_id: UUID) -> None:
        playlists = await self._stop_everything(user_id)
        await self._delete_playlists(user_id, playlists)
        await asyncio.to_thread(_remove, self._media_dir / user_folder(user_id))
        async with self._work() as work:
            lefts = await _collections(work, user_id)
            await work.users.forget(user_id)
            work.downloads.remove_path(user_folder(user_id))  # gone already; Plex is told of it
            for left in lefts:
                work.downloads.remove_path(user_folder(user_id), left_in_plex=written(left))

    async def _stop_everything(self, user_id: UUID) -> list[str]:
        """Mark the user as gone and take every item from its worker; ids of their private playlists."""
        async with self._work() as work:
            await mark_erased(work.session, user_id)
            downloads = await work.downloads.of_user(user_id)
            for item in await work.items.of_user(user_id, OPEN_ITEMS):
                cancel_item(work, item)
            now = await work.now()
            for download in downloads:
                download.in_plex = InPlex.NOT_WANTED  # no new playlist while the old ones are deleted
                touch(download, now)
                work.outbox.add(download_fact(DownloadDeleted, download))
            for follow in await work.follows.of_user(user_id):
                follow.version += 1
                work.outbox.add(follow_fact(FollowEnded, follow))
        return [download.plex_playlist_id for download in downloads if download.plex_playlist_id]

    async def _delete_playlists(self, user_id: UUID, playlists: list[str]) -> None:
        """As far as Plex and the token allow: an account that took its token back is out of our hands."""
        if not playlists or self._auth is None or self._link.server is None:
            return
        try:
            token = await self._auth.server_token(user_id)
            if token is not None:
                theirs = self._link.server.as_user(token)
                for playlist in playlists:
                    await theirs.delete_playlist(playlist)
        except MediaNestError as error:
            _log.warning("private_playlists_not_deleted", user_id=str(user_id), error=type(error).__name__)


async def _collections(work: Work, user_id: UUID) -> list[Leavings]:
    """Those of ours that may hold nothing else; the private playlists are gone by now."""
    downloads = await work.downloads.of_user(user_id)  # locked before their items, by everybody
    items = await work.items.of_user(user_id, list(ItemStatus))
    lefts: dict[str, Leavings] = {}
    for download in downloads:
        left = Leavings.of(download, [item for item in items if item.download_id == download.id])
        if left is not None and left.collection_id is not None:
            before = lefts.get(left.collection_id)
            keys = [*(before.keys if before else ()), *left.keys]
            lefts[left.collection_id] = replace(left, keys=keys, playlist_id=None)
    return list(lefts.values())


def _remove(folder: Path) -> None:
    """Raises what stands in the way, so that the message is tried again; a folder that is not there is fine."""
    if folder.exists():
        shutil.rmtree(folder)
