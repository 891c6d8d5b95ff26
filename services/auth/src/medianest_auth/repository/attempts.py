"""Sign-in attempts, and the leases under which they are polled."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, or_, text, update
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from medianest_auth.domain import PinStatus
from medianest_auth.models import SignInAttempt

_CLAIM = text(
    """update sign_in_attempts set lease_owner = :owner, lease_until = now() + make_interval(secs => :seconds)
       where id in (select id from sign_in_attempts where status = 'waiting' and pin is not null
                    and (lease_until is null or lease_until < now()) order by created_at limit :size
                    for update skip locked)
       returning id"""
)
_RENEW = text(
    """update sign_in_attempts set lease_until = now() + make_interval(secs => :seconds), polled_at = now()
       where id = :id and lease_owner = :owner and status = 'waiting' and expires_at > now()
       and (polled_at is null or polled_at <= now() - make_interval(secs => :apart))
       returning id"""
)
_RELEASE = text(
    """update sign_in_attempts set lease_owner = null, lease_until = null
       where lease_owner = :owner and status = 'waiting'"""
)


class Attempts:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, attempt: SignInAttempt) -> None:
        self._session.add(attempt)

    async def find(self, attempt_id: UUID, *, lock: bool = False) -> SignInAttempt | None:
        return await self._session.get(SignInAttempt, attempt_id, with_for_update=lock or None, populate_existing=lock)

    async def delete(self, attempt_id: UUID) -> None:
        await self._session.exec(delete(SignInAttempt).where(col(SignInAttempt.id) == attempt_id))

    async def open_at(self, group: str, now: datetime) -> Sequence[SignInAttempt]:
        """The waiting ones of an address, the oldest first."""
        query = (
            select(SignInAttempt)
            .where(
                SignInAttempt.address_group == group,
                SignInAttempt.status == PinStatus.WAITING,
                SignInAttempt.expires_at > now,
            )
            .order_by(col(SignInAttempt.created_at))
        )
        return (await self._session.exec(query)).all()

    async def count_open(self) -> int:
        query = select(func.count()).where(SignInAttempt.status == PinStatus.WAITING)
        return (await self._session.exec(query)).one()

    async def claim(self, owner: UUID, *, seconds: float, size: int) -> list[UUID]:
        """Take the lease of attempts nobody polls now."""
        connection = await self._session.connection()
        rows = await connection.execute(_CLAIM, {"owner": owner, "seconds": seconds, "size": size})
        return [row[0] for row in rows]

    async def renew(self, attempt_id: UUID, owner: UUID, *, seconds: float, apart: float) -> bool:
        """Keep the lease and note a poll; False when it is lost, over, or the last poll is not `apart` seconds ago."""
        connection = await self._session.connection()
        values = {"id": attempt_id, "owner": owner, "seconds": seconds, "apart": apart}
        return (await connection.execute(_RENEW, values)).first() is not None

    async def release(self, owner: UUID) -> None:
        """Give up all leases, so that another replica goes on at once."""
        connection = await self._session.connection()
        await connection.execute(_RELEASE, {"owner": owner})

    async def expire(self, now: datetime) -> int:
        """End the waiting of those whose time is over; their number."""
        result = await self._session.exec(
            update(SignInAttempt)
            .where(col(SignInAttempt.status) == PinStatus.WAITING, col(SignInAttempt.expires_at) <= now)
            .values(status=PinStatus.EXPIRED, pin=None, reason=None)
        )
        return result.rowcount

    async def forget_addresses_of(self, user_id: UUID) -> None:
        """Take the addresses off a user's sign-ins; who waits for one is still to hear that it is over."""
        theirs = or_(col(SignInAttempt.user_id) == user_id, col(SignInAttempt.link_user_id) == user_id)
        await self._session.exec(update(SignInAttempt).where(theirs).values(address_group=""))

    async def prune(self, before: datetime) -> None:
        """Drop what expired before; it holds an address."""
        await self._session.exec(delete(SignInAttempt).where(col(SignInAttempt.expires_at) < before))
