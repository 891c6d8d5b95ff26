"""Who may come in: the owner's policy and invitations."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from medianest_auth.api import views
from medianest_auth.api.dependencies import NO_STORE, OriginDep, ServicesDep, holding
from medianest_auth.api.paging import After, Limit, next_cursor, part
from medianest_auth.schemas import InvitationCreate, InvitationCreated, InvitationList, PolicyRead, PolicyUpdate
from medianest_auth.service.sessions import Identity
from medianest_common.contracts.permissions import Permission
from medianest_common.errors import Conflict
from medianest_common.refusals import may_answer

router = APIRouter(prefix="/api/v1/auth", tags=["users"], dependencies=[NO_STORE])

Reader = Annotated[Identity, Depends(holding(Permission.USERS_READ))]
Writer = Annotated[Identity, Depends(holding(Permission.USERS_WRITE))]


@router.get("/policy")
async def read_sign_in_policy(_: Reader, services: ServicesDep) -> PolicyRead:
    """Who may come in, and whether passwords work."""
    return views.policy(await services.policies.get())


@router.patch("/policy", responses=may_answer(Conflict))
async def update_sign_in_policy(
    body: PolicyUpdate, identity: Writer, services: ServicesDep, origin: OriginDep
) -> PolicyRead:
    """Change who may come in; asks for a sign-in of the last half hour."""
    changed = await services.policies.change(
        admission=body.admission, local_sign_in=body.local_sign_in, by=identity, origin=origin
    )
    return views.policy(changed)


@router.get("/invitations")
async def list_invitations(_: Reader, services: ServicesDep, after: After, limit: Limit = 20) -> InvitationList:
    """Invitations, the newest first, used ones too."""
    rows = await services.invitations.page(after, limit)
    return InvitationList(
        items=[views.invitation(row) for row in part(rows, limit)],
        next_cursor=next_cursor([row.id for row in rows], limit),
    )


@router.post("/invitations", status_code=201)
async def create_invitation(
    body: InvitationCreate, request: Request, identity: Writer, services: ServicesDep, origin: OriginDep
) -> InvitationCreated:
    """A link that lets one more person in; shown this once. Asks for a sign-in of the last half hour."""
    lifetime = timedelta(days=body.expires_in_days)
    row, secret = await services.invitations.create(body.note, lifetime, by=identity, origin=origin)
    # behind the '#' it reaches no server's log
    url = f"{request.app.state.public_url}/invitation#{secret}"
    return InvitationCreated(**views.invitation(row).model_dump(), url=url)


@router.delete("/invitations/{invitation_id}", status_code=204)
async def withdraw_invitation(invitation_id: UUID, identity: Writer, services: ServicesDep, origin: OriginDep) -> None:
    """Take an unused invitation back."""
    await services.invitations.withdraw(invitation_id, by=identity, origin=origin)
