"""Carrying approved requests to Overseerr: never lost to an outage, never visible twice.

A row is claimed by a lease, so any number of replicas may run and any may be killed. Before a request is posted, its
row says so; while it does, and nobody knows what became of it, the next try waits, looks, and adopts what it finds.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from medianest_common.clock import Clock
from medianest_common.contracts.requests import RequestStatus
from medianest_common.errors import Upstream, UpstreamOpen, UpstreamRefused, UpstreamTimeout
from medianest_requests.clients.overseerr import OverseerrClient, Refused
from medianest_requests.domain.overseerr import RequestThere, There
from medianest_requests.domain.steps import Step
from medianest_requests.domain.submitting import GIVE_UP_AFTER, Job, Verdict, failure_words, verdict_on
from medianest_requests.domain.titles import Title
from medianest_requests.errors import NotConfigured, TitleUnavailable
from medianest_requests.metrics import submissions
from medianest_requests.models import MediaRequest
from medianest_requests.repository.work import NewWork, Work
from medianest_requests.service.acting import Acting, CannotAct
from medianest_requests.service.looking import Looking, has_all
from medianest_requests.service.mirroring import Mirroring
from medianest_requests.service.moving import changed, move

_log = structlog.get_logger(__name__)

_LEASE = timedelta(seconds=90)
_POST_SECONDS = 30.0
_POLL_SECONDS = 1.0
_FIRST_DELAY = 5.0
_LONGEST_DELAY = 60.0
_WAITS = "Overseerr does not answer. This is sent by itself when it is back."

Settle = Callable[[Work, MediaRequest], Awaitable[None]]


class Submitting:
    def __init__(
        self,
        work: NewWork,
        overseerr: OverseerrClient,
        acting: Acting,
        looking: Looking,
        mirroring: Mirroring,
        clock: Clock,
        *,
        ambiguous_wait: timedelta,
        decide_here: bool,
    ) -> None:
        self._work = work
        self._overseerr = overseerr
        self._acting = acting
        self._looking = looking
        self._mirroring = mirroring
        self._clock = clock
        self._wait = ambiguous_wait
        self._decide_here = decide_here

    async def run(self) -> None:
        while True:
            if not await self.one():
                await asyncio.sleep(_POLL_SECONDS)

    async def one(self) -> bool:
        """Do what is due for one request; False when nothing is."""
        async with self._work() as work:
            request = await work.requests.claim_due(self._clock(), _LEASE)
            if request is None:
                return False
            job = await _job(work, request)
        try:
            await self._carry(job)
        except (Upstream, NotConfigured, CannotAct) as error:
            await self._later(job, error)
        return True

    async def _carry(self, job: Job) -> None:
        if job.status is RequestStatus.APPROVED:
            await (self._submit(job) if job.overseerr_id is None else self._resume(job))
        elif job.status in (RequestStatus.DECLINED, RequestStatus.CANCELLED) and job.overseerr_id is not None:
            await self._decline_there(job.overseerr_id)
            await self._settle(job, _nothing_due)
        else:
            await self._settle(job, _nothing_due)

    async def _submit(self, job: Job) -> None:
        user = await self._acting.user_for(job.user_id)
        if job.posted_at is not None:
            if self._clock() < job.posted_at + self._wait:
                await self._settle(job, self._due_after_waiting)
                return
            found = await self._looking.own(job, user)
            if found is not None:
                await self._link(job, found, "adopted")
                return
        title = await self._looking.title(job)
        if has_all(title, job):
            await self._settle(job, self._arrived)
            return

        async def mark_posted(_: Work, request: MediaRequest) -> None:
            request.submit_posted_at = self._clock()
            request.submit_due_at = self._clock() + _LEASE
            _name_after(request, title)

        if await self._settle(job, mark_posted):
            await self._post(job, user)

    async def _post(self, job: Job, user: int | None) -> None:
        """The one write that must not happen twice; the row says since when it may have."""
        try:
            async with asyncio.timeout(_POST_SECONDS):
                answer = await self._overseerr.create(
                    job.media_type, job.tmdb_id, seasons=job.seasons, is_4k=job.is_4k, user=user
                )
        except TimeoutError:
            raise UpstreamTimeout("Overseerr", "Overseerr did not answer in time.") from None
        if isinstance(answer, RequestThere):
            await self._link(job, answer, "made")
        else:
            await self._refused(job, answer, user)

    async def _refused(self, job: Job, answer: Refused, user: int | None) -> None:
        verdict = verdict_on(answer.why)
        if verdict is Verdict.LOOK:
            found = await self._looking.own(job, user) or await self._looking.anybodys(job)
            if found is not None:
                await self._link(job, found, "adopted")
            elif has_all(await self._looking.title(job), job):
                await self._settle(job, self._arrived)
            else:
                await self._fail(job, failure_words(answer.why))
        elif verdict is Verdict.GIVE_UP:
            await self._fail(job, failure_words(answer.why))
        else:
            self._acting.forget(job.user_id)
            await self._trouble(job, failure_words(answer.why), certain=verdict is Verdict.AGAIN)

    async def _resume(self, job: Job) -> None:
        """It is in Overseerr already: it failed there, or waits there for the yes that was given here."""
        number = job.overseerr_id
        found = None if number is None else await self._overseerr.request(number)
        if found is None or found.status is There.DECLINED:
            await self._settle(job, self._unlink)
            return
        if found.status is There.FAILED:
            await self._overseerr.retry(found.id)
        await self._link(job, await self._overseerr.request(found.id) or found, "resumed")

    async def _link(self, job: Job, found: RequestThere, outcome: str) -> None:
        async def link(work: Work, request: MediaRequest) -> None:
            other = await work.requests.by_overseerr_id(found.id)
            if other is not None and other.id != request.id:
                move(work, request, Step.FAIL, at=self._clock(), cause="Somebody else asked for it already.")
                return
            await work.requests.set_seasons(request.id, found.seasons)
            self._mirroring.link(work, request, found, await work.requests.seasons(request.id))

        if await self._settle(job, link):
            submissions.labels(outcome).inc()
            _log.info("request_submitted", request_id=str(job.id), overseerr_id=found.id, outcome=outcome)
            if found.status is There.PENDING and self._decide_here:
                await self._approve_there(found.id)

    async def _approve_there(self, number: int) -> None:
        """Nobody approves twice. What fails here the comparison does again."""
        try:
            await self._overseerr.approve(number)
            found = await self._overseerr.request(number)
        except Upstream as error:
            _log.warning("approval_not_carried_over", overseerr_id=number, reason=error.code)
            return
        if found is not None:
            await self._mirroring.follow(found)

    async def _decline_there(self, number: int) -> None:
        found = await self._overseerr.request(number)
        if found is not None and found.status is There.PENDING:
            await self._overseerr.decline(number)

    async def _later(self, job: Job, error: Upstream | NotConfigured | CannotAct) -> None:
        """What could not be done now is done later; what Overseerr may have taken is looked for first."""
        submissions.labels("delayed").inc()
        _log.warning("request_not_submitted", request_id=str(job.id), attempt=job.attempt, reason=error.code)
        if isinstance(error, CannotAct) and error.lasting:
            await self._fail(job, error.detail)
            return
        if isinstance(error, CannotAct | TitleUnavailable):
            self._acting.forget(job.user_id)
            await self._trouble(job, error.detail, certain=False)
            return
        words = error.detail if isinstance(error, UpstreamRefused | NotConfigured) else _WAITS

        async def wait(_: Work, request: MediaRequest) -> None:
            if job.posted_at is None and _was_not_sent(error):
                request.submit_posted_at = None
            self._due(request, grows=not isinstance(error, UpstreamOpen))
            if request.status_reason != words:
                request.status_reason = words
                changed(request, self._clock())

        await self._settle(job, wait)

    async def _trouble(self, job: Job, words: str, *, certain: bool) -> None:
        """Tried again a few times, since it may pass; then it has failed. `certain`: nothing was made."""

        async def count(work: Work, request: MediaRequest) -> None:
            troubles = int(request.facts.get("troubles", 0)) + 1
            request.facts = {**request.facts, "troubles": troubles}
            if certain:
                request.submit_posted_at = None
            self._due(request)
            if troubles >= GIVE_UP_AFTER and not move(work, request, Step.FAIL, at=self._clock(), cause=words):
                request.submit_due_at = None

        await self._settle(job, count)

    async def _fail(self, job: Job, words: str) -> None:
        async def fail(work: Work, request: MediaRequest) -> None:
            move(work, request, Step.FAIL, at=self._clock(), cause=words)

        submissions.labels("failed").inc()
        await self._settle(job, fail)

    async def _settle(self, job: Job, settle: Settle) -> bool:
        """Write down what came of it, unless somebody else has the request by now; whether it was written."""
        async with self._work() as work:
            await work.requests.lock_title((job.media_type, job.tmdb_id))
            request = await work.requests.get(job.id)
            if request is None or request.submit_attempts != job.attempt or request.status != job.status:
                return False
            await settle(work, request)
        return True

    async def _due_after_waiting(self, _: Work, request: MediaRequest) -> None:
        request.submit_due_at = (request.submit_posted_at or self._clock()) + self._wait

    async def _arrived(self, work: Work, request: MediaRequest) -> None:
        """Somebody was quicker: nothing is left to be asked for."""
        move(work, request, Step.SUBMIT, at=self._clock(), cause="It came to Plex in the meantime.")
        move(work, request, Step.ARRIVE, at=self._clock())

    async def _unlink(self, _: Work, request: MediaRequest) -> None:
        request.overseerr_id = None
        request.submit_due_at = self._clock()

    def _due(self, request: MediaRequest, *, grows: bool = True) -> None:
        """Later each time, unless nobody was bothered; and while it may have been taken, not before it shows."""
        delays = int(request.facts.get("delays", 0)) if grows else 0
        if grows:
            request.facts = {**request.facts, "delays": delays + 1}
        seconds = min(_FIRST_DELAY * 2 ** min(delays, 10), _LONGEST_DELAY)
        soon = self._clock() + timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311 - spreads load
        posted = request.submit_posted_at
        request.submit_due_at = soon if posted is None else max(soon, posted + self._wait)


def _was_not_sent(error: Upstream | NotConfigured | CannotAct) -> bool:
    """Whether Overseerr certainly made nothing: it was never reached, or said no."""
    if isinstance(error, UpstreamOpen | UpstreamRefused | NotConfigured):
        return True
    return error.extra.get("cause") == "ConnectError"


def _name_after(request: MediaRequest, title: Title) -> None:
    """What was asked for during an outage bears its asker's words until now."""
    if "title_from" in request.facts:
        request.title, request.year, request.poster_path = title.title, title.year, title.poster_path
        request.facts = {name: value for name, value in request.facts.items() if name != "title_from"}


async def _nothing_due(_: Work, request: MediaRequest) -> None:
    request.submit_due_at = None


async def _job(work: Work, request: MediaRequest) -> Job:
    return Job(
        id=request.id,
        user_id=request.user_id,
        media_type=request.media_type,
        tmdb_id=request.tmdb_id,
        is_4k=request.is_4k,
        seasons=await work.requests.seasons(request.id),
        status=request.status,
        overseerr_id=request.overseerr_id,
        attempt=request.submit_attempts,
        posted_at=request.submit_posted_at,
    )
