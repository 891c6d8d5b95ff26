"""Ways out to the video sites: pausing, resuming, and showing them."""

from datetime import datetime, timedelta

from medianest_common.contracts.downloads import LanePaused, LaneResumed
from medianest_common.contracts.envelope import EVERYBODY
from medianest_common.tokens import Caller
from medianest_downloader.domain.failures import Reason
from medianest_downloader.errors import LaneNotFound
from medianest_downloader.models import Lane
from medianest_downloader.repository.work import OpenWork, Work
from medianest_downloader.schemas import LaneList, LaneRead
from medianest_downloader.service.slots import SlotBoard

_LONGEST_PAUSE = timedelta(hours=12)


async def strike(work: Work, egress: str, reason: Reason, now: datetime) -> None:
    """A video site or the disk has had enough: everything by this way waits, longer each time until one succeeds."""
    lane = await work.lanes.locked(egress)
    if lane.paused:
        return
    pause = min((reason.delay or timedelta(minutes=15)) * 2 ** min(lane.strikes, 10), _LONGEST_PAUSE)
    lane.strikes += 1
    _pause(work, lane, code=reason.code, words=reason.words, until=now + pause)


async def recovered(work: Work, egress: str) -> None:
    """An item came through: the way is good again at full width."""
    lane = await work.lanes.get(egress)
    if lane is None or not (lane.slow or lane.strikes):
        return
    lane = await work.lanes.locked(egress)
    if not lane.paused:
        lane.slow, lane.strikes = False, 0
        lane.version += 1


def reopen(work: Work, lane: Lane) -> None:
    """Let a (locked) lane go on, one item at a time."""
    lane.paused, lane.reason, lane.paused_until = False, None, None
    lane.slow = True
    lane.version += 1
    work.outbox.add(LaneResumed(audience=(EVERYBODY,), version=lane.version, egress=lane.egress))


def _pause(work: Work, lane: Lane, *, code: str, words: str, until: datetime | None) -> None:
    lane.paused, lane.reason, lane.paused_until = True, words, until
    lane.version += 1
    work.outbox.add(
        LanePaused(audience=(EVERYBODY,), version=lane.version, egress=lane.egress, reason=code, until=until)
    )


class Lanes:
    def __init__(self, work: OpenWork, board: SlotBoard) -> None:
        self._work = work
        self._board = board

    async def list(self) -> LaneList:
        """Every way out that has workers or was ever paused."""
        async with self._work() as work:
            known = {lane.egress: lane for lane in await work.lanes.all()}
            in_flight = await work.scheduling.in_flight()
            backlog = await work.scheduling.backlog()
        names = sorted({*known, *self._board.egresses()})
        lanes = [self._read(known.get(name) or Lane(egress=name), in_flight) for name in names]
        return LaneList(items=lanes, backlog=backlog)

    async def pause(self, egress: str, *, reason: str, until: datetime | None, by: Caller) -> LaneRead:
        return await self._change(egress, reason=reason, until=until, by=by)

    async def resume(self, egress: str, *, by: Caller) -> LaneRead:
        return await self._change(egress, reason=None, until=None, by=by)

    async def _change(self, egress: str, *, reason: str | None, until: datetime | None, by: Caller) -> LaneRead:
        async with self._work() as work:
            if egress not in self._board.egresses() and await work.lanes.get(egress) is None:
                raise LaneNotFound("There is no way out of this name.")
            lane = await work.lanes.locked(egress)
            work.note_action(by, "lane.resumed" if reason is None else "lane.paused", egress)
            if reason is not None:
                _pause(work, lane, code="by_hand", words=reason, until=until)
            elif lane.paused:
                reopen(work, lane)
            in_flight = await work.scheduling.in_flight()
        return self._read(lane, in_flight)

    def _read(self, lane: Lane, in_flight: dict[str, int]) -> LaneRead:
        workers = self._board.living(lane.egress)
        return LaneRead(
            egress=lane.egress,
            paused=lane.paused,
            reason=lane.reason,
            until=lane.paused_until,
            slow=lane.slow,
            workers=len(workers),
            slots=sum(self._board.offered(lane.egress)),
            in_flight=in_flight.get(lane.egress, 0),
            versions=workers[0].versions if workers else {},
        )
