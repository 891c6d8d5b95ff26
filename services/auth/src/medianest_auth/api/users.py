"""Users, for administrators."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from medianest_auth.api import views
from medianest_auth.api.dependencies import NO_STORE, OriginDep, ServicesDep, holding
from medianest_auth.api.paging import After, Limit, next_cursor, part
from medianest_auth.repository.users import UserFilter
from medianest_auth.schemas import (
    ErasureList,
    ErasureRead,
    SessionList,
    UserList,
    UserRead,
    UsersImported,
    UserUpdate,
)
from medianest_auth.service.sessions import Identity
from medianest_auth.service.users import UserChange
from medianest_common.contracts.auth import UserStatus
from medianest_common.contracts.permissions import Permission, Role
from medianest_common.errors import Conflict, UpstreamRefused
from medianest_common.refusals import may_answer

router = APIRouter(prefix="/api/v1/users", tags=["users"], dependencies=[NO_STORE])

Reader = Annotated[Identity, Depends(holding(Permission.USERS_READ))]
Writer = Annotated[Identity, Depends(holding(Permission.USERS_WRITE))]
Deleter = Annotated[Identity, Depends(holding(Permission.USERS_DELETE))]


@router.get("")
async def list_users(
    _: Reader,
    services: ServicesDep,
    after: After,
    limit: Limit = 20,
    q: Annotated[str | None, Query(max_length=100, description="Part of a name")] = None,
    role: Role | None = None,
    status: UserStatus | None = None,
) -> UserList:
    """Users by name, role and status; erased ones only when asked for."""
    rows = await services.users.page(UserFilter(q, role, status, after), limit)
    return UserList(
        items=[views.user(row) for row in part(rows, limit)], next_cursor=next_cursor([row.id for row in rows], limit)
    )


@router.post("/import", responses=may_answer(Conflict, UpstreamRefused))
async def import_users(identity: Writer, services: ServicesDep, origin: OriginDep) -> UsersImported:
    """Make users of everybody the Plex server is shared with."""
    created, known = await services.users.import_server_users(by=identity, origin=origin)
    return UsersImported(created=created, known=known)


@router.get("/erasures")
async def list_erasures(_: Reader, services: ServicesDep, after: After, limit: Limit = 20) -> ErasureList:
    """Deleted users, and which parts of the suite have not yet said that nothing of theirs is left."""
    rows = await services.erasures.page(after, limit)
    return ErasureList(
        items=[ErasureRead.model_validate(row, from_attributes=True) for row in part(rows, limit)],
        next_cursor=next_cursor([row.user_id for row in rows], limit),
    )


@router.get("/{user_id}")
async def read_user(user_id: UUID, _: Reader, services: ServicesDep) -> UserRead:
    return views.user(await services.users.get(user_id))


@router.patch("/{user_id}", responses=may_answer(Conflict))
async def update_user(
    user_id: UUID, body: UserUpdate, identity: Writer, services: ServicesDep, origin: OriginDep
) -> UserRead:
    """Change role, suspension, switches and quotas; the first two ask for a sign-in of the last half hour."""
    given = body.model_dump(exclude_unset=True, exclude={"role", "suspended"})
    switches = ("auto_approve", "downloads_need_approval")
    values = {name: value for name, value in given.items() if value is not None or name not in switches}
    change = UserChange(body.role, body.suspended, values)
    return views.user(await services.users.change(user_id, change, by=identity, origin=origin))


@router.delete("/{user_id}", status_code=202, responses=may_answer(Conflict))
async def delete_user(user_id: UUID, identity: Deleter, services: ServicesDep, origin: OriginDep) -> None:
    """Forget a user everywhere; `GET /api/v1/users/erasures` shows how far that is."""
    await services.erasures.begin(user_id, by=identity, origin=origin)


@router.get("/{user_id}/sessions")
async def list_user_sessions(user_id: UUID, _: Reader, services: ServicesDep) -> SessionList:
    """Where a user is signed in."""
    user = await services.users.get(user_id)
    return views.sessions(await services.sessions.alive_of(user.id), None)


@router.delete("/{user_id}/sessions/{session_id}", status_code=204)
async def revoke_user_session(
    user_id: UUID, session_id: UUID, identity: Writer, services: ServicesDep, origin: OriginDep
) -> None:
    """End one of a user's sessions; asks for a sign-in of the last half hour."""
    await services.sessions.revoke_one(session_id, owner=user_id, by=identity, origin=origin)
