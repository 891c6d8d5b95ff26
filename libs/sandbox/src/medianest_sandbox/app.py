"""Puts the sandbox together: one ASGI application with every system under its own path."""

import contextlib
from collections.abc import AsyncIterator
from datetime import datetime

from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from medianest_sandbox import tmdb
from medianest_sandbox.calls import CallLog
from medianest_sandbox.catalogue import Series, find
from medianest_sandbox.control import Control
from medianest_sandbox.faults import Faults
from medianest_sandbox.gate import Gate
from medianest_sandbox.overseerr import Overseerr
from medianest_sandbox.overseerr.numbers import MediaStatus
from medianest_sandbox.overseerr.records import Media
from medianest_sandbox.people import Accounts
from medianest_sandbox.plex import PlexServer
from medianest_sandbox.plextv import PlexTv
from medianest_sandbox.settings import Settings
from medianest_sandbox.state import StateFolder
from medianest_sandbox.uptime_kuma import UptimeKuma
from medianest_sandbox.video import VideoSite


class World:
    """All systems, and what joins them. `running` frames the clocks that tick by themselves."""

    def __init__(self, settings: Settings) -> None:
        state = StateFolder(settings.state)
        self.settings = settings
        self.calls, self.faults = CallLog(), Faults()
        self.accounts = Accounts(state)
        self.plextv = PlexTv(self.accounts)
        self.plex = PlexServer(self.accounts, settings.media, state, scan_seconds=settings.scan_seconds)
        self.overseerr = Overseerr(settings, self.accounts, state, shelve=self._shelve)
        self.kuma = UptimeKuma(settings, self.faults)
        self.video = VideoSite(state.cache_folder(), bytes_per_second=settings.bytes_per_second)
        self._state = state
        self._shelve_all()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Start the clocks and senders, and stop them at the end."""
        await self.overseerr.start()
        await self.kuma.start()
        try:
            yield
        finally:
            self.plex.scanner.cancel_all()
            await self.kuma.stop()
            await self.overseerr.stop()

    def reset(self) -> None:
        """Everything as on the first start; files in the media folder stay."""
        self.faults.clear()
        self.calls.clear()
        self.accounts.reset()
        self.plextv.pins.clear()
        self.plex.reset()
        self.overseerr.reset()
        self.kuma.reset()
        self.video.reset()

    def _shelve_all(self) -> None:
        for media in self.overseerr.records.media.values():
            self._shelve(media)

    def _shelve(self, media: Media) -> None:
        """Bring the Plex library in line with what Overseerr says is available, and link the two."""
        title = find(media.kind, media.tmdb_id)
        if title is None:
            return
        if isinstance(title, Series):
            there = [number for number, states in media.seasons.items() if MediaStatus.AVAILABLE in states]
            media.rating_key = self.plex.hold_series(title, there, added_at=_epoch(media.added))
        else:
            there_now = MediaStatus.AVAILABLE in {media.status, media.status4k}
            media.rating_key = self.plex.hold_film(title, there=there_now, added_at=_epoch(media.added))


def _epoch(stamp: str) -> int:
    return int(datetime.fromisoformat(stamp).timestamp())


def create_app(settings: Settings) -> ASGIApp:
    """The sandbox as one application."""
    world = World(settings)
    control = Control(world)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with world.running():
            yield

    inner = Starlette(
        routes=[
            Route("/", control.front),
            Mount("/control", routes=control.routes()),
            Mount("/plextv", routes=world.plextv.routes()),
            Mount("/plex", app=world.plex),
            Mount("/overseerr", routes=world.overseerr.routes()),
            Mount("/uptime-kuma", routes=world.kuma.routes()),
            Mount("/video", routes=world.video.routes()),
            Route("/tmdb/{rest:path}", tmdb.picture),
        ],
        lifespan=lifespan,
    )
    return Gate(inner, calls=world.calls, faults=world.faults)
