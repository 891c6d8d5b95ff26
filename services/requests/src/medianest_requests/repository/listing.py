"""Reading requests to show them: columns straight from the table, no entities, since lists are read most."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, String, bindparam, func, literal_column, select, tuple_, type_coerce
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from medianest_common.contracts.requests import RequestStatus
from medianest_requests.models import MediaRequest, MediaRequestSeason

Position = tuple[datetime, UUID]

_SEASONS = (
    select(func.array_agg(literal_column("season_number order by season_number")))
    .select_from(MediaRequestSeason)
    .where(col(MediaRequestSeason.request_id) == col(MediaRequest.id))
    .scalar_subquery()
    .label("seasons")
)
_COLUMNS = select(
    col(MediaRequest.id),
    col(MediaRequest.user_id),
    type_coerce(col(MediaRequest.media_type), String).label("media_type"),
    col(MediaRequest.tmdb_id),
    col(MediaRequest.title),
    col(MediaRequest.year),
    col(MediaRequest.poster_path),
    col(MediaRequest.is_4k),
    _SEASONS,
    type_coerce(col(MediaRequest.status), String).label("status"),
    col(MediaRequest.status_reason),
    col(MediaRequest.overseerr_id),
    col(MediaRequest.created_at),
    col(MediaRequest.updated_at),
    col(MediaRequest.completed_at),
    col(MediaRequest.version),
    col(MediaRequest.timeline),
)
_NEWEST = _COLUMNS.order_by(col(MediaRequest.created_at).desc(), col(MediaRequest.id).desc()).limit(bindparam("most"))
_OWN = _NEWEST.where(col(MediaRequest.user_id) == bindparam("owner"))  # made once: making it costs a tenth of a call


class RequestListing:
    """`owner` None: everybody's."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")  # one statement needs no transaction

    async def page(
        self, owner: UUID | None, statuses: Sequence[RequestStatus], after: Position | None, limit: int
    ) -> Sequence[RowMapping]:
        query = _NEWEST if owner is None else _OWN
        if statuses:
            query = query.where(col(MediaRequest.status).in_(statuses))
        if after is not None:
            query = query.where(tuple_(col(MediaRequest.created_at), col(MediaRequest.id)) < after)
        async with self._engine.connect() as connection:
            return (await connection.execute(query, {"owner": owner, "most": limit})).mappings().all()

    async def one(self, request_id: UUID, owner: UUID | None) -> RowMapping | None:
        query = _COLUMNS.where(col(MediaRequest.id) == request_id)
        if owner is not None:
            query = query.where(col(MediaRequest.user_id) == owner)
        async with self._engine.connect() as connection:
            return (await connection.execute(query)).mappings().first()
