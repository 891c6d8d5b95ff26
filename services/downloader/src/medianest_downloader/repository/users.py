"""What we know of users, and how much they keep."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from medianest_downloader.models import ArchivedVideo, Download, Follow, KnownUser, Turn, UserPause
from medianest_downloader.repository.statements import Repository


class UserRows(Repository):
    async def get(self, user_id: UUID) -> KnownUser | None:
        return (await self._session.exec(select(KnownUser).where(col(KnownUser.user_id) == user_id))).first()

    async def needs_approval(self, user_id: UUID) -> bool:
        """Whether an administrator looks at their downloads first."""
        user = await self.get(user_id)
        return user is not None and user.downloads_need_approval

    async def learn(self, user: KnownUser) -> bool:
        """Take a newer state; False when we know it or a later one already."""
        values = user.model_dump()
        new = insert(KnownUser).values(**values)
        newer = new.on_conflict_do_update(
            index_elements=["user_id"], set_=values, where=col(KnownUser.version) < user.version
        ).returning(col(KnownUser.user_id))
        return (await self._run(newer)).first() is not None

    async def forget(self, user_id: UUID) -> None:
        """Everything of theirs in this database but the mark that they were erased."""
        for table in (ArchivedVideo, Download, Follow, Turn, UserPause, KnownUser):
            await self._run(delete(table).where(col(table.user_id) == user_id))

    async def pause(self, user_id: UUID, reason: str) -> UserPause:
        """Put somebody's downloads aside, or give another reason for it."""
        new = insert(UserPause).values(UserPause(user_id=user_id, reason=reason).model_dump())
        await self._run(new.on_conflict_do_update(index_elements=["user_id"], set_={"reason": reason}))
        query = select(UserPause).where(col(UserPause.user_id) == user_id).execution_options(populate_existing=True)
        return (await self._session.exec(query)).one()

    async def resume(self, user_id: UUID) -> bool:
        """False when nothing of theirs was put aside."""
        removed = delete(UserPause).where(col(UserPause.user_id) == user_id).returning(col(UserPause.user_id))
        return (await self._run(removed)).first() is not None

    async def paused(self) -> Sequence[UserPause]:
        return (await self._session.exec(select(UserPause).order_by(col(UserPause.since)))).all()

    async def pause_reasons(self, user_ids: Collection[UUID]) -> dict[UUID, str]:
        query = select(UserPause).where(col(UserPause.user_id).in_(user_ids))
        return {pause.user_id: pause.reason for pause in (await self._session.exec(query)).all()}
