"""Following channels and playlists: beginning, looking, changing, ending. Somebody else's is not there at all."""

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

from medianest_common.contracts.downloads import FollowChanged, FollowCreated, FollowEnded, FollowStatus
from medianest_common.contracts.permissions import Permission
from medianest_common.errors import Forbidden
from medianest_common.inbox import may_keep
from medianest_common.tokens import Caller
from medianest_downloader.domain.addresses import Door
from medianest_downloader.errors import (
    ActionNotPossible,
    FollowedAlready,
    FollowNotFound,
    IdempotencyKeyReused,
)
from medianest_downloader.follow_schemas import (
    FollowCreate,
    FollowFiles,
    FollowList,
    FollowRead,
    FollowStart,
    FollowUpdate,
)
from medianest_downloader.models import Follow
from medianest_downloader.repository.work import OpenWork, Work
from medianest_downloader.schemas import DownloadOptions
from medianest_downloader.service.downloads import Wakes, read_cursor
from medianest_downloader.service.facts import follow_fact
from medianest_downloader.service.follow_views import follow_read, may_check
from medianest_downloader.service.removing import drop
from medianest_downloader.service.wishes import is_sound_alone, let_in

_SOUND_OR_PICTURE = "Sound alone and pictures do not go together. End this one and follow it anew."


class Follows:
    def __init__(self, work: OpenWork, door: Door, *, most: int, gap: timedelta, wakes: Wakes) -> None:
        """`most` follows a user may have; `gap` is the shortest time between two checks."""
        self._work = work
        self._door = door
        self._most = most
        self._gap = gap
        self._wakes = wakes

    async def create(self, caller: Caller, body: FollowCreate, key: str | None) -> FollowRead:
        """Follow it; the same key with the same body yields the same follow."""
        fingerprint = hashlib.sha256(body.model_dump_json(exclude_unset=True).encode()).hexdigest()
        async with self._work() as work:
            await work.downloads.lock_name(f"follows:{caller.user_id}")
            follow = await work.follows.by_key(caller.user_id, key) if key is not None else None
            if follow is None:
                follow = await self._begin(work, caller, body)
                follow.idempotency_key, follow.fingerprint = key, fingerprint
                work.follows.add(follow)
                work.outbox.add(follow_fact(FollowCreated, follow))
            elif follow.fingerprint != fingerprint:
                raise IdempotencyKeyReused("This Idempotency-Key was used for another follow.")
            read = follow_read(follow, await work.follows.download(follow.id))
        self._wakes.following.set()
        return read

    async def _begin(self, work: Work, caller: Caller, body: FollowCreate) -> Follow:
        url = let_in(self._door, body.url)
        if not await may_keep(work.session, caller.user_id):
            raise Forbidden("This account has been deleted.")
        if (there := await work.follows.by_url(caller.user_id, url)) is not None:
            raise FollowedAlready("You follow this already.", follow_id=str(there.id))
        if await work.follows.count(caller.user_id) >= self._most:
            raise ActionNotPossible(f"You follow {self._most} channels and playlists. End one of them first.")
        return Follow(
            user_id=caller.user_id,
            url=url,
            options=body.model_dump(mode="json", include=body.model_fields_set & DownloadOptions.model_fields.keys()),
            every_hours=body.every_hours,
            takes_all=body.start is FollowStart.ALL,
            keep_last=body.keep_last,
            keep_days=body.keep_days,
            approved=caller.is_admin,
            next_check_at=await work.now(),
        )

    async def list(self, owner: UUID | None, *, limit: int, cursor: str | None) -> FollowList:
        """The newest first; a cursor is the id of the last one seen."""
        before = read_cursor(cursor)
        async with self._work() as work:
            await work.of_one_moment()
            rows = await work.follows.page(owner, limit=limit + 1, before=before)
            shown = rows[:limit]
            downloads = await work.follows.downloads([row.id for row in shown])
        items = [follow_read(row, downloads.get(row.id)) for row in shown]
        return FollowList(items=items, next_cursor=str(shown[-1].id) if len(rows) > limit else None)

    async def detail(self, follow_id: UUID, caller: Caller) -> FollowRead:
        async with self._work() as work:
            await work.of_one_moment()
            follow = await _mine(work, follow_id, caller)
            return follow_read(follow, await work.follows.download(follow.id))

    async def change(self, follow_id: UUID, caller: Caller, body: FollowUpdate) -> FollowRead:
        async with self._work() as work:
            follow = await _mine(work, follow_id, caller, to="changed")
            now = await work.now()
            _change_options(follow, body)
            _change_rule(follow, body)
            if body.every_hours is not None:
                _change_schedule(follow, body.every_hours, now)
            if body.paused is not None:
                _pause_or_resume(follow, now, paused=body.paused)
            read = await _changed(work, follow)
        self._wakes.following.set()
        self._wakes.removing.set()
        return read

    async def check(self, follow_id: UUID, caller: Caller) -> FollowRead:
        """Have it checked now, or as soon as the gap to the last check allows."""
        async with self._work() as work:
            follow = await _mine(work, follow_id, caller, to="checked")
            allowed = may_check(follow)
            if not allowed.ok:
                raise ActionNotPossible(allowed.because or "This is not possible now.")
            now = await work.now()
            soon = now if follow.last_checked_at is None else max(now, follow.last_checked_at + self._gap)
            follow.next_check_at = soon
            read = await _changed(work, follow)
        self._wakes.following.set()
        return read

    async def delete(self, follow_id: UUID, caller: Caller, files: FollowFiles) -> None:
        """End it; its videos go too, or stay as a download like any other."""
        async with self._work() as work:
            await _mine(work, follow_id, caller)
            download = await work.follows.download(follow_id, lock=True)
            follow = await _mine(work, follow_id, caller, to="ended")
            if download is not None and files is FollowFiles.DELETE:
                await drop(work, download)
            elif download is not None:
                download.follow_id = None
            follow.version += 1
            fact = follow_fact(FollowEnded, follow)
            await work.session.flush()
            await work.follows.remove(follow_id)
            work.outbox.add(fact)
        self._wakes.removing.set()


async def _mine(work: Work, follow_id: UUID, caller: Caller, *, to: str | None = None) -> Follow:
    """`to` is what is done with it, which the audit log hears when it is somebody else's; it is locked then."""
    owner = None if Permission.SYSTEM_MANAGE in caller.permissions else caller.user_id
    follow = await work.follows.get(follow_id, owner=owner, lock=to is not None)
    if follow is None:
        raise FollowNotFound
    if to is not None and follow.user_id != caller.user_id:
        work.note_action(caller, f"follow.{to}", follow.id)
    return follow


async def _changed(work: Work, follow: Follow) -> FollowRead:
    follow.version += 1
    work.outbox.add(follow_fact(FollowChanged, follow))
    return follow_read(follow, await work.follows.download(follow.id))


def _change_options(follow: Follow, body: FollowUpdate) -> None:
    options = follow.options | body.options()
    before, after = (DownloadOptions.model_validate(each).preset for each in (follow.options, options))
    if is_sound_alone(before) != is_sound_alone(after):
        raise ActionNotPossible(_SOUND_OR_PICTURE)
    follow.options = options


def _change_rule(follow: Follow, body: FollowUpdate) -> None:
    if "keep_last" in body.model_fields_set:
        follow.keep_last = body.keep_last
    if "keep_days" in body.model_fields_set:
        follow.keep_days = body.keep_days


def _change_schedule(follow: Follow, every_hours: int, now: datetime) -> None:
    """A shorter time is due by the last check; a failing one keeps its delay."""
    follow.every_hours = every_hours
    if follow.status == FollowStatus.ACTIVE and follow.last_checked_at is not None:
        follow.next_check_at = max(now, follow.last_checked_at + timedelta(hours=every_hours))


def _pause_or_resume(follow: Follow, now: datetime, *, paused: bool) -> None:
    """What it has found is fetched all the same; asked twice it changes nothing."""
    if paused == (follow.status == FollowStatus.PAUSED):
        return
    follow.status = FollowStatus.PAUSED if paused else FollowStatus.ACTIVE
    follow.problem = None
    follow.tries = 0
    if not paused:
        follow.next_check_at = now
