"""What may happen to a process of the suite at any moment: it is killed, or stands still for a while."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

from support.suite import ROOT, Suite, free_port


def kill(suite: Suite, process: str) -> None:
    """End a service without a word; whoever runs the suite starts it again."""
    with suppress(ProcessLookupError, TypeError):  # it may be on its way up from the last time
        os.kill(suite.pid(process), signal.SIGKILL)


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """A process and everything below it stands still."""
    family = [pid, *_below(pid)]
    _signal(family, signal.SIGSTOP)
    try:
        yield
    finally:
        _signal(family, signal.SIGCONT)


def _signal(family: list[int], number: int) -> None:
    for pid in family:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _below(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found = list(children.get(pid, ()))
    for child in found:
        found += children.get(child, ())
    return found


@asynccontextmanager
async def another_worker(suite: Suite, **settings: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """One more download worker beside the suite's own, with its settings but for those given."""
    own = {"MEDIANEST_HTTP_PORT": str(free_port()), "MEDIANEST_WORKER_ID": "another"}
    given = {f"MEDIANEST_{name.upper()}": value for name, value in settings.items()}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "medianest_downloader", "worker", cwd=ROOT,
        env=suite.environment("worker") | own | given,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await asyncio.wait_for(process.wait(), 40)
