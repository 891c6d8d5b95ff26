"""Signing keys."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from medianest_auth.models import OUTBOX, SigningKey
from medianest_common.contracts.streams import JWKS


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

    async def set_waits(self) -> bool:
        """Whether the broker has not taken the newest set yet."""
        query = select(OUTBOX.c.id).where(OUTBOX.c.subject == f"$KV.{JWKS.name}.current").limit(1)
        return (await self._session.exec(query)).first() is not None

    async def all(self) -> Sequence[SigningKey]:
        """Every key there is, locked."""
        return (await self._session.exec(select(SigningKey).with_for_update())).all()

    async def prune(self, now: datetime) -> int:
        """Drop keys whose last token is over; their number."""
        result = await self._session.exec(delete(SigningKey).where(col(SigningKey.expires_at) <= now))
        return result.rowcount
