"""Reading the audit log, and noting in it what administrators do outside this service's own tables."""

from collections.abc import AsyncIterator, Sequence

from medianest_auth.models import AuditEntry
from medianest_auth.repository import WorkFactory
from medianest_auth.repository.audit import AuditFilter
from medianest_common import inbox
from medianest_common.contracts.auth import NoteAction
from medianest_common.tokens import Caller


class AuditLog:
    def __init__(self, work: WorkFactory) -> None:
        self._work = work

    async def note(self, caller: Caller, action: str, target: str) -> None:
        async with self._work() as work:
            work.audit.add(action, actor=caller.user_id, target=target, address=caller.address)

    async def hear(self, told: NoteAction) -> None:
        """Note what was done at another service, once however often it is told; of the erased without an address."""
        async with self._work() as work:
            address = told.address if await inbox.may_keep(work.session, told.actor) else None
            await work.audit.enter(
                AuditEntry(
                    id=told.action_id,
                    at=told.at,
                    actor=str(told.actor),
                    action=told.action,
                    target=told.target,
                    address=address,
                )
            )

    async def page(self, wanted: AuditFilter, limit: int) -> Sequence[AuditEntry]:
        async with self._work() as work:
            return await work.audit.page(wanted, limit)

    async def export(self, wanted: AuditFilter) -> AsyncIterator[AuditEntry]:
        """Every entry that fits, the newest first, without ever holding more than a part of them."""
        async with self._work() as work:
            async for entry in work.audit.export(wanted):
                yield entry
