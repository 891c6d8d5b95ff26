"""What we know of users, and how much they keep."""

from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from medianest_downloader.models import ArchivedVideo, Download, KnownUser, Turn
from medianest_downloader.repository.statements import Repository


class UserRows(Repository):
    async def get(self, user_id: UUID) -> KnownUser | None:
        return (await self._session.exec(select(KnownUser).where(col(KnownUser.user_id) == user_id))).first()

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
        for table in (ArchivedVideo, Download, Turn, KnownUser):
            await self._run(delete(table).where(col(table.user_id) == user_id))
