"""The status page for those who are not signed in; there only when it is switched on."""

from fastapi import APIRouter, Response

from medianest_common.errors import NotFound
from medianest_common.refusals import may_answer
from medianest_status.api.dependencies import PartsDep
from medianest_status.schemas import PublicStatusRead

router = APIRouter(tags=["status"])


@router.get("/public/status", response_model=PublicStatusRead, responses=may_answer(NotFound))
async def get_public_status(parts: PartsDep) -> Response:
    """Names, health and 90 days; no address, no user, no monitor of Uptime Kuma. 404 unless switched on."""
    body = await parts.public.document()
    return Response(body, headers={"Cache-Control": "public, max-age=5"}, media_type="application/json")
