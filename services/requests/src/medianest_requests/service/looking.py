"""Looking in Overseerr for what a request of ours may have become there."""

from medianest_common.contracts.requests import MediaType
from medianest_requests.clients.overseerr import OverseerrClient
from medianest_requests.domain.overseerr import Media, RequestThere, There
from medianest_requests.domain.submitting import Job
from medianest_requests.domain.titles import Title
from medianest_requests.repository.work import NewWork
from medianest_requests.service.acting import OWNER

_A_PAGE = 50
_MOST_PAGES = 10


class Looking:
    def __init__(self, overseerr: OverseerrClient, work: NewWork) -> None:
        self._overseerr = overseerr
        self._work = work

    async def own(self, job: Job, user: int | None) -> RequestThere | None:
        """This person's request for the same in Overseerr that is not another one of ours."""
        return await self._find(job, user or OWNER)

    async def anybodys(self, job: Job) -> RequestThere | None:
        """Anybody's request for the same, made in Overseerr itself."""
        return await self._find(job, None)

    async def title(self, job: Job) -> Title:
        """What Overseerr says of the title now, not what was kept."""
        return await self._overseerr.title(job.media_type, job.tmdb_id)

    async def _find(self, job: Job, requested_by: int | None) -> RequestThere | None:
        for page in range(_MOST_PAGES):
            found, length = await self._overseerr.requests(
                take=_A_PAGE, skip=page * _A_PAGE, sort="added", requested_by=requested_by
            )
            for request in found:
                if _is_for(request, job) and not await self._is_anothers(request, job):
                    return request
            if length < _A_PAGE:
                return None
        return None

    async def _is_anothers(self, request: RequestThere, job: Job) -> bool:
        async with self._work() as work:
            ours = await work.requests.by_overseerr_id(request.id)
            return ours is not None and ours.id != job.id


def _is_for(request: RequestThere, job: Job) -> bool:
    same = (request.media_type, request.tmdb_id, request.is_4k) == (job.media_type, job.tmdb_id, job.is_4k)
    covers = job.media_type is MediaType.MOVIE or not job.seasons or bool(set(job.seasons) & set(request.seasons))
    return same and covers and request.status not in (There.DECLINED, There.UNKNOWN)


def has_all(title: Title, job: Job) -> bool:
    """Whether all that was asked for is in Plex already."""
    if job.media_type is MediaType.MOVIE or not job.seasons:
        return title.media(is_4k=job.is_4k) is Media.AVAILABLE
    there = {season.season_number for season in title.seasons if season.media(is_4k=job.is_4k) is Media.AVAILABLE}
    return set(job.seasons) <= there
