"""Whether downloads are held back: the table `lanes`, written from the downloader's events."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from medianest_status.models import Lane


class LaneRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def tell(self, egress: str, *, paused: bool, since: datetime, until: datetime | None, version: int) -> None:
        """Keep what the downloader said, unless something newer is known."""
        new = {"paused": paused, "since": since, "until": until, "version": version}
        statement = insert(Lane).values(egress=egress, **new)
        newer = statement.on_conflict_do_update(index_elements=["egress"], set_=new, where=col(Lane.version) < version)
        await (await self._session.connection()).execute(newer)

    async def paused(self) -> Sequence[Lane]:
        return (await self._session.exec(select(Lane).where(col(Lane.paused)))).all()
