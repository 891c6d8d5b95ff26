"""Forwarding: the call's own bytes to the service its route names, and the answer back as it comes."""

import asyncio
from contextlib import suppress
from typing import Final

import aiohttp
from yarl import URL

from medianest_common.breaker import Breaker
from medianest_common.errors import Upstream, UpstreamOpen, UpstreamTimeout, UpstreamUnavailable
from medianest_gateway.asgi import Headers
from medianest_gateway.bodies import Body, read_body
from medianest_gateway.cache import LARGEST, Lookup, ResponseCache, matches
from medianest_gateway.call import Call
from medianest_gateway.errors import BodyTooSlow, ClientGone
from medianest_gateway.forwarding import Forwarding, to_caller
from medianest_gateway.metrics import breaker_open, cache_answers, upstream_failures
from medianest_gateway.routes import TABLE, Route
from medianest_gateway.settings import Settings
from medianest_gateway.shares import Shares

_AT_ONCE: Final = 64 * 1024
_OPEN_AFTER: Final = 5
_OPEN_SECONDS: Final = 5.0
_CONNECT_SECONDS: Final = 2.0  # also for a place in the pool
_STALLED_SECONDS: Final = 120.0  # a caller who takes nothing for so long is given up
_NO_BODY: Final = frozenset({204, 304})
_OWN_FAULTS: Final = (ClientGone, BodyTooSlow)  # of the caller, met while its body was sent on


class Proxy:
    def __init__(self, session: aiohttp.ClientSession, forwarding: Forwarding, settings: Settings) -> None:
        self._session = session
        self._upstreams = settings.upstreams
        self._body_deadline = settings.body_deadline
        self._forwarding = forwarding
        self._timeouts = _timeouts(settings.upstream_deadline)
        self._shares = Shares(settings.share_of_caller)
        self._connections = settings.upstream_connections
        self.breakers = {name: Breaker(_OPEN_AFTER, _OPEN_SECONDS) for name in self._upstreams}

    async def forward(self, call: Call, route: Route, cache: ResponseCache, lookup: Lookup | None) -> None:
        """Ask the service and answer the caller; raises Upstream… while nothing has been answered yet."""
        body = None if call.method in ("GET", "HEAD") else await read_body(call, route.body_limit, self._body_deadline)
        share = await self._shares.take(call, route.upstream)
        try:
            response = await self._ask(call, route, body, whole=lookup is not None)
            try:
                if not call.is_safe and call.user is not None:
                    await cache.user_wrote(call.user)
                await self._answer(call, route, response, cache, lookup)
            finally:
                response.release()
        finally:
            self._shares.give_back(share)

    async def _ask(self, call: Call, route: Route, body: Body, *, whole: bool) -> aiohttp.ClientResponse:
        breaker = self.breakers[route.upstream]
        if not breaker.lets_through():
            raise UpstreamOpen(route.upstream, _sentence(route), retry_after=max(1.0, breaker.wait()))
        try:
            response = await self._session.request(
                call.method,
                URL(self._address(call, route), encoded=True),
                headers=self._forwarding.to_service(call, route, whole=whole),
                data=body,
                allow_redirects=False,
                timeout=self._timeouts[route.deadline],
            )
        except (aiohttp.ClientError, TimeoutError) as error:
            cause = error.__cause__
            if isinstance(cause, _OWN_FAULTS):
                raise cause from None
            if isinstance(error, aiohttp.ConnectionTimeoutError) and self._is_full(route.upstream):
                upstream_failures.labels(route.upstream, "no_place").inc()
                raise UpstreamUnavailable(route.upstream, _sentence(route), retry_after=2.0) from None
            raise self._failure(route, error) from None
        if breaker.succeeded():
            breaker_open.labels(route.upstream).set(0)
        return response

    def _is_full(self, upstream: str) -> bool:
        """Whether some calls have no connection because all are in use: no failure of the service's."""
        return self._shares.in_use(upstream) > self._connections

    def _address(self, call: Call, route: Route) -> str:
        query = f"?{call.query.decode('ascii')}" if call.query else ""
        return f"{self._upstreams[route.upstream]}{call.path}{query}"

    def _failure(self, route: Route, error: Exception) -> Upstream:
        breaker = self.breakers[route.upstream]
        breaker.failed()
        breaker_open.labels(route.upstream).set(int(breaker.is_open))
        if isinstance(error, TimeoutError):
            upstream_failures.labels(route.upstream, "timeout").inc()
            return UpstreamTimeout(route.upstream, f"The {route.upstream} service did not answer in time.")
        upstream_failures.labels(route.upstream, "unavailable").inc()
        return UpstreamUnavailable(route.upstream, _sentence(route), retry_after=2.0)

    async def _answer(
        self,
        call: Call,
        route: Route,
        response: aiohttp.ClientResponse,
        cache: ResponseCache,
        lookup: Lookup | None,
    ) -> None:
        headers = to_caller(response.raw_headers, route.upstream)
        length = response.content_length
        if call.method == "HEAD" or response.status in _NO_BODY:
            await self._begin(call, response.status, headers)
            await call.reply.part(b"", more=False)
        elif lookup is not None and response.status == 200 and length is not None and length <= LARGEST:
            await self._answer_and_keep(call, route, headers, await self._whole(route, response), cache, lookup)
        elif length is not None and length <= _AT_ONCE:
            body = await self._whole(route, response)
            await self._begin(call, response.status, headers)
            await call.reply.part(body, more=False)
        else:
            await self._begin(call, response.status, headers)
            await self._stream(call, route, response)

    async def _answer_and_keep(
        self, call: Call, route: Route, headers: Headers, body: bytes, cache: ResponseCache, lookup: Lookup
    ) -> None:
        """What may be kept here is asked for again by its ETag: a browser's own copy would outlive a change."""
        etag = await cache.keep(lookup, route, headers, body)
        if etag is None:
            await self._begin(call, 200, headers)
            await call.reply.part(body, more=False)
            return
        cache_answers.labels("miss").inc()
        headers = [(name, value) for name, value in headers if name not in (b"cache-control", b"etag")]
        headers += [(b"etag", etag), (b"cache-control", b"private, no-cache"), (b"x-cache", b"miss")]
        if matches(call.header(b"if-none-match"), etag):
            headers = [(name, value) for name, value in headers if name != b"content-length"]
            await call.reply.whole(304, headers)
        else:
            await self._begin(call, 200, headers)
            await call.reply.part(body, more=False)

    @staticmethod
    async def _begin(call: Call, status: int, headers: Headers) -> None:
        """Nobody between us and the browser may keep what carries cookies, or what its service says nothing about."""
        if call.sets_cookies:
            headers = [(name, value) for name, value in headers if name != b"cache-control"]
        if call.sets_cookies or not any(name == b"cache-control" for name, _ in headers):
            headers.append((b"cache-control", b"no-store"))
        await call.reply.begin(status, headers)

    async def _whole(self, route: Route, response: aiohttp.ClientResponse) -> bytes:
        try:
            return await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise self._failure(route, error) from None

    async def _stream(self, call: Call, route: Route, response: aiohttp.ClientResponse) -> None:
        """Pass on part by part, never more than one ahead of the caller; stop when the caller has left."""
        leaving = asyncio.create_task(_until_gone(call))
        try:
            while part := await response.content.readany():
                async with asyncio.timeout(_STALLED_SECONDS):
                    await call.reply.part(part)
                if leaving.done():
                    response.close()
                    return
            await call.reply.part(b"", more=False)
        except (aiohttp.ClientError, TimeoutError):
            upstream_failures.labels(route.upstream, "broken_off").inc()
            response.close()  # the answer stays unfinished, which the caller sees
        finally:
            leaving.cancel()
            with suppress(asyncio.CancelledError):
                await leaving


def _timeouts(general: float) -> dict[float | None, aiohttp.ClientTimeout]:
    """By a route's own deadline: for the beginning of an answer, and between two parts of it."""
    return {
        own: aiohttp.ClientTimeout(
            total=None, connect=_CONNECT_SECONDS, sock_connect=_CONNECT_SECONDS, sock_read=own or general
        )
        for own in {None, *(route.deadline for route in TABLE)}
    }


async def _until_gone(call: Call) -> None:
    while (await call.receive())["type"] != "http.disconnect":
        pass


def _sentence(route: Route) -> str:
    return f"The {route.upstream} service does not answer right now. Try again shortly."
