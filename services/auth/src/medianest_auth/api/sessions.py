"""Who am I, and where am I signed in."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from medianest_auth.api import views
from medianest_auth.api.dependencies import (
    NO_STORE,
    CookiesDep,
    OriginDep,
    ServicesDep,
    holding,
    possible_caller,
)
from medianest_auth.errors import SessionEnded
from medianest_auth.schemas import JwkRead, JwksRead, LogoutCreate, MeRead, SessionIssued, SessionList
from medianest_auth.service.sessions import Identity
from medianest_common.contracts.permissions import Permission
from medianest_common.errors import Unauthenticated
from medianest_common.problems import MEDIA_TYPE, correlation_id, problem_bytes
from medianest_common.refusals import may_answer
from medianest_common.web import CallerDep

router = APIRouter(prefix="/api/v1/auth", tags=["sessions"], dependencies=[NO_STORE])


@router.get("/me")
async def read_me(caller: CallerDep, services: ServicesDep) -> MeRead:
    """Who calls; asked by the gateway too, when its cache knows nothing of the session."""
    return views.me(await services.sessions.identify(caller, remember=True))


@router.post("/refresh", response_model=SessionIssued, responses=may_answer(Unauthenticated))
async def refresh_session(
    request: Request, response: Response, services: ServicesDep, cookies: CookiesDep, origin: OriginDep
) -> SessionIssued | Response:
    """New cookies for the refresh cookie; without a good one 401, and the cookies are taken away."""
    try:
        issued = await services.sessions.refresh(cookies.refresh_token(request) or "", origin)
    except SessionEnded as error:
        correlation = correlation_id(request.headers.get("traceparent"))
        body = problem_bytes(error, instance=request.url.path, correlation=correlation)
        refused = Response(body, error.status, {"Cache-Control": "no-store"}, MEDIA_TYPE)
        cookies.sign_out(refused)
        return refused
    cookies.sign_in(response, issued)
    return SessionIssued(expires_at=issued.access_expires_at)


@router.post("/logout", status_code=204)
async def log_out(
    request: Request,
    response: Response,
    services: ServicesDep,
    cookies: CookiesDep,
    origin: OriginDep,
    body: LogoutCreate | None = None,
) -> None:
    """Sign out here, or everywhere; 204 whether or not anybody was signed in."""
    everywhere = body.everywhere if body is not None else False
    caller, secret = possible_caller(request), cookies.refresh_token(request)
    await services.sessions.end(caller, secret, origin, everywhere=everywhere)
    cookies.sign_out(response)


@router.get("/sessions")
async def list_sessions(
    identity: Annotated[Identity, Depends(holding(Permission.PROFILE_READ))], services: ServicesDep
) -> SessionList:
    """Where the caller is signed in, the last used first."""
    found = await services.sessions.alive_of(identity.user.id)
    return views.sessions(found, identity.session)


@router.delete("/sessions/{session_id}", status_code=204)
async def revoke_session(
    session_id: UUID,
    identity: Annotated[Identity, Depends(holding(Permission.PROFILE_WRITE))],
    services: ServicesDep,
    origin: OriginDep,
) -> None:
    """End one of the caller's sessions; another than this one asks for a sign-in of the last half hour."""
    await services.sessions.revoke_one(session_id, owner=identity.user.id, by=identity, origin=origin)


@router.get("/jwks", tags=["keys"])
async def read_jwks(response: Response, services: ServicesDep) -> JwksRead:
    """The public keys that verify access tokens (RFC 7517)."""
    response.headers["Cache-Control"] = "public, max-age=30"
    return JwksRead(keys=[JwkRead.model_validate(key) for key in services.keys.jwks])
