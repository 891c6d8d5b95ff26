"""What other services of the suite may ask; the gateway's table does not know these routes."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from medianest_auth.api.dependencies import NO_STORE, ServicesDep, service_named
from medianest_auth.schemas import ExchangeCreate, ExchangeRead, PlexTokenRead

router = APIRouter(prefix="/internal", include_in_schema=False, dependencies=[NO_STORE])


@router.get("/plex-token/{user_id}")
async def read_plex_token(
    user_id: UUID, service: Annotated[str, Depends(service_named("requests", "downloader"))], services: ServicesDep
) -> PlexTokenRead:
    """A user's Plex token, for acting as that user; each reading is in the audit log."""
    found = await services.plex_tokens.read(user_id, service=service)
    return PlexTokenRead.model_validate(found, from_attributes=True)


@router.post("/exchange")
async def exchange_api_token(
    body: ExchangeCreate, _: Annotated[str, Depends(service_named("gateway"))], services: ServicesDep
) -> ExchangeRead:
    """An access token for an API token."""
    token, expires = await services.api_tokens.exchange(body.token.get_secret_value())
    return ExchangeRead(access_token=token, expires_at=expires)
