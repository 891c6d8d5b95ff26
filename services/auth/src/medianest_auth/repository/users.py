"""Users."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from medianest_auth.models import User
from medianest_common.contracts.auth import UserStatus
from medianest_common.contracts.permissions import Role
from medianest_common.errors import NotFound

# `FOR NO KEY UPDATE`: a plain `FOR UPDATE` would block, and be blocked by, every new row that refers to the user
LOCK = {"key_share": True}


@dataclass(frozen=True)
class UserFilter:
    """What a list of users shows; erased ones only when asked for."""

    search: str | None = None
    role: Role | None = None
    status: UserStatus | None = None
    after: UUID | None = None


class Users:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, user_id: UUID, *, lock: bool = False) -> User | None:
        return await self._session.get(User, user_id, with_for_update=LOCK if lock else None, populate_existing=lock)

    async def get(self, user_id: UUID, *, lock: bool = False) -> User:
        """The user; NotFound when there is none or it is erased."""
        user = await self.find(user_id, lock=lock)
        if user is None or user.status is UserStatus.ERASED:
            raise NotFound("There is no such user.")
        return user

    async def by_plex_id(self, plex_id: str) -> User | None:
        """The user of a Plex account, locked."""
        query = select(User).where(User.plex_id == plex_id).with_for_update(key_share=True)
        return (await self._session.exec(query)).first()

    async def by_local_name(self, name: str) -> User | None:
        query = select(User).where(func.lower(User.local_username) == name.lower())
        return (await self._session.exec(query)).first()

    async def admins(self, *, lock: bool = False) -> Sequence[User]:
        """Everybody who can administer now; locked in one order, so that two removals cannot both see the other."""
        query = (
            select(User)
            .where(User.role == Role.ADMIN, User.status == UserStatus.ACTIVE)
            .order_by(col(User.id))
            .execution_options(populate_existing=lock)
        )
        return (await self._session.exec(query.with_for_update(key_share=True) if lock else query)).all()

    async def admin_exists(self) -> bool:
        query = select(User.id).where(User.role == Role.ADMIN, User.status != UserStatus.ERASED).limit(1)
        return (await self._session.exec(query)).first() is not None

    async def page(self, wanted: UserFilter, limit: int) -> Sequence[User]:
        """Users in the order of their ids, one more than `limit` when there are more."""
        query = select(User).order_by(col(User.id)).limit(limit + 1)
        if wanted.after is not None:
            query = query.where(col(User.id) > wanted.after)
        if wanted.search:
            text = f"%{_escaped(wanted.search)}%"
            query = query.where(or_(col(User.plex_username).ilike(text), col(User.local_username).ilike(text)))
        if wanted.role is not None:
            query = query.where(User.role == wanted.role)
        status = wanted.status
        query = query.where(User.status == status if status else User.status != UserStatus.ERASED)
        return (await self._session.exec(query)).all()

    async def with_plex_token(self) -> Sequence[User]:
        """Everybody whose access can be looked up at Plex."""
        query = (
            select(User)
            .where(User.status == UserStatus.ACTIVE, col(User.plex_token).is_not(None))
            .order_by(col(User.id))
        )
        return (await self._session.exec(query)).all()

    async def known_plex_ids(self, plex_ids: Sequence[str]) -> set[str]:
        query = select(User.plex_id).where(col(User.plex_id).in_(plex_ids))
        return {plex_id for plex_id in (await self._session.exec(query)).all() if plex_id is not None}

    async def versions(self) -> dict[UUID, int]:
        rows = (await self._session.exec(select(User.id, User.version))).all()
        return {row[0]: row[1] for row in rows}

    async def sealed_after(self, after: UUID | None, limit: int) -> Sequence[User]:
        """Users with something sealed, by id, for sealing it anew."""
        query = (
            select(User)
            .where(or_(col(User.plex_token).is_not(None), col(User.server_token).is_not(None)))
            .order_by(col(User.id))
            .limit(limit)
            .with_for_update(key_share=True)
        )
        if after is not None:
            query = query.where(col(User.id) > after)
        return (await self._session.exec(query)).all()


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
