"""The composition root: everything the gateway consists of, put together, started and stopped."""

import base64
import binascii
import gc

import aiohttp
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from medianest_common.cookies import CookieNames
from medianest_common.logging import configure_logging
from medianest_common.redis_link import RedisAway, RedisLink
from medianest_common.supervise import Background, every
from medianest_common.telemetry import configure_telemetry
from medianest_common.tokens import Verifier
from medianest_gateway.access_log import AccessLog
from medianest_gateway.addresses import Addresses
from medianest_gateway.admission import Admission
from medianest_gateway.answers import CommonHeaders
from medianest_gateway.asgi import Receive, Scope, Send
from medianest_gateway.auth_client import AuthClient
from medianest_gateway.authenticate import Authenticator
from medianest_gateway.cache import ResponseCache
from medianest_gateway.cors import Cors
from medianest_gateway.csrf import Csrf, Origins
from medianest_gateway.documents import Documents
from medianest_gateway.exchange import Exchange
from medianest_gateway.forwarding import Forwarding
from medianest_gateway.hub.broker import Broker
from medianest_gateway.hub.client import Close
from medianest_gateway.hub.connections import Connections
from medianest_gateway.hub.reactions import Reactions
from medianest_gateway.hub.recheck import Recheck
from medianest_gateway.hub.registry import Hub
from medianest_gateway.internal import Internal
from medianest_gateway.keys import keep_keys
from medianest_gateway.limits import Limits
from medianest_gateway.pages import Pages
from medianest_gateway.pipeline import Parts, Pipeline
from medianest_gateway.proxy import Proxy
from medianest_gateway.refresh import Refresher
from medianest_gateway.revocations import Revocations
from medianest_gateway.routes import Table
from medianest_gateway.sessions import Sessions
from medianest_gateway.settings import Settings
from medianest_gateway.tracing import Tracing
from medianest_gateway.web_client import WebClient

_log = structlog.get_logger(__name__)

_IDLE_SECONDS = 3.0  # shorter than the services keep a connection, so that none is used that they are closing


class Gateway:
    """The ASGI application; its lifespan starts and stops what works beside it."""

    def __init__(self, settings: Settings) -> None:
        configure_logging("gateway", level=settings.log_level, fmt=settings.log_format)
        self.settings = settings
        self.hub = Hub(settings.max_sockets, settings.most_of_user)
        self.verifier = Verifier()
        self.link = RedisLink(settings.redis_url.get_secret_value(), settings.redis_ca)
        self.revocations = Revocations()
        self._tracer = configure_telemetry("gateway", settings.otlp_endpoint)
        self._key = _service_key(settings)
        self._background = Background()
        self.access_log = AccessLog(level=settings.log_level, fmt=settings.log_format)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self._pipeline(scope, receive, send)

    def say_goodbye(self) -> None:
        """Have live connections end; the process is about to."""
        self.hub.close_all(Close.GOING)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self.start()
        except Exception as error:
            _log.error("start_failed", exc_info=error)
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            raise
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.stop()
        await send({"type": "lifespan.shutdown.complete"})

    async def start(self) -> None:
        """Build what needs a running loop, and begin to connect; waits for nothing that may be away."""
        settings = self.settings
        self._session = _session(settings)
        self._auth_session = _session(settings)
        self.auth = AuthClient(self._auth_session, settings.auth_url, self._key)
        self.sessions = Sessions(self.link, self.auth, self.revocations)
        self.cache = ResponseCache(self.link)
        exchange = Exchange(self.auth, self.verifier)
        self.recheck = recheck = Recheck(self.hub, self.sessions)
        self.reactions = Reactions(self.hub, self.revocations, exchange, self.cache, recheck)
        self.broker = Broker(settings, self.hub, self.verifier, self.reactions)
        self._internal = Internal(
            settings, {"keys": self._keys_check}, {"redis": self._redis_check, "broker": self._broker_check}
        )
        parts = self._parts(exchange)
        self.breakers = parts.proxy.breakers
        self._pipeline = Pipeline(parts)
        self._start_background(recheck)
        await self._internal.start()
        gc.freeze()
        gc.set_threshold(2_000, 20, 50)

    def _start_background(self, recheck: Recheck) -> None:
        self._background.start("redis", self.link.run)
        self._background.start("broker", self.broker.run)
        self._background.start("keys", lambda: keep_keys(self.verifier, self.auth, self.broker))
        self._background.start("recheck sockets", recheck.run)
        self._background.start("cache debts", lambda: every(1.0, self.cache.settle_debts))
        self._background.start("cache room", lambda: every(1.0, self.cache.look_for_room))

    def _parts(self, exchange: Exchange) -> Parts:
        settings = self.settings
        names = CookieNames.for_public_url(settings.public_url)
        common = CommonHeaders(settings.public_url)
        origins = Origins(settings.public_url, settings.allowed_origins)
        refresher = Refresher(self.auth, self.verifier, names)
        forwarding = Forwarding(settings.public_url, "__Host-" if names.secure else "")
        return Parts(
            table=Table(),
            addresses=Addresses(settings.trusted_networks),
            common=common,
            authenticator=Authenticator(self.verifier, names, refresher, exchange),
            admission=Admission(self.link, Limits(settings), self.sessions),
            sessions=self.sessions,
            origins=origins,
            csrf=Csrf(settings.csrf_key.get_secret_value(), origins),
            cors=Cors(origins),
            cache=self.cache,
            proxy=Proxy(self._session, forwarding, settings),
            tracing=Tracing(self._tracer, exported=settings.otlp_endpoint is not None),
            access_log=self.access_log,
            live=Connections(self.hub),
            pages=Pages(WebClient(settings.web_dir), Documents(), common.page, self._internal.is_ready),
        )

    async def stop(self) -> None:
        self.say_goodbye()
        await self._internal.stop()
        await self._background.stop()
        await self.reactions.stop()
        await self.link.close()
        await self._session.close()
        await self._auth_session.close()
        self.access_log.flush()
        self._tracer.shutdown()

    async def _keys_check(self) -> None:
        if not self.verifier.ready:
            raise LookupError

    async def _redis_check(self) -> None:
        if await self.link.ask(("PING",)) != [b"PONG"]:
            raise RedisAway

    async def _broker_check(self) -> None:
        if not self.broker.is_connected or not self.broker.caught_up.is_set():
            raise ConnectionError


def create_gateway(settings: Settings) -> Gateway:
    return Gateway(settings)


def _session(settings: Settings) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(
        limit=0, limit_per_host=settings.upstream_connections, keepalive_timeout=_IDLE_SECONDS, ttl_dns_cache=10
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
    )


def _service_key(settings: Settings) -> Ed25519PrivateKey:
    """Our own key; ends the process with one sentence when it is not one."""
    text = settings.service_key.get_secret_value()
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return Ed25519PrivateKey.from_private_bytes(raw)
    except (binascii.Error, ValueError):
        raise SystemExit(
            "The settings are not usable. MEDIANEST_SERVICE_KEY: is not the base64url of 32 bytes"
        ) from None
