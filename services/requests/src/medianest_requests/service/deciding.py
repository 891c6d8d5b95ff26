"""What people do with a request that is there: cancel, approve, decline, try again."""

from uuid import UUID

from medianest_common.clock import Clock
from medianest_common.contracts.permissions import Permission
from medianest_common.tokens import Caller
from medianest_requests.domain.allowed import Viewer, verdict
from medianest_requests.domain.steps import Step
from medianest_requests.errors import MoveRefused, RequestNotFound
from medianest_requests.models import MediaRequest
from medianest_requests.repository.work import NewWork, Work
from medianest_requests.service.moving import move


class Deciding:
    """Every step raises RequestNotFound for another user's request, and MoveRefused where it is not possible now."""

    def __init__(self, work: NewWork, clock: Clock) -> None:
        self._work = work
        self._clock = clock

    async def cancel(self, request_id: UUID, caller: Caller) -> None:
        async with self._work() as work:
            request = await self._take(work, request_id, caller, Step.CANCEL)
            move(work, request, Step.CANCEL, at=self._clock())
            self._carry_over(request)

    async def approve(self, request_id: UUID, caller: Caller) -> None:
        async with self._work() as work:
            request = await self._take(work, request_id, caller, Step.APPROVE)
            request.facts = {**request.facts, "decided_by": str(caller.user_id)}
            work.note_action(caller, "request.approved", request.id)
            move(work, request, Step.APPROVE, at=self._clock())

    async def decline(self, request_id: UUID, caller: Caller, reason: str | None) -> None:
        async with self._work() as work:
            request = await self._take(work, request_id, caller, Step.DECLINE)
            request.facts = {**request.facts, "decided_by": str(caller.user_id)}
            work.note_action(caller, "request.declined", request.id)
            move(work, request, Step.DECLINE, at=self._clock(), cause=reason or "The owner declined it.")
            self._carry_over(request)

    async def retry(self, request_id: UUID, caller: Caller) -> None:
        async with self._work() as work:
            request = await self._take(work, request_id, caller, Step.RETRY)
            request.facts = {k: v for k, v in request.facts.items() if k not in ("delays", "troubles")}
            if request.user_id != caller.user_id:
                work.note_action(caller, "request.retried", request.id)
            move(work, request, Step.RETRY, at=self._clock())

    async def _take(self, work: Work, request_id: UUID, caller: Caller, step: Step) -> MediaRequest:
        request = await work.requests.get(request_id)
        viewer = Viewer(
            owns=request is not None and request.user_id == caller.user_id,
            decides=Permission.SYSTEM_MANAGE in caller.permissions,
        )
        if request is None or not (viewer.owns or viewer.decides):
            raise RequestNotFound("There is no such request.")
        said = verdict(request.status, step, viewer)
        if not said["ok"]:
            raise MoveRefused(said["because"], status_now=request.status.value)
        return request

    def _carry_over(self, request: MediaRequest) -> None:
        """What was made in Overseerr and waits there is to be declined there too."""
        if request.overseerr_id is not None:
            request.submit_due_at = self._clock()
