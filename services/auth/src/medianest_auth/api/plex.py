"""Sign-in with Plex."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from medianest_auth.api.dependencies import NO_STORE, CookiesDep, OriginDep, ServicesDep, possible_caller
from medianest_auth.schemas import PinCreate, PinRead, PinStatusRead
from medianest_auth.service.plex_sign_in import PinWish
from medianest_common.errors import Forbidden, Unauthenticated, UpstreamRefused
from medianest_common.refusals import may_answer

router = APIRouter(prefix="/api/v1/auth/plex/pin", tags=["sign-in"], dependencies=[NO_STORE])


@router.post("", status_code=201, responses=may_answer(Forbidden, Unauthenticated, UpstreamRefused))
async def start_plex_pin(
    body: PinCreate, request: Request, response: Response, services: ServicesDep, cookies: CookiesDep, origin: OriginDep
) -> PinRead:
    """Begin a sign-in at plex.tv, by a code to type or by a redirect; binds it to this browser by cookie."""
    wish = PinWish(
        form=body.form,
        forward_url=body.forward_url,
        invitation=body.invitation,
        link_user_id=await _linking(request, services) if body.link else None,
        bindings=cookies.bindings(request),
    )
    started = await services.plex_sign_in.start(wish, origin)
    cookies.bind(request, response, started.binding, started.expires_at)
    return PinRead(
        id=started.id,
        code=started.code,
        auth_url=started.auth_url,
        qr_url=f"/api/v1/auth/plex/pin/{started.id}/qr",
        expires_at=started.expires_at,
    )


@router.get("/{pin_id}", responses=may_answer(Forbidden, Unauthenticated))
async def read_plex_pin(
    pin_id: UUID, request: Request, response: Response, services: ServicesDep, cookies: CookiesDep, origin: OriginDep
) -> PinStatusRead:
    """How a sign-in of this browser stands; once authorized, the answer carries the session's cookies, each time."""
    outcome = await services.plex_sign_in.outcome(pin_id, cookies.bindings(request), origin)
    if outcome.issued is not None:
        await services.sessions.supersede(cookies.refresh_token(request), outcome.issued, origin)
        cookies.sign_in(response, outcome.issued)
    return PinStatusRead(status=outcome.status, reason=outcome.reason)


@router.get("/{pin_id}/qr", response_class=Response, responses={200: {"content": {"image/svg+xml": {}}}})
async def read_plex_pin_qr(pin_id: UUID, request: Request, services: ServicesDep, cookies: CookiesDep) -> Response:
    """A picture of where to go, for a telephone's camera."""
    picture = await services.plex_sign_in.qr(pin_id, cookies.bindings(request))
    return Response(picture, media_type="image/svg+xml", headers={"Cache-Control": "no-store"})


async def _linking(request: Request, services: ServicesDep) -> UUID:
    """The signed-in user whose account is to be linked."""
    caller = possible_caller(request)
    if caller is None:
        raise Unauthenticated("Sign in first; then link Plex.")
    identity = await services.sessions.identify(caller)
    identity.require_fresh(services.sessions.clock())
    return identity.user.id
