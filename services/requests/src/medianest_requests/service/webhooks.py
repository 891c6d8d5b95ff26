"""Overseerr's webhook: a hint is kept and answered at once, and looked into right after by asking Overseerr itself."""

import asyncio
import hmac
from collections.abc import Sequence
from datetime import timedelta

import structlog
from pydantic import SecretStr

from medianest_common.clock import Clock
from medianest_common.errors import Upstream
from medianest_common.supervise import woken
from medianest_requests.errors import WebhookRefused
from medianest_requests.metrics import webhooks_received
from medianest_requests.models import WebhookReceipt
from medianest_requests.repository.work import NewWork
from medianest_requests.service.reconciling import Reconciling

_log = structlog.get_logger(__name__)

_TEST = "TEST_NOTIFICATION"
_LEASE = timedelta(seconds=60)
_POLL_SECONDS = 2.0
_AT_ONCE = 20
_MOST_ATTEMPTS = 8


class Webhooks:
    def __init__(self, work: NewWork, reconciling: Reconciling, secret: SecretStr | None, clock: Clock) -> None:
        self._work = work
        self._reconciling = reconciling
        self._secret = secret
        self._clock = clock
        self._wake = asyncio.Event()

    def check_secret(self, given: str | None) -> None:
        """Raise WebhookRefused unless the header is the secret; takes as long whatever is wrong with it."""
        expected = self._secret.get_secret_value() if self._secret else ""
        same = hmac.compare_digest((given or "").encode(), expected.encode())
        if not (expected and same):
            webhooks_received.labels("refused").inc()
            raise WebhookRefused("This is not the secret that Overseerr was given.")

    async def receive(self, kind: str, overseerr_id: int | None) -> None:
        """Keep the hint; what floods us beyond measure is dropped, for the comparison finds it too."""
        now = self._clock()
        receipt = WebhookReceipt(received_at=now, notification_type=kind, overseerr_id=overseerr_id, due_at=now)
        if kind == _TEST:
            receipt.handled_at = now
        async with self._work() as work:
            kept = await work.receipts.add(receipt)
        webhooks_received.labels("kept" if kept else "dropped").inc()
        self._wake.set()

    async def run(self) -> None:
        while True:
            self._wake.clear()
            if not await self.look_into():
                await woken(self._wake, _POLL_SECONDS)

    async def look_into(self) -> bool:
        """Look into the hints that are due, each request once; False when there are none."""
        async with self._work() as work:
            receipts = await work.receipts.claim_due(self._clock(), _LEASE, _AT_ONCE)
        by_request: dict[int | None, list[WebhookReceipt]] = {}
        for receipt in receipts:
            by_request.setdefault(receipt.overseerr_id, []).append(receipt)
        for number, same in by_request.items():
            await self._look_into(number, same)
        return bool(receipts)

    async def _look_into(self, number: int | None, receipts: Sequence[WebhookReceipt]) -> None:
        try:
            await (self._reconciling.soon() if number is None else self._reconciling.look_at(number))
        except Upstream as error:
            if max(receipt.attempts for receipt in receipts) < _MOST_ATTEMPTS:
                _log.info("hint_put_off", overseerr_id=number, reason=error.code)
                return  # due again when the lease ends
        async with self._work() as work:
            await work.receipts.handled([receipt.id for receipt in receipts if receipt.id is not None], self._clock())
