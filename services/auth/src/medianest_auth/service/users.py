"""Users as administrators see and change them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from medianest_auth.clients.plextv import PlexTv, TokenRefused
from medianest_auth.domain import Origin, SuspendedBecause
from medianest_auth.errors import LastAdmin, PlexNotConfigured
from medianest_auth.models import User
from medianest_auth.repository import Work, WorkFactory
from medianest_auth.repository.users import UserFilter
from medianest_auth.service.plex_accounts import PlexAccounts
from medianest_auth.service.plex_server import PlexServer
from medianest_auth.service.sessions import Identity, Sessions
from medianest_common.clock import Clock, utc_now
from medianest_common.contracts.auth import UserStatus
from medianest_common.contracts.permissions import Role


@dataclass(frozen=True)
class UserChange:
    """What is to be another way; `values` are switches and quotas by column, where None means the default."""

    role: Role | None = None
    suspended: bool | None = None
    values: dict[str, Any] = field(default_factory=dict)  # booleans and numbers, validated by the body's model

    @property
    def touches_access(self) -> bool:
        return self.role is not None or self.suspended is not None


class UserAdministration:
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

    async def page(self, wanted: UserFilter, limit: int) -> Sequence[User]:
        async with self._work() as work:
            return await work.users.page(wanted, limit)

    async def get(self, user_id: UUID) -> User:
        async with self._work() as work:
            return await work.users.get(user_id)

    async def change(self, user_id: UUID, change: UserChange, *, by: Identity, origin: Origin) -> User:
        """Change role, suspension, switches and quotas; LastAdmin when nobody would be left to administer."""
        if change.touches_access:
            by.require_fresh(self._clock())
        async with self._work() as work:
            admins = await admins_who_come_in(work, lock=True)
            user = await work.users.get(user_id, lock=True)
            before = user.model_dump(exclude={"version"})
            await self._set_role(work, user, change.role, admins)
            await self._set_suspended(work, user, change.suspended, admins)
            for column, value in change.values.items():
                setattr(user, column, value)
            changed = {name for name, value in user.model_dump(exclude={"version"}).items() if before[name] != value}
            if changed:
                work.announce(user)
                work.audit.add(
                    "user.changed",
                    actor=by.user.id,
                    target=user.id,
                    address=origin.address,
                    **_audited(user, changed),
                )
        return user

    async def import_server_users(self, *, by: Identity, origin: Origin) -> tuple[int, int]:
        """Make users of everybody the server is shared with; how many are new, how many were known."""
        machine = self._server.machine_identifier
        token = self._server.owner_token() or self._accounts.plex_token(by.user)
        if machine is None or token is None:
            raise PlexNotConfigured("Connect the Plex server first, with its owner's token.")
        try:
            found = await self._plextv.server_users(token, machine)
        except TokenRefused:
            raise PlexNotConfigured("Plex does not accept the owner's token any more. Renew it.") from None
        async with self._work() as work:
            await work.lock("import of users")
            known = await work.users.known_plex_ids([account.id for account in found])
            fresh = [account for account in found if account.id not in known]
            for account in fresh:
                await work.lock(f"plex account {account.id}")
                if await work.users.by_plex_id(account.id) is None:
                    work.introduce(User(plex_id=account.id, plex_username=account.username, avatar=account.avatar))
            work.audit.add("users.imported", actor=by.user.id, address=origin.address, created=len(fresh))
        return len(fresh), len(known)

    async def _set_role(self, work: Work, user: User, role: Role | None, admins: Sequence[User]) -> None:
        if role is None or role is user.role:
            return
        if role is Role.USER:
            refuse_last_admin(user, admins)
        user.role = role
        await self._sessions.raise_epoch(work, user)

    async def _set_suspended(self, work: Work, user: User, suspended: bool | None, admins: Sequence[User]) -> None:
        if suspended is None or suspended == (user.status is UserStatus.SUSPENDED):
            return
        if suspended:
            refuse_last_admin(user, admins)
            await suspend(work, self._sessions, user, SuspendedBecause.ADMIN)
        else:
            user.status, user.suspended_because = UserStatus.ACTIVE, None


async def suspend(work: Work, sessions: Sessions, user: User, because: SuspendedBecause) -> None:
    """Keep a locked user out from now on, everywhere they are signed in."""
    user.status, user.suspended_because = UserStatus.SUSPENDED, because
    await sessions.revoke_all(work, user)


async def admins_who_come_in(work: Work, *, lock: bool = False) -> Sequence[User]:
    """The administrators; with passwords switched off only those with Plex, since nobody else can sign in."""
    admins = await work.users.admins(lock=lock)
    if (await work.policies.get()).local_sign_in:
        return admins
    return [admin for admin in admins if admin.plex_id is not None]


def refuse_last_admin(user: User, admins: Sequence[User]) -> None:
    """LastAdmin when `user` is the only one of the locked `admins`."""
    if [admin.id for admin in admins] == [user.id]:
        raise LastAdmin("This is the last administrator. Make somebody else one first.")


def _audited(user: User, changed: set[str]) -> dict[str, str | int | bool | None]:
    plain = {"role", "status", "auto_approve", "downloads_need_approval", "movie_quota", "series_quota"}
    return {name: getattr(user, name) for name in sorted(changed & (plain | {"download_quota_bytes"}))}
