"""The one row of what the owner chose."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import text, update
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from medianest_auth.domain import Admission
from medianest_auth.models import Policy

_FIRST = text(
    """insert into policy (id, admission, local_sign_in, plex_client_id, keys_version, version)
       values (1, :admission, true, :client, 0, 1) on conflict do nothing"""
)


class Policies:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, *, lock: bool = False) -> Policy:
        """The policy; made, with a new id for plex.tv, when this installation has none yet."""
        policy = await self._session.get(Policy, 1, with_for_update=lock or None, populate_existing=True)
        if policy is not None:
            return policy
        connection = await self._session.connection()
        await connection.execute(_FIRST, {"admission": Admission.MEMBERS.value, "client": str(uuid4())})
        return await self._session.get_one(Policy, 1, with_for_update=lock or None)

    async def claim_sweep(self, before: datetime, taken: datetime) -> bool:
        """Whether the last sweep was before, and this one ours: True to one replica only. `taken` stands for it until
        it has ended."""
        result = await self._session.exec(
            update(Policy)
            .where(col(Policy.id) == 1, (col(Policy.swept_at).is_(None)) | (col(Policy.swept_at) < before))
            .values(swept_at=taken)
        )
        return result.rowcount == 1

    async def swept(self, now: datetime) -> None:
        await self._session.exec(update(Policy).where(col(Policy.id) == 1).values(swept_at=now))
