"""Handing items out: only against an announced free slot, fair between users, one scheduler at a time."""

import asyncio
from datetime import datetime, timedelta

import structlog

from medianest_common.contracts.downloads import ItemFailed, ItemStatus, RunItem
from medianest_common.supervise import woken
from medianest_downloader import metrics
from medianest_downloader.domain.failures import WORKER_LOST
from medianest_downloader.domain.turns import free_slots, next_turn
from medianest_downloader.models import Lane
from medianest_downloader.repository.work import OpenWork, Work
from medianest_downloader.service.facts import item_fact
from medianest_downloader.service.lanes import reopen
from medianest_downloader.service.quotas import Quotas
from medianest_downloader.service.settling import let_go, settle
from medianest_downloader.service.slots import SlotBoard

_log = structlog.get_logger(__name__)

_POLL = 1.0
_CLAIM_WITHIN = timedelta(seconds=10)  # an order nobody takes up in this time is withdrawn
_LOST_AT_ONCE = 100


class Scheduler:
    def __init__(
        self,
        work: OpenWork,
        board: SlotBoard,
        quotas: Quotas,
        *,
        egress_slots: int,
        per_user: int,
        max_file_bytes: int,
        wake: asyncio.Event,
    ) -> None:
        self._work = work
        self._board = board
        self._quotas = quotas
        self._egress_slots = egress_slots
        self._per_user = per_user
        self._max_file_bytes = max_file_bytes
        self._wake = wake

    async def run(self) -> None:
        while True:
            self._wake.clear()
            await self.tick()
            await woken(self._wake, _POLL)

    async def tick(self) -> int:
        """Take back what was lost, reopen lanes that are due, fill the free slots; how many items were handed out."""
        await self._take_back_lost()
        async with self._work() as work:
            if not await work.scheduling.is_ours():
                return 0
            lanes = await self._reopen_due(work)
            in_flight = await work.scheduling.in_flight()
            handed_out = 0
            for egress in self._board.egresses():
                free = self._free(egress, lanes.get(egress), in_flight.get(egress, 0))
                handed_out += await self._fill(work, egress, free)
            metrics.backlog_items.set(await work.scheduling.backlog())
        return handed_out

    def _free(self, egress: str, lane: Lane | None, in_flight: int) -> int:
        offered = self._board.offered(egress)
        paused = lane is not None and lane.paused
        limit = 1 if lane is not None and lane.slow else self._egress_slots
        metrics.slots.labels(egress).set(sum(offered))
        metrics.in_flight_items.labels(egress).set(in_flight)
        metrics.lane_paused.labels(egress).set(paused)
        return 0 if paused else free_slots(offered, limit=limit, in_flight=in_flight)

    async def _fill(self, work: Work, egress: str, free: int) -> int:
        for number in range(free):
            if not await self._hand_out_next(work, egress):
                return number
        return free

    async def _hand_out_next(self, work: Work, egress: str) -> bool:
        """Give the next item in fairness to this way out; False when nobody waits."""
        chosen = next_turn(await work.scheduling.candidates(), per_user=self._per_user)
        if chosen is None:
            return False
        locked = await work.items.locked(chosen.item_id)
        if locked is None or not await work.scheduling.is_ready(chosen.item_id):
            return False  # changed while we looked; the next tick sees it
        item = locked[1]
        quota = await self._quotas.of(work, item.user_id)
        item.quota_bytes = quota.limit
        item.max_bytes = min(self._max_file_bytes, max(1, quota.limit - quota.used))
        item.attempt += 1
        item.status = ItemStatus.QUEUED
        item.egress = egress
        item.handed_out_at = await work.now()
        item.due_at = None
        item.version += 1
        await work.session.flush()
        await work.scheduling.took_turn(item.user_id)
        order = RunItem(item_id=item.id, attempt=item.attempt, egress=egress)
        work.outbox.command(order, subject=order.queue_subject(), key=f"downloads.order:{item.id}")
        metrics.handed_out_total.labels(egress).inc()
        return True

    async def _reopen_due(self, work: Work) -> dict[str, Lane]:
        now = await work.now()
        lanes = {lane.egress: lane for lane in await work.lanes.all()}
        for egress in set(self._board.egresses()) - lanes.keys():
            lanes[egress] = await work.lanes.locked(egress)  # there, so that it is not overlooked beside a paused one
        for egress, lane in lanes.items():
            if _is_over(lane, now) and _is_over(locked := await work.lanes.locked(egress), now):
                reopen(work, locked)
        return lanes

    async def _take_back_lost(self) -> None:
        async with self._work() as work:
            now = await work.now()
            lost = await work.scheduling.lost(now, claim_within=_CLAIM_WITHIN, limit=_LOST_AT_ONCE)
        for item_id in lost:
            async with self._work() as work:
                locked = await work.items.locked(item_id)
                now = await work.now()
                if locked is None or not _is_lost(locked[1].lease_until, locked[1].handed_out_at, now):
                    continue
                download, item = locked
                _log.warning("item_lost", item_id=str(item.id), worker_id=item.worker_id, attempt=item.attempt)
                metrics.lost_total.inc()
                was_running = item.status == ItemStatus.RUNNING
                item.tries += was_running
                given_up = was_running and item.tries >= WORKER_LOST.most
                let_go(item, ItemStatus.FAILED if given_up else ItemStatus.QUEUED)
                if given_up:
                    item.reason = WORKER_LOST.code
                    work.outbox.add(item_fact(ItemFailed, item, reason=WORKER_LOST.code))
                await settle(work, download, now)


def _is_over(lane: Lane, now: datetime) -> bool:
    """Whether its pause is; asked again under the lock: an administrator may have paused it anew meanwhile."""
    return lane.paused and lane.paused_until is not None and lane.paused_until <= now


def _is_lost(lease_until: datetime | None, handed_out_at: datetime | None, now: datetime) -> bool:
    """Asked again under the lock: the worker may have renewed meanwhile."""
    if lease_until is not None:
        return lease_until < now
    return handed_out_at is not None and handed_out_at < now - _CLAIM_WITHIN
