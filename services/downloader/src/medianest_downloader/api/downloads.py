"""`/api/v1/downloads`: preview, submit, look, act, fetch files. Another user's download is a 404."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response

from medianest_common.contracts.downloads import DownloadStatus
from medianest_common.contracts.permissions import Permission
from medianest_common.errors import Conflict
from medianest_common.refusals import may_answer
from medianest_downloader.api.parts import Downloader, DownloadsDep, IdempotencyKey, Manager, SubmissionsDep
from medianest_downloader.api.serving import ServedFile
from medianest_downloader.errors import RangeNotThere
from medianest_downloader.schemas import (
    DownloadCreate,
    DownloadDecline,
    DownloadList,
    DownloadPreview,
    DownloadPreviewRequest,
    DownloadRead,
    DownloadTotals,
)

Statuses = Annotated[list[DownloadStatus], Query(alias="status", max_length=10)]

router = APIRouter(prefix="/api/v1/downloads", tags=["downloads"])


@router.post("/preview")
async def preview_download(
    body: DownloadPreviewRequest, caller: Downloader, submissions: SubmissionsDep
) -> DownloadPreview:
    """Look at an address without fetching anything."""
    return await submissions.preview(caller, body)


@router.post("", status_code=202, responses=may_answer(Conflict))
async def submit_download(
    body: DownloadCreate,
    caller: Downloader,
    submissions: SubmissionsDep,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> DownloadRead:
    """Take a video, playlist or channel; the same `Idempotency-Key` yields the same download."""
    download = await submissions.submit(caller, body, idempotency_key)
    response.headers["Location"] = f"{router.prefix}/{download.id}"
    return download


@router.get("")
async def list_downloads(
    caller: Downloader,
    downloads: DownloadsDep,
    statuses: Statuses = [],  # noqa: B006 - FastAPI copies it
    scope: Literal["mine", "all"] = "mine",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=100)] = None,
) -> DownloadList:
    """The newest first, all or those that stand like this; `scope=all` is for administrators."""
    if scope == "all":
        caller.needs(Permission.SYSTEM_MANAGE)
    owner = None if scope == "all" else caller.user_id
    return await downloads.list(owner, statuses, limit=limit, cursor=cursor)


@router.get("/totals")
async def read_download_totals(
    caller: Downloader, downloads: DownloadsDep, scope: Literal["mine", "all"] = "mine"
) -> DownloadTotals:
    """Numbers and bytes of all downloads together; `scope=all` is for administrators."""
    if scope == "all":
        caller.needs(Permission.SYSTEM_MANAGE)
    return await downloads.totals(None if scope == "all" else caller.user_id, caller)


@router.get("/{download_id}")
async def get_download(download_id: UUID, caller: Downloader, downloads: DownloadsDep) -> DownloadRead:
    """One download with its items."""
    return await downloads.detail(download_id, caller)


@router.delete("/{download_id}", status_code=204)
async def delete_download(download_id: UUID, caller: Downloader, downloads: DownloadsDep) -> Response:
    """Stop it if it is under way, and remove it with its files."""
    await downloads.delete(download_id, caller)
    return Response(status_code=204)


@router.post("/{download_id}/cancel", responses=may_answer(Conflict))
async def cancel_download(download_id: UUID, caller: Downloader, downloads: DownloadsDep) -> DownloadRead:
    """Stop what is not finished; finished files stay."""
    return await downloads.cancel(download_id, caller)


@router.post("/{download_id}/retry", responses=may_answer(Conflict))
async def retry_download(download_id: UUID, caller: Downloader, downloads: DownloadsDep) -> DownloadRead:
    """Try again what failed or was cancelled, and the step into Plex."""
    return await downloads.retry(download_id, caller)


@router.post("/{download_id}/pause", responses=may_answer(Conflict))
async def pause_download(download_id: UUID, caller: Downloader, downloads: DownloadsDep) -> DownloadRead:
    """Put it aside; what was fetched of an item is kept."""
    return await downloads.pause(download_id, caller)


@router.post("/{download_id}/resume", responses=may_answer(Conflict))
async def resume_download(download_id: UUID, caller: Downloader, downloads: DownloadsDep) -> DownloadRead:
    """Go on where it was put aside."""
    return await downloads.resume(download_id, caller)


@router.post("/{download_id}/approve", responses=may_answer(Conflict))
async def approve_download(download_id: UUID, caller: Manager, downloads: DownloadsDep) -> DownloadRead:
    """Let a download begin that waits for an administrator."""
    return await downloads.approve(download_id, caller)


@router.post("/{download_id}/decline", responses=may_answer(Conflict))
async def decline_download(
    download_id: UUID, body: DownloadDecline, caller: Manager, downloads: DownloadsDep
) -> DownloadRead:
    """Refuse a download that waits for an administrator."""
    return await downloads.decline(download_id, caller, body.reason)


_RANGES: dict[int | str, dict[str, Any]] = {
    206: {"description": "The part that `Range` asks for", "content": {"application/octet-stream": {}}},
    **may_answer(RangeNotThere),
}


@router.get(
    "/{download_id}/items/{item_id}/file",
    response_class=ServedFile,
    responses=_RANGES,
)
async def get_download_item_file(
    download_id: UUID, item_id: UUID, caller: Downloader, downloads: DownloadsDep
) -> ServedFile:
    """The file itself, under a readable name; ranges are served."""
    file = await downloads.file(download_id, item_id, caller)
    return ServedFile(file.path, media_type=file.media_type, filename=file.name)
