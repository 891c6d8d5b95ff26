"""Asking plex.tv about open PINs: one loop a PIN among all replicas, by a lease in the table.

A loop asks once a second at most, more seldom after two minutes, and less when plex.tv is slow or away. It ends with
the PIN. When a replica dies, its leases run out and another goes on; nothing but the row remembers anything.
"""

import asyncio
import random
from contextlib import suppress
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import structlog

from medianest_auth import metrics
from medianest_auth.clients.plextv import PinGone, PlexTv, TokenRefused
from medianest_auth.domain import NOT_CONFIGURED, PLEX_REFUSED, SUSPENDED, PinStatus, Refusal, membership
from medianest_auth.models import SignInAttempt, User
from medianest_auth.repository import Work, WorkFactory
from medianest_auth.service.plex_accounts import PlexAccounts, Proof
from medianest_auth.service.plex_server import PlexServer
from medianest_auth.service.plex_sign_in import open_pin
from medianest_common.clock import Clock, utc_now
from medianest_common.contracts.auth import UserStatus
from medianest_common.crypto import Sealer
from medianest_common.errors import MediaNestError, Upstream

_log = structlog.get_logger(__name__)

_LOOK_SECONDS = 2.0
APART_SECONDS = 1.0  # plex.tv asks for no more than one question a second
_EAGER_FOR = timedelta(minutes=2)
_LONGEST_PAUSE = 10.0
_LEASE_SECONDS = 15.0  # longer than the longest pause; when plex.tv takes even longer, another may ask, one settles
_MOST_LOOPS = 200
_CONNECTIONS = 2  # for looking at rows: however many PINs are open, people's calls find connections

_PLEX_AWAY = "Plex does not answer at the moment. We keep asking."
_SERVER_UNKNOWN = "Your Plex server has not answered yet. We keep asking."


class PinPoller:
    def __init__(
        self,
        work: WorkFactory,
        plextv: PlexTv,
        server: PlexServer,
        accounts: PlexAccounts,
        sealer: Sealer,
        *,
        apart: float = APART_SECONDS,
        clock: Clock = utc_now,
    ) -> None:
        self._work = work
        self._apart = apart
        self._plextv = plextv
        self._server = server
        self._accounts = accounts
        self._sealer = sealer
        self._clock = clock
        self._owner = uuid4()
        self._new = asyncio.Event()
        self._room = asyncio.Semaphore(_CONNECTIONS)
        self._loops: dict[UUID, asyncio.Task[None]] = {}

    def wake(self) -> None:
        """Look for new PINs now: one was just made in this process."""
        self._new.set()

    async def run(self) -> None:
        """Poll until cancelled; then the leases are given up, so that another replica goes on at once."""
        try:
            while True:
                self._new.clear()
                await self.look()
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_SECONDS):
                        await self._new.wait()
        finally:
            await self._stop()

    async def look(self) -> None:
        """Take what nobody polls, and begin a loop for each."""
        async with self._work() as work:
            await work.attempts.expire(self._clock())
            size = _MOST_LOOPS - len(self._loops)
            claimed = await work.attempts.claim(self._owner, seconds=_LEASE_SECONDS, size=size) if size > 0 else []
        for attempt_id in claimed:
            if attempt_id not in self._loops:
                loop = asyncio.create_task(self._follow(attempt_id), name=f"pin {attempt_id}")
                self._loops[attempt_id] = loop
                loop.add_done_callback(partial(self._ended, attempt_id))
        metrics.open_pins.set(len(self._loops))

    def _ended(self, attempt_id: UUID, loop: asyncio.Task[None]) -> None:
        self._loops.pop(attempt_id, None)
        metrics.open_pins.set(len(self._loops))
        if not loop.cancelled() and (error := loop.exception()) is not None:
            _log.error("pin_loop_crashed", exc_info=error)  # the lease runs out, and the PIN is taken up again

    async def _stop(self) -> None:
        loops = list(self._loops.values())
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
        with suppress(Exception):  # the leases run out by themselves
            async with asyncio.timeout(2), self._work() as work:
                await work.attempts.release(self._owner)

    async def _follow(self, attempt_id: UUID) -> None:
        failures = 0
        while True:
            await asyncio.sleep(self._apart * random.uniform(1.02, 1.1))  # noqa: S311 - jitter
            attempt = await self._still_ours(attempt_id)
            if attempt is None:
                return
            try:
                if await self._ask(attempt):
                    return
                failures = 0
            except Upstream as error:
                failures += 1
                metrics.pin_polls.labels("failed").inc()
                await self._tell(attempt, _PLEX_AWAY)
                await asyncio.sleep(min(error.retry_after or self._apart * 2 ** min(failures, 5), _LONGEST_PAUSE))
            if self._clock() - attempt.created_at > _EAGER_FOR:
                await asyncio.sleep(self._apart)

    async def _still_ours(self, attempt_id: UUID) -> SignInAttempt | None:
        async with self._room, self._work() as work:
            ours = await work.attempts.renew(attempt_id, self._owner, seconds=_LEASE_SECONDS, apart=self._apart)
            return await work.attempts.find(attempt_id) if ours else None

    async def _ask(self, attempt: SignInAttempt) -> bool:
        """Ask plex.tv once; True when the attempt is settled. Raises Upstream… when there was no answer to speak of."""
        pin = open_pin(self._sealer, attempt)
        if pin is None:
            await self._settle(attempt, PinStatus.EXPIRED)
            return True
        try:
            token = await self._plextv.poll_pin(pin[0])
        except PinGone:
            await self._settle(attempt, PinStatus.EXPIRED)
            return True
        metrics.pin_polls.labels("waiting" if token is None else "claimed").inc()
        if token is None:
            await self._tell(attempt, None)
            return False
        return await self._claimed(attempt, token)

    async def _claimed(self, attempt: SignInAttempt, token: str) -> bool:
        machine = self._server.machine_identifier
        linking = attempt.link_user_id is not None
        if machine is None and not linking:
            if self._server.configured:
                await self._tell(attempt, _SERVER_UNKNOWN)
                return False
            await self._refuse(attempt, NOT_CONFIGURED, token)
            return True
        try:
            account = await self._plextv.account(token)
            found = membership(await self._plextv.resources(token), machine or "")
        except TokenRefused:
            await self._refuse(attempt, PLEX_REFUSED, token)
            return True
        refused = await self._decide(attempt, Proof(account, token, found), must_be_member=machine is not None)
        if refused is not None:
            await self._withdraw(token)
        return True

    async def _decide(self, attempt: SignInAttempt, proof: Proof, *, must_be_member: bool) -> Refusal | None:
        """Let the account in or refuse it, in one transaction with the attempt."""
        async with self._work() as work:
            row = await self._waiting(work, attempt.id)
            if row is None:
                return None
            if row.link_user_id is None:
                result: User | Refusal = await self._accounts.admit(work, proof, row)
            else:
                user = await work.users.find(row.link_user_id, lock=True)
                if user is None or user.status is not UserStatus.ACTIVE:
                    result = SUSPENDED
                else:
                    result = await self._accounts.link(work, user, proof, row, must_be_member=must_be_member)
            if isinstance(result, Refusal):
                self._end(work, row, PinStatus.REFUSED, result)
                return result
            self._end(work, row, PinStatus.AUTHORIZED, result)
        return None

    async def _refuse(self, attempt: SignInAttempt, refusal: Refusal, token: str) -> None:
        await self._settle(attempt, PinStatus.REFUSED, refusal)
        await self._withdraw(token)

    async def _settle(self, attempt: SignInAttempt, status: PinStatus, why: Refusal | None = None) -> None:
        async with self._work() as work:
            row = await self._waiting(work, attempt.id)
            if row is not None:
                self._end(work, row, status, why)

    def _end(self, work: Work, row: SignInAttempt, status: PinStatus, why: Refusal | User | None) -> None:
        """Settle an attempt; its PIN is forgotten."""
        row.status, row.pin, row.lease_owner, row.lease_until = status, None, None, None
        row.reason = why.reason if isinstance(why, Refusal) else None
        metrics.sign_ins.labels(row.form.value, status.value).inc()
        if isinstance(why, User):
            row.user_id = why.id
        elif isinstance(why, Refusal):
            work.audit.add("sign_in.refused", actor="anonymous", address=row.address_group, why=why.code)

    async def _waiting(self, work: Work, attempt_id: UUID) -> SignInAttempt | None:
        """The row, locked, if it is still to be settled and ours to settle."""
        row = await work.attempts.find(attempt_id, lock=True)
        if row is None or row.status is not PinStatus.WAITING or row.lease_owner != self._owner:
            return None
        return row

    async def _tell(self, attempt: SignInAttempt, reason: str | None) -> None:
        """Say to the waiting person why nothing happens; written only when it is news."""
        if attempt.reason == reason:
            return
        async with self._work() as work:
            row = await self._waiting(work, attempt.id)
            if row is not None:
                row.reason = reason

    async def _withdraw(self, token: str) -> None:
        """Leave no device behind in the account of somebody we refused; best effort."""
        with suppress(MediaNestError):
            await self._plextv.sign_out(token)
