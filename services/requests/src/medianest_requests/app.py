"""Where everything is put together."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI

from medianest_common.clock import Clock, utc_now
from medianest_common.contracts.auth import UserState
from medianest_common.contracts.requests import MediaType
from medianest_common.contracts.streams import INTEGRATIONS, USERS
from medianest_common.crypto import Sealer
from medianest_common.dead_letters_api import LetterDesk
from medianest_common.health import health_routes
from medianest_common.http import OutsideClient
from medianest_common.runtime import Runtime
from medianest_common.tokens import Verifier
from medianest_common.web import create_service_app
from medianest_requests import consumers
from medianest_requests.api import ROUTERS
from medianest_requests.clients.auth import AuthClient
from medianest_requests.clients.overseerr import OverseerrClient, did_its_part
from medianest_requests.clients.pictures import PictureClient
from medianest_requests.clients.plex import PlexClient
from medianest_requests.models import OUTBOX
from medianest_requests.repository.answers import AnswerStore
from medianest_requests.repository.listing import RequestListing
from medianest_requests.repository.recurring import RecurringStore
from medianest_requests.repository.work import Work
from medianest_requests.service import Services
from medianest_requests.service.access import PlexAccesses
from medianest_requests.service.acting import Acting
from medianest_requests.service.artwork import Artwork
from medianest_requests.service.asking import Asking
from medianest_requests.service.catalogue import Catalogue
from medianest_requests.service.deciding import Deciding
from medianest_requests.service.directory import Directory
from medianest_requests.service.leaving import Leaving
from medianest_requests.service.library import Library
from medianest_requests.service.listing import Listing
from medianest_requests.service.looking import Looking
from medianest_requests.service.mirroring import Mirroring
from medianest_requests.service.quotas import Quotas
from medianest_requests.service.reconciling import Reconciling
from medianest_requests.service.returning import Returning
from medianest_requests.service.submitting import Submitting
from medianest_requests.service.webhooks import Webhooks
from medianest_requests.settings import RequestsSettings

TITLE = "MediaNest requests"


# Somebody waits for these answers, so they give up early: what was kept is better than a long wait.
_DEADLINE, _TRIES = 5.0, 2


def _impatient(service: str) -> OutsideClient:
    return OutsideClient(service, deadline=_DEADLINE, tries=_TRIES)


class Parts:
    """The service's own parts, made once and closed together."""

    def __init__(self, settings: RequestsSettings, runtime: Runtime, clock: Clock = utc_now) -> None:
        self._settings, self._runtime, self._clock = settings, runtime, clock
        self.directory = Directory(Sealer(settings.reader_key.get_secret_value()), self._user_gone)
        overseerr = self.directory.overseerr
        self._for_people = OverseerrClient(
            OutsideClient("Overseerr", deadline=_DEADLINE, tries=_TRIES, is_answer=did_its_part), overseerr
        )
        self._for_work = OverseerrClient(OutsideClient("Overseerr", is_answer=did_its_part), overseerr)
        self._plex = PlexClient(_impatient("Plex"))
        key = Ed25519PrivateKey.from_private_bytes(_raw(settings.service_key.get_secret_value()))
        self._auth = AuthClient(_impatient("The sign-in service"), settings.auth_url, key)
        self._pictures = PictureClient(self._for_people, _impatient("The picture server"), settings.tmdb_image_url)
        self._accesses = PlexAccesses(self._auth, self.directory, clock)
        self.services = self._services()

    async def close(self) -> None:
        for client in (self._for_people, self._for_work, self._plex, self._auth, self._pictures):
            await client.close()

    def _work(self) -> Work:
        return Work(self._runtime.sessions, self._runtime.new_outbox, self._runtime.wake)

    async def _user_gone(self, user: UserState) -> None:
        await self.services.leaving.found_erased(user)

    def _forget(self, user_id: UUID) -> None:
        self._accesses.forget(user_id)
        self.services.library.forget(user_id)

    def _services(self) -> Services:
        settings, clock, work = self._settings, self._clock, self._work
        answers = AnswerStore(self._runtime.engine)
        limits = {MediaType.MOVIE: settings.movie_quota, MediaType.TV: settings.series_quota}
        quotas = Quotas(self.directory, limits, settings.quota_window, clock)
        catalogue = Catalogue(self._for_people, answers, work, quotas, clock)
        decide_here = settings.approval == "medianest"
        mirroring = Mirroring(work, catalogue, self.directory, clock)
        reconciling = Reconciling(
            work,
            self._for_work,
            mirroring,
            RecurringStore(self._runtime.engine),
            answers,
            clock,
            pause=timedelta(seconds=settings.reconcile_seconds),
            decide_here=decide_here,
        )
        return Services(
            catalogue=catalogue,
            artwork=Artwork(self._pictures, self._plex, self._accesses, settings.artwork_cache_bytes),
            asking=Asking(work, catalogue, quotas, self.directory, clock, decide_here=decide_here),
            deciding=Deciding(work, clock),
            listing=Listing(RequestListing(self._runtime.engine)),
            library=Library(self._plex, self._accesses, answers, clock),
            webhooks=Webhooks(work, reconciling, settings.overseerr_webhook_secret, clock),
            leaving=Leaving(work, clock, self._forget),
            returning=Returning(work, reconciling, clock),
            submitting=Submitting(
                work,
                self._for_work,
                Acting(self._for_work, self.directory, clock),
                Looking(self._for_work, work),
                mirroring,
                clock,
                ambiguous_wait=settings.ambiguous_wait,
                decide_here=decide_here,
            ),
            reconciling=reconciling,
        )


def _raw(key: str) -> bytes:
    return base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))


def create_app(settings: RequestsSettings) -> FastAPI:
    """The service; nothing is connected before its lifespan begins."""
    runtime = Runtime(settings, OUTBOX)
    parts = Parts(settings, runtime)
    runtime.watch_keys()
    for bucket, kept in (
        (USERS, parts.directory.users),
        (INTEGRATIONS, parts.directory.integrations),
    ):
        runtime.watch(bucket, kept.snapshot, kept.change)
    consumers.register(runtime, parts.services)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        try:
            await runtime.start()
            runtime.background.start("submit", parts.services.submitting.run)
            runtime.background.start("look into webhooks", parts.services.webhooks.run)
            runtime.background.start("compare", parts.services.reconciling.run)
            yield
        finally:
            await runtime.stop()
            await parts.close()

    app = create_service_app(
        TITLE, *ROUTERS, verifier=runtime.verifier, health=health_routes(runtime.checks()), lifespan=lifespan
    )
    app.state.services = parts.services
    app.state.letter_desk = LetterDesk(runtime.dead_letters, runtime.note_action)
    return app


def openapi() -> dict[str, Any]:
    """The document of the HTTP API; needs no settings and no server."""
    return create_service_app(TITLE, *ROUTERS, verifier=Verifier()).openapi()
