"""The composition root: everything is wired here, from the settings."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi import FastAPI

from medianest_auth import consumers
from medianest_auth.api import ROUTERS
from medianest_auth.api.cookies import Cookies
from medianest_auth.clients.plextv import SERVICE, PlexTv
from medianest_auth.clients.session_cache import SessionCache
from medianest_auth.models import OUTBOX
from medianest_auth.repository import Work, WorkFactory
from medianest_auth.service import Services
from medianest_auth.service.api_tokens import ApiTokenService
from medianest_auth.service.audit import AuditLog
from medianest_auth.service.erasure import Erasures
from medianest_auth.service.local import LocalAccounts
from medianest_auth.service.passwords import COST, Passwords
from medianest_auth.service.pin_poller import APART_SECONDS, PinPoller
from medianest_auth.service.plex_accounts import PlexAccounts
from medianest_auth.service.plex_server import PlexServer
from medianest_auth.service.plex_sign_in import PinPages, PlexSignIn
from medianest_auth.service.plex_tokens import PlexTokens
from medianest_auth.service.policies import Invitations, Policies
from medianest_auth.service.sessions import Sessions
from medianest_auth.service.signing import Keys
from medianest_auth.service.sweep import AccessSweep
from medianest_auth.service.upkeep import Upkeep
from medianest_auth.service.users import UserAdministration
from medianest_auth.settings import Settings
from medianest_common.clock import Clock, utc_now
from medianest_common.contracts.streams import INTEGRATIONS, USERS
from medianest_common.crypto import Sealer
from medianest_common.dead_letters_api import LetterDesk
from medianest_common.health import health_routes
from medianest_common.http import OutsideClient
from medianest_common.runtime import Runtime
from medianest_common.supervise import every
from medianest_common.tokens import Verifier
from medianest_common.watch import Entry
from medianest_common.web import create_service_app

_log = structlog.get_logger(__name__)

_TITLE = "MediaNest auth"
_CACHE_REPAIR_SECONDS = 15.0
_KEYS_SECONDS = 30.0
_HOUR = 3600.0
_SWEEP_LOOK_SECONDS = 600.0


def openapi() -> dict[str, Any]:
    """The service's document, made without anything running. JSON's own types."""
    return create_service_app(_TITLE, *ROUTERS, verifier=Verifier()).openapi()


@dataclass(frozen=True)
class Tuning:
    """What a test has otherwise: a clock it can move, a cheaper bcrypt, a quicker sandbox to ask."""

    clock: Clock = utc_now
    bcrypt_cost: int = COST
    poll_seconds: float = APART_SECONDS


class Auth:
    """One process of this service: what it is made of, started and stopped together."""

    def __init__(self, settings: Settings, tuning: Tuning | None = None) -> None:
        self.settings = settings
        self._tuning = tuning or Tuning()
        self.runtime = Runtime(settings, OUTBOX)
        self.cache = SessionCache(settings.redis_url.get_secret_value())
        self.outside = OutsideClient(SERVICE)
        self.plextv = PlexTv(self.outside, settings.plex_tv_url, product=settings.plex_product)
        self.sealer = Sealer(settings.encryption_keys.get_secret_value())
        self.passwords = Passwords(self._tuning.bcrypt_cost)
        self.services = self._services()
        self.runtime.watch(INTEGRATIONS, self.services.plex_server.snapshot, self.services.plex_server.changed)
        self.runtime.watch(USERS, self.services.upkeep.restore_states, _ignore)
        consumers.subscribe(self.runtime, self.services)

    def work(self) -> Work:
        return Work(self.runtime.sessions, self.runtime.new_outbox, self.runtime.wake, self.cache.write)

    def app(self) -> FastAPI:
        health = health_routes(self.runtime.checks())
        app = create_service_app(
            _TITLE, *ROUTERS, verifier=self.runtime.verifier, health=health, lifespan=self._lifespan
        )
        app.state.services = self.services
        app.state.cookies = Cookies(self.settings.public_url, self.settings.csrf_key.get_secret_value())
        app.state.letter_desk = LetterDesk(self.runtime.dead_letters, self.services.audit.note)
        app.state.public_url = self.settings.public_url
        app.state.service_keys = _public_keys(self.settings.service_public_keys)
        return app

    @asynccontextmanager
    async def _lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        await self.start()
        try:
            yield
        finally:
            await self.stop()

    async def start(self) -> None:
        """Be ready to answer, then consume, poll and tend."""
        await self.prepare()
        await self.runtime.start()
        self._tend()

    async def prepare(self) -> None:
        """Have signing keys, an id at plex.tv, and the set-up code that was given; needs the database alone."""
        if not self.settings.public_url.startswith("https://"):
            _log.warning("public_url_not_https", meaning="cookies travel in the open; fine on this machine alone")
        async with self.work() as work:
            policy = await work.policies.get()
            self.plextv.client_id = self.settings.plex_client_id or policy.plex_client_id
        await self.services.keys.start()
        await self.passwords.prepare()
        if self.settings.setup_code is not None:
            await self.services.local.take_given_code(self.settings.setup_code.get_secret_value())

    async def stop(self) -> None:
        await self.runtime.stop()
        await self.close()

    async def close(self) -> None:
        """Let go of the connections of a process that never started serving, such as a command."""
        await self.runtime.engine.dispose()
        await self.outside.close()
        await self.cache.close()

    def _tend(self) -> None:
        services, start = self.services, self.runtime.background.start
        start("poll pins", services.poller.run)
        start("repair session cache", lambda: every(_CACHE_REPAIR_SECONDS, services.upkeep.repair_cache))
        start("load keys", lambda: every(_KEYS_SECONDS, services.keys.load))
        start("tend keys", lambda: every(_HOUR, services.keys.tend))
        start("prune", lambda: every(_HOUR, services.upkeep.prune))
        start("ask again about erasures", lambda: every(_SWEEP_LOOK_SECONDS, services.erasures.ask_again))
        start("sweep access", lambda: every(_SWEEP_LOOK_SECONDS, services.sweep.run_when_due))

    def _services(self) -> Services:
        work: WorkFactory = self.work
        settings, clock = self.settings, self._tuning.clock
        reader = Sealer(settings.reader_key.get_secret_value()) if settings.reader_key else None
        server = PlexServer(reader)
        accounts = PlexAccounts(self.sealer, clock)
        keys = Keys(work, self.sealer, self.runtime.verifier, clock)
        sessions = Sessions(work, keys, clock)
        poller = PinPoller(
            work, self.plextv, server, accounts, self.sealer, apart=self._tuning.poll_seconds, clock=clock
        )
        pages = PinPages(settings.public_url, settings.plex_auth_url, settings.plex_link_url, settings.plex_product)
        return Services(
            keys=keys,
            sessions=sessions,
            plex_sign_in=PlexSignIn(work, self.plextv, sessions, self.sealer, pages, started=poller.wake, clock=clock),
            poller=poller,
            plex_server=server,
            plex_tokens=PlexTokens(work, accounts, server),
            local=LocalAccounts(work, sessions, self.passwords, clock),
            api_tokens=ApiTokenService(work, sessions, keys, clock),
            users=UserAdministration(work, sessions, accounts, self.plextv, server, clock=clock),
            erasures=Erasures(work, sessions, accounts, self.plextv, clock=clock),
            policies=Policies(work, clock),
            invitations=Invitations(work, clock),
            audit=AuditLog(work),
            sweep=AccessSweep(work, sessions, accounts, self.plextv, server, clock=clock),
            upkeep=Upkeep(work, sessions, self.cache, clock),
        )


async def _ignore(_: Entry) -> None:
    """Changes in the users' bucket are our own."""


def _public_keys(encoded: dict[str, str]) -> dict[str, Ed25519PublicKey]:
    """The services' public keys; raises ValueError for one that is not 32 bytes in base64url."""
    return {
        name: Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(f"{text.rstrip('=')}=="))
        for name, text in encoded.items()
    }
