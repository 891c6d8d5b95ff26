"""`/api/v1/<domain>/dead-letters`: what a service could not handle, for administrators. The same in every service."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.params import Depends as Guard
from pydantic import AwareDatetime, BaseModel, Field

from medianest_common.contracts.permissions import Permission
from medianest_common.dead_letters import DeadLetters, FailedAgain
from medianest_common.refusals import may_answer
from medianest_common.tokens import Caller
from medianest_common.web import caller_with

NoteAction = Callable[[Caller, str, str], Awaitable[None]]  # who does what to which letter, for the audit log


class DeadLetterRead(BaseModel):
    """A message that could not be handled; its contents stay inside."""

    id: int
    subject: str = Field(description="What kind of message it is")
    consumer: str = Field(description="Which part of the service could not handle it")
    failed_at: AwareDatetime
    attempts: int
    why: str


class DeadLetterList(BaseModel):
    items: list[DeadLetterRead]
    next_cursor: str | None
    total: int = Field(description="How many wait in this service")


@dataclass(frozen=True)
class LetterDesk:
    """What the routes stand on: the letters, and where what administrators do with them is noted."""

    letters: DeadLetters
    note: NoteAction


def _desk(request: Request) -> LetterDesk:
    desk: LetterDesk = request.app.state.letter_desk
    return desk


DeskDep = Annotated[LetterDesk, Depends(_desk)]
Manager = Annotated[Caller, Depends(caller_with(Permission.SYSTEM_MANAGE))]
LetterId = Annotated[int, Path(ge=1, le=2**53 - 1)]
Cursor = Annotated[str | None, Query(pattern=r"^[0-9]{1,15}$")]
Limit = Annotated[int, Query(ge=1, le=100)]


def dead_letters_router(domain: str, guards: Sequence[Guard] = ()) -> APIRouter:
    """The routes of one service, whose operations bear its domain's name; `guards` stand beside the permission."""
    router = APIRouter(prefix=f"/api/v1/{domain}/dead-letters", tags=["dead letters"], dependencies=guards)

    @router.get("", name=f"list_{domain}_dead_letters")
    async def list_dead_letters(
        _: Manager, desk: DeskDep, response: Response, cursor: Cursor = None, limit: Limit = 20
    ) -> DeadLetterList:
        """What could not be handled and why, the longest waiting first."""
        response.headers["Cache-Control"] = "no-store"
        found = await desk.letters.page(int(cursor or 0), limit)
        items = [DeadLetterRead.model_validate(letter, from_attributes=True) for letter in found[:limit]]
        more = len(found) > limit
        return DeadLetterList(
            items=items, next_cursor=str(items[-1].id) if more else None, total=await desk.letters.total()
        )

    @router.post(
        "/{letter_id}/rerun",
        status_code=204,
        name=f"rerun_{domain}_dead_letter",
        responses=may_answer(FailedAgain),
    )
    async def rerun_dead_letter(letter_id: LetterId, caller: Manager, desk: DeskDep) -> Response:
        """Handle it once more; it is gone when that works. What took effect before does not take effect again."""
        letter = await desk.letters.one(letter_id)
        await desk.note(caller, "dead_letter.rerun", f"{domain}:{letter_id}")
        await desk.letters.rerun(letter)
        return Response(status_code=204)

    @router.delete("/{letter_id}", status_code=204, name=f"drop_{domain}_dead_letter")
    async def drop_dead_letter(letter_id: LetterId, caller: Manager, desk: DeskDep) -> Response:
        """Give it up for good."""
        letter = await desk.letters.one(letter_id)
        await desk.note(caller, "dead_letter.dropped", f"{domain}:{letter_id}")
        await desk.letters.drop(letter)
        return Response(status_code=204)

    return router
