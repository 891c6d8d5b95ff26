"""Puts Overseerr together: records, rules, routes, webhook, and the clock that fetches what was approved."""

import asyncio
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from medianest_sandbox import tmdb
from medianest_sandbox.catalogue import find
from medianest_sandbox.overseerr.documents import Documents
from medianest_sandbox.overseerr.door import Door
from medianest_sandbox.overseerr.notifications import Notification, WebhookAgent
from medianest_sandbox.overseerr.numbers import Kind, MediaStatus, RequestStatus
from medianest_sandbox.overseerr.records import Media, MediaRequest, Records
from medianest_sandbox.overseerr.request_routes import RequestRoutes
from medianest_sandbox.overseerr.requesting import Requesting
from medianest_sandbox.overseerr.settings_routes import SettingsRoutes
from medianest_sandbox.overseerr.title_documents import TitleDocuments
from medianest_sandbox.overseerr.title_routes import TitleRoutes
from medianest_sandbox.overseerr.user_routes import UserRoutes
from medianest_sandbox.people import Accounts
from medianest_sandbox.settings import Settings
from medianest_sandbox.state import StateFolder
from medianest_sandbox.webhooks import WebhookSender
from medianest_sandbox.wire import json_reply

_TICK_SECONDS = 0.25
_EVENTS = {
    Kind.MEDIA_PENDING: "New {} Request",
    Kind.MEDIA_APPROVED: "{} Request Approved",
    Kind.MEDIA_AVAILABLE: "{} Request Now Available",
    Kind.MEDIA_FAILED: "{} Request Failed",
    Kind.MEDIA_DECLINED: "{} Request Declined",
    Kind.MEDIA_AUTO_APPROVED: "{} Request Automatically Approved",
}


class Overseerr:
    """The program and its clock. `start` and `stop` frame the work that goes on by itself."""

    def __init__(
        self, settings: Settings, accounts: Accounts, state: StateFolder, *, shelve: Callable[[Media], None]
    ) -> None:
        self.records = Records(state)
        self.sender = WebhookSender()
        self.agent = WebhookAgent(self.sender, settings.overseerr_webhook, lambda: self.records.webhook)
        self.requesting = Requesting(self.records, notify=self._notify, shelve=shelve)
        self.door = Door(self.records)
        self.auto_progress_seconds = self._first_progress = settings.auto_progress_seconds
        self._accounts, self._base = accounts, settings.base_url
        self._task: asyncio.Task[None] | None = None
        self._fetched: dict[int, float] = {}

    def routes(self) -> list[BaseRoute]:
        """Everything below /overseerr."""
        documents = Documents(self.records, self._accounts, self._base)
        return [
            *SettingsRoutes(self.door, self.agent).routes(),
            *UserRoutes(self.door, documents, self._accounts).routes(),
            *TitleRoutes(self.door, TitleDocuments(self.records, documents)).routes(),
            *RequestRoutes(self.door, documents, self.requesting).routes(),
            Route("/imageproxy/{rest:path}", tmdb.picture),
            Route("/{rest:path}", _not_found, methods=["GET", "POST", "PUT", "DELETE"]),
        ]

    async def start(self) -> None:
        """Begin to send webhooks and to fetch."""
        await self.sender.start()
        self._task = asyncio.create_task(self._run(), name="overseerr-clock")

    async def stop(self) -> None:
        """Stop both."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.sender.stop()

    def reset(self) -> None:
        """The first day again."""
        self.records.first_day()
        self.door.sessions.clear()
        self.door.switches.change(dict.fromkeys(vars(self.door.switches), False))
        self.sender.behave()
        self._fetched.clear()
        self.auto_progress_seconds = self._first_progress

    def summary(self) -> list[dict[str, object]]:
        """All requests in few words, oldest first."""
        return [
            {
                "id": each.id,
                "state": RequestStatus(each.status).name.lower(),
                "title": self._title_of(each),
                "media_type": each.kind,
                "tmdb_id": self.records.media[each.media_id].tmdb_id,
                "is4k": each.is4k,
                "seasons": each.seasons,
                "requested_by": self.records.users[each.user_id].name,
            }
            for each in self.records.requests.values()
        ]

    def _title_of(self, request: MediaRequest) -> str:
        title = find(request.kind, self.records.media[request.media_id].tmdb_id)
        return title.name if title else ""

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            if self.auto_progress_seconds is not None:
                self.fetch(_TICK_SECONDS, whole=self.auto_progress_seconds)

    def fetch(self, seconds: float, *, whole: float) -> None:
        """Let time pass for every approved request: a film comes at the end, seasons one by one."""
        for request in list(self.records.requests.values()):
            if request.status != RequestStatus.APPROVED:
                continue
            passed = self._fetched[request.id] = self._fetched.get(request.id, 0.0) + seconds
            share = 1.0 if whole <= 0 else passed / whole
            media = self.records.media[request.media_id]
            if media.state(is4k=request.is4k) != MediaStatus.AVAILABLE:
                self._arrive(media, request, min(1.0, share))

    def _arrive(self, media: Media, request: MediaRequest, share: float) -> None:
        if share >= 1:
            self.requesting.set_media(media, MediaStatus.AVAILABLE, is4k=request.is4k, seasons=request.seasons or None)
            return
        there = request.seasons[: int(share * len(request.seasons))]
        missing = [n for n in there if media.seasons.get(n, [1, 1])[request.is4k] != MediaStatus.AVAILABLE]
        if missing:
            self.requesting.set_media(media, MediaStatus.PARTIALLY_AVAILABLE, is4k=request.is4k, seasons=missing)

    def _notify(self, kind: Kind, media: Media, request: MediaRequest) -> None:
        title = find(media.kind, media.tmdb_id)
        what = ("4K " if request.is4k else "") + ("Movie" if media.kind == "movie" else "Series")
        user = self.records.users[request.user_id]
        person = self._accounts.numbered(user.plex_id)
        values = {
            "notification_type": str(kind.name),
            "event": _EVENTS[kind].format(what),
            "subject": f"{title.name} ({title.year})" if title else "",
            "message": title.overview if title else "",
            "image": f"{self._base}/tmdb/t/p/w600_and_h900_bestv2/poster-{title.image_key}.jpg" if title else "",
            "media_type": media.kind,
            "media_tmdbid": str(media.tmdb_id),
            "media_tvdbid": str(media.tvdb_id or ""),
            "media_status": MediaStatus(media.status).name,
            "media_status4k": MediaStatus(media.status4k).name,
            "request_id": str(request.id),
            "requestedBy_email": user.email,
            "requestedBy_username": user.name,
            "requestedBy_avatar": f"{self._base}/plextv/users/{person.uuid}/avatar" if person else "",
        }
        seasons = ", ".join(str(each) for each in request.seasons)
        extra = [{"name": "Requested Seasons", "value": seasons}] if seasons else []
        self.agent.notify(int(kind), Notification(values, frozenset({"media", "request"}), extra))


async def _not_found(_: Request) -> Response:
    return json_reply({"message": "not found", "errors": [{"path": "", "message": "not found"}]}, 404)
