"""Who probes: one row, taken for a few seconds at a time by the database's clock."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

_TAKE = text(
    """update probe_lease set holder = :holder, until = now() + make_interval(secs => :seconds)
       where id = 1 and (holder = :holder or holder is null or until < now()) returning nudged_at"""
)
_GIVE_BACK = text("update probe_lease set holder = null, until = null where id = 1 and holder = :holder")
_NUDGE = text("update probe_lease set nudged_at = now() where id = 1")
_VERSIONS = text("select coalesce(sum(version), 0), count(*) from service_config where deleted_at is null")


@dataclass(frozen=True)
class Turn:
    """The lease was got; `nudged_at` is when a webhook last came, `settings` changes with the integrations."""

    nudged_at: datetime | None
    settings: tuple[int, int]


class LeaseRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def take(self, holder: UUID, seconds: float) -> Turn | None:
        """Take or keep the lease; None while another has it."""
        connection = await self._session.connection()
        row = (await connection.execute(_TAKE, {"holder": holder, "seconds": seconds})).first()
        if row is None:
            return None
        total, count = (await connection.execute(_VERSIONS)).one()
        return Turn(row[0], (int(total), int(count)))

    async def give_back(self, holder: UUID) -> None:
        await (await self._session.connection()).execute(_GIVE_BACK, {"holder": holder})

    async def nudge(self) -> None:
        await (await self._session.connection()).execute(_NUDGE)
