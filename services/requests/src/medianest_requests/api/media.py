"""Search, discovery and the detail of one title."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from medianest_common.contracts.requests import MediaType
from medianest_common.errors import UpstreamRefused
from medianest_common.refusals import may_answer
from medianest_requests.api.dependencies import PageNumber, Searcher, ServicesDep, json_answer
from medianest_requests.api.rendering import detail_body, page_body
from medianest_requests.schemas import DiscoverList, MediaDetail, MediaPage

router = APIRouter(prefix="/api/v1/media", tags=["media"])

_SECONDS = 20  # what the gateway may keep: short, since a request made elsewhere shows in it

SearchText = Annotated[str, Query(min_length=1, max_length=200)]
TmdbId = Annotated[int, Path(gt=0, le=2_147_483_647)]


@router.get("/search", response_model=MediaPage, responses=may_answer(UpstreamRefused))
async def search_media(query: SearchText, services: ServicesDep, caller: Searcher, page: PageNumber = 1) -> Response:
    """Films and series by title, with what may be done about each."""
    found = await services.catalogue.search(query, page, caller.user_id)
    return json_answer(page_body(found), max_age=_SECONDS)


@router.get("/discover/{list}", response_model=MediaPage, responses=may_answer(UpstreamRefused))
async def discover_media(
    kind: Annotated[DiscoverList, Path(alias="list")], services: ServicesDep, caller: Searcher, page: PageNumber = 1
) -> Response:
    """A list worth looking through."""
    found = await services.catalogue.discover(kind, page, caller.user_id)
    return json_answer(page_body(found), max_age=_SECONDS)


@router.get("/{media_type}/{tmdb_id}", response_model=MediaDetail, responses=may_answer(UpstreamRefused))
async def get_media_detail(media_type: MediaType, tmdb_id: TmdbId, services: ServicesDep, caller: Searcher) -> Response:
    """One title, its seasons, and the caller's quota for its kind."""
    found = await services.catalogue.detail(media_type, tmdb_id, caller.user_id)
    return json_answer(detail_body(found), max_age=_SECONDS)
