"""Putting the downloads of a user aside by hand, and letting them go on."""

import asyncio
from uuid import UUID

from medianest_common.errors import NotFound
from medianest_common.inbox import is_erased
from medianest_common.tokens import Caller
from medianest_downloader.repository.work import OpenWork
from medianest_downloader.schemas import PausedDownloadUser, PausedDownloadUserList
from medianest_downloader.service.settling import put_aside


class Pauses:
    def __init__(self, work: OpenWork, wake: asyncio.Event) -> None:
        """`wake` is set when there is something to hand out again."""
        self._work = work
        self._wake = wake

    async def list(self) -> PausedDownloadUserList:
        async with self._work() as work:
            rows = await work.users.paused()
        return PausedDownloadUserList(
            items=[PausedDownloadUser.model_validate(row, from_attributes=True) for row in rows]
        )

    async def pause(self, user_id: UUID, reason: str, *, by: Caller) -> PausedDownloadUser:
        """What runs of theirs stops where it is; what was fetched of it is kept."""
        async with self._work() as work:
            if await is_erased(work.session, user_id):
                raise NotFound("There is no such user.")
            row = await work.users.pause(user_id, reason)
            await put_aside(work, user_id)
            work.note_action(by, "user_downloads.paused", user_id)
        return PausedDownloadUser.model_validate(row, from_attributes=True)

    async def resume(self, user_id: UUID, *, by: Caller) -> None:
        async with self._work() as work:
            if not await work.users.resume(user_id):
                raise NotFound("Nothing of this user is put aside.")
            work.note_action(by, "user_downloads.resumed", user_id)
        self._wake.set()
