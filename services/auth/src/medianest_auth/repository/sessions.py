"""Sessions and their refresh tokens."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from sqlalchemy import delete, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from medianest_auth.domain import SessionMark
from medianest_auth.models import ApiToken, Session, SessionToken, User
from medianest_auth.repository.users import LOCK


class Sessions:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, session: Session) -> None:
        self._session.add(session)

    async def add_token(self, token: SessionToken) -> None:
        await self._session.flush()  # a token's row needs its session's
        self._session.add(token)

    async def find(self, session_id: UUID, *, lock: bool = False) -> Session | None:
        locking = LOCK if lock else None
        return await self._session.get(Session, session_id, with_for_update=locking, populate_existing=lock)

    async def token(self, token_hash: str) -> SessionToken | None:
        query = select(SessionToken).where(SessionToken.token_hash == token_hash)
        return (await self._session.exec(query.execution_options(populate_existing=True))).first()

    async def alive_of(self, user_id: UUID, now: datetime, *, lock: bool = False) -> Sequence[Session]:
        """A user's sessions that are neither revoked nor over, the last used first.

        Who locks them all holds the user's lock already, so that two do not wait for each other.
        """
        query = (
            select(Session)
            .where(Session.user_id == user_id, col(Session.revoked_at).is_(None), Session.expires_at > now)
            .order_by(col(Session.last_used_at).desc())
        )
        return (await self._session.exec(query.with_for_update(key_share=True) if lock else query)).all()

    async def forget_devices_of(self, user_id: UUID) -> None:
        """Take off what their (ended) sessions say of a user's devices; the refresh tokens go with it."""
        await self._session.exec(delete(SessionToken).where(col(SessionToken.user_id) == user_id))
        await self._session.exec(update(Session).where(col(Session.user_id) == user_id).values(device=""))

    async def changed_since(self, moment: datetime) -> list[SessionMark]:
        """Every session and API token whose standing changed since, for the cache that may have missed it."""
        marks: list[SessionMark] = []
        kinds: tuple[type[Session] | type[ApiToken], ...] = (Session, ApiToken)
        for kind in kinds:
            query = (
                select(kind, User.permission_epoch)
                .join(User, col(User.id) == kind.user_id)
                .where(kind.state_changed_at > moment)
            )
            rows = cast("Sequence[tuple[Session | ApiToken, int]]", (await self._session.exec(query)).all())
            for shown, epoch in rows:
                alive = shown.revoked_at is None
                ends = shown.expires_at if alive else None
                marks.append(SessionMark(shown.id, shown.user_id, alive=alive, epoch=epoch, ends=ends))
        return marks

    async def prune(self, now: datetime, keep: timedelta) -> int:
        """Drop tokens past their time and sessions without any; the number of tokens."""
        tokens = await self._session.exec(delete(SessionToken).where(col(SessionToken.expires_at) < now - keep))
        with_tokens = select(SessionToken.session_id)
        await self._session.exec(
            delete(Session).where(col(Session.state_changed_at) < now - keep, col(Session.id).not_in(with_tokens))
        )
        return tokens.rowcount
