"""Integrations: the table `service_config`."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from medianest_status.models import ServiceConfig


class IntegrationRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(self) -> Sequence[ServiceConfig]:
        """Those that are there, oldest first."""
        query = select(ServiceConfig).where(col(ServiceConfig.deleted_at).is_(None)).order_by(col(ServiceConfig.id))
        return (await self._session.exec(query)).all()

    async def find(self, name: str, *, removed: bool = False, lock: bool = False) -> ServiceConfig | None:
        """By its id; `removed` finds those taken away too."""
        query = select(ServiceConfig).where(col(ServiceConfig.service_name) == name)
        if not removed:
            query = query.where(col(ServiceConfig.deleted_at).is_(None))
        return (await self._session.exec(query.with_for_update() if lock else query)).first()

    async def insert_first(self, values: dict[str, Any]) -> bool:
        """Insert unless a row of that id was ever made; whether it was inserted."""
        statement = insert(ServiceConfig).values(**values).on_conflict_do_nothing(index_elements=["service_name"])
        connection = await self._session.connection()
        made = await connection.execute(statement.returning(col(ServiceConfig.id)))
        return made.first() is not None

    def add(self, row: ServiceConfig) -> None:
        self._session.add(row)
