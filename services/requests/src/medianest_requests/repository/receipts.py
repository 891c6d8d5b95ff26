"""Hints from Overseerr that wait to be looked into."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from medianest_requests.models import WebhookReceipt

_MOST_WAITING = 10_000  # one that floods us fills no disk: the comparison finds what its hints would have told


class ReceiptRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def waiting(self) -> int:
        connection = await self._session.connection()
        return int(
            (
                await connection.execute(text("select count(*) from webhook_receipts where handled_at is null"))
            ).scalar_one()
        )

    async def add(self, receipt: WebhookReceipt) -> bool:
        """Keep the hint; False when too many wait already."""
        if await self.waiting() >= _MOST_WAITING:
            return False
        self._session.add(receipt)
        return True

    async def claim_due(self, now: datetime, lease: timedelta, limit: int) -> Sequence[WebhookReceipt]:
        """Hints that are due, for this replica alone until the lease ends."""
        found = await self._session.exec(
            select(WebhookReceipt)
            .where(col(WebhookReceipt.handled_at).is_(None), WebhookReceipt.due_at <= now)
            .order_by(col(WebhookReceipt.due_at), col(WebhookReceipt.id))
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        receipts = found.all()
        for receipt in receipts:
            receipt.due_at = now + lease
            receipt.attempts += 1
        return receipts

    async def handled(self, numbers: Sequence[int], now: datetime) -> None:
        connection = await self._session.connection()
        await connection.execute(
            text("update webhook_receipts set handled_at = :now where id = any(:numbers)"),
            {"now": now, "numbers": list(numbers)},
        )
