"""From a Plex account to a user of ours: matched on the Plex account id alone, let in by the owner's policy."""

from dataclasses import dataclass

from medianest_auth.clients.plextv import PlexAccount
from medianest_auth.domain import (
    NO_ACCESS,
    OTHER_ACCOUNT,
    TAKEN,
    Membership,
    Refusal,
    Standing,
    SuspendedBecause,
    refusal,
)
from medianest_auth.models import SignInAttempt, User
from medianest_auth.repository import Work
from medianest_common.clock import Clock, utc_now
from medianest_common.contracts.auth import UserStatus
from medianest_common.contracts.permissions import Role
from medianest_common.crypto import SealBroken, Sealer


@dataclass(frozen=True)
class Proof:
    """What plex.tv said about somebody, and the token that it was said to."""

    account: PlexAccount
    token: str
    membership: Membership


class PlexAccounts:
    def __init__(self, sealer: Sealer, clock: Clock = utc_now) -> None:
        self._sealer = sealer
        self._clock = clock

    async def admit(self, work: Work, proof: Proof, attempt: SignInAttempt) -> User | Refusal:
        """The account's user, made at the first sign-in; or why not."""
        await work.lock(f"plex account {proof.account.id}")
        user = await work.users.by_plex_id(proof.account.id)
        policy = await work.policies.get()
        invitation = None
        if user is None and attempt.invitation_hash is not None:
            invitation = await work.invitations.usable(attempt.invitation_hash, self._clock())
        standing = Standing(user.status, user.suspended_because) if user is not None else None
        refused = refusal(policy.admission, proof.membership, standing, invited=invitation is not None)
        if refused is not None:
            return refused
        user = await self._create(work, proof, attempt) if user is None else await self._welcome_back(work, user, proof)
        if invitation is not None:
            invitation.used_by, invitation.used_at = user.id, self._clock()
            work.audit.add("invitation.used", actor=user.id, target=invitation.id, address=attempt.address_group)
        return user

    async def link(
        self, work: Work, user: User, proof: Proof, attempt: SignInAttempt, *, must_be_member: bool
    ) -> User | Refusal:
        """Join a Plex account to a user who signed in otherwise; or why not."""
        await work.lock(f"plex account {proof.account.id}")
        if must_be_member and not proof.membership.member:
            return NO_ACCESS
        holder = await work.users.by_plex_id(proof.account.id)
        if holder is not None and holder.id != user.id:
            return TAKEN
        if user.plex_id not in (None, proof.account.id):
            return OTHER_ACCOUNT
        user.plex_id = proof.account.id
        self._take(user, proof)
        work.announce(user)
        work.audit.add("plex.linked", actor=user.id, target=user.id, address=attempt.address_group)
        return user

    def keep_server_token(self, user: User, membership: Membership) -> None:
        """Seal the token for the server that plex.tv shows this account now."""
        if membership.server_token is None:
            return
        row = server_token_row(user)
        if user.server_token is None or self.opened(user.server_token, row=row) != membership.server_token:
            user.server_token = self._sealer.seal(membership.server_token, row=row)

    def opened(self, sealed: str | None, *, row: str) -> str | None:
        """The text, or None when it does not open any more: then the user signs in anew."""
        try:
            return self._sealer.open(sealed, row=row) if sealed is not None else None
        except SealBroken:
            return None

    def plex_token(self, user: User) -> str | None:
        return self.opened(user.plex_token, row=plex_token_row(user))

    def server_token(self, user: User) -> str | None:
        return self.opened(user.server_token, row=server_token_row(user))

    async def _create(self, work: Work, proof: Proof, attempt: SignInAttempt) -> User:
        user = User(plex_id=proof.account.id, role=Role.ADMIN if proof.membership.owner else Role.USER)
        self._take(user, proof)
        work.introduce(user)
        await work.session.flush()
        where = attempt.address_group
        work.audit.add("user.created", actor=user.id, target=user.id, address=where, role=user.role.value)
        return user

    async def _welcome_back(self, work: Work, user: User, proof: Proof) -> User:
        """Take what Plex says now; somebody whose access had ended is in again, and the owner is an admin once."""
        self._take(user, proof)
        returns = user.status is UserStatus.SUSPENDED and user.suspended_because is SuspendedBecause.ACCESS_ENDED
        if returns:
            user.status, user.suspended_because = UserStatus.ACTIVE, None
            work.audit.add("user.access_returned", actor="system", target=user.id)
        promoted = proof.membership.owner and user.role is Role.USER and not await self._plex_admin_exists(work)
        if promoted:
            user.role = Role.ADMIN
            user.permission_epoch += 1
            work.audit.add("user.role_changed", actor="system", target=user.id, role=user.role.value)
        if returns or promoted:
            work.announce(user)
        return user

    async def _plex_admin_exists(self, work: Work) -> bool:
        return any(admin.plex_id is not None for admin in await work.users.admins())

    def _take(self, user: User, proof: Proof) -> None:
        user.plex_username = proof.account.username[:255]
        user.email = proof.account.email
        user.avatar = proof.account.avatar
        user.plex_token = self._sealer.seal(proof.token, row=plex_token_row(user))
        self.keep_server_token(user, proof.membership)


def plex_token_row(user: User) -> str:
    return f"users.plex_token:{user.id}"


def server_token_row(user: User) -> str:
    return f"users.server_token:{user.id}"
