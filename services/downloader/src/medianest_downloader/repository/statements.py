"""What every repository stands on: the session, and plain statements past its identity map."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import CursorResult, Executable
from sqlmodel.ext.asyncio.session import AsyncSession


class Repository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def _run(self, statement: Executable, values: Mapping[str, Any] | None = None) -> CursorResult[Any]:
        """Run SQL that yields no entities, in the session's transaction, after what it has pending."""
        await self._session.flush()
        connection = await self._session.connection()
        return await connection.execute(statement, values)
