"""`/api/v1/downloads/lanes`: the ways out to the video sites, for administrators."""

from fastapi import APIRouter

from medianest_downloader.api.parts import LanesDep, Manager
from medianest_downloader.schemas import LaneList, LanePause, LaneRead

router = APIRouter(prefix="/api/v1/downloads/lanes", tags=["downloads"])


@router.get("")
async def list_lanes(caller: Manager, lanes: LanesDep) -> LaneList:
    """Every way out with its workers, whether it is paused, and how much waits."""
    del caller
    return await lanes.list()


@router.post("/{egress}/pause")
async def pause_lane(egress: str, body: LanePause, caller: Manager, lanes: LanesDep) -> LaneRead:
    """Hand nothing more out by this way; what runs goes on."""
    return await lanes.pause(egress, reason=body.reason, until=body.until, by=caller)


@router.post("/{egress}/resume")
async def resume_lane(egress: str, caller: Manager, lanes: LanesDep) -> LaneRead:
    """Go on, one item at a time until the first succeeds."""
    return await lanes.resume(egress, by=caller)
