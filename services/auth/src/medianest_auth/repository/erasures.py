"""Users being forgotten, and who has said that nothing is left."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from medianest_auth.models import Erasure, ErasureAnswer


class Erasures:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, user_id: UUID) -> Erasure | None:
        """The erasure of one user, locked."""
        return await self._session.get(Erasure, user_id, with_for_update=True, populate_existing=True)

    def add(self, erasure: Erasure) -> None:
        self._session.add(erasure)

    async def answer(self, user_id: UUID, domain: str, now: datetime) -> None:
        """Note that a domain has nothing left; once is enough."""
        if await self._session.get(ErasureAnswer, (user_id, domain)) is None:
            self._session.add(ErasureAnswer(user_id=user_id, domain=domain, answered_at=now))
            await self._session.flush()

    async def answered(self, user_ids: Sequence[UUID]) -> dict[UUID, set[str]]:
        query = select(ErasureAnswer.user_id, ErasureAnswer.domain).where(col(ErasureAnswer.user_id).in_(user_ids))
        found: dict[UUID, set[str]] = {user_id: set() for user_id in user_ids}
        for user_id, domain in (await self._session.exec(query)).all():
            found[user_id].add(domain)
        return found

    async def page(self, after: UUID | None, limit: int) -> Sequence[Erasure]:
        query = select(Erasure).order_by(col(Erasure.user_id)).limit(limit + 1)
        if after is not None:
            query = query.where(col(Erasure.user_id) > after)
        return (await self._session.exec(query)).all()

    async def overdue(self, before: datetime, limit: int) -> Sequence[Erasure]:
        """Unfinished ones last asked about before; locked, those another replica holds left out."""
        query = (
            select(Erasure)
            .where(col(Erasure.completed_at).is_(None), Erasure.asked_at < before)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return (await self._session.exec(query)).all()
