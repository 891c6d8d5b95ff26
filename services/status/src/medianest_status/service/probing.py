"""Probing: one replica at a time holds the lease and watches every integration that is switched on."""

import asyncio
from contextlib import suppress
from datetime import datetime
from time import monotonic
from uuid import UUID, uuid4

import structlog
from sqlalchemy.exc import SQLAlchemyError

from medianest_common.supervise import Background, woken
from medianest_status.clients.examiner import Examiner
from medianest_status.domain.integrations import Target
from medianest_status.metrics import probing
from medianest_status.repository.lease import Turn
from medianest_status.service.integrations import IntegrationService
from medianest_status.service.nudges import Nudges
from medianest_status.service.verdicts import Verdicts
from medianest_status.service.watching import Budget, KumaWatch, ServiceWatch, Watch, is_kuma
from medianest_status.service.work import NewWork

_log = structlog.get_logger(__name__)

_TURN_SECONDS = 2.0
_SHORTEST_TURN = 0.2
"""Between two turns, however many webhooks come."""
_LEASE_SECONDS = 10.0
_PATIENCE = 4.0
_KUMA_READS = (2, 60.0)


class Prober:
    def __init__(
        self,
        work: NewWork,
        integrations: IntegrationService,
        verdicts: Verdicts,
        examiner: Examiner,
        nudges: Nudges,
        *,
        interval: float,
    ) -> None:
        self._work = work
        self._integrations = integrations
        self._verdicts = verdicts
        self._examiner = examiner
        self._nudges = nudges
        self._interval = interval
        self._holder: UUID = uuid4()
        self._held_until = 0.0
        self._settings: tuple[int, int] | None = None
        self._nudged_at: datetime | None = None
        self._watched: dict[str, tuple[Target, Watch, Background]] = {}
        self._budget = Budget(*_KUMA_READS)

    @property
    def at_work(self) -> bool:
        """Whether this replica is the one that looks."""
        return self._settings is not None

    async def run(self) -> None:
        """Take the lease whenever it is free, and watch while it is ours; gives it back when cancelled."""
        try:
            while True:
                await self.turn()
                await asyncio.sleep(_SHORTEST_TURN)
                await woken(self._nudges.here, _TURN_SECONDS)
                self._nudges.here.clear()
        finally:
            await asyncio.shield(self._give_up())

    async def turn(self) -> None:
        """Take or keep the lease and look accordingly; stop looking where another has it."""
        try:
            async with asyncio.timeout(_PATIENCE):
                turn = await self._take()
            if turn is None:
                await self._rest()
            else:
                await self._follow(turn)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            _log.warning("probe_lease_not_renewed", error=type(error).__name__)
            if monotonic() > self._held_until:
                await self._rest()

    async def _take(self) -> Turn | None:
        asked = monotonic()
        async with self._work() as work:
            turn = await work.lease.take(self._holder, _LEASE_SECONDS)
        if turn is not None:
            self._held_until = asked + _LEASE_SECONDS
        return turn

    async def _follow(self, turn: Turn) -> None:
        probing.set(1)
        if turn.settings != self._settings:
            await self._watch_all(await self._integrations.targets())
            self._settings = turn.settings
        if turn.nudged_at != self._nudged_at:
            self._nudged_at = turn.nudged_at
            for _, watch, _ in self._watched.values():  # what Kuma noticed may be one of ours
                watch.wake()

    async def _watch_all(self, targets: list[Target]) -> None:
        wanted = {target.id: target for target in targets}
        for name in [name for name, (target, *_) in self._watched.items() if wanted.get(name) != target]:
            await self._watched.pop(name)[2].stop()
        for name, target in wanted.items():
            if name not in self._watched:
                self._watched[name] = self._start(target)

    def _start(self, target: Target) -> tuple[Target, Watch, Background]:
        watch = self._watch(target)
        background = Background()
        background.start(f"watch {target.id}", watch.run)
        return target, watch, background

    def _watch(self, target: Target) -> Watch:
        given = (target, self._examiner, self._verdicts, self._integrations.learn)
        if is_kuma(target):
            return KumaWatch(*given, interval=self._interval, budget=self._budget)
        return ServiceWatch(*given, interval=self._interval)

    async def _rest(self) -> None:
        probing.set(0)
        self._settings = None
        for _, _, background in self._watched.values():
            await background.stop()
        self._watched.clear()

    async def _give_up(self) -> None:
        await self._rest()
        with suppress(SQLAlchemyError, OSError, TimeoutError):
            async with asyncio.timeout(2), self._work() as work:
                await work.lease.give_back(self._holder)
