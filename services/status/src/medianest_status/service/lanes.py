"""Following whether downloads are held back, for the sentence about what one can do."""

from medianest_common.contracts.downloads import LanePaused, LaneResumed
from medianest_status.service.work import NewWork


class LaneService:
    def __init__(self, work: NewWork) -> None:
        self._work = work

    async def follow(self, event: LanePaused | LaneResumed) -> None:
        """Keep the newest; a fact delivered twice, or after a newer one, changes nothing."""
        paused = event if isinstance(event, LanePaused) else None
        async with self._work() as work:
            await work.lanes.tell(
                event.egress,
                paused=paused is not None,
                since=event.occurred_at,
                until=paused.until if paused is not None else None,
                version=event.version,
            )
