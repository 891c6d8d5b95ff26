"""Set-up codes and wrong passwords."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from medianest_auth.models import LoginFailures, SetupCode


class LocalSignIns:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def newest_code(self) -> SetupCode | None:
        """The code that counts, locked."""
        query = select(SetupCode).order_by(col(SetupCode.id).desc()).limit(1).with_for_update()
        return (await self._session.exec(query)).first()

    async def latest_codes(self, limit: int) -> Sequence[SetupCode]:
        query = select(SetupCode).order_by(col(SetupCode.id).desc()).limit(limit)
        return (await self._session.exec(query)).all()

    def add_code(self, code: SetupCode) -> None:
        self._session.add(code)

    async def failures(self, name_hash: str) -> LoginFailures | None:
        return await self._session.get(LoginFailures, name_hash, with_for_update=True)

    def add_failures(self, failures: LoginFailures) -> None:
        self._session.add(failures)

    async def forget_failures(self, name_hash: str) -> None:
        await self._session.exec(delete(LoginFailures).where(col(LoginFailures.name_hash) == name_hash))

    async def prune(self, before: datetime) -> None:
        await self._session.exec(delete(LoginFailures).where(col(LoginFailures.last_at) < before))
