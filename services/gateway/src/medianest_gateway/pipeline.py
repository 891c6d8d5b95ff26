"""The way of a call through the gateway, step by step and in this order; pure ASGI.

Path and headers; who calls; one round trip to Redis for session, limits and kept answers; CSRF and permission; kept
answer; the service; one log line. Whatever goes wrong on the way leaves as problem details.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from medianest_common.contracts.permissions import Permission
from medianest_common.errors import MediaNestError, NotFound, Unauthenticated, Upstream
from medianest_gateway.access_log import AccessLog
from medianest_gateway.addresses import Addresses
from medianest_gateway.admission import Admission, Admitted
from medianest_gateway.answers import CommonHeaders, answer_problem
from medianest_gateway.asgi import Receive, Scope, Send
from medianest_gateway.authenticate import Authenticator
from medianest_gateway.cache import Lookup, ResponseCache, answer_from
from medianest_gateway.call import Call
from medianest_gateway.cors import Cors
from medianest_gateway.csrf import Csrf, Origins
from medianest_gateway.errors import ClientGone, MethodNotAllowed, RateLimited, SessionEnded
from medianest_gateway.limits import Standing, tightest
from medianest_gateway.metrics import observe_call, refused_total
from medianest_gateway.paths import check_path, check_query
from medianest_gateway.proxy import Proxy
from medianest_gateway.routes import HUB, Open, Route, Table
from medianest_gateway.sessions import Sessions, State
from medianest_gateway.tracing import Tracing

_log = structlog.get_logger(__name__)

_API: Final = "/api/"

Handler = Callable[[Call], Awaitable[None]]


@dataclass(frozen=True)
class Parts:
    """What the steps are done by; wired in `app.py`."""

    table: Table
    addresses: Addresses
    common: CommonHeaders
    authenticator: Authenticator
    admission: Admission
    sessions: Sessions
    origins: Origins
    csrf: Csrf
    cors: Cors
    cache: ResponseCache
    proxy: Proxy
    tracing: Tracing
    access_log: AccessLog
    live: Handler  # WebSocket and event stream
    pages: Handler  # everything outside /api: the web client, documents, health


class Pipeline:
    """The ASGI application for calls; the life of the process is `app.py`'s."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = Call(scope, receive, send)
        call.reply.common = self._parts.common.api
        if call.is_socket:
            await receive()  # websocket.connect
        try:
            call.read_headers()
            span = self._parts.tracing.begin(call)
        except MediaNestError as error:
            await self._refuse(call, error)
            return
        try:
            await self._run(call)
        except MediaNestError as error:
            await self._refuse(call, error)
        except ClientGone:
            return
        except Exception as error:  # noqa: BLE001 - the renderer of what nobody expected
            _log.error("call_crashed", route=call.route and call.route.name, trace_id=call.trace, exc_info=error)
            await self._refuse(call, MediaNestError("This did not work, and it is our fault. It has been noted."))
        finally:
            self._finish(call)
            self._parts.tracing.end(call, span)

    async def _run(self, call: Call) -> None:
        call.path = check_path(call.raw)
        check_query(call.query)
        self._set_address(call)
        if not call.path.startswith(_API):
            await self._parts.pages(call)
            return
        self._parts.cors.mark(call)
        route = self._route(call)
        if route is None:
            await self._parts.cors.answer_preflight(call, self._parts.table.methods(call.path))
            return
        call.route = route
        call.identity = await self._parts.authenticator.identify(call, route)
        lookup = self._parts.cache.lookup(call, route)
        admitted = await self._parts.admission.ask(call, route, lookup)
        lookup = await self._settle_session(call, route, admitted, lookup)
        _check_limits(call, admitted.standings)
        self._check_origin_and_permission(call, route)
        await self._answer(call, route, lookup)

    def _set_address(self, call: Call) -> None:
        client = call.scope.get("client")
        call.address = self._parts.addresses.client(client[0] if client else None, call.header(b"x-forwarded-for"))

    def _route(self, call: Call) -> Route | None:
        """The route, or None for a preflight; raises NotFound or MethodNotAllowed."""
        route = self._parts.table.find(call.method, call.path)
        if route is not None:
            return route
        methods = self._parts.table.methods(call.path)
        if not methods:
            raise NotFound("There is nothing at this address.")
        if call.method == "OPTIONS" and self._parts.cors.is_preflight(call):
            return None
        raise MethodNotAllowed(methods)

    async def _settle_session(
        self, call: Call, route: Route, admitted: Admitted, lookup: Lookup | None
    ) -> Lookup | None:
        """Make sure that the session lives and the token says what holds now; the lookup that fits the caller."""
        identity = call.identity
        if identity is None or admitted.state is None:
            return lookup
        state = await self._parts.sessions.settle(identity, admitted.state)
        if state is State.ENDED:
            if route.access is Open.OPTIONAL:
                call.identity = None
                return None
            raise SessionEnded
        if state is State.OUTDATED and route.access is not Open.OPTIONAL:
            call.identity = await self._parts.authenticator.renew(call, identity)
            return None  # what is kept was for the rights of before
        return lookup

    def _check_origin_and_permission(self, call: Call, route: Route) -> None:
        if call.is_socket:
            self._parts.origins.check(call)
        else:
            self._parts.csrf.check(call)
        if isinstance(route.access, Permission):
            if call.identity is None:
                raise Unauthenticated("Sign in first.")
            call.identity.caller.needs(route.access)

    async def _answer(self, call: Call, route: Route, lookup: Lookup | None) -> None:
        if route.upstream == HUB:
            await self._parts.live(call)
            return
        if lookup is not None:
            if (fresh := lookup.fresh) is not None:
                await answer_from(call, fresh, stale=False)
                return
            await self._parts.cache.begin(lookup)
        try:
            await self._parts.proxy.forward(call, route, self._parts.cache, lookup)
        except Upstream:
            if lookup is None or lookup.entry is None or call.reply.started:
                raise
            await answer_from(call, lookup.entry, stale=True)

    async def _refuse(self, call: Call, error: MediaNestError) -> None:
        refused_total.labels(error.code).inc()
        if not call.reply.started:
            await answer_problem(call, error)

    def _finish(self, call: Call) -> None:
        route = call.route.name if call.route is not None else "none"
        if not (call.route is not None and call.route.upstream == HUB and call.reply.status in (101, 200)):
            observe_call(route, call.reply.status, time.perf_counter() - call.received)
        self._parts.access_log.write(call)


def _check_limits(call: Call, standings: Sequence[Standing]) -> None:
    """Say what is left; raise RateLimited when nothing is."""
    standing = tightest(standings)
    if standing is None:
        return
    call.extra += [
        *standing.limit.headers,
        (b"ratelimit-remaining", b"%d" % standing.remaining),
        (b"ratelimit-reset", b"%d" % standing.reset),
    ]
    if not standing.allowed:
        raise RateLimited("Too many calls in a short time. Wait a little.", retry_after=standing.reset)
