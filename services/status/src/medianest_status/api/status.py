"""Reading health: everything at once, one service, and its history."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from medianest_status.api.dependencies import PartsDep, Reader, sees_private
from medianest_status.schemas import HistoryRange, ServiceDetailRead, ServiceHistoryRead, StatusRead

router = APIRouter(tags=["status"])

_BRIEFLY = {"Cache-Control": "private, max-age=1"}
_FOR_A_WHILE = {"Cache-Control": "private, max-age=60"}


def _json(body: bytes, headers: dict[str, str]) -> Response:
    return Response(body, headers=headers, media_type="application/json")


@router.get("/status", response_model=StatusRead)
async def get_status(caller: Reader, parts: PartsDep) -> Response:
    """Every service the caller may see, what can be done now, and one sentence about it."""
    return _json(await parts.overview.everything(private=sees_private(caller)), _BRIEFLY)


@router.get("/status/{service_id}", response_model=ServiceDetailRead)
async def get_service_status(service_id: str, caller: Reader, parts: PartsDep) -> Response:
    """One service with its incidents and maintenance windows."""
    return _json(await parts.overview.one(service_id, private=sees_private(caller)), _BRIEFLY)


@router.get("/status/{service_id}/history", response_model=ServiceHistoryRead)
async def get_service_history(
    service_id: str,
    caller: Reader,
    parts: PartsDep,
    span: Annotated[HistoryRange, Query(alias="range")] = HistoryRange.DAY,
) -> Response:
    """Health and response time in buckets of time; a bucket without a measurement says so."""
    body = await parts.overview.history(service_id, span.value, private=sees_private(caller))
    return _json(body, _FOR_A_WHILE)
