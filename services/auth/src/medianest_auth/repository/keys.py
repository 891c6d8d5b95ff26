"""Signing keys."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from medianest_auth.models import SigningKey


class SigningKeys:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, key: SigningKey) -> None:
        self._session.add(key)

    async def current(self, now: datetime) -> Sequence[SigningKey]:
        """Every key whose tokens may still be good, in the order in which they begin to sign."""
        query = (
            select(SigningKey)
            .where(or_(col(SigningKey.expires_at).is_(None), col(SigningKey.expires_at) > now))
            .order_by(col(SigningKey.activates_at), col(SigningKey.kid))
        )
        return (await self._session.exec(query.execution_options(populate_existing=True))).all()

    async def all(self) -> Sequence[SigningKey]:
        """Every key there is, locked."""
        return (await self._session.exec(select(SigningKey).with_for_update())).all()

    async def prune(self, now: datetime) -> int:
        """Drop keys whose last token is over; their number."""
        result = await self._session.exec(delete(SigningKey).where(col(SigningKey.expires_at) <= now))
        return result.rowcount
