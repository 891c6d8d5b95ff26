"""The Plex library, as far as it is shared with the caller."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from medianest_common.errors import NotFound, UpstreamRefused
from medianest_common.refusals import may_answer
from medianest_requests.api.dependencies import Cursor, Limit, Searcher, ServicesDep
from medianest_requests.api.rendering import library_page, library_sections
from medianest_requests.schemas import LibraryPage, LibrarySections

router = APIRouter(prefix="/api/v1/library", tags=["library"])

_CACHE = "private, max-age=30"

SectionKey = Annotated[str, Path(pattern=r"^[0-9]{1,9}$")]
SectionQuery = Annotated[str | None, Query(pattern=r"^[0-9]{1,9}$")]
SearchText = Annotated[str, Query(min_length=1, max_length=200)]


@router.get("/sections", responses=may_answer(NotFound, UpstreamRefused))
async def list_library_sections(services: ServicesDep, caller: Searcher, response: Response) -> LibrarySections:
    """The libraries of the server."""
    response.headers["Cache-Control"] = _CACHE
    return library_sections(await services.library.sections(caller))


@router.get("/sections/{key}/items", responses=may_answer(NotFound, UpstreamRefused))
async def list_library_items(
    key: SectionKey,
    services: ServicesDep,
    caller: Searcher,
    response: Response,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> LibraryPage:
    """What one library holds, by title."""
    response.headers["Cache-Control"] = _CACHE
    return library_page(await services.library.items(caller, key, limit, cursor))


@router.get("/recently-added", responses=may_answer(NotFound, UpstreamRefused))
async def list_recently_added(
    services: ServicesDep, caller: Searcher, response: Response, limit: Limit = 20, cursor: Cursor = None
) -> LibraryPage:
    """What came last, newest first."""
    response.headers["Cache-Control"] = _CACHE
    return library_page(await services.library.recently_added(caller, limit, cursor))


@router.get("/search", responses=may_answer(NotFound, UpstreamRefused))
async def search_library(
    query: SearchText, services: ServicesDep, caller: Searcher, response: Response, limit: Limit = 20
) -> LibraryPage:
    """What of the library fits the words."""
    response.headers["Cache-Control"] = _CACHE
    return library_page(await services.library.search(caller, query, limit))


@router.get("/collections", responses=may_answer(NotFound, UpstreamRefused))
async def list_library_collections(
    services: ServicesDep,
    caller: Searcher,
    response: Response,
    section: SectionQuery = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> LibraryPage:
    """Collections, of one library or of all."""
    response.headers["Cache-Control"] = _CACHE
    return library_page(await services.library.collections(caller, section, limit, cursor))
