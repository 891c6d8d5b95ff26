"""Asking for a fresh look at everything, whichever replica probes."""

import asyncio

from medianest_status.service.work import NewWork


class Nudges:
    """`here` wakes the prober of this process at once; the row wakes another replica's within its next turn."""

    def __init__(self, work: NewWork) -> None:
        self._work = work
        self.here = asyncio.Event()

    async def give(self) -> None:
        async with self._work() as work:
            await work.lease.nudge()
        self.here.set()
