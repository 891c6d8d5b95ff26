"""Who was erased, and what of theirs is kept beside their requests."""

from uuid import UUID

from sqlalchemy import delete, text
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from medianest_common import inbox
from medianest_requests.models import KeptAnswer


class UserRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def claim(self, consumer: str, event_id: UUID) -> bool:
        return await inbox.claim(self._session, consumer, event_id)

    async def is_erased(self, user_id: UUID) -> bool:
        return await inbox.is_erased(self._session, user_id)

    async def mark_erased(self, user_id: UUID) -> None:
        await inbox.mark_erased(self._session, user_id)

    async def holds_anything(self, user_id: UUID) -> bool:
        """Whether anything of the user is here, or nothing says yet that it must not be."""
        connection = await self._session.connection()
        found = await connection.execute(
            text(
                """select exists (select 1 from media_requests where user_id = :id)
                       or exists (select 1 from kept_answers where scope = :id)
                       or not exists (select 1 from erased_users where user_id = :id)"""
            ),
            {"id": user_id},
        )
        return bool(found.scalar_one())

    async def forget_answers(self, user_id: UUID) -> None:
        connection = await self._session.connection()
        await connection.execute(delete(KeptAnswer).where(col(KeptAnswer.scope) == user_id))
