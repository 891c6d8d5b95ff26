"""Posters and other pictures, fetched, resized and kept by us: no browser learns where they come from."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from medianest_common.errors import UpstreamRefused
from medianest_common.refusals import may_answer
from medianest_requests.api.dependencies import Searcher, ServicesDep
from medianest_requests.schemas import ArtworkKind

router = APIRouter(prefix="/api/v1/media/artwork", tags=["media"])

_KEEP = "private, max-age=604800, immutable"  # a changed picture has another path

Width = Annotated[int, Query(ge=32, le=1280, description="In pixels; rounded up to one of a few sizes")]


@router.get(
    "/{kind}/{path:path}",
    response_class=Response,
    responses={
        200: {"content": {"image/webp": {}}, "description": "The picture"},
        304: {"description": "What the caller has is still right"},
        **may_answer(UpstreamRefused),
    },
)
async def get_artwork(
    kind: ArtworkKind,
    path: Annotated[str, Path(max_length=200)],
    request: Request,
    services: ServicesDep,
    caller: Searcher,
    width: Width = 342,
) -> Response:
    """A picture as WebP, at most `width` wide."""
    picture = await services.artwork.picture(kind, path, width, caller)
    headers = {"Cache-Control": _KEEP, "ETag": picture.etag, "X-Content-Type-Options": "nosniff"}
    if request.headers.get("if-none-match") == picture.etag:
        return Response(status_code=304, headers=headers)
    return Response(picture.body, media_type="image/webp", headers=headers)
