"""Comparing ours with Overseerr's, on a clock and on hints, so that nothing depends on a webhook having arrived."""

import asyncio
from datetime import datetime, timedelta

import structlog

from medianest_common.clock import Clock
from medianest_common.contracts.requests import RequestStatus
from medianest_common.errors import Upstream
from medianest_requests.clients.overseerr import OverseerrClient
from medianest_requests.domain.overseerr import RequestThere
from medianest_requests.domain.steps import IN_FLIGHT
from medianest_requests.repository.answers import AnswerStore
from medianest_requests.repository.recurring import RecurringStore
from medianest_requests.repository.work import NewWork
from medianest_requests.service.mirroring import Mirroring

_log = structlog.get_logger(__name__)

COMPARISON = "compare with overseerr"
_TIDYING = "tidy"
_A_PAGE = 50
_MOST_PAGES = 200
_OVERLAP = timedelta(minutes=10)  # clocks differ, and a page may shift while it is read
_CHECK_AVAILABLE_EVERY = timedelta(hours=6)
_MOST_CHECKED = 50


class Reconciling:
    def __init__(
        self,
        work: NewWork,
        overseerr: OverseerrClient,
        mirroring: Mirroring,
        recurring: RecurringStore,
        answers: AnswerStore,
        clock: Clock,
        *,
        pause: timedelta,
        decide_here: bool,
    ) -> None:
        self._work = work
        self._overseerr = overseerr
        self._mirroring = mirroring
        self._recurring = recurring
        self._answers = answers
        self._clock = clock
        self._pause = pause
        self._decide_here = decide_here
        self._was_away = False

    async def run(self) -> None:
        while True:
            await self.turn()
            await asyncio.sleep(min(5.0, self._pause.total_seconds()))

    async def turn(self) -> None:
        """Compare and tidy, each when it is due and no other replica does it."""
        ours, mark = await self._recurring.claim(COMPARISON, self._clock(), self._pause)
        if ours:
            await self._try_to_compare(mark)
        ours, _ = await self._recurring.claim(_TIDYING, self._clock(), timedelta(hours=1))
        if ours:
            await self._recurring.tidy(self._clock())
            await self._answers.prune(self._clock())

    async def _try_to_compare(self, mark: datetime | None) -> None:
        """The first that works after one that did not shows, too, that Overseerr is back."""
        try:
            await self.compare(mark)
        except Upstream as error:
            self._was_away = True
            _log.info("comparison_put_off", reason=error.code)
            return
        if self._was_away:
            self._was_away = False
            async with self._work() as work:
                await work.requests.send_now(self._clock())

    async def soon(self) -> None:
        """Have the next comparison made at once."""
        await self._recurring.make_due(COMPARISON, self._clock())

    async def compare(self, mark: datetime | None) -> None:
        """Follow what changed in Overseerr since the mark, then what has not been looked at for long."""
        started = self._clock()
        await self._follow_changed(None if mark is None else mark - _OVERLAP)
        await self._check(IN_FLIGHT, started)
        await self._check({RequestStatus.AVAILABLE}, started - _CHECK_AVAILABLE_EVERY)
        await self._recurring.mark(COMPARISON, started)

    async def look_at(self, number: int) -> None:
        """Read one request of Overseerr's and bring ours to where it stands."""
        found = await self._overseerr.request(number)
        if found is None:
            await self._mirroring.deleted(number)
        else:
            await self._follow(found)

    async def _follow_changed(self, since: datetime | None) -> None:
        for page in range(_MOST_PAGES):
            found, length = await self._overseerr.requests(take=_A_PAGE, skip=page * _A_PAGE, sort="modified")
            for request in found:
                await self._follow(request)
            oldest = min((r.updated_at for r in found if r.updated_at is not None), default=None)
            if length < _A_PAGE or (since is not None and oldest is not None and oldest < since):
                return

    async def _follow(self, found: RequestThere) -> None:
        if await self._mirroring.follow(found) and self._decide_here:
            await self._overseerr.approve(found.id)
            again = await self._overseerr.request(found.id)
            if again is not None:
                await self._mirroring.follow(again)

    async def _check(self, statuses: set[RequestStatus] | frozenset[RequestStatus], before: datetime) -> None:
        async with self._work() as work:
            numbers = await work.requests.to_check(statuses, before, _MOST_CHECKED)
            await work.requests.mark_checked(numbers, self._clock())
        for number in numbers:
            await self.look_at(number)
