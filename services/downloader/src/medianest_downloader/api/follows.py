"""`/api/v1/downloads/follows`: channels and playlists whose new videos come by themselves. Another user's is a 404."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response

from medianest_common.contracts.permissions import Permission
from medianest_common.errors import Conflict
from medianest_common.refusals import may_answer
from medianest_downloader.api.parts import Downloader, FollowsDep, IdempotencyKey
from medianest_downloader.follow_schemas import FollowCreate, FollowFiles, FollowList, FollowRead, FollowUpdate

router = APIRouter(prefix="/api/v1/downloads/follows", tags=["downloads"])


@router.post("", status_code=201, responses=may_answer(Conflict))
async def create_follow(
    body: FollowCreate,
    caller: Downloader,
    follows: FollowsDep,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> FollowRead:
    """Follow a channel or playlist; the first check comes at once. The same `Idempotency-Key` yields the same one."""
    follow = await follows.create(caller, body, idempotency_key)
    response.headers["Location"] = f"{router.prefix}/{follow.id}"
    return follow


@router.get("")
async def list_follows(
    caller: Downloader,
    follows: FollowsDep,
    scope: Literal["mine", "all"] = "mine",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=100)] = None,
) -> FollowList:
    """The newest first; `scope=all` is for administrators."""
    if scope == "all":
        caller.needs(Permission.SYSTEM_MANAGE)
    return await follows.list(None if scope == "all" else caller.user_id, limit=limit, cursor=cursor)


@router.get("/{follow_id}")
async def get_follow(follow_id: UUID, caller: Downloader, follows: FollowsDep) -> FollowRead:
    """When it was checked, when it is again, and what it has brought."""
    return await follows.detail(follow_id, caller)


@router.patch("/{follow_id}", responses=may_answer(Conflict))
async def update_follow(follow_id: UUID, body: FollowUpdate, caller: Downloader, follows: FollowsDep) -> FollowRead:
    """Another schedule, rule or preset; pause it, or go on."""
    return await follows.change(follow_id, caller, body)


@router.delete("/{follow_id}", status_code=204)
async def delete_follow(
    follow_id: UUID, caller: Downloader, follows: FollowsDep, files: FollowFiles = FollowFiles.KEEP
) -> Response:
    """Follow it no more; its videos stay as a download like any other, or go with it."""
    await follows.delete(follow_id, caller, files)
    return Response(status_code=204)


@router.post("/{follow_id}/check", responses=may_answer(Conflict))
async def check_follow(follow_id: UUID, caller: Downloader, follows: FollowsDep) -> FollowRead:
    """Look for new videos now; at most once a minute."""
    return await follows.check(follow_id, caller)
