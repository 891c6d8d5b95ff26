"""The ways out."""

from collections.abc import Sequence

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from medianest_downloader.models import Lane
from medianest_downloader.repository.statements import Repository


class LaneRows(Repository):
    async def locked(self, egress: str) -> Lane:
        """The lane, made when it is new, locked."""
        new = insert(Lane).values(egress=egress, paused=False, slow=False, strikes=0, version=1)
        await self._run(new.on_conflict_do_nothing())
        query = (
            select(Lane).where(col(Lane.egress) == egress).with_for_update().execution_options(populate_existing=True)
        )
        return (await self._session.exec(query)).one()

    async def get(self, egress: str) -> Lane | None:
        return (await self._session.exec(select(Lane).where(col(Lane.egress) == egress))).first()

    async def all_paused(self) -> bool:
        """Whether the video sites have had enough of us, whichever way we come: nothing asks them anything then."""
        lanes = await self.all()
        return bool(lanes) and all(lane.paused for lane in lanes)

    async def all(self) -> Sequence[Lane]:
        return (await self._session.exec(select(Lane).order_by(col(Lane.egress)))).all()
