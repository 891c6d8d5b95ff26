"""Background tasks that are owned: restarted with a growing delay when they crash, cancelled and awaited at the end."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

_log = structlog.get_logger(__name__)

_FIRST_DELAY = 0.5
_LONGEST_DELAY = 30.0
_HEALTHY_AFTER = 30.0
_CANCEL_AGAIN = 5.0


class Background:
    """Tasks that live as long as their service."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run `work` for ever: when it ends or crashes it is started again."""
        self._tasks.append(asyncio.create_task(_keep_running(name, work), name=name))

    async def stop(self) -> None:
        """Cancel and await every task; again where that was swallowed (`wait_for` before Python 3.12 can do so)."""
        waiting = set(self._tasks)
        while waiting:
            for task in waiting:
                task.cancel()
            _, waiting = await asyncio.wait(waiting, timeout=_CANCEL_AGAIN)
        self._tasks.clear()


async def _keep_running(name: str, work: Callable[[], Awaitable[None]]) -> None:
    loop = asyncio.get_running_loop()
    delay = _FIRST_DELAY
    while True:
        started = loop.time()
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - a supervisor; it logs and starts again
            _log.error("background_task_crashed", task=name, exc_info=error)
        if loop.time() - started > _HEALTHY_AFTER:
            delay = _FIRST_DELAY
        await asyncio.sleep(delay)
        delay = min(delay * 2, _LONGEST_DELAY)


async def woken(event: asyncio.Event, seconds: float) -> None:
    """Wait until the event is set or the time is over; a cancellation always ends it (see `Background.stop`)."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


Sleep = Callable[[float], Awaitable[object]]


async def every(seconds: float, work: Callable[[], Awaitable[object]], sleep: Sleep = asyncio.sleep) -> None:
    """Do something now and then again after each pause."""
    while True:
        await work()
        await sleep(seconds)
