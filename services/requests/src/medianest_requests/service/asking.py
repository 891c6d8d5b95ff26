"""Asking for a film or for seasons: refusals first, then one transaction that makes the request and its facts."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from medianest_common.clock import Clock
from medianest_common.contracts.auth import UserStatus
from medianest_common.contracts.permissions import Permission
from medianest_common.contracts.requests import MediaType, RequestCreated, RequestStatus
from medianest_common.errors import Forbidden, Unauthenticated, Upstream
from medianest_common.ids import uuid7
from medianest_common.tokens import Caller
from medianest_requests.domain.overseerr import Media
from medianest_requests.domain.quotas import cost_of
from medianest_requests.domain.steps import LIVE, Step
from medianest_requests.domain.titles import Asked, Title, open_seasons, refusal
from medianest_requests.errors import (
    AlreadyAvailable,
    AlreadyRequested,
    IdempotencyKeyReused,
    MediaBlocklisted,
    RequestQuotaExceeded,
    SeasonsNotFound,
    TitleNeeded,
)
from medianest_requests.metrics import requests_made
from medianest_requests.models import IdempotencyKey, MediaRequest
from medianest_requests.repository.work import NewWork, Work
from medianest_requests.service.catalogue import Catalogue
from medianest_requests.service.directory import Directory
from medianest_requests.service.moving import fact, move, note
from medianest_requests.service.quotas import Quotas


@dataclass(frozen=True)
class Wish:
    """What a person asks for; no `seasons` means all regular ones. Their `title` is for where nobody knows better."""

    media_type: MediaType
    tmdb_id: int
    title: str | None
    seasons: tuple[int, ...]
    is_4k: bool

    def fingerprint(self) -> str:
        return hashlib.sha256(
            repr((self.media_type.value, self.tmdb_id, self.seasons, self.is_4k)).encode()
        ).hexdigest()


class Asking:
    def __init__(
        self,
        work: NewWork,
        catalogue: Catalogue,
        quotas: Quotas,
        directory: Directory,
        clock: Clock,
        *,
        decide_here: bool,
    ) -> None:
        self._work = work
        self._catalogue = catalogue
        self._quotas = quotas
        self._directory = directory
        self._clock = clock
        self._decide_here = decide_here

    async def ask(self, wish: Wish, caller: Caller, key: str | None) -> UUID:
        """The id of the new request, or of the one the same Idempotency-Key made before.

        Raises AlreadyRequested, AlreadyAvailable, MediaBlocklisted, RequestQuotaExceeded, SeasonsNotFound, TitleNeeded
        or IdempotencyKeyReused.
        """
        user = self._directory.user(caller.user_id)
        if user is not None and user.status is not UserStatus.ACTIVE:
            raise Forbidden("Your account is suspended. The server's owner can say why.")
        made = await self._made_before(wish, caller, key)
        if made is not None:
            return made
        title = await self._title(wish)
        async with self._work() as work:
            await work.requests.lock_title((wish.media_type, wish.tmdb_id))
            await work.requests.lock_user(caller.user_id)
            if await work.users.is_erased(caller.user_id):
                raise Unauthenticated("This account is no longer there.")
            if key is not None and (known := await work.requests.remembered(caller.user_id, key)):
                return _same(known, wish)
            request = await self._make(work, wish, title, caller)
            if key is not None:
                work.requests.remember(_key(caller.user_id, key, wish, request))
        requests_made.labels(wish.media_type.value, "here").inc()
        return request.id

    async def _made_before(self, wish: Wish, caller: Caller, key: str | None) -> UUID | None:
        """Answers a repeated call without asking Overseerr anything."""
        if key is None:
            return None
        async with self._work() as work:
            known = await work.requests.remembered(caller.user_id, key)
        return None if known is None else _same(known, wish)

    async def _title(self, wish: Wish) -> Title:
        """What Overseerr says of it, or else what the caller calls it: an outage keeps nobody from asking."""
        try:
            return (await self._catalogue.title(wish.media_type, wish.tmdb_id)).value
        except Upstream as error:
            if wish.title is None:
                raise TitleNeeded(
                    "Overseerr cannot say now what this is. Give its title, and it is asked for later.",
                    service=error.service,
                ) from error
            return Title(wish.media_type, wish.tmdb_id, wish.title, None, "", None, None, None)

    async def _make(self, work: Work, wish: Wish, title: Title, caller: Caller) -> MediaRequest:
        asked = (await work.requests.asked([title.key], LIVE)).get(title.key, [])
        seasons = _seasons(wish, title, asked, caller.user_id)
        await self._check_quota(work, wish.media_type, seasons, caller.user_id)
        now = self._clock()
        request = _row(wish, title, caller.user_id, now)
        note(request, "asked", now)
        work.requests.add(request)
        await work.requests.set_seasons(request.id, seasons)
        work.outbox.add(fact(RequestCreated, request))
        if (cause := self._approved_because(caller)) is not None:
            move(work, request, Step.APPROVE, at=now, cause=cause)
        return request

    async def _check_quota(self, work: Work, media_type: MediaType, seasons: tuple[int, ...], user_id: UUID) -> None:
        quota = (await self._quotas.of(work, user_id))[media_type]
        if quota.leaves(cost_of(media_type, seasons)):
            return
        kind = "films" if media_type is MediaType.MOVIE else "seasons"
        wait = None if quota.resets_at is None else (quota.resets_at - self._clock()).total_seconds()
        raise RequestQuotaExceeded(
            f"You have asked for {quota.used} of {quota.limit} {kind}, so this is too much for now.",
            retry_after=wait,
            quota={"used": quota.used, "limit": quota.limit, "resets_at": quota.resets_at},
        )

    def _approved_because(self, caller: Caller) -> str | None:
        if not self._decide_here:
            return "Decided upon in Overseerr."
        if Permission.SYSTEM_MANAGE in caller.permissions:
            return "Asked by somebody who decides."
        user = self._directory.user(caller.user_id)
        return "Approved automatically." if user is not None and user.auto_approve else None


def _same(known: IdempotencyKey, wish: Wish) -> UUID:
    if known.fingerprint != wish.fingerprint():
        raise IdempotencyKeyReused("This Idempotency-Key was used for another request. Use a new one.")
    return known.request_id


def _key(user_id: UUID, key: str, wish: Wish, request: MediaRequest) -> IdempotencyKey:
    return IdempotencyKey(
        user_id=user_id,
        key=key,
        fingerprint=wish.fingerprint(),
        request_id=request.id,
        created_at=request.created_at,
    )


def _row(wish: Wish, title: Title, user_id: UUID, now: datetime) -> MediaRequest:
    return MediaRequest(
        id=uuid7(),
        user_id=user_id,
        title=title.title,
        media_type=wish.media_type,
        tmdb_id=wish.tmdb_id,
        is_4k=wish.is_4k,
        status=RequestStatus.PENDING,
        year=title.year,
        poster_path=title.poster_path,
        version=1,
        created_at=now,
        updated_at=now,
        timeline=[],
        facts={} if title.poster_path or title.overview else {"title_from": "asker"},
    )


def _seasons(wish: Wish, title: Title, asked: list[Asked], user_id: UUID) -> tuple[int, ...]:
    """The seasons to ask for, none for a film; raises when there is nothing left to ask for."""
    _refuse_taken(wish, title, asked, user_id)
    if wish.media_type is MediaType.MOVIE:
        return ()
    if not title.seasons:  # nobody can say now how many there are
        return _not_taken(wish, asked, user_id)
    known = {season.season_number for season in title.seasons}
    if missing := set(wish.seasons) - known:
        raise SeasonsNotFound(f"{title.title} has no season {min(missing)}.")
    left = open_seasons(title, asked, is_4k=wish.is_4k)
    wanted = tuple(number for number in left if not wish.seasons or number in wish.seasons)
    if not wanted:
        raise _already_requested("These seasons are in Plex or asked for already.", asked, user_id)
    return wanted


def _not_taken(wish: Wish, asked: list[Asked], user_id: UUID) -> tuple[int, ...]:
    taken = {number for request in asked if request.is_4k is wish.is_4k for number in request.seasons}
    left = tuple(number for number in wish.seasons if number not in taken)
    whole = any(request.is_4k is wish.is_4k and not request.seasons for request in asked)
    if whole or (not left and (wish.seasons or taken)):
        raise _already_requested("These seasons are asked for already.", asked, user_id)
    return left


def _refuse_taken(wish: Wish, title: Title, asked: list[Asked], user_id: UUID) -> None:
    because = refusal(title, asked, user_id, is_4k=wish.is_4k)
    if because is None:
        return
    media = title.media(is_4k=wish.is_4k)
    if media is Media.BLOCKLISTED:
        raise MediaBlocklisted(because)
    here = [request for request in asked if request.is_4k is wish.is_4k]
    if media is Media.AVAILABLE or any(r.status is RequestStatus.AVAILABLE for r in here):
        raise AlreadyAvailable(because)
    raise _already_requested(because, here, user_id)


def _already_requested(because: str, asked: list[Asked], user_id: UUID) -> AlreadyRequested:
    """Names the earlier request to its own asker alone."""
    own = next((request for request in asked if request.user_id == user_id), None)
    if own is None:
        return AlreadyRequested(because)
    return AlreadyRequested(because, request_id=str(own.id), request_status=own.status.value)
