"""The composition root of the api role."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import structlog
from fastapi import FastAPI
from nats.aio.msg import Msg
from pydantic import ValidationError

from medianest_common.contracts.downloads import WorkerSlots
from medianest_common.contracts.streams import INTEGRATIONS, USERS
from medianest_common.crypto import Sealer
from medianest_common.dead_letters_api import LetterDesk
from medianest_common.health import health_routes
from medianest_common.http import OutsideClient
from medianest_common.runtime import Runtime
from medianest_common.supervise import every
from medianest_common.tokens import Verifier
from medianest_common.web import create_service_app
from medianest_downloader import consumers
from medianest_downloader.api import routers
from medianest_downloader.clients.auth import AuthClient
from medianest_downloader.clients.plex_link import PlexLink
from medianest_downloader.clients.video_site import VideoSite
from medianest_downloader.domain.addresses import Door
from medianest_downloader.fetching.process import COMMAND
from medianest_downloader.fetching.toolbox import prepare_tools
from medianest_downloader.models import OUTBOX
from medianest_downloader.repository.work import Work
from medianest_downloader.service.downloads import Downloads, Wakes
from medianest_downloader.service.following import Following
from medianest_downloader.service.follows import Follows
from medianest_downloader.service.lanes import Lanes
from medianest_downloader.service.listing import Lister
from medianest_downloader.service.pauses import Pauses
from medianest_downloader.service.plex_delivery import PlexDelivery
from medianest_downloader.service.plex_forgetting import PlexForgetting
from medianest_downloader.service.plex_leavings import PlexLeavings
from medianest_downloader.service.quotas import Quotas
from medianest_downloader.service.readiness import LOOK_SECONDS, Readiness
from medianest_downloader.service.removing import Removing
from medianest_downloader.service.scheduling import Scheduler
from medianest_downloader.service.slots import SlotBoard
from medianest_downloader.service.submissions import Submissions
from medianest_downloader.service.users import Users
from medianest_downloader.settings import ApiSettings

_log = structlog.get_logger(__name__)

TITLE = "MediaNest downloads"
_LISTERS = 2
_TIDY_SECONDS = 600.0
_SLOTS = f"{WorkerSlots.subject}.*"


def openapi() -> dict[str, Any]:
    """The document of the HTTP interface; needs no infrastructure."""
    return create_service_app(TITLE, *routers, verifier=Verifier()).openapi()


class Parts:
    """The service's own parts, made once, run and closed together."""

    def __init__(self, settings: ApiSettings, runtime: Runtime, command: Sequence[str]) -> None:
        settings.media_dir.mkdir(parents=True, exist_ok=True)
        self._settings, self.runtime = settings, runtime
        self._plex_media_dir = settings.plex_media_dir or str(settings.media_dir)
        self._wakes = Wakes(*(asyncio.Event() for _ in range(5)))
        self.board = SlotBoard()
        self.quotas = Quotas(settings.download_quota_bytes)
        tools = prepare_tools(settings)
        self.site = VideoSite(settings, tools, command)
        self.readiness = Readiness(settings, tools, self.board)
        self.auth = _auth_client(settings)
        sealer = Sealer(settings.reader_key.get_secret_value()) if settings.reader_key else None
        self.link = PlexLink(
            OutsideClient("Plex"), sealer, client_id=settings.plex_client_id, changed=self._wakes.plex.set
        )
        self.users = Users(self.work, self.link, self.auth, settings.media_dir)
        self.downloads = Downloads(self.work, self.quotas, settings.media_dir, self._wakes)
        self.lanes = Lanes(self.work, self.board)
        self.pauses = Pauses(self.work, self._wakes.scheduling)
        door = Door(settings.hosts, relaxed=settings.allow_private_addresses)
        self.follows = Follows(
            self.work,
            door,
            most=settings.follows_per_user,
            gap=timedelta(seconds=settings.follow_gap_seconds),
            wakes=self._wakes,
        )
        self.submissions = Submissions(
            self.work,
            self.site,
            door,
            self.quotas,
            preview_seconds=settings.preview_seconds,
            wake=self._wakes.listing,
        )

    def work(self) -> Work:
        return Work(self.runtime.sessions, self.runtime.new_outbox, self.runtime.wake)

    async def start(self) -> None:
        """After the runtime's start."""
        await self.runtime.client.subscribe(_SLOTS, cb=self._hear_slots)
        background = self.runtime.background
        background.start("schedule", self.scheduler().run)
        for number in range(_LISTERS):
            background.start(f"list {number}", self.lister().run)
        background.start("follow", self.following().run)
        background.start("plex", self.plex_delivery().run)
        background.start("remove", self.removing().run)
        background.start("tidy", lambda: every(_TIDY_SECONDS, lambda: asyncio.to_thread(self.site.tidy)))
        background.start("readiness", lambda: every(LOOK_SECONDS, self.readiness.glance))

    async def close(self) -> None:
        """After the runtime's end."""
        await self.link.close()
        if self.auth is not None:
            await self.auth.close()

    async def _hear_slots(self, message: Msg) -> None:
        try:
            said = WorkerSlots.model_validate_json(message.data)
        except ValidationError:
            _log.warning("slots_unreadable")
            return
        if self.board.hear(said):
            self.runtime.wake.set()  # a worker has just committed something: publish its facts at once
            self._wakes.scheduling.set()
            self._wakes.plex.set()
            self._wakes.removing.set()  # a new video of a follow may let an old one go

    def scheduler(self) -> Scheduler:
        settings = self._settings
        return Scheduler(
            self.work,
            self.board,
            self.quotas,
            egress_slots=settings.egress_slots,
            per_user=settings.per_user_slots,
            max_file_bytes=settings.max_file_bytes,
            wake=self._wakes.scheduling,
        )

    def lister(self) -> Lister:
        return Lister(
            self.work,
            self.site,
            seconds=self._settings.listing_seconds,
            wake=self._wakes.listing,
            found=self._wakes.scheduling,
        )

    def following(self) -> Following:
        seconds, most = self._settings.listing_seconds, self._settings.max_items
        return Following(self.work, self.site, self.quotas, seconds=seconds, most=most, wakes=self._wakes)

    def removing(self) -> Removing:
        plex = PlexForgetting(
            self.link, PlexLeavings(self.work, self.auth), self._settings.media_dir, self._plex_media_dir
        )
        return Removing(self.work, self._settings.media_dir, plex, self._wakes.removing)

    def plex_delivery(self) -> PlexDelivery:
        return PlexDelivery(self.work, self.link, self.auth, media_dir=self._plex_media_dir, wake=self._wakes.plex)


def _auth_client(settings: ApiSettings) -> AuthClient | None:
    if settings.service_key is None:
        return None
    return AuthClient(OutsideClient("auth"), settings.auth_url, settings.service_key.get_secret_value())


def create_app(settings: ApiSettings, command: Sequence[str] = COMMAND) -> FastAPI:
    """The api role's application; `command` starts a yt-dlp child."""
    runtime = Runtime(settings, OUTBOX)
    parts = Parts(settings, runtime, command)
    runtime.watch_keys()
    runtime.watch(INTEGRATIONS, parts.link.on_snapshot, parts.link.on_change)
    runtime.watch(USERS, parts.users.on_snapshot, parts.users.on_change)
    consumers.register(runtime, parts.users)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await runtime.start()
        await parts.start()
        yield
        await runtime.stop()
        await parts.close()

    app = create_service_app(
        TITLE, *routers, verifier=runtime.verifier, health=health_routes(runtime.checks()), lifespan=lifespan
    )
    app.state.downloads = parts.downloads
    app.state.submissions = parts.submissions
    app.state.follows = parts.follows
    app.state.lanes = parts.lanes
    app.state.pauses = parts.pauses
    app.state.readiness = parts.readiness
    app.state.parts = parts
    app.state.letter_desk = LetterDesk(runtime.dead_letters, runtime.note_action)
    return app
