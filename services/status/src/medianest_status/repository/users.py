"""The few places in which a user is named here."""

from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

_FORGET = (
    text("update service_config set updated_by = null where updated_by = :id"),
    text("update incidents set created_by = null where created_by = :id"),
    text("update maintenance_windows set created_by = null where created_by = :id"),
)


class UserRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def forget(self, user_id: UUID) -> None:
        connection = await self._session.connection()
        for statement in _FORGET:
            await connection.execute(statement, {"id": user_id})
