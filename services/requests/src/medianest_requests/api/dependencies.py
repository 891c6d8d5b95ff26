"""What routes ask for: the services behind them, the caller, and answers that were kept."""

from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import Depends, Query, Request
from fastapi.responses import Response

from medianest_common.contracts.permissions import Permission
from medianest_common.tokens import Caller
from medianest_common.web import caller_with
from medianest_requests.service import Services


async def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


ServicesDep = Annotated[Services, Depends(_services)]
Searcher = Annotated[Caller, Depends(caller_with(Permission.MEDIA_SEARCH))]
Requester = Annotated[Caller, Depends(caller_with(Permission.MEDIA_REQUEST))]
Decider = Annotated[Caller, Depends(caller_with(Permission.SYSTEM_MANAGE))]

Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=200)]
PageNumber = Annotated[int, Query(ge=1, le=500)]

_JSON = "application/json"


def _other(value: Any) -> str:
    """The database driver's own UUIDs are not quite Python's."""
    if isinstance(value, UUID):
        return str(value)
    raise TypeError


def json_answer(body: Any, *, max_age: int | None = None) -> Response:
    """Serialize once, past the validation of response models; `max_age` lets the gateway keep it for this user."""
    cache = "no-store" if max_age is None else f"private, max-age={max_age}"
    content = orjson.dumps(body, default=_other, option=orjson.OPT_UTC_Z | orjson.OPT_PASSTHROUGH_SUBCLASS)
    return Response(content, media_type=_JSON, headers={"Cache-Control": cache})
