"""What routes are given: the services, who calls, and from where."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request, Response

from medianest_auth.api.cookies import Cookies
from medianest_auth.domain import Origin
from medianest_auth.service import Services
from medianest_auth.service.sessions import Identity
from medianest_common.contracts.permissions import Permission
from medianest_common.errors import Forbidden, Unauthenticated
from medianest_common.tokens import Caller, bearer, verify_service_token
from medianest_common.web import CallerDep, client_address


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


ServicesDep = Annotated[Services, Depends(_services)]


def _cookies(request: Request) -> Cookies:
    cookies: Cookies = request.app.state.cookies
    return cookies


CookiesDep = Annotated[Cookies, Depends(_cookies)]


def _origin(request: Request) -> Origin:
    return Origin(address=client_address(request), user_agent=request.headers.get("user-agent", "")[:500])


OriginDep = Annotated[Origin, Depends(_origin)]


async def _identity(caller: CallerDep, services: ServicesDep) -> Identity:
    """Whoever calls, as the tables know them now: a session revoked a moment ago is refused here too."""
    return await services.sessions.identify(caller)


IdentityDep = Annotated[Identity, Depends(_identity)]


def holding(permission: Permission) -> Callable[[Identity, Caller], Identity]:
    """A dependency: the caller, if they hold the permission by their role of now and by their token."""

    def check(identity: IdentityDep, caller: CallerDep) -> Identity:
        caller.needs(permission)
        if permission not in identity.permissions:
            raise Forbidden("Your account is not allowed to do this.")
        return identity

    return check


def possible_caller(request: Request) -> Caller | None:
    """Whoever calls, or None: for routes that are open to strangers too."""
    try:
        caller: Caller = request.app.state.verifier.verify(bearer(request.headers.get("authorization")))
    except Unauthenticated:
        return None
    return caller


def service_named(*names: str) -> Callable[[Request], str]:
    """A dependency: the calling service's name, proved by its own key and one of these; Unauthenticated else."""

    def check(request: Request) -> str:
        token = bearer(request.headers.get("authorization"))
        name = verify_service_token(token, request.app.state.service_keys)
        if name not in names:
            raise Forbidden("This service may not ask for this.")
        return name

    return check


def no_store(response: Response) -> None:
    """Answers about identities are kept by nobody, unless a route says otherwise."""
    response.headers["Cache-Control"] = "no-store"


NO_STORE = Depends(no_store)
