"""API tokens of the caller."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from medianest_auth.api import views
from medianest_auth.api.dependencies import NO_STORE, OriginDep, ServicesDep, holding
from medianest_auth.schemas import ApiTokenCreate, ApiTokenCreated, ApiTokenList
from medianest_auth.service.api_tokens import TokenWish
from medianest_auth.service.sessions import Identity
from medianest_common.contracts.permissions import Permission

router = APIRouter(prefix="/api/v1/auth/tokens", tags=["tokens"], dependencies=[NO_STORE])

Reader = Annotated[Identity, Depends(holding(Permission.PROFILE_READ))]
Writer = Annotated[Identity, Depends(holding(Permission.PROFILE_WRITE))]


@router.get("")
async def list_api_tokens(identity: Reader, services: ServicesDep) -> ApiTokenList:
    """The caller's tokens that are not revoked, the newest first."""
    return ApiTokenList(items=[views.api_token(token) for token in await services.api_tokens.of(identity.user.id)])


@router.post("", status_code=201)
async def create_api_token(
    body: ApiTokenCreate, identity: Writer, services: ServicesDep, origin: OriginDep
) -> ApiTokenCreated:
    """A token for scripts, with permissions the caller holds; shown this once. Asks for a fresh sign-in."""
    wish = TokenWish(body.name, body.permissions, timedelta(days=body.expires_in_days))
    token, secret = await services.api_tokens.create(identity, wish, origin)
    return ApiTokenCreated(**views.api_token(token).model_dump(), token=secret)


@router.delete("/{token_id}", status_code=204)
async def revoke_api_token(token_id: UUID, identity: Writer, services: ServicesDep, origin: OriginDep) -> None:
    """End a token; whatever was made with it stops within a second."""
    await services.api_tokens.revoke(token_id, identity, origin)
