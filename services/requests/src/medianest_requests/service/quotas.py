"""How much a user may still ask for."""

from datetime import timedelta
from uuid import UUID

from medianest_common.clock import Clock
from medianest_common.contracts.permissions import Role
from medianest_common.contracts.requests import MediaType
from medianest_requests.domain.quotas import Quota, limit_of, quota_of
from medianest_requests.repository.work import Work
from medianest_requests.service.directory import Directory


class Quotas:
    """`limits` are the suite's; a user's own come before them, and who decides upon requests has none."""

    def __init__(self, directory: Directory, limits: dict[MediaType, int], window: timedelta, clock: Clock) -> None:
        self._directory = directory
        self._limits = limits
        self._window = window
        self._clock = clock

    async def of(self, work: Work, user_id: UUID) -> dict[MediaType, Quota]:
        """The user's quota for each kind."""
        uses = await work.requests.uses(user_id, self._clock() - self._window)
        return {kind: quota_of(uses[kind], self._limit(user_id, kind), self._window) for kind in MediaType}

    def _limit(self, user_id: UUID, media_type: MediaType) -> int | None:
        user = self._directory.user(user_id)
        if user is None:
            return limit_of(None, self._limits[media_type])
        if user.role is Role.ADMIN:
            return None
        own = user.movie_quota if media_type is MediaType.MOVIE else user.series_quota
        return limit_of(own, self._limits[media_type])
