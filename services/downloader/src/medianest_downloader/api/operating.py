"""`/api/v1/downloads/paused-users` and `/readiness`: what only administrators do and see."""

from uuid import UUID

from fastapi import APIRouter, Response

from medianest_downloader.api.parts import Manager, PausesDep, ReadinessDep
from medianest_downloader.schemas import (
    DownloadReadiness,
    DownloadUserPause,
    PausedDownloadUser,
    PausedDownloadUserList,
)

router = APIRouter(prefix="/api/v1/downloads", tags=["downloads"])


@router.get("/readiness")
async def read_download_readiness(caller: Manager, readiness: ReadinessDep) -> DownloadReadiness:
    """Whether YouTube's videos can be expected to work here: tools, their age, the egress guard, workers."""
    del caller
    return await readiness.look()


@router.get("/paused-users")
async def list_paused_download_users(caller: Manager, pauses: PausesDep) -> PausedDownloadUserList:
    """Whose downloads are put aside, and why."""
    del caller
    return await pauses.list()


@router.put("/paused-users/{user_id}")
async def pause_download_user(
    user_id: UUID, body: DownloadUserPause, caller: Manager, pauses: PausesDep
) -> PausedDownloadUser:
    """Put everything of a user aside; the reason is shown to them."""
    return await pauses.pause(user_id, body.reason, by=caller)


@router.delete("/paused-users/{user_id}", status_code=204)
async def resume_download_user(user_id: UUID, caller: Manager, pauses: PausesDep) -> Response:
    """Let a user's downloads go on."""
    await pauses.resume(user_id, by=caller)
    return Response(status_code=204)
