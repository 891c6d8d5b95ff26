"""Invitations."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from medianest_auth.models import Invitation


class Invitations:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, invitation: Invitation) -> None:
        self._session.add(invitation)

    async def usable(self, token_hash: str, now: datetime) -> Invitation | None:
        """An invitation nobody has used, in its time; locked."""
        query = (
            select(Invitation)
            .where(Invitation.token_hash == token_hash, col(Invitation.used_by).is_(None), Invitation.expires_at > now)
            .with_for_update()
        )
        return (await self._session.exec(query)).first()

    async def page(self, after: UUID | None, limit: int) -> Sequence[Invitation]:
        """The newest first, one more than `limit` when there are more."""
        query = select(Invitation).order_by(col(Invitation.id).desc()).limit(limit + 1)
        if after is not None:
            query = query.where(col(Invitation.id) < after)
        return (await self._session.exec(query)).all()

    async def forget_notes_about(self, user_id: UUID) -> None:
        """Take the note off the invitation that let a user in: it says for whom it was."""
        await self._session.exec(update(Invitation).where(col(Invitation.used_by) == user_id).values(note=None))

    async def delete(self, invitation_id: UUID) -> bool:
        """Withdraw one; False when there is none, or it was used."""
        invitation = await self._session.get(Invitation, invitation_id, with_for_update=True)
        if invitation is None or invitation.used_by is not None:
            return False
        await self._session.delete(invitation)
        return True
