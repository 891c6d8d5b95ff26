"""The last verdict on each service: the table `service_status`."""

from collections.abc import Sequence

from sqlalchemy import RowMapping, text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from medianest_status.models import ServiceStatus

_WRITERS = 0x6D6E_7374  # "mnst"; whoever changes verdicts takes it, since a verdict depends on the others
_SHOWN = text(
    """select service_name, display_name, kind, status, since, last_check_at, response_time_ms, error_message, behind,
              incident_id, version, private, source,
              (metadata->>'until')::timestamptz as until,
              coalesce((metadata->>'key_refused')::boolean, false) as key_refused
       from service_status where removed_at is null order by source is not null, id"""
)


class StateRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def lock(self) -> None:
        """Keep every other writer of verdicts out until this transaction ends."""
        connection = await self._session.connection()
        await connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _WRITERS})

    async def all(self) -> Sequence[ServiceStatus]:
        query = select(ServiceStatus).where(col(ServiceStatus.removed_at).is_(None)).order_by(col(ServiceStatus.id))
        return (await self._session.exec(query)).all()

    async def find(self, name: str, *, removed: bool = False) -> ServiceStatus | None:
        query = select(ServiceStatus).where(col(ServiceStatus.service_name) == name)
        if not removed:
            query = query.where(col(ServiceStatus.removed_at).is_(None))
        return (await self._session.exec(query)).first()

    async def private_names(self) -> set[str]:
        """What only admins may hear of, removed ones too."""
        query = select(ServiceStatus.service_name).where(col(ServiceStatus.private))
        return set((await self._session.exec(query)).all())

    def add(self, row: ServiceStatus) -> None:
        self._session.add(row)

    async def columns(self) -> Sequence[RowMapping]:
        """What is shown, as plain columns: integrations first, in the order they were made."""
        connection = await self._session.connection()
        return (await connection.execute(_SHOWN)).mappings().all()
