"""API tokens."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from medianest_auth.models import ApiToken


class ApiTokens:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, token: ApiToken) -> None:
        self._session.add(token)

    async def find(self, token_id: UUID) -> ApiToken | None:
        return await self._session.get(ApiToken, token_id)

    async def by_hash(self, token_hash: str) -> ApiToken | None:
        return (await self._session.exec(select(ApiToken).where(ApiToken.token_hash == token_hash))).first()

    async def of(self, user_id: UUID, *, lock: bool = False) -> Sequence[ApiToken]:
        """A user's tokens that are not revoked, the newest first; expired ones are shown as such."""
        query = (
            select(ApiToken)
            .where(ApiToken.user_id == user_id, col(ApiToken.revoked_at).is_(None))
            .order_by(col(ApiToken.id).desc())
        )
        return (await self._session.exec(query.with_for_update() if lock else query)).all()

    async def own(self, token_id: UUID, user_id: UUID) -> ApiToken | None:
        """One token of this user, locked; somebody else's is not there."""
        query = select(ApiToken).where(ApiToken.id == token_id, ApiToken.user_id == user_id).with_for_update()
        return (await self._session.exec(query)).first()

    async def forget_names_of(self, user_id: UUID) -> None:
        await self._session.exec(update(ApiToken).where(col(ApiToken.user_id) == user_id).values(name=""))

    async def prune(self, before: datetime) -> None:
        """Drop what was revoked before."""
        await self._session.exec(delete(ApiToken).where(col(ApiToken.revoked_at) < before))

    async def used(self, token: ApiToken, now: datetime) -> None:
        token.last_used_at = now
        self._session.add(token)
