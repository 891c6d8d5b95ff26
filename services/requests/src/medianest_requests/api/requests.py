"""Media requests: asking, listing, deciding."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Body, Header, Query, Response, status

from medianest_common.contracts.permissions import Permission
from medianest_common.contracts.requests import RequestStatus
from medianest_common.errors import Conflict, UpstreamRefused
from medianest_common.refusals import may_answer
from medianest_requests.api.dependencies import Cursor, Decider, Limit, Requester, ServicesDep, json_answer
from medianest_requests.schemas import RequestCreate, RequestDecline, RequestPage, RequestRead
from medianest_requests.service.asking import Wish

router = APIRouter(prefix="/api/v1/requests", tags=["requests"])

IdempotencyKeyHeader = Annotated[str | None, Header(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")]
Statuses = Annotated[list[RequestStatus], Query(alias="status", max_length=10)]


@router.post(
    "", response_model=RequestRead, status_code=status.HTTP_201_CREATED, responses=may_answer(Conflict, UpstreamRefused)
)
async def create_request(
    body: RequestCreate, services: ServicesDep, caller: Requester, idempotency_key: IdempotencyKeyHeader = None
) -> Response:
    """Ask for a film or for seasons of a series. The same `Idempotency-Key` yields the same request."""
    wish = Wish(body.media_type, body.tmdb_id, body.title, tuple(sorted(set(body.seasons or ()))), body.is_4k)
    request_id = await services.asking.ask(wish, caller, idempotency_key)
    answer = json_answer(await services.listing.one(request_id, caller))
    answer.status_code = status.HTTP_201_CREATED
    answer.headers["Location"] = f"/api/v1/requests/{request_id}"
    return answer


@router.get("", response_model=RequestPage)
async def list_requests(
    services: ServicesDep,
    caller: Requester,
    statuses: Statuses = [],  # noqa: B006 - FastAPI copies it
    scope: Literal["mine", "all"] = "mine",
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    """Requests, newest first: one's own, or with `scope=all` everybody's for those who decide."""
    if scope == "all":
        caller.needs(Permission.SYSTEM_MANAGE)
    return json_answer(await services.listing.page(caller, scope, statuses, limit, cursor))


@router.get("/{request_id}", response_model=RequestRead)
async def get_request(request_id: UUID, services: ServicesDep, caller: Requester) -> Response:
    """One request with its whole way so far."""
    return json_answer(await services.listing.one(request_id, caller))


@router.delete("/{request_id}", response_model=RequestRead, responses=may_answer(Conflict))
async def cancel_request(request_id: UUID, services: ServicesDep, caller: Requester) -> Response:
    """Take one's own request back while nobody has decided."""
    await services.deciding.cancel(request_id, caller)
    return json_answer(await services.listing.one(request_id, caller))


@router.post("/{request_id}/approve", response_model=RequestRead, responses=may_answer(Conflict))
async def approve_request(request_id: UUID, services: ServicesDep, caller: Decider) -> Response:
    """Let a pending request go on its way."""
    await services.deciding.approve(request_id, caller)
    return json_answer(await services.listing.one(request_id, caller))


@router.post("/{request_id}/decline", response_model=RequestRead, responses=may_answer(Conflict))
async def decline_request(
    request_id: UUID,
    services: ServicesDep,
    caller: Decider,
    body: Annotated[RequestDecline | None, Body()] = None,
) -> Response:
    """Decline a pending request, best with a reason."""
    await services.deciding.decline(request_id, caller, body.reason if body else None)
    return json_answer(await services.listing.one(request_id, caller))


@router.post("/{request_id}/retry", response_model=RequestRead, responses=may_answer(Conflict))
async def retry_request(request_id: UUID, services: ServicesDep, caller: Requester) -> Response:
    """Send a failed request on its way again."""
    await services.deciding.retry(request_id, caller)
    return json_answer(await services.listing.one(request_id, caller))
