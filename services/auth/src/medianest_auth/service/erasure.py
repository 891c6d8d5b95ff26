"""Forgetting a user: at once here, then in every other domain, which each say when nothing is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from medianest_auth.clients.plextv import PlexTv
from medianest_auth.domain import Origin
from medianest_auth.models import Erasure, User
from medianest_auth.repository import Work, WorkFactory
from medianest_auth.service.plex_accounts import PlexAccounts
from medianest_auth.service.sessions import Identity, Sessions
from medianest_auth.service.users import admins_who_come_in, refuse_last_admin
from medianest_common import inbox
from medianest_common.clock import Clock, utc_now
from medianest_common.contracts.auth import AuthUserErased, UserDeleted, UserErased, UserStatus
from medianest_common.contracts.envelope import ADMINS
from medianest_common.contracts.permissions import Role
from medianest_common.contracts.streams import AUTH_COLLECT_ERASED
from medianest_common.errors import MediaNestError

DOMAINS = ("downloads", "requests", "status")
_ASK_AGAIN_AFTER = timedelta(hours=1)
_AT_ONCE = 50


@dataclass(frozen=True)
class ErasureProgress:
    user_id: UUID
    requested_at: datetime
    completed_at: datetime | None
    missing: tuple[str, ...]


class Erasures:
    def __init__(
        self,
        work: WorkFactory,
        sessions: Sessions,
        accounts: PlexAccounts,
        plextv: PlexTv,
        *,
        clock: Clock = utc_now,
    ) -> None:
        self._work = work
        self._sessions = sessions
        self._accounts = accounts
        self._plextv = plextv
        self._clock = clock

    async def begin(self, user_id: UUID, *, by: Identity, origin: Origin) -> None:
        """Forget a user: signed out, without a name, told to every domain. Repeating it is fine; LastAdmin stays."""
        by.require_fresh(self._clock())
        async with self._work() as work:
            admins = await admins_who_come_in(work, lock=True)
            user = await work.users.get(user_id, lock=True)
            refuse_last_admin(user, admins)
            await inbox.mark_erased(work.session, user.id)
            await self._sessions.revoke_all(work, user)
            _strip(user)
            work.announce(user)
            now = self._clock()
            work.erasures.add(Erasure(user_id=user.id, requested_at=now, asked_at=now))
            self._ask(work, user)
            await _forget(work, user.id)
            work.audit.add("user.deleted", actor=by.user.id, target=user.id, address=origin.address)

    async def collect(self, event: UserErased) -> None:
        """Take one domain's answer. Downloads' frees the Plex token: the user's private playlists are gone by then."""
        token: str | None = None
        async with self._work() as work:
            if not await inbox.claim(work.session, AUTH_COLLECT_ERASED.name, event.event_id):
                return
            erasure = await work.erasures.find(event.user_id)
            if erasure is None or event.domain() not in DOMAINS:
                return
            await work.erasures.answer(event.user_id, event.domain(), self._clock())
            user = await work.users.find(event.user_id, lock=True)
            if user is not None and event.domain() == "downloads":
                token = self._accounts.plex_token(user)
                user.plex_token = user.server_token = None
            await self._complete(work, erasure, user)
        if token is not None:
            await self._withdraw(token)

    async def ask_again(self) -> int:
        """Ask anew for users of whom somebody has not answered within an hour; their number."""
        now = self._clock()
        async with self._work() as work:
            overdue = await work.erasures.overdue(now - _ASK_AGAIN_AFTER, _AT_ONCE)
            for erasure in overdue:
                user = await work.users.find(erasure.user_id, lock=True)
                if user is not None:
                    erasure.asked_at = now
                    self._ask(work, user)
        return len(overdue)

    async def page(self, after: UUID | None, limit: int) -> Sequence[ErasureProgress]:
        """Who is being forgotten, and who has not answered yet."""
        async with self._work() as work:
            found = await work.erasures.page(after, limit)
            answered = await work.erasures.answered([erasure.user_id for erasure in found])
        return [
            ErasureProgress(
                erasure.user_id,
                erasure.requested_at,
                erasure.completed_at,
                tuple(domain for domain in DOMAINS if domain not in answered[erasure.user_id]),
            )
            for erasure in found
        ]

    def _ask(self, work: Work, user: User) -> None:
        work.outbox.add(UserDeleted(audience=(ADMINS,), version=user.version, user_id=user.id))

    async def _complete(self, work: Work, erasure: Erasure, user: User | None) -> None:
        answered = (await work.erasures.answered([erasure.user_id]))[erasure.user_id]
        if erasure.completed_at is not None or user is None or not answered.issuperset(DOMAINS):
            return
        erasure.completed_at = self._clock()
        work.outbox.add(AuthUserErased(audience=(ADMINS,), version=user.version, user_id=user.id))
        work.audit.add("user.erased", actor="system", target=user.id)

    async def _withdraw(self, token: str) -> None:
        """Sign our device out of the forgotten account; Plex being away must not bring the message back."""
        try:
            await self._plextv.sign_out(token)
        except MediaNestError:
            return


async def _forget(work: Work, user_id: UUID) -> None:
    """What other rows than the user's own say about somebody: devices, names they gave, notes, addresses."""
    await work.sessions.forget_devices_of(user_id)
    await work.api_tokens.forget_names_of(user_id)
    await work.invitations.forget_notes_about(user_id)
    await work.attempts.forget_addresses_of(user_id)
    await work.audit.forget_addresses_of(user_id)


def _strip(user: User) -> None:
    """Take off everything personal but the sealed tokens, which the downloads need once more."""
    user.status, user.suspended_because, user.role = UserStatus.ERASED, None, Role.USER
    user.plex_id = user.plex_username = user.local_username = None
    user.password_hash = user.email = user.avatar = None
    user.last_login_at = None
    user.auto_approve = user.downloads_need_approval = False
    user.movie_quota = user.series_quota = user.download_quota_bytes = None
    user.permission_epoch += 1
