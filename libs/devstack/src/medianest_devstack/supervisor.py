"""Keeps the services running: in order, a few at a time, again with growing delay, until told to stop."""

import asyncio
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from medianest_devstack.child import Child, Command, LineSink, discard
from medianest_devstack.errors import DevstackError, ServerFailedError
from medianest_devstack.ports import require_free
from medianest_devstack.probes import http_get

_POLL = 0.05
_FIRST_DELAY = 0.2
_LONGEST_DELAY = 10.0
_LIVED_WELL = 10.0


class State(StrEnum):
    WAITING = "waiting"
    STARTING = "starting"
    READY = "ready"
    RESTARTING = "restarting"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Service:
    """One process to keep: ready when `ready_url` answers 200, started once those in `after` are ready.

    `setting` is what moves it to another port.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    ready_url: str
    after: tuple[str, ...] = ()
    setting: str = "its port"
    ready_within: float = 60.0
    grace: float = 15.0


class Kept:
    """A service as it is now."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.state = State.WAITING
        self.restarts = 0
        self.child: Child | None = None
        self.ready_once = asyncio.Event()

    @property
    def pid(self) -> int | None:
        return self.child.pid if self.child is not None and self.child.alive else None


class Supervisor:
    """Starts services, restarts those that end, stops them all; owns every process it started."""

    def __init__(
        self,
        services: Iterable[Service],
        *,
        cwd: Path,
        sink: LineSink = discard,
        at_once: int | None = None,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        """Start at most `at_once` services at a time (one per core): more only slow each other down."""
        self.kept = {service.name: Kept(service) for service in services}
        self._cwd = cwd
        self._sink = sink
        self._slots = asyncio.Semaphore(at_once or os.cpu_count() or 1)
        self._on_change = on_change
        self._keepers: list[asyncio.Task[None]] = []
        self._check_order()

    async def start(self) -> None:
        """Return when every service is ready; raise ServerFailedError for the first that is not."""
        starts = [asyncio.create_task(self._first_start(kept)) for kept in self.kept.values()]
        try:
            await asyncio.gather(*starts)
        finally:
            for start in starts:
                start.cancel()
            await asyncio.wait(starts)
        self._keepers = [asyncio.create_task(self._keep(kept)) for kept in self.kept.values()]

    async def stop(self) -> None:
        """End every service: who depends on others first, each within its grace time."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        for wave in reversed(self._waves()):
            await asyncio.gather(*(self._stop_one(kept) for kept in wave))

    def kill(self) -> None:
        """End every service at once, for a person who has no patience."""
        for kept in self.kept.values():
            if kept.child is not None:
                kept.child.kill_group()

    def _check_order(self) -> None:
        unknown = {name for kept in self.kept.values() for name in kept.service.after} - set(self.kept)
        if unknown:
            raise DevstackError(f"No service is named {', '.join(sorted(unknown))}, and others wait for it.")
        self._waves()

    def _waves(self) -> list[list[Kept]]:
        """Group the services so that each comes in a later group than those it waits for."""
        done: set[str] = set()
        waves: list[list[Kept]] = []
        while len(done) < len(self.kept):
            wave = [
                kept for name, kept in self.kept.items() if name not in done and done.issuperset(kept.service.after)
            ]
            if not wave:
                raise DevstackError("The services wait for each other in a circle.")
            waves.append(wave)
            done.update(kept.service.name for kept in wave)
        return waves

    async def _first_start(self, kept: Kept) -> None:
        for name in kept.service.after:
            await self.kept[name].ready_once.wait()
        async with self._slots:
            await self._launch(kept)
            reason = await self._ready(kept)
        if reason:
            raise ServerFailedError(_why(kept, reason))
        kept.ready_once.set()

    async def _launch(self, kept: Kept) -> None:
        service = kept.service
        # Somebody else who answers there would pass for the service, so the port is looked at first.
        port = urlsplit(service.ready_url).port or 80
        require_free(port, owner=f"the service {service.name}", setting=service.setting)
        command = Command(name=service.name, argv=service.argv, env=service.env, cwd=self._cwd, grace=service.grace)
        kept.child = await Child.spawn(command, self._sink)
        self._change(kept, State.STARTING)

    async def _ready(self, kept: Kept) -> str | None:
        """Wait until the service is ready; return None then, or what happened instead."""
        child = kept.child
        deadline = time.monotonic() + kept.service.ready_within
        while child is not None and child.alive and time.monotonic() < deadline:
            status, _ = await http_get(kept.service.ready_url)
            if status == 200 and child.alive:
                self._change(kept, State.READY)
                return None
            await asyncio.sleep(_POLL)
        if child is not None and child.alive:
            return f"was not ready within {kept.service.ready_within:.0f} s"
        return f"ended with exit code {await child.wait() if child else 'unknown'} before it was ready"

    async def _keep(self, kept: Kept) -> None:
        """Start the service again whenever it ends; a start that fails counts as an end."""
        delay = _FIRST_DELAY
        while True:
            if kept.child is not None:
                code = await kept.child.wait()
                kept.child.kill_group()
                if time.monotonic() - kept.child.started_at > _LIVED_WELL:
                    delay = _FIRST_DELAY
                self._sink(kept.service.name, f"ended with exit code {code}; starts again in {delay:.1f} s")
            self._change(kept, State.RESTARTING)
            await asyncio.sleep(delay)
            delay = min(delay * 2, _LONGEST_DELAY)
            kept.restarts += 1
            await self._start_again(kept)

    async def _start_again(self, kept: Kept) -> None:
        try:
            async with self._slots:
                await self._launch(kept)
                reason = await self._ready(kept)
        except DevstackError as error:
            kept.child, reason = None, str(error)
        if reason:
            self._sink(kept.service.name, reason)
            if kept.child is not None and kept.child.alive:
                await kept.child.stop()

    async def _stop_one(self, kept: Kept) -> None:
        if kept.child is not None:
            with suppress(ProcessLookupError):
                await kept.child.stop()
        self._change(kept, State.STOPPED)

    def _change(self, kept: Kept, state: State) -> None:
        kept.state = state
        self._on_change()


def _why(kept: Kept, reason: str) -> str:
    last = kept.child.last_line() if kept.child else ""
    return f"The service {kept.service.name} {reason}: {last}"
