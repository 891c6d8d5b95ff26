"""Reading the audit log, and noting in it what administrators do outside this service's own tables."""

from collections.abc import AsyncIterator, Iterable, Sequence
from uuid import UUID

from medianest_auth.models import AuditEntry
from medianest_auth.repository import WorkFactory
from medianest_auth.repository.audit import AuditFilter
from medianest_common import inbox
from medianest_common.contracts.auth import ActionTaken
from medianest_common.contracts.streams import AUTH_NOTE_ACTIONS


class AuditLog:
    def __init__(self, work: WorkFactory) -> None:
        self._work = work

    async def note(self, action: str, target: str, actor: UUID) -> None:
        async with self._work() as work:
            work.audit.add(action, actor=actor, target=target)

    async def hear(self, event: ActionTaken) -> None:
        """Note what was done in another domain, once however often it is told."""
        async with self._work() as work:
            if await inbox.claim(work.session, AUTH_NOTE_ACTIONS.name, event.event_id):
                actor, target = str(event.actor), event.target
                work.audit.enter(AuditEntry(at=event.occurred_at, actor=actor, action=event.action, target=target))

    async def page(self, wanted: AuditFilter, limit: int) -> Sequence[AuditEntry]:
        async with self._work() as work:
            return await work.audit.page(wanted, limit)

    async def keep(self, entries: Iterable[AuditEntry]) -> None:
        """Write down what was done elsewhere; the same entry twice is one."""
        async with self._work() as work:
            await work.audit.keep(entries)

    async def export(self, wanted: AuditFilter) -> AsyncIterator[AuditEntry]:
        """Every entry that fits, the newest first, without ever holding more than a part of them."""
        async with self._work() as work:
            async for entry in work.audit.export(wanted):
                yield entry
