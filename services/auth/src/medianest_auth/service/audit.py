"""Reading the audit log."""

from collections.abc import AsyncIterator, Sequence

from medianest_auth.models import AuditEntry
from medianest_auth.repository import WorkFactory
from medianest_auth.repository.audit import AuditFilter


class AuditLog:
    def __init__(self, work: WorkFactory) -> None:
        self._work = work

    async def page(self, wanted: AuditFilter, limit: int) -> Sequence[AuditEntry]:
        async with self._work() as work:
            return await work.audit.page(wanted, limit)

    async def export(self, wanted: AuditFilter) -> AsyncIterator[AuditEntry]:
        """Every entry that fits, the newest first, without ever holding more than a part of them."""
        async with self._work() as work:
            async for entry in work.audit.export(wanted):
                yield entry
