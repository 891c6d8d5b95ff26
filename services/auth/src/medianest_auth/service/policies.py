"""What the owner chose: who may come in, whether passwords work; and the invitations that go with it."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from medianest_auth.domain import Admission, Origin, digest, new_secret
from medianest_auth.errors import PolicyNotPossible
from medianest_auth.models import Invitation, Policy
from medianest_auth.repository import WorkFactory
from medianest_auth.service.sessions import Identity
from medianest_common.clock import Clock, utc_now
from medianest_common.errors import NotFound


class Policies:
    def __init__(self, work: WorkFactory, clock: Clock = utc_now) -> None:
        self._work = work
        self._clock = clock

    async def get(self) -> Policy:
        async with self._work() as work:
            return await work.policies.get()

    async def change(
        self, *, admission: Admission | None, local_sign_in: bool | None, by: Identity, origin: Origin
    ) -> Policy:
        """Change the policy; passwords can be switched off only when an admin can come in with Plex."""
        by.require_fresh(self._clock())
        async with self._work() as work:
            admins = await work.users.admins(lock=True)
            policy = await work.policies.get(lock=True)
            if local_sign_in is False and not any(admin.plex_id is not None for admin in admins):
                raise PolicyNotPossible("Link an administrator with Plex first, or nobody could come in.")
            if admission is not None:
                policy.admission = admission
            if local_sign_in is not None:
                policy.local_sign_in = local_sign_in
            policy.version += 1
            work.audit.add(
                "policy.changed",
                actor=by.user.id,
                address=origin.address,
                admission=policy.admission.value,
                local_sign_in=policy.local_sign_in,
            )
        return policy


class Invitations:
    def __init__(self, work: WorkFactory, clock: Clock = utc_now) -> None:
        self._work = work
        self._clock = clock

    async def create(
        self, note: str | None, lifetime: timedelta, *, by: Identity, origin: Origin
    ) -> tuple[Invitation, str]:
        """An invitation for one person, and the secret of its link, which is kept nowhere."""
        by.require_fresh(self._clock())
        secret = new_secret()
        now = self._clock()
        invitation = Invitation(
            token_hash=digest(secret), note=note, created_by=by.user.id, created_at=now, expires_at=now + lifetime
        )
        async with self._work() as work:
            work.invitations.add(invitation)
            work.audit.add("invitation.created", actor=by.user.id, target=invitation.id, address=origin.address)
        return invitation, secret

    async def page(self, after: UUID | None, limit: int) -> Sequence[Invitation]:
        async with self._work() as work:
            return await work.invitations.page(after, limit)

    async def withdraw(self, invitation_id: UUID, *, by: Identity, origin: Origin) -> None:
        """Take an unused invitation back; NotFound when there is none."""
        async with self._work() as work:
            if not await work.invitations.delete(invitation_id):
                raise NotFound("There is no such open invitation.")
            work.audit.add("invitation.withdrawn", actor=by.user.id, target=invitation_id, address=origin.address)
