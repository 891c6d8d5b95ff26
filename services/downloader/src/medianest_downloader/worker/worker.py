"""The worker's whole: what it runs, what it announces, what it hears, what it sweeps, how it goes away."""

import asyncio
import time
from uuid import UUID

import orjson
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from sqlalchemy.exc import SQLAlchemyError

from medianest_common.contracts.downloads import RunItem, WorkerSlots
from medianest_common.contracts.envelope import ADMINS
from medianest_common.contracts.streams import run_item_durable
from medianest_common.messaging import publish_live
from medianest_common.supervise import Background, Sleep, every, woken
from medianest_downloader import metrics
from medianest_downloader.worker.bench import Bench
from medianest_downloader.worker.item_run import ItemRun
from medianest_downloader.worker.orders import Orders

_log = structlog.get_logger(__name__)

_ANNOUNCE_SECONDS = 2.0
_SWEEP_SECONDS = 600.0
_LAST_SECONDS = 8.0  # for children to be ended and rows to be given back
_ABOUT_DOWNLOADS = "medianest.evt.downloads.>"


class Worker:
    def __init__(
        self,
        bench: Bench,
        client: Client,
        *,
        worker_id: str,
        versions: dict[str, str],
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._bench = bench
        self._client = client
        self._worker_id = worker_id
        self._versions = versions
        self._sleep = sleep
        self._running: dict[UUID, ItemRun] = {}
        self._draining = False
        self._changed = asyncio.Event()
        self._background = Background()
        self._taking = Background()
        settings = bench.settings
        self._orders = Orders(client, run_item_durable(settings.egress), slots=settings.slots, carry=self.carry)

    async def start(self) -> None:
        """Begin to announce and to take orders; raises when the work queue is not provisioned."""
        await self._orders.expect()
        await self._client.subscribe(_ABOUT_DOWNLOADS, cb=self._hear)
        self._background.start("announce", self._announce)
        self._background.start("sweep", lambda: every(_SWEEP_SECONDS, self.sweep, self._sleep))
        self._taking.start("orders", self._orders.run)

    async def stop(self) -> None:
        """Take nothing new, let what runs finish for a while, then give the rest back with what is fetched of it."""
        self._draining = True
        self._changed.set()
        await self._taking.stop()
        if not await self._orders.drained(within=self._bench.settings.drain_seconds):
            for run in self._running.values():
                run.stop()
            await self._orders.drained(within=_LAST_SECONDS)
        await self._background.stop()

    async def carry(self, order: RunItem) -> None:
        """Run one order to its end; a stale one is over at once."""
        if order.item_id in self._running:
            return  # delivered again while we are at it
        asked_at = asyncio.get_running_loop().time()
        mine = await self._bench.runs.claim(order)
        if mine is None:
            _log.info("order_stale", item_id=str(order.item_id), attempt=order.attempt)
            return
        run = self._running[mine.item_id] = ItemRun(self._bench, mine, claimed_at=asked_at)
        self._changed.set()
        try:
            with metrics.item_seconds.time():
                outcome = await run.run()
        finally:
            del self._running[mine.item_id]
            self._changed.set()
        _log.info("item_ended", item_id=str(mine.item_id), attempt=mine.attempt, outcome=outcome)

    async def _hear(self, message: Msg) -> None:
        """Whatever is said of a download we work on: look at our rows at once, so that a cancel takes no time."""
        if not self._running:
            return
        try:
            said = orjson.loads(message.data)
        except orjson.JSONDecodeError:
            return
        about = {said.get("item_id"), said.get("download_id")}
        for run in self._running.values():
            mine = run.mine
            if about & {str(mine.item_id), str(mine.download_id)}:
                run.look_now()

    async def _announce(self) -> None:
        while True:
            self._changed.clear()
            await publish_live(self._client, await self._slots())
            await woken(self._changed, _ANNOUNCE_SECONDS)

    async def _slots(self) -> WorkerSlots:
        settings = self._bench.settings
        room = await asyncio.to_thread(self._bench.library.has_room, settings.min_free_bytes)
        return WorkerSlots(
            audience=(ADMINS,),
            version=time.time_ns() // 1_000_000,
            worker_id=self._worker_id,
            egress=settings.egress,
            slots=settings.slots if room else 0,
            running=tuple(self._running),
            draining=self._draining,
            versions=self._versions,
        )

    async def sweep(self) -> int:
        """Remove what was left of items that are settled or gone; how many folders."""
        library = self._bench.library
        try:
            left = await asyncio.to_thread(library.unfinished)
            wanted = await self._bench.runs.still_wanted(left) if left else set()
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            _log.warning("not_swept", error=repr(error)[:200])
            return 0
        gone = left - wanted - set(self._running)
        for item_id in gone:
            await asyncio.to_thread(library.close_folder, item_id)
        return len(gone)
