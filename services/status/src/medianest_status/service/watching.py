"""Watching one integration: look, judge, write down, wait; for Uptime Kuma also its monitors, sparingly."""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic
from typing import Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from medianest_common.clock import Clock, utc_now
from medianest_common.contracts.status import IntegrationKind, ServiceHealth
from medianest_common.supervise import woken
from medianest_status.clients import uptime_kuma
from medianest_status.clients.asking import Asker, NoAnswer
from medianest_status.clients.examiner import Examiner
from medianest_status.domain.integrations import Target
from medianest_status.domain.probes import Examination, Hysteresis, Judge, Monitor, pause_after
from medianest_status.metrics import kuma_reads_total
from medianest_status.service.verdicts import Verdicts

_log = structlog.get_logger(__name__)

_READ_EVERY = 45.0
_AFTER_REFUSAL = 60.0
_REFUSALS_BELIEVED = 3
"""401 is also Kuma's word for too many calls, so after a success one alone proves nothing."""

Learn = Callable[[Target, Mapping[str, str]], Awaitable[None]]


class Watch(Protocol):
    async def run(self) -> None:
        """Watch until cancelled."""

    def wake(self) -> None:
        """Look again now, as far as that is allowed."""


class ServiceWatch:
    """Any integration that is seen by looking at it."""

    def __init__(
        self,
        target: Target,
        examiner: Examiner,
        verdicts: Verdicts,
        learn: Learn,
        *,
        interval: float,
        clock: Clock = utc_now,
    ) -> None:
        self.target = target
        self._examiner = examiner
        self._verdicts = verdicts
        self._learn = learn
        self._interval = interval
        self._clock = clock
        self._woken = asyncio.Event()

    def wake(self) -> None:
        self._woken.set()

    async def run(self) -> None:
        judge = Judge(self.target.id, await self._verdicts.current(self.target.id))
        async with self._examiner.asker(self.target.id) as asker:
            while True:
                await _unless_database_away(self._turn(asker, judge))
                await woken(self._woken, self._pause(judge.hysteresis))

    async def _turn(self, asker: Asker, judge: Judge) -> None:
        self._woken.clear()
        found = await self._examiner.look(asker, self.target)
        await self._verdicts.record([judge.judge(found, self._clock())])
        if found.learned.items() - self.target.config.items():
            await self._learn(self.target, found.learned)

    def _pause(self, hysteresis: Hysteresis) -> float:
        return pause_after(hysteresis, self._interval, random.random())  # noqa: S311 - spreads calls, guards nothing


class Budget:
    """At most `count` calls in any `seconds`."""

    def __init__(self, count: int, seconds: float) -> None:
        self._seconds = seconds
        self._spent: deque[float] = deque([-seconds] * count, maxlen=count)

    def free_at(self) -> float:
        """The earliest time (monotonic) of the next call."""
        return self._spent[0] + self._seconds

    def spend(self, now: float) -> None:
        self._spent.append(now)


class KumaWatch(ServiceWatch):
    """Uptime Kuma: its own health by a cheap call each turn, its monitors at most twice a minute."""

    def __init__(
        self,
        target: Target,
        examiner: Examiner,
        verdicts: Verdicts,
        learn: Learn,
        *,
        interval: float,
        clock: Clock = utc_now,
        budget: Budget,
    ) -> None:
        super().__init__(target, examiner, verdicts, learn, interval=interval, clock=clock)
        self._budget = budget
        self._next_read = 0.0
        self._ever_read = False
        self._refusals = 0
        self._failure: Examination | None = None

    def _pause(self, hysteresis: Hysteresis) -> float:
        """Until the next turn, or until the monitors may be read, if that is sooner."""
        until_read = max(self._next_read, self._budget.free_at()) - monotonic()
        pause = super()._pause(hysteresis)
        return min(pause, until_read) if until_read > 0 else pause

    async def _turn(self, asker: Asker, judge: Judge) -> None:
        if self._woken.is_set():
            self._woken.clear()
            self._next_read = 0.0
        found = await uptime_kuma.alive(asker, self.target)
        listed = None
        if found.health is not ServiceHealth.DOWN:
            if monotonic() >= max(self._next_read, self._budget.free_at()):
                listed = await self._read(asker)
            found = self._failure or found
        reading = judge.judge(found, self._clock())
        believed = reading.health is not ServiceHealth.UP
        away = believed and (found.health is ServiceHealth.DOWN or self._failure is not None)
        await self._verdicts.record([reading], listed=listed, kuma_away=away)

    async def _read(self, asker: Asker) -> list[Monitor] | None:
        """The monitors, or None with the reason kept as `_failure` once it is believed."""
        now = monotonic()
        self._budget.spend(now)
        self._next_read = now + _READ_EVERY
        try:
            listed = await uptime_kuma.read(asker, self.target)
        except uptime_kuma.KeyRefused:
            self._next_read = now + _AFTER_REFUSAL
            self._refused("It does not take our API key.", key=True)
        except (uptime_kuma.Unreadable, NoAnswer):
            self._refused("Its list of monitors cannot be read.", key=False)
        else:
            kuma_reads_total.labels("ok").inc()
            self._ever_read, self._refusals, self._failure = True, 0, None
            return listed
        return None

    def _refused(self, message: str, *, key: bool) -> None:
        kuma_reads_total.labels("refused" if key else "unreadable").inc()
        self._refusals += 1
        if self._refusals >= _REFUSALS_BELIEVED or not self._ever_read:
            self._failure = Examination(ServiceHealth.DEGRADED, message=message, key_refused=key)


async def _unless_database_away(turn: Awaitable[None]) -> None:
    try:
        await turn
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        _log.warning("reading_not_written", error=type(error).__name__)


def is_kuma(target: Target) -> bool:
    return target.kind is IntegrationKind.UPTIME_KUMA
