"""The daily look at everybody's access: a 401, or a list without our server, ends it; anything else changes nothing."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

import structlog

from medianest_auth import metrics
from medianest_auth.clients.plextv import PlexTv, TokenRefused
from medianest_auth.domain import (
    Membership,
    SuspendedBecause,
    SweepUser,
    membership,
    sweep_would_empty_the_house,
)
from medianest_auth.models import User
from medianest_auth.repository import WorkFactory
from medianest_auth.service.plex_accounts import PlexAccounts
from medianest_auth.service.plex_server import PlexServer
from medianest_auth.service.sessions import Sessions
from medianest_auth.service.users import admins_who_come_in, suspend
from medianest_common.clock import Clock, utc_now
from medianest_common.contracts.auth import AccessSweepStopped, UserStatus
from medianest_common.contracts.envelope import ADMINS
from medianest_common.errors import Upstream
from medianest_common.ids import uuid7

_log = structlog.get_logger(__name__)

_EVERY = timedelta(days=1)
_AGAIN_AFTER = timedelta(hours=1)


class SweepResult(StrEnum):
    NOT_DUE = "not_due"
    DONE = "done"
    STOPPED = "stopped"
    UNANSWERED = "unanswered"


@dataclass(frozen=True)
class _Look:
    """What plex.tv says of one user; `found` is None when it said nothing that counts."""

    user: User
    token: str
    found: Membership | None

    @property
    def loses_access(self) -> bool:
        return self.found is not None and not self.found.member


class AccessSweep:
    def __init__(
        self,
        work: WorkFactory,
        sessions: Sessions,
        accounts: PlexAccounts,
        plextv: PlexTv,
        server: PlexServer,
        *,
        clock: Clock = utc_now,
    ) -> None:
        self._work = work
        self._sessions = sessions
        self._accounts = accounts
        self._plextv = plextv
        self._server = server
        self._clock = clock

    async def run_when_due(self) -> SweepResult:
        """Sweep once a day, whichever replica comes first; not while the server's identity is unknown.

        One that did not come to its end, or during which plex.tv did not answer, is begun again after an hour.
        """
        machine = self._server.machine_identifier
        now = self._clock()
        if machine is None:
            return SweepResult.NOT_DUE
        async with self._work() as work:
            if not await work.policies.claim_sweep(now - _EVERY, now - _EVERY + _AGAIN_AFTER):
                return SweepResult.NOT_DUE
        result = await self.run(machine)
        if result is not SweepResult.UNANSWERED:
            async with self._work() as work:
                await work.policies.swept(now)
        metrics.sweeps.labels(result.value).inc()
        return result

    async def run(self, machine: str) -> SweepResult:
        """Look at everybody, then decide: an emptied house is more likely our mistake than theirs."""
        async with self._work() as work:
            users = await work.users.with_plex_token()
            admins = {admin.id for admin in await admins_who_come_in(work)}
        looks = [look for user in users if (look := await self._look(user, machine)) is not None]
        judged = [SweepUser(look.user.id, look.user.role, look.loses_access) for look in looks]
        others = len(admins - {look.user.id for look in looks})
        if sweep_would_empty_the_house(judged, others):
            await self._stop(len(judged), sum(look.loses_access for look in looks))
            return SweepResult.STOPPED
        for look in looks:
            await self._apply(look)
        return SweepResult.UNANSWERED if any(look.found is None for look in looks) else SweepResult.DONE

    async def _look(self, user: User, machine: str) -> _Look | None:
        token = self._accounts.plex_token(user)
        if token is None:
            return None
        try:
            return _Look(user, token, membership(await self._plextv.resources(token), machine))
        except TokenRefused:
            return _Look(user, token, Membership(member=False))
        except Upstream:
            return _Look(user, token, None)

    async def _apply(self, look: _Look) -> None:
        """Act on a look, unless the user signed in anew meanwhile."""
        if look.found is None:
            return
        async with self._work() as work:
            user = await work.users.find(look.user.id, lock=True)
            if user is None or user.status is not UserStatus.ACTIVE or user.plex_token != look.user.plex_token:
                return
            if look.found.member:
                self._accounts.keep_server_token(user, look.found)
                return
            await suspend(work, self._sessions, user, SuspendedBecause.ACCESS_ENDED)
            work.announce(user)
            work.audit.add("user.access_ended", actor="system", target=user.id)
        metrics.access_ended.inc()

    async def _stop(self, users: int, losing: int) -> None:
        _log.error("access_sweep_stopped", users=users, losing=losing)
        sweep_id: UUID = uuid7()
        async with self._work() as work:
            work.outbox.add(
                AccessSweepStopped(audience=(ADMINS,), version=1, sweep_id=sweep_id, users=users, losing=losing)
            )
            work.audit.add("access_sweep.stopped", actor="system", users=users, losing=losing)
