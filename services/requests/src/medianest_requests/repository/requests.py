"""Requests and their seasons, for those who change them: rows come locked."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, or_, text, tuple_
from sqlalchemy import select as select_columns
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from medianest_common.contracts.requests import MediaType, RequestStatus
from medianest_requests.domain.quotas import Use, cost_of
from medianest_requests.domain.steps import UNCOUNTED
from medianest_requests.domain.titles import Asked, TitleKey
from medianest_requests.models import IdempotencyKey, MediaRequest, MediaRequestSeason

_TITLE_LOCK = 0x7469_746C  # "titl"
_USER_LOCK = 0x7573_6572  # "user"

_SEASONS = (
    select(func.array_agg(MediaRequestSeason.season_number))
    .where(col(MediaRequestSeason.request_id) == col(MediaRequest.id))
    .scalar_subquery()
)
_ASKED = select_columns(
    col(MediaRequest.id),
    col(MediaRequest.user_id),
    col(MediaRequest.media_type),
    col(MediaRequest.tmdb_id),
    col(MediaRequest.status),
    col(MediaRequest.is_4k),
    col(MediaRequest.created_at),
    _SEASONS.label("seasons"),
)
_KEY = tuple_(col(MediaRequest.media_type), col(MediaRequest.tmdb_id))


def _title(key: TitleKey) -> ColumnElement[bool]:
    return (col(MediaRequest.media_type) == key[0]) & (col(MediaRequest.tmdb_id) == key[1])


class RequestRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def lock_title(self, key: TitleKey) -> None:
        """One at a time may make requests for this title, whoever asks and wherever it was asked."""
        await self._lock(_TITLE_LOCK, f"{key[0].value}:{key[1]}")

    async def lock_user(self, user_id: UUID) -> None:
        """One at a time may use up this user's quota."""
        await self._lock(_USER_LOCK, str(user_id))

    async def _lock(self, space: int, name: str) -> None:
        connection = await self._session.connection()
        await connection.execute(
            text("select pg_advisory_xact_lock(:space, hashtext(:name))"), {"space": space, "name": name}
        )

    async def get(self, request_id: UUID) -> MediaRequest | None:
        found = await self._session.exec(select(MediaRequest).where(MediaRequest.id == request_id).with_for_update())
        return found.first()

    async def by_overseerr_id(self, overseerr_id: int) -> MediaRequest | None:
        found = await self._session.exec(
            select(MediaRequest).where(MediaRequest.overseerr_id == overseerr_id).with_for_update()
        )
        return found.first()

    async def unsent(self, user_id: UUID, key: TitleKey, *, is_4k: bool) -> MediaRequest | None:
        """The user's request for this title that Overseerr has not got yet, the oldest first."""
        waiting = (RequestStatus.PENDING, RequestStatus.APPROVED)
        found = await self._session.exec(
            select(MediaRequest)
            .where(_title(key), MediaRequest.user_id == user_id, MediaRequest.is_4k == is_4k)
            .where(col(MediaRequest.overseerr_id).is_(None), col(MediaRequest.status).in_(waiting))
            .order_by(col(MediaRequest.created_at))
            .limit(1)
            .with_for_update()
        )
        return found.first()

    def add(self, request: MediaRequest) -> None:
        self._session.add(request)

    async def set_seasons(self, request_id: UUID, seasons: Iterable[int]) -> None:
        """Add seasons to a request; those it has already stay."""
        rows = [{"request_id": request_id, "season_number": number} for number in sorted(set(seasons))]
        if rows:
            await self._session.flush()
            connection = await self._session.connection()
            await connection.execute(insert(MediaRequestSeason).on_conflict_do_nothing(), rows)

    async def seasons(self, request_id: UUID) -> tuple[int, ...]:
        found = await self._session.exec(
            select(MediaRequestSeason.season_number)
            .where(MediaRequestSeason.request_id == request_id)
            .order_by(col(MediaRequestSeason.season_number))
        )
        return tuple(found.all())

    async def asked(
        self, keys: Collection[TitleKey], statuses: Collection[RequestStatus]
    ) -> dict[TitleKey, list[Asked]]:
        """Who asked for these titles, and where that stands, by title."""
        found: dict[TitleKey, list[Asked]] = {}
        if not keys:
            return found
        connection = await self._session.connection()
        query = _ASKED.where(_KEY.in_(keys), col(MediaRequest.status).in_(statuses))
        for row in await connection.execute(query.order_by(col(MediaRequest.created_at))):
            found.setdefault((row.media_type, row.tmdb_id), []).append(
                Asked(row.id, row.user_id, row.status, row.is_4k, tuple(sorted(row.seasons or ())), row.created_at)
            )
        return found

    async def uses(self, user_id: UUID, since: datetime) -> dict[MediaType, list[Use]]:
        """What the user asked for since then that counts, by kind."""
        connection = await self._session.connection()
        rows = await connection.execute(
            select(MediaRequest.media_type, MediaRequest.created_at, _SEASONS.label("seasons"))
            .where(MediaRequest.user_id == user_id, MediaRequest.created_at > since)
            .where(col(MediaRequest.status).not_in(UNCOUNTED))
        )
        found: dict[MediaType, list[Use]] = {kind: [] for kind in MediaType}
        for media_type, at, seasons in rows:
            found[media_type].append(Use(at, cost_of(media_type, seasons or ())))
        return found

    async def remembered(self, user_id: UUID, key: str) -> IdempotencyKey | None:
        return await self._session.get(IdempotencyKey, (user_id, key))

    def remember(self, key: IdempotencyKey) -> None:
        self._session.add(key)

    async def claim_due(self, now: datetime, lease: timedelta) -> MediaRequest | None:
        """The request that has waited longest for its way to Overseerr, for this replica alone until the lease ends."""
        found = await self._session.exec(
            select(MediaRequest)
            .where(col(MediaRequest.submit_due_at) <= now)
            .order_by(col(MediaRequest.submit_due_at))
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        request = found.first()
        if request is not None:
            request.submit_due_at = now + lease
            request.submit_attempts += 1
        return request

    async def send_now(self, now: datetime) -> int:
        """Make due at once what waits for Overseerr's return; what may have arrived already keeps its own time."""
        connection = await self._session.connection()
        result = await connection.execute(
            text(
                """update media_requests set submit_due_at = :now
                   where submit_due_at > :now and submit_posted_at is null and overseerr_id is null
                   and status = 'approved'"""
            ),
            {"now": now},
        )
        return result.rowcount

    async def to_check(self, statuses: Collection[RequestStatus], before: datetime, limit: int) -> Sequence[int]:
        """Overseerr's numbers of requests nobody has compared since `before`, the longest ago first."""
        found = await self._session.exec(
            select(MediaRequest.overseerr_id)
            .where(col(MediaRequest.overseerr_id).is_not(None))
            .where(col(MediaRequest.status).in_(statuses))
            .where(or_(col(MediaRequest.checked_at).is_(None), col(MediaRequest.checked_at) < before))
            .order_by(col(MediaRequest.checked_at).nulls_first())
            .limit(limit)
        )
        return [number for number in found.all() if number is not None]

    async def mark_checked(self, numbers: Sequence[int], now: datetime) -> None:
        connection = await self._session.connection()
        await connection.execute(
            text("update media_requests set checked_at = :now where overseerr_id = any(:numbers)"),
            {"now": now, "numbers": list(numbers)},
        )

    async def of_user(self, user_id: UUID) -> Sequence[MediaRequest]:
        found = await self._session.exec(select(MediaRequest).where(MediaRequest.user_id == user_id).with_for_update())
        return found.all()

    async def forget_user(self, user_id: UUID) -> None:
        """Delete the user's requests and everything else that names them."""
        connection = await self._session.connection()
        await connection.execute(delete(MediaRequest).where(col(MediaRequest.user_id) == user_id))
        await connection.execute(delete(IdempotencyKey).where(col(IdempotencyKey.user_id) == user_id))
