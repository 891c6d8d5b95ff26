"""Incidents and maintenance windows."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col, delete, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from medianest_status.models import Incident, MaintenanceWindow


class IncidentRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, incident_id: UUID, *, lock: bool = False) -> Incident | None:
        query = select(Incident).where(col(Incident.id) == incident_id, col(Incident.merged_into).is_(None))
        return (await self._session.exec(query.with_for_update() if lock else query)).first()

    async def open_automatic(self) -> Sequence[Incident]:
        query = select(Incident).where(
            col(Incident.kind) == "automatic", col(Incident.ended_at).is_(None), col(Incident.merged_into).is_(None)
        )
        return (await self._session.exec(query)).all()

    async def page(
        self, *, service_id: str | None, limit: int, before: tuple[datetime, UUID] | None, private: bool
    ) -> Sequence[Incident]:
        """Newest first; `before` is where the last page ended."""
        query = select(Incident).where(col(Incident.merged_into).is_(None))
        if service_id is not None:
            ours = or_(
                col(Incident.service_name) == service_id,
                col(Incident.affected).contains([service_id]),
            )
            query = query.where(ours)
        if not private:
            query = query.where(col(Incident.private).is_(False))
        if before is not None:
            at, key = before
            older = or_(col(Incident.started_at) < at, (col(Incident.started_at) == at) & (col(Incident.id) < key))
            query = query.where(older)
        ordered = query.order_by(col(Incident.started_at).desc(), col(Incident.id).desc()).limit(limit)
        return (await self._session.exec(ordered)).all()

    def add(self, row: Incident) -> None:
        self._session.add(row)


class MaintenanceRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def coming(self, now: datetime) -> Sequence[MaintenanceWindow]:
        """Those not over yet, soonest first."""
        query = select(MaintenanceWindow).where(col(MaintenanceWindow.ends_at) > now)
        return (await self._session.exec(query.order_by(col(MaintenanceWindow.starts_at)))).all()

    async def remove(self, window_id: UUID) -> bool:
        found = await self._session.exec(delete(MaintenanceWindow).where(col(MaintenanceWindow.id) == window_id))
        return bool(found.rowcount)

    def add(self, row: MaintenanceWindow) -> None:
        self._session.add(row)
