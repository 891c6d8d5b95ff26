"""Bringing ours to where Overseerr's is: found requests are followed, and those made in Overseerr itself adopted."""

from datetime import datetime
from uuid import UUID

from medianest_common.clock import Clock
from medianest_common.contracts.requests import RequestCreated, RequestStatus
from medianest_common.errors import Upstream
from medianest_common.ids import uuid7
from medianest_requests.domain.overseerr import Media, RequestThere, There, steps_towards
from medianest_requests.domain.steps import IN_FLIGHT, Step
from medianest_requests.domain.titles import Title
from medianest_requests.metrics import requests_made
from medianest_requests.models import MediaRequest
from medianest_requests.repository.work import NewWork, Work
from medianest_requests.service.catalogue import Catalogue
from medianest_requests.service.directory import Directory
from medianest_requests.service.moving import changed, fact, move, note

CAUSES = {
    Step.APPROVE: "Approved in Overseerr.",
    Step.DECLINE: "Declined in Overseerr. Its owner can say why.",
    Step.FAIL: "Overseerr could not hand it on. It can be tried again.",
    Step.REMOVE: "It was removed from the library.",
}
_DELETED = "The request was deleted in Overseerr. Ask for it anew if you still want it."
_ADOPTABLE = {There.PENDING, There.APPROVED, There.DECLINED, There.FAILED, There.COMPLETED}


class Mirroring:
    def __init__(self, work: NewWork, catalogue: Catalogue, directory: Directory, clock: Clock) -> None:
        self._work = work
        self._catalogue = catalogue
        self._directory = directory
        self._clock = clock

    async def follow(self, found: RequestThere) -> bool:
        """Move ours to where this one stands; one we do not know is adopted when we know who asked.

        True when it waits in Overseerr for a yes that was already given here.
        """
        async with self._work() as work:
            await work.requests.lock_title((found.media_type, found.tmdb_id))
            request = await self._ours(work, found)
            if request is not None:
                self._catch_up(work, request, found, await work.requests.seasons(request.id))
                return found.status is There.PENDING and request.status in IN_FLIGHT
        user_id = self._directory.users_by_plex_id().get(found.plex_id or "")
        if user_id is not None and found.status in _ADOPTABLE:
            await self._adopt(found, user_id)
        return False

    async def deleted(self, overseerr_id: int) -> None:
        """Overseerr says that it has no such request: ours that was on its way is removed, one that arrived stays."""
        async with self._work() as work:
            request = await work.requests.by_overseerr_id(overseerr_id)
            if request is None:
                return
            request.checked_at = self._clock()
            if request.status in IN_FLIGHT:
                move(work, request, Step.REMOVE, at=self._clock(), cause=_DELETED)
            if request.status in (RequestStatus.PENDING, RequestStatus.APPROVED):
                request.overseerr_id = None
            self._catalogue.changed(request.media_type, request.tmdb_id)

    def link(self, work: Work, request: MediaRequest, found: RequestThere, seasons: tuple[int, ...]) -> None:
        """Ours is this one in Overseerr from now on."""
        request.overseerr_id = found.id
        request.submit_due_at = request.submit_posted_at = None
        self._catch_up(work, request, found, seasons)

    async def _ours(self, work: Work, found: RequestThere) -> MediaRequest | None:
        """Our row for it: by Overseerr's number, or one of the same person that is on its way there just now."""
        request = await work.requests.by_overseerr_id(found.id)
        if request is not None and (request.tmdb_id, request.media_type) != (found.tmdb_id, found.media_type):
            request.overseerr_id = None  # Overseerr was set up anew, and counts from one again
            await work.session.flush()
            request = None
        user_id = self._directory.users_by_plex_id().get(found.plex_id or "")
        if request is None and user_id is not None and found.status not in (There.DECLINED, There.FAILED):
            request = await work.requests.unsent(user_id, (found.media_type, found.tmdb_id), is_4k=found.is_4k)
            if request is not None and await self._is_another_wish(work, request, found):
                return None
            if request is not None:
                request.overseerr_id = found.id
        return request

    async def _is_another_wish(self, work: Work, request: MediaRequest, found: RequestThere) -> bool:
        """Whether these are other seasons of the same series."""
        seasons = await work.requests.seasons(request.id)
        return bool(seasons and found.seasons) and not set(seasons) & set(found.seasons)

    def _catch_up(self, work: Work, request: MediaRequest, found: RequestThere, seasons: tuple[int, ...]) -> None:
        now = self._clock()
        request.checked_at = now
        moved = [
            move(work, request, step, at=now, cause=CAUSES.get(step))
            for step in steps_towards(request.status, found, seasons)
        ]
        if any(moved):
            self._catalogue.changed(found.media_type, found.tmdb_id)

    async def _adopt(self, found: RequestThere, user_id: UUID) -> None:
        """Make ours from one that was made in Overseerr, standing where it stands."""
        title = await self._title(found)
        if title is None:
            return  # found again at the next comparison
        async with self._work() as work:
            await work.requests.lock_title((found.media_type, found.tmdb_id))
            await work.requests.lock_user(user_id)
            if await work.users.is_erased(user_id) or await self._ours(work, found) is not None:
                return
            request = self._row(found, title, user_id)
            work.requests.add(request)
            await work.requests.set_seasons(request.id, found.seasons)
            work.outbox.add(fact(RequestCreated, request))
        requests_made.labels(found.media_type.value, "overseerr").inc()

    async def _title(self, found: RequestThere) -> Title | None:
        try:
            return (await self._catalogue.title(found.media_type, found.tmdb_id)).value
        except Upstream:
            return None

    def _row(self, found: RequestThere, title: Title, user_id: UUID) -> MediaRequest:
        now = self._clock()
        asked_at = found.created_at or now
        status = status_of(found)
        request = MediaRequest(
            id=uuid7(),
            user_id=user_id,
            title=title.title,
            media_type=found.media_type,
            tmdb_id=found.tmdb_id,
            is_4k=found.is_4k,
            status=status,
            status_reason=_reason(status),
            year=title.year,
            poster_path=title.poster_path,
            overseerr_id=found.id,
            version=0,
            created_at=asked_at,
            updated_at=now,
            completed_at=_completed(found, status, now),
            checked_at=now,
            timeline=[],
            facts={"origin": "overseerr"},
        )
        note(request, "asked", asked_at, "Asked for in Overseerr.")
        changed(request, now)
        return request


def status_of(found: RequestThere) -> RequestStatus:
    """Where a request made in Overseerr stands in our words."""
    if found.status is There.PENDING:
        return RequestStatus.PENDING
    if found.status is There.DECLINED:
        return RequestStatus.DECLINED
    if found.status is There.FAILED:
        return RequestStatus.FAILED
    reached = {
        Media.PROCESSING: RequestStatus.PROCESSING,
        Media.PARTIALLY_AVAILABLE: RequestStatus.PARTIALLY_AVAILABLE,
        Media.AVAILABLE: RequestStatus.AVAILABLE,
        Media.DELETED: RequestStatus.REMOVED,
    }
    return reached.get(found.progress(found.seasons), RequestStatus.SUBMITTED)


def _reason(status: RequestStatus) -> str | None:
    step = {
        RequestStatus.DECLINED: Step.DECLINE,
        RequestStatus.FAILED: Step.FAIL,
        RequestStatus.REMOVED: Step.REMOVE,
    }.get(status)
    return CAUSES[step] if step else None


def _completed(found: RequestThere, status: RequestStatus, now: datetime) -> datetime | None:
    done = status in (RequestStatus.AVAILABLE, RequestStatus.REMOVED, RequestStatus.DECLINED, RequestStatus.FAILED)
    return (found.updated_at or now) if done else None
