"""The audit log."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from medianest_auth.models import AuditEntry
from medianest_common.clock import utc_now

_CHUNK = 500


@dataclass(frozen=True)
class AuditFilter:
    actor: str | None = None
    action: str | None = None
    target: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: UUID | None = None


class Audit:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(
        self,
        action: str,
        *,
        actor: UUID | str,
        target: UUID | str | None = None,
        address: str | None = None,
        **detail: str | int | bool | None,
    ) -> None:
        """Note an action in the transaction that does it; `detail` holds no name, mail or secret."""
        self._session.add(
            AuditEntry(
                at=utc_now(),
                actor=str(actor),
                action=action,
                target=None if target is None else str(target),
                address=address,
                detail=detail,
            )
        )

    async def enter(self, entry: AuditEntry) -> None:
        """Note what was done elsewhere, at the time it was done; the same entry twice is one."""
        await self._session.exec(insert(AuditEntry).values(entry.model_dump()).on_conflict_do_nothing())

    async def page(self, wanted: AuditFilter, limit: int) -> Sequence[AuditEntry]:
        """The newest first, one more than `limit` when there are more."""
        return (await self._session.exec(_query(wanted).limit(limit + 1))).all()

    async def export(self, wanted: AuditFilter) -> AsyncIterator[AuditEntry]:
        """Every entry, the newest first, read in parts."""
        before = wanted.before
        while True:
            query = _query(wanted).limit(_CHUNK)
            if before is not None:
                query = query.where(col(AuditEntry.id) < before)
            entries = (await self._session.exec(query)).all()
            for entry in entries:
                yield entry
            if len(entries) < _CHUNK:
                return
            before = entries[-1].id
            self._session.expunge_all()

    async def forget_addresses_of(self, user_id: UUID) -> None:
        """Take the addresses off what an erased user did, or somebody under their name; that it happened stays."""
        failed = and_(col(AuditEntry.actor) == "anonymous", col(AuditEntry.target) == str(user_id))
        theirs = or_(col(AuditEntry.actor) == str(user_id), failed)
        await self._session.exec(update(AuditEntry).where(theirs).values(address=None))


def _query(wanted: AuditFilter) -> SelectOfScalar[AuditEntry]:
    query = select(AuditEntry).order_by(col(AuditEntry.id).desc())
    for column, value in (
        (col(AuditEntry.actor), wanted.actor),
        (col(AuditEntry.action), wanted.action),
        (col(AuditEntry.target), wanted.target),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.since is not None:
        query = query.where(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditEntry.at < wanted.until)
    return query if wanted.before is None else query.where(col(AuditEntry.id) < wanted.before)
