"""One child process: started in its own group, its lines read, ended with everything it left behind."""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from medianest_devstack.errors import DevstackError
from medianest_devstack.privileges import Identity

LineSink = Callable[[str, str], None]

_LINE_LIMIT = 1 << 16
_TAIL_LINES = 300
_PR_SET_PDEATHSIG = 1


def discard(_name: str, _line: str) -> None:
    """Take a line of output and forget it; the child still keeps its last ones."""


@dataclass(frozen=True)
class Command:
    """What to run and how it ends: `stop_signal` asks, after `grace` seconds its group is killed."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: Path
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL
    grace: float = 15.0
    identity: Identity = field(default_factory=Identity)


def _die_with_parent(death_signal: signal.Signals) -> Callable[[], None]:
    """Make the kernel send `death_signal` to the child when this process dies, even by SIGKILL."""
    parent = os.getpid()
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def prepare() -> None:
        if libc is None:
            return
        libc.prctl(_PR_SET_PDEATHSIG, int(death_signal))
        if os.getppid() != parent:  # the parent died before the request was made
            os._exit(1)

    return prepare


def _exceptions(lines: Iterable[str]) -> list[str]:
    """Return the line that ends each traceback; what is written after one rarely says more.

    A logger may have put a whole traceback on one line.
    """
    found = []
    inside = False
    for line in (part for whole in lines for part in whole.split("\\n")):
        if "Traceback (most recent call last)" in line:
            inside = True
        elif inside and line and not line[0].isspace():
            found.append(line.strip())
            inside = False
    return found


class Child:
    """A running process and the last lines it wrote."""

    def __init__(self, command: Command, process: asyncio.subprocess.Process) -> None:
        self.command = command
        self.started_at = time.monotonic()
        self.tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self._process = process
        self._pump: asyncio.Task[None] | None = None

    @classmethod
    async def spawn(cls, command: Command, sink: LineSink = discard) -> "Child":
        """Start the process; its death follows ours. Call from the main thread: the signal follows the thread."""
        reading, writing = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *command.argv,
                env=dict(command.env),
                cwd=command.cwd,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=writing,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent(command.death_signal),
                **command.identity,
            )
        except OSError as error:
            os.close(reading)
            raise DevstackError(f"{command.name} could not be started: {error.strerror or error}.") from error
        finally:
            os.close(writing)
        child = cls(command, process)
        child._pump = asyncio.create_task(child._read_lines(reading, sink))
        return child

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        return self._process.returncode

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    def last_line(self) -> str:
        """What it said last, for a message about what went wrong: its last exception, else its last words."""
        said = _exceptions(self.tail) or [line.strip() for line in self.tail if line.strip()]
        return said[-1] if said else "it wrote nothing"

    async def wait(self) -> int:
        """Wait for the end of the process and of its output; return the exit code (negative: a signal)."""
        code = await self._process.wait()
        if self._pump is not None:
            # Something it left behind may hold the pipe open for ever.
            await asyncio.wait([self._pump], timeout=1)
        return code

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process alone; one that has ended is left in peace."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)

    async def stop(self) -> int:
        """Ask the process to end, kill its group after the grace time, and return the exit code."""
        if self.alive:
            self.signal(self.command.stop_signal)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), self.command.grace)
        self.kill_group()
        code = await self.wait()
        if self._pump is not None and not self._pump.done():
            self._pump.cancel()
            await asyncio.wait([self._pump])
        return code

    def kill_group(self) -> None:
        """Kill the process and whatever it started in its group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    async def _read_lines(self, reading: int, sink: LineSink) -> None:
        reader = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(reading, "rb", 0)
        )
        rest = b""
        try:
            while chunk := await reader.read(_LINE_LIMIT):
                *lines, rest = (rest + chunk).split(b"\n")
                if len(rest) > _LINE_LIMIT:
                    lines, rest = [*lines, rest], b""
                for line in lines:
                    self._take(line, sink)
            if rest:
                self._take(rest, sink)
        finally:
            transport.close()

    def _take(self, line: bytes, sink: LineSink) -> None:
        text = line.decode("utf-8", "replace").rstrip()
        self.tail.append(text)
        sink(self.command.name, text)
