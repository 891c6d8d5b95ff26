"""What the three servers have in common: a port, a child, readiness that cannot be mistaken, an end."""

import asyncio
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Self

from medianest_devstack.child import Child, Command, LineSink, discard
from medianest_devstack.errors import ServerFailedError
from medianest_devstack.ports import LOOPBACK, free_port, require_free

CLEAN_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}

_PORT_TRIES = 3
_POLL = 0.02
_ADDRESS_TAKEN = ("address already in use", "could not bind")
DISK_FULL = ("no space left on device", "disk quota exceeded", "check free disk space")


class Server(ABC):
    """A server this process starts, owns and stops; it never looks at one that was there before."""

    name: str
    setting: str
    ready_within = 30.0

    def __init__(self, folder: Path, *, port: int | None = None, fast: bool = False, sink: LineSink = discard) -> None:
        """Keep data under `folder`; without `port` take a free one. `fast` trades safety on power loss for speed."""
        self.folder = folder
        self.fast = fast
        self._given_port = port
        self._port = port or 0
        self._sink = sink
        self._child: Child | None = None

    @property
    def port(self) -> int:
        """The port it listens on; known once it was started."""
        return self._port

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self._port}"

    @property
    def child(self) -> Child:
        """The running process; raises ServerFailedError when there is none."""
        if self._child is None:
            raise ServerFailedError(f"{self.name} is not running.")
        return self._child

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.alive

    async def start(self) -> None:
        """Start and wait until ready; on failure nothing is left running and the error says why."""
        if self.running:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        for tries_left in reversed(range(_PORT_TRIES)):
            self._take_port()
            await self.prepare()
            try:
                await self._start_once()
            except ServerFailedError:
                if not (tries_left and self._given_port is None and self._lost_port()):
                    raise
            else:
                return

    async def stop(self) -> None:
        """End the server, at once if it was never started."""
        child, self._child = self._child, None
        if child is not None:
            await child.stop()

    async def kill(self) -> None:
        """End the server the way a crash does, for tests of what comes after."""
        child, self._child = self._child, None
        if child is not None:
            child.kill_group()
            await child.wait()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @abstractmethod
    async def prepare(self) -> None:
        """Write what the server needs before it starts on `self.port`."""

    @abstractmethod
    def command(self) -> Command:
        """The command that starts it."""

    @abstractmethod
    async def answers(self) -> bool:
        """Ask, as only its owner can, whether the server is ready."""

    def _take_port(self) -> None:
        if self._given_port is None:
            self._port = free_port()
        else:
            require_free(self._given_port, owner=self.name, setting=self.setting)

    def _lost_port(self) -> bool:
        return self._said(*_ADDRESS_TAKEN)

    def _said(self, *phrases: str) -> bool:
        lines = [line.lower() for line in self._child.tail] if self._child else []
        return any(phrase in line for phrase in phrases for line in lines)

    async def _start_once(self) -> None:
        self._child = await Child.spawn(self.command(), self._sink)
        try:
            async with asyncio.timeout(self.ready_within):
                while not await self.answers():
                    if not self._child.alive:
                        break
                    await asyncio.sleep(_POLL)
            if self._child.alive:
                return
        except TimeoutError:
            reason = f"was not ready within {self.ready_within:.0f} s"
        except BaseException:
            await self._child.stop()
            raise
        else:
            reason = f"ended with exit code {await self._child.wait()}"
        await self._child.stop()
        raise self.failure(reason)

    def failure(self, reason: str) -> ServerFailedError:
        """Say in one sentence why the server does not run."""
        if self._said(*DISK_FULL):
            return ServerFailedError(
                f"No space is left on the disk that holds {self.folder}, so {self.name} cannot run: free some of it."
            )
        line = self._child.last_line() if self._child else ""
        return ServerFailedError(f"{self.name} {reason}: {line}")
