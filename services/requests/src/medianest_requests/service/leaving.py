"""Forgetting a user: first that they are gone, then everything of theirs, so that nothing late brings it back."""

from collections.abc import Callable
from uuid import UUID

from medianest_common.clock import Clock
from medianest_common.contracts.auth import UserState
from medianest_common.contracts.envelope import ADMINS
from medianest_common.contracts.requests import RequestCancelled, RequestStatus, RequestsUserErased
from medianest_common.contracts.streams import REQUESTS_FOLLOW_USERS
from medianest_requests.domain.steps import IN_FLIGHT
from medianest_requests.repository.work import NewWork, Work
from medianest_requests.service.moving import changed, fact

_UNFINISHED = {RequestStatus.PENDING, RequestStatus.APPROVED} | IN_FLIGHT


class Leaving:
    """`forget` drops what is held of a user in memory."""

    def __init__(self, work: NewWork, clock: Clock, forget: Callable[[UUID], None]) -> None:
        self._work = work
        self._clock = clock
        self._forget = forget

    async def deleted(self, event_id: UUID, user_id: UUID, version: int) -> None:
        """Erase the user and answer so; asked again, it answers again."""
        async with self._work() as work:
            if await work.users.claim(REQUESTS_FOLLOW_USERS.name, event_id):
                await self._erase(work, user_id, version)
        self._forget(user_id)

    async def found_erased(self, user: UserState) -> None:
        """A tombstone: erase what a restored copy of the database may still hold of them."""
        async with self._work() as work:
            if await work.users.holds_anything(user.user_id):
                await self._erase(work, user.user_id, user.version)
        self._forget(user.user_id)

    async def _erase(self, work: Work, user_id: UUID, version: int) -> None:
        await work.users.mark_erased(user_id)
        await work.requests.lock_user(user_id)
        for request in await work.requests.of_user(user_id):
            if request.status in _UNFINISHED:
                request.status = RequestStatus.CANCELLED
                changed(request, self._clock())
                work.outbox.add(fact(RequestCancelled, request, (ADMINS,)))
        await work.session.flush()
        await work.requests.forget_user(user_id)
        await work.users.forget_answers(user_id)
        work.outbox.add(RequestsUserErased(user_id=user_id, audience=(ADMINS,), version=version))
