"""What every HTTP service has: problem details, health, and the caller of a route."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from medianest_common.contracts.permissions import Permission
from medianest_common.problems import install_problems
from medianest_common.refusals import tell_refusals
from medianest_common.tokens import Caller, Verifier, bearer

_WAS_HEAD = "medianest.head"

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


class _ServiceApp(FastAPI):
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """HEAD is answered as GET is, and the server leaves the body away; routes name GET alone."""
        if scope["type"] == "http" and scope["method"] == "HEAD":
            scope = {**scope, "method": "GET", _WAS_HEAD: True}
        await super().__call__(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            tell_refusals(super().openapi())
        return super().openapi()


def is_head(scope: Scope) -> bool:
    """Whether nobody will read the body of the answer to this GET."""
    return _WAS_HEAD in scope


def create_service_app(
    title: str, *routers: APIRouter, verifier: Verifier, health: Sequence[Route] = (), lifespan: Lifespan | None = None
) -> FastAPI:
    """A service's application; its own `/openapi.json` is for operators, the gateway serves the merged one."""
    app = _ServiceApp(
        title=title,
        version="1",
        lifespan=lifespan,
        routes=list(health),
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.verifier = verifier
    install_problems(app)
    for router in routers:
        app.include_router(router)
    return app


def client_address(request: Request) -> str | None:
    """From where a call comes: the gateway overwrites `X-Forwarded-For`, and its last value is the address it saw."""
    forwarded = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    address = forwarded or (request.client.host if request.client else None)
    return address and address[:64]


class _CurrentCaller(SecurityBase):
    """Whoever calls; Unauthenticated (401) without a good access token. The document says who asks for it.

    Async like every dependency of a hot route: a plain function would be run in a thread, for each call.
    """

    def __init__(self) -> None:
        self.model = HTTPBearer(bearerFormat="JWT", description="An access token of the auth service")
        self.scheme_name = "access_token"

    async def __call__(self, request: Request) -> Caller:
        verifier: Verifier = request.app.state.verifier
        caller = verifier.verify(bearer(request.headers.get("authorization")))
        return caller if request.method == "GET" else replace(caller, address=client_address(request))


current_caller = _CurrentCaller()
CallerDep = Annotated[Caller, Depends(current_caller)]


def caller_with(permission: Permission) -> Callable[[Caller], Awaitable[Caller]]:
    """A dependency that yields the caller if they hold the permission; Forbidden (403) otherwise."""

    async def check(caller: CallerDep) -> Caller:
        caller.needs(permission)
        return caller

    return check
