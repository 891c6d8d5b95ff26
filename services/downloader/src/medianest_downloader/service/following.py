"""Checking follows: what is new in a channel or playlist becomes items of its one download.

A check changes nothing twice: each video is remembered in the transaction that takes it, and a result counts only
while its claim holds. What a feed loses, reorders or doubles is no news.
"""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from medianest_common.contracts.downloads import (
    DownloadStatus,
    DownloadSubmitted,
    FollowChanged,
    FollowFailed,
    FollowStatus,
    InPlex,
)
from medianest_common.inbox import is_erased
from medianest_common.supervise import woken
from medianest_downloader.clients.video_site import Entry, Listing, VideoSite, VideoSiteFailed
from medianest_downloader.domain.failures import Course, Reason, entry_problem
from medianest_downloader.domain.follows import (
    NEWEST_OF_CHANNEL,
    Rule,
    delay_after,
    identity,
    next_check,
    oldest_first,
    sort_out,
)
from medianest_downloader.domain.presets import Preset
from medianest_downloader.models import Download, Follow
from medianest_downloader.repository.work import OpenWork, Work
from medianest_downloader.schemas import DownloadOptions
from medianest_downloader.service.downloads import Wakes
from medianest_downloader.service.facts import download_fact, follow_fact
from medianest_downloader.service.listing import new_item
from medianest_downloader.service.quotas import Quotas
from medianest_downloader.service.settling import settle
from medianest_downloader.service.wishes import apply_options

_log = structlog.get_logger(__name__)

_POLL = 10.0
_SPARE = timedelta(seconds=30)
_NO_ROOM = "Your storage for downloads is used up. Delete some to free it; new videos come then."
_EMPTY = Reason("empty", Course.TEMPORARY, "There is no video in it at the moment.")
_SINGLE = Reason("single", Course.PERMANENT, "This is a single video. Only channels and playlists can be followed.")


class Following:
    """Any number may run, in any number of replicas: each checks another follow."""

    def __init__(
        self,
        work: OpenWork,
        site: VideoSite,
        quotas: Quotas,
        *,
        seconds: float,
        most: int,
        wakes: Wakes,
        chance: Callable[[], float] = random.random,  # spreads calls, guards nothing
    ) -> None:
        """`seconds` is how long a check may take, `most` how many videos it looks at; `chance` spreads the checks."""
        self._work = work
        self._site = site
        self._quotas = quotas
        self._seconds = seconds
        self._most = most
        self._wakes = wakes
        self._chance = chance

    async def run(self) -> None:
        while True:
            self._wakes.following.clear()
            if await self.turn():
                continue
            await woken(self._wakes.following, _POLL)

    async def turn(self) -> bool:
        """Check one follow; False when none is due."""
        claimed = await self._claim()
        if claimed is None:
            return False
        known = claimed.kind == "channel" and claimed.first_listed_at is not None
        most = NEWEST_OF_CHANNEL if known else self._most
        try:
            listing = await self._site.look(claimed.url, as_playlist=True, seconds=self._seconds, most=most)
        except VideoSiteFailed as failed:
            _log.info("check_failed", follow_id=str(claimed.id), reason=failed.reason.code, log=failed.log[-1000:])
            await self._failed(claimed, failed.reason)
        else:
            await self._read(claimed, listing)
        return True

    async def _claim(self) -> Follow | None:
        async with self._work() as work:
            if await work.lanes.all_paused():
                return None
            follow = await work.follows.next_to_check()
            if follow is not None:
                follow.claimed_until = await work.now() + timedelta(seconds=self._seconds) + _SPARE
        return follow

    async def _read(self, claimed: Follow, listing: Listing) -> None:
        if listing.kind == "video":
            await self._failed(claimed, _SINGLE)
        elif not listing.entries:
            await self._failed(claimed, _EMPTY)
        elif await self._take(claimed, listing):
            self._wakes.scheduling.set()

    async def _take(self, claimed: Follow, listing: Listing) -> bool:
        """Remember what is there and take what is new; True when there is something to fetch."""
        async with self._work() as work:
            held = await _held(work, claimed)
            if held is None:
                return False
            follow, download = held
            now = await work.now()
            chosen, passed = await _news(work, follow, listing)
            quota = await self._quotas.of(work, follow.user_id)
            problem = _NO_ROOM if chosen and quota.used >= quota.limit else None
            taken = chosen if problem is None else []
            await work.follows.see(follow.id, [identity(entry) for entry in (*passed, *taken)], now)
            if taken:
                await _add(work, follow, download, listing, taken)
            follow.title, follow.kind = listing.title, listing.kind
            if problem is None or not follow.takes_all:
                follow.first_listed_at = follow.first_listed_at or now
            follow.tries = 0
            due = now + next_check(follow.every_hours, self._chance())
            _over(work, claimed, follow, problem, due)
        return bool(taken)

    async def _failed(self, claimed: Follow, reason: Reason) -> None:
        async with self._work() as work:
            held = await _held(work, claimed)
            if held is None:
                return
            follow, _ = held
            follow.tries += 1
            due = await work.now() + delay_after(reason, follow.tries, follow.every_hours)
            _over(work, claimed, follow, reason.words, due)


async def _held(work: Work, claimed: Follow) -> tuple[Follow, Download | None] | None:
    """The follow with its download, both locked, if this check's claim holds and its outcome is still wanted."""
    download = await work.follows.download(claimed.id, lock=True)
    follow = await work.follows.get(claimed.id, lock=True)
    if follow is None or follow.claimed_until != claimed.claimed_until:
        return None
    if await is_erased(work.session, follow.user_id):
        await work.follows.remove(follow.id)  # begun in the very moment of the erasure
        return None
    if follow.status == FollowStatus.PAUSED:
        follow.claimed_until = None
        return None
    follow.last_checked_at = await work.now()
    return follow, download


async def _news(work: Work, follow: Follow, listing: Listing) -> tuple[list[Entry], list[Entry]]:
    """What to take, the oldest first, and what to pass over."""
    by_identity: dict[str, Entry] = {}
    for entry in listing.entries:
        if entry_problem(entry.title) is None:  # what cannot be had now is new on the day it can
            by_identity.setdefault(identity(entry), entry)
    known = await work.follows.seen(follow.id, by_identity)
    unknown = [entry for key, entry in by_identity.items() if key not in known]
    new = oldest_first(unknown, newest_first=listing.kind == "channel")
    since = None if follow.takes_all or follow.first_listed_at is not None else follow.created_at
    return sort_out(new, Rule(follow.keep_last), since=since)


async def _add(work: Work, follow: Follow, download: Download | None, listing: Listing, taken: list[Entry]) -> None:
    now = await work.now()
    if download is None:
        download = _new_download(follow, now)
        work.downloads.add(download)
        work.outbox.add(download_fact(DownloadSubmitted, download))
    apply_options(download, DownloadOptions.model_validate(follow.options))
    download.playlist_title, download.kind = listing.title, listing.kind
    if download.default_collection and not download.collection:
        download.collection = listing.title[:200]
    download.approved = follow.approved or not await work.users.needs_approval(follow.user_id)
    if not download.approved:
        download.status = DownloadStatus.WAITING_APPROVAL
    if download.in_plex in (InPlex.DONE, InPlex.FAILED):
        download.in_plex, download.in_plex_reason, download.in_plex_tries = InPlex.WAITING, None, 0
    await work.session.flush()
    for entry in taken:
        follow.videos_found += 1
        work.items.add(new_item(download, replace(entry, position=follow.videos_found)))
    await settle(work, download, now)


def _new_download(follow: Follow, now: datetime) -> Download:
    return Download(
        user_id=follow.user_id,
        follow_id=follow.id,
        playlist_url=follow.url,
        preset=Preset.P1080,
        listed_at=now,
    )


def _over(work: Work, claimed: Follow, follow: Follow, problem: str | None, due: datetime) -> None:
    """Note what came of a check; a check that was asked for meanwhile stays due."""
    failed_before = follow.status == FollowStatus.FAILING
    follow.status = FollowStatus.ACTIVE if problem is None else FollowStatus.FAILING
    follow.problem = problem
    follow.claimed_until = None
    if follow.next_check_at == claimed.next_check_at:
        follow.next_check_at = due
    follow.version += 1
    first_failure = problem is not None and not failed_before
    work.outbox.add(follow_fact(FollowFailed if first_failure else FollowChanged, follow))
