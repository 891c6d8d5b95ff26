"""What happens at once when Overseerr answers again."""

from medianest_common.clock import Clock
from medianest_requests.repository.work import NewWork
from medianest_requests.service.reconciling import Reconciling


class Returning:
    def __init__(self, work: NewWork, reconciling: Reconciling, clock: Clock) -> None:
        self._work = work
        self._reconciling = reconciling
        self._clock = clock

    async def overseerr_is_back(self) -> None:
        """Send what waited and compare; doing it again does no harm."""
        async with self._work() as work:
            await work.requests.send_now(self._clock())
        await self._reconciling.soon()
