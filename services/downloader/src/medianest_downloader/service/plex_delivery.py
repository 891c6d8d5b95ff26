"""The last step: have Plex see finished files, and put them into the collection and the private playlist.

A state of its own with its own tries: while Plex is away the files are there and this step waits.
"""

import asyncio
from datetime import timedelta

import structlog

from medianest_common.contracts.downloads import DownloadChanged, DownloadStatus, InPlex, ItemStatus
from medianest_common.errors import MediaNestError, UpstreamRefused
from medianest_common.inbox import is_erased
from medianest_common.supervise import woken
from medianest_downloader.clients.auth import AuthClient
from medianest_downloader.clients.plex import PlexServer, Section
from medianest_downloader.clients.plex_link import PlexLink
from medianest_downloader.domain.naming import user_folder
from medianest_downloader.domain.plex_paths import plex_path
from medianest_downloader.domain.states import SETTLED
from medianest_downloader.models import Download
from medianest_downloader.repository.work import OpenWork
from medianest_downloader.service.facts import download_fact
from medianest_downloader.service.plex_leavings import TOKEN_ENDED, PlexLeavings
from medianest_downloader.service.plex_parcel import Delivery, nearest
from medianest_downloader.service.settling import touch

_log = structlog.get_logger(__name__)

_POLL = 2.0
_CLAIM = timedelta(minutes=3)
_LOOK_EVERY = 1.0
_LOOK_FOR = 20.0
_MOST_SCANS = 5  # of single folders; more are one scan of everything the user has
_SEARCHED = 1000  # newest items of the library; older ones than that are looked for by nobody
_FIRST_DELAY = timedelta(seconds=5)
_LONGEST_DELAY = timedelta(hours=1)
_MOST_TRIES = 20  # with these delays about half a day
_NOT_SEEN = "The files are there, but Plex does not show them yet. Its library is looked at again."
_NEVER_SEEN = "The files are there, but Plex does not show them. Check its library's folder, then try again."
_NOT_SET_UP = "Plex is not set up. The files are there and go in by themselves once it is."
_NO_LIBRARY = "No library of the Plex server holds the download folder."
_AWAY = "Plex does not answer. The files are there and go in by themselves once it does."
_REFUSED = "Plex refused. Its token may have ended; an administrator can set it again."
_NO_TOKEN = "They are in the library, but not in your private playlist: sign in with Plex once more."  # noqa: S105 - words for a person


class _Postponed(Exception):
    """Not now; the text is for the user. `counts` if too many of these mean it will never work."""

    def __init__(self, words: str, *, counts: bool) -> None:
        super().__init__(words)
        self.counts = counts


class PlexDelivery:
    def __init__(
        self, work: OpenWork, link: PlexLink, auth: AuthClient | None, *, media_dir: str, wake: asyncio.Event
    ) -> None:
        """`media_dir` is the media folder as Plex sees it."""
        self._work = work
        self._link = link
        self._auth = auth
        self._media_dir = media_dir
        self._wake = wake
        self._leavings = PlexLeavings(work, auth)

    async def run(self) -> None:
        while True:
            self._wake.clear()
            if await self.turn():
                continue
            await woken(self._wake, _POLL)

    async def turn(self) -> bool:
        """Work on the download that has waited longest; False when none is due."""
        delivery = await self._claim()
        if delivery is None:
            return False
        try:
            await self._deliver(delivery)
        except _Postponed as postponed:
            await self._store(delivery, str(postponed), counts=postponed.counts)
        except UpstreamRefused as refused:
            _log.warning("plex_refused", status=refused.extra.get("upstream_status"))
            await self._store(delivery, _REFUSED, counts=False)
        except MediaNestError as error:
            _log.info("plex_away", error=type(error).__name__)
            await self._store(delivery, _AWAY, counts=False)
        else:
            await self._store(delivery, None, counts=False)
        return True

    async def _claim(self) -> Delivery | None:
        async with self._work() as work:
            now = await work.now()
            download = await work.downloads.next_for_plex(now)
            if download is None:
                return None
            download.in_plex_claimed_until = now + _CLAIM
            items = await work.items.of_download(download.id, [ItemStatus.COMPLETED])
            return Delivery(
                download,
                items,
                collection_id=download.plex_collection_id,
                collection_made=download.plex_collection_made,
                playlist_id=download.plex_playlist_id,
            )

    async def _deliver(self, delivery: Delivery) -> None:
        server = self._link.server
        if server is None:
            raise _Postponed(_NOT_SET_UP, counts=False)
        if not delivery.items and not delivery.dropped:
            return
        folder = plex_path(self._media_dir, delivery.folders[0])
        section = nearest(await server.sections(), folder)
        if section is None:
            raise _Postponed(_NO_LIBRARY, counts=True)
        if delivery.dropped:
            await self._take_out(server, section, folder, delivery)
        await self._make_seen(server, section, delivery)
        if delivery.in_order:
            await self._collect(server, section.key, delivery)
            await self._list_privately(server, delivery)
        elif not delivery.items:
            await self._leave_nothing_empty(delivery)
        if delivery.missing:
            raise _Postponed(_NOT_SEEN, counts=True)

    async def _take_out(self, server: PlexServer, section: Section, folder: str, delivery: Delivery) -> None:
        """Have Plex miss the files that went; what it still shows in the collection is taken out of it."""
        await server.scan(section.key, folder)
        members = await server.collection_items(delivery.collection_id) if delivery.collection_id else None
        for key in members or []:
            if key in delivery.dropped and delivery.collection_id:
                await server.remove_from_collection(delivery.collection_id, key)

    async def _make_seen(self, server: PlexServer, section: Section, delivery: Delivery) -> None:
        """Scan, then look until every file is there or the patience is over."""
        until = asyncio.get_running_loop().time() + _LOOK_FOR
        known = [item.plex_rating_key for item in delivery.items if item.plex_rating_key]
        delivery.recognise(await server.items(known))
        await self._find(server, section, delivery)
        if delivery.missing:
            folders = delivery.folders
            if len(folders) > _MOST_SCANS or delivery.download.in_plex_tries:  # a scan of a new folder may miss it
                folders = [user_folder(delivery.download.user_id)]
            for folder in folders:
                await server.scan(section.key, plex_path(self._media_dir, folder))
        while delivery.missing and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(_LOOK_EVERY)
            await self._find(server, section, delivery)

    async def _find(self, server: PlexServer, section: Section, delivery: Delivery) -> None:
        if not delivery.missing:
            return
        async for seen in server.newest(section, most=_SEARCHED):
            delivery.recognise([seen])
            if len(delivery.seen) == len(delivery.items):
                return

    async def _collect(self, server: PlexServer, section: str, delivery: Delivery) -> None:
        """Into the collection of that name, ours from before, anybody's, or a new one; each item once, in order."""
        title = delivery.download.collection
        if not title:
            return
        async with self._work() as work:
            await work.downloads.lock_name(f"plex-collection:{title}")  # two replicas would make twins
            members = await server.collection_items(delivery.collection_id) if delivery.collection_id else None
            if members is None:
                delivery.collection_id = await server.find_collection(section, title)
                found = delivery.collection_id
                members = await server.collection_items(found) if found else None
                delivery.collection_made = found is not None and await work.downloads.made_collection(found)
            if delivery.collection_id is None or members is None:
                delivery.collection_id = await server.create_collection(section, title, delivery.in_order)
                delivery.collection_made = True
                return
        keys = [item.rating_key for item in delivery.in_order]
        new = [key for key in keys if key not in members]
        if new:
            await server.add_to_collection(delivery.collection_id, new)
        if DownloadStatus(delivery.download.status) in SETTLED and not delivery.missing:
            await _put_in_order(server, delivery.collection_id, keys, [*members, *new])

    async def _list_privately(self, server: PlexServer, delivery: Delivery) -> None:
        """Into a playlist of the user's own account, in the order of the download, with what they added behind."""
        if not delivery.download.wants_playlist:
            return
        token = await self._auth.server_token(delivery.download.user_id) if self._auth else None
        if token is None:
            delivery.note = _NO_TOKEN
            return
        delivery.theirs = server.as_user(token)
        try:
            await self._fill_playlist(delivery.theirs, delivery)
        except UpstreamRefused as refused:
            if refused.extra.get("upstream_status") not in TOKEN_ENDED:
                raise
            delivery.note = _NO_TOKEN

    async def _fill_playlist(self, theirs: PlexServer, delivery: Delivery) -> None:
        keys = [item.rating_key for item in delivery.in_order]
        members = await theirs.playlist_items(delivery.playlist_id) if delivery.playlist_id else None
        if delivery.playlist_id is None or members is None:
            title = delivery.download.playlist_title or "Downloads"
            delivery.playlist_id = await theirs.create_playlist(title, keys)
        elif members[: len(keys)] != keys or not delivery.dropped.isdisjoint(members):
            await self._reorder(theirs, delivery, keys, members)

    async def _reorder(self, theirs: PlexServer, delivery: Delivery, keys: list[str], members: list[str]) -> None:
        playlist_id = delivery.playlist_id or ""
        if keys[: len(members)] != members:
            await theirs.empty_playlist(playlist_id)
            stays = [key for key in members if key not in keys and key not in delivery.dropped]
            members, keys = [], keys + stays
        await theirs.add_to_playlist(playlist_id, keys[len(members) :])

    async def _leave_nothing_empty(self, delivery: Delivery) -> None:
        """Nothing is left of the download: neither should a collection or a playlist of ours be, with nothing in it."""
        left = delivery.leavings
        if left is not None and self._link.server is not None:
            await self._leavings.clear(self._link.server, left)

    async def _take_back(self, delivery: Delivery) -> None:
        """The download was deleted meanwhile, and whoever did that cannot know of what was made since."""
        try:
            await self._leave_nothing_empty(delivery)
        except MediaNestError as error:
            _log.warning("left_in_plex", error=type(error).__name__)

    async def _store(self, delivery: Delivery, problem: str | None, *, counts: bool) -> None:
        async with self._work() as work:
            download = await work.downloads.get(delivery.download.id, lock=True)
            if await is_erased(work.session, delivery.download.user_id):
                await _withdraw(delivery)
            if download is None:
                await self._take_back(delivery)
                return
            for item in await work.items.of_download(download.id, [ItemStatus.COMPLETED], lock=True):
                if item.id in delivery.seen and item.in_plex != InPlex.DONE:
                    item.in_plex, item.plex_rating_key = InPlex.DONE, delivery.seen[item.id].rating_key
                    item.version += 1
            now = await work.now()
            download.plex_collection_id = delivery.collection_id
            download.plex_collection_made = delivery.collection_made
            download.plex_playlist_id = delivery.playlist_id
            download.in_plex_claimed_until = None
            if problem is None:
                download.plex_dropped = [key for key in download.plex_dropped if key not in delivery.dropped]
            before = (download.in_plex, download.in_plex_reason)
            _move_on(download, delivery, problem, counts=counts)
            waits = await work.items.not_in_plex(download.id) or len(download.plex_dropped)
            over = DownloadStatus(download.status) in SETTLED
            if problem is None and not waits and over:
                download.in_plex, download.in_plex_due_at = InPlex.DONE, None
            elif problem is None:
                download.in_plex_due_at = now if waits else None  # the rest follows when it is fetched
            else:
                download.in_plex_due_at = now + _delay(download.in_plex_tries)
            if (download.in_plex, download.in_plex_reason) != before or delivery.seen:
                touch(download, now)
                work.outbox.add(download_fact(DownloadChanged, download))


async def _withdraw(delivery: Delivery) -> None:
    """The user was erased meanwhile, and whoever did that cannot know of a playlist made since."""
    if delivery.theirs is None or delivery.playlist_id is None:
        return
    try:
        await delivery.theirs.delete_playlist(delivery.playlist_id)
    except MediaNestError as error:
        _log.warning("private_playlist_not_withdrawn", error=type(error).__name__)


async def _put_in_order(server: PlexServer, collection_id: str, keys: list[str], members: list[str]) -> None:
    """Items came as they were fetched. The first stays throughout: a collection without any goes by itself."""
    if [key for key in members if key in keys] == keys:
        return
    for key in keys[1:]:
        await server.remove_from_collection(collection_id, key)
    await server.add_to_collection(collection_id, keys[1:])


def _move_on(download: Download, delivery: Delivery, problem: str | None, *, counts: bool) -> None:
    download.in_plex_tries = 0 if problem is None else download.in_plex_tries + 1
    download.in_plex_reason = problem or delivery.note
    if counts and download.in_plex_tries >= _MOST_TRIES:
        download.in_plex = InPlex.FAILED
        download.in_plex_reason = _NEVER_SEEN if problem == _NOT_SEEN else problem


def _delay(tries: int) -> timedelta:
    delay: timedelta = min(_FIRST_DELAY * 2 ** min(tries - 1, 12), _LONGEST_DELAY)
    return delay
