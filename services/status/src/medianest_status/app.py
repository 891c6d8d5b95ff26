"""The composition root: everything is made and wired here, and nowhere else."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx2
from fastapi import FastAPI
from pydantic import SecretStr

from medianest_common.contracts.status import IntegrationKind
from medianest_common.contracts.streams import INTEGRATIONS, STATUS_CURRENT
from medianest_common.crypto import Sealer
from medianest_common.dead_letters_api import LetterDesk
from medianest_common.health import health_routes
from medianest_common.runtime import Runtime
from medianest_common.supervise import every
from medianest_common.tokens import Verifier
from medianest_common.watch import Entry
from medianest_common.web import create_service_app
from medianest_status import api, consumers
from medianest_status.clients.examiner import Examiner
from medianest_status.domain.integrations import Draft
from medianest_status.models import OUTBOX
from medianest_status.service import Parts
from medianest_status.service.incidents import IncidentService, MaintenanceService
from medianest_status.service.integrations import IntegrationService
from medianest_status.service.lanes import LaneService
from medianest_status.service.nudges import Nudges
from medianest_status.service.overview import Overview
from medianest_status.service.probing import Prober
from medianest_status.service.public import PublicPage
from medianest_status.service.rebuilding import Rebuilder
from medianest_status.service.users import UserService
from medianest_status.service.vault import Vault
from medianest_status.service.verdicts import Verdicts
from medianest_status.service.work import Work
from medianest_status.settings import StatusSettings

_TITLE = "MediaNest status"
_HOUR = 3_600.0
_SLOWEST_TURN = 50.0  # seconds between two reads of Uptime Kuma's monitors

Transport = Callable[[], httpx2.AsyncBaseTransport]


class StatusService:
    """One process of the service: its parts, made once, started and stopped together."""

    def __init__(self, settings: StatusSettings, transport: Transport | None = None) -> None:
        self.settings = settings
        self.runtime = Runtime(settings, OUTBOX)
        vault = _vault(settings)
        examiner = Examiner(deadline=settings.probe_deadline, slow_after_ms=settings.slow_after_ms, transport=transport)
        gap = 3 * max(settings.probe_interval, _SLOWEST_TURN)
        self.integrations = IntegrationService(self._work, vault, examiner)
        self.verdicts = Verdicts(self._work, self.runtime.live, longest_gap=gap)
        nudges = Nudges(self._work)
        self.prober = Prober(
            self._work, self.integrations, self.verdicts, examiner, nudges, interval=settings.probe_interval
        )
        self.parts = self._parts(nudges, gap)
        self._rebuilder = Rebuilder(self._work, vault)
        self._follow()

    def _work(self) -> Work:
        return Work(self.runtime.sessions, self.runtime.new_outbox, self.runtime.wake)

    def _parts(self, nudges: Nudges, gap: float) -> Parts:
        incidents, maintenance = IncidentService(self._work), MaintenanceService(self._work)
        overview = Overview(self._work, incidents, maintenance, stale_after=gap)
        return Parts(
            overview=overview,
            public=PublicPage(self._work, overview, incidents, switched_on=self.settings.public_status),
            integrations=self.integrations,
            incidents=incidents,
            maintenance=maintenance,
            nudges=nudges,
            kuma_secret=_text(self.settings.uptime_kuma_webhook_secret),
        )

    def _follow(self) -> None:
        self.runtime.watch_keys()
        self.runtime.watch(STATUS_CURRENT, self._states_complete, self._state_changed)
        self.runtime.watch(INTEGRATIONS, self._rebuilder.settings, _ignore)
        consumers.register(self.runtime, UserService(self._work), LaneService(self._work))

    async def _states_complete(self, entries: dict[str, Entry]) -> None:
        await self._rebuilder.states(entries)
        self.parts.overview.changed()

    async def _state_changed(self, entry: Entry) -> None:
        self.parts.overview.changed()

    async def start(self) -> None:
        await self.integrations.seed(first_values(self.settings))
        await self.runtime.start()
        self.runtime.background.start("prober", self.prober.run)
        self.runtime.background.start("prune history", lambda: every(_HOUR, self._prune))

    async def stop(self) -> None:
        await self.runtime.stop()

    async def _prune(self) -> None:
        async with self._work() as work:
            await work.history.prune(datetime.now(UTC))


def create_app(settings: StatusSettings, transport: Transport | None = None) -> FastAPI:
    """The application; `transport` replaces the way to outside systems in tests."""
    service = StatusService(settings, transport)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        try:
            await service.start()
            yield
        finally:
            await service.stop()

    health = health_routes(service.runtime.checks())
    app = create_service_app(_TITLE, api.router(), verifier=service.runtime.verifier, health=health, lifespan=lifespan)
    app.state.parts = service.parts
    app.state.letter_desk = LetterDesk(service.runtime.dead_letters, service.runtime.note_action)
    return app


def openapi() -> dict[str, Any]:
    """The service's document, made without any infrastructure."""
    return create_service_app(_TITLE, api.router(), verifier=Verifier()).openapi()


async def reseal(settings: StatusSettings) -> int:
    """Seal every stored secret under the newest key; how many were sealed under an older one."""
    service = StatusService(settings)
    try:
        return await service.integrations.reseal()
    finally:
        await service.runtime.engine.dispose()


def first_values(settings: StatusSettings) -> list[Draft]:
    given = (
        (IntegrationKind.PLEX, settings.plex_url, settings.plex_token),
        (IntegrationKind.OVERSEERR, settings.overseerr_url, settings.overseerr_api_key),
        (IntegrationKind.UPTIME_KUMA, settings.uptime_kuma_url, settings.uptime_kuma_api_key),
    )
    return [Draft(kind=kind, url=url, secret=_text(secret)) for kind, url, secret in given if url]


def _vault(settings: StatusSettings) -> Vault:
    readers = {name: Sealer(key.get_secret_value()) for name, key in settings.reader_keys.items()}
    return Vault(Sealer(settings.encryption_keys.get_secret_value()), readers)


def _text(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret is not None and secret.get_secret_value() else None


async def _ignore(entry: Entry) -> None:
    """The settings are ours: the prober learns of changes from the table."""
