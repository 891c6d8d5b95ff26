"""First start, and sign-in by password."""

from fastapi import APIRouter, Request, Response

from medianest_auth.api.dependencies import NO_STORE, CookiesDep, IdentityDep, OriginDep, ServicesDep
from medianest_auth.schemas import LoginCreate, PasswordUpdate, SessionIssued, SetupCreate, SetupRead
from medianest_common.errors import Conflict, Forbidden, Unauthenticated
from medianest_common.refusals import may_answer

router = APIRouter(prefix="/api/v1/auth", tags=["sign-in"], dependencies=[NO_STORE])


@router.get("/setup")
async def read_setup(services: ServicesDep) -> SetupRead:
    """Whether this MediaNest still needs its first administrator, and how people may sign in."""
    needed, local = await services.local.standing()
    return SetupRead(needed=needed, local_sign_in=local, server_name=services.plex_server.name)


@router.post("/setup", status_code=201, responses=may_answer(Conflict, Forbidden))
async def set_up(
    body: SetupCreate, response: Response, services: ServicesDep, cookies: CookiesDep, origin: OriginDep
) -> SessionIssued:
    """Make the first administrator with the one-time code, and sign in."""
    code, password = body.code.get_secret_value(), body.password.get_secret_value()
    issued = await services.local.set_up(code, body.username, password, origin)
    cookies.sign_in(response, issued)
    return SessionIssued(expires_at=issued.access_expires_at)


@router.post("/login", responses=may_answer(Forbidden, Unauthenticated))
async def log_in(
    body: LoginCreate,
    request: Request,
    response: Response,
    services: ServicesDep,
    cookies: CookiesDep,
    origin: OriginDep,
) -> SessionIssued:
    """Sign in with name and password."""
    issued = await services.local.login(body.username, body.password.get_secret_value(), origin)
    await services.sessions.supersede(cookies.refresh_token(request), issued, origin)
    cookies.sign_in(response, issued)
    return SessionIssued(expires_at=issued.access_expires_at)


@router.put("/password", status_code=204)
async def change_password(
    body: PasswordUpdate, identity: IdentityDep, services: ServicesDep, origin: OriginDep
) -> None:
    """Change one's own password; every other session of the account ends."""
    current, new = body.current_password.get_secret_value(), body.new_password.get_secret_value()
    await services.local.change_password(identity, current, new, origin)
