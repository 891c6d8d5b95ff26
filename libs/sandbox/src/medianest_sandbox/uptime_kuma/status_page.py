"""The public status page's JSON, with the slow caches of the real one when switched on; badges too."""

import asyncio
import time
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from medianest_sandbox.uptime_kuma.metrics import Profile
from medianest_sandbox.uptime_kuma.monitors import Monitor, Status
from medianest_sandbox.wire import json_reply

if TYPE_CHECKING:
    from medianest_sandbox.uptime_kuma.application import UptimeKuma

SLUG = "home"
_PAGE_SECONDS, _BEATS_SECONDS = 300.0, 60.0
_FOR_EVER = 3_600.0
_BEATS_SHOWN = {Profile.V1: 50, Profile.V2: 100, Profile.V21: 100}


class StatusPage:
    """One published page, `home`."""

    def __init__(self, kuma: "UptimeKuma") -> None:
        self._kuma = kuma
        self._kept: dict[str, tuple[float, dict[str, Any]]] = {}

    def routes(self) -> list[BaseRoute]:
        """The page, its beats, and badges."""
        return [
            Route("/api/entry-page", self.entry),
            Route("/api/status-page/{slug}", self.page),
            Route("/api/status-page/heartbeat/{slug}", self.beats),
            Route("/api/badge/{id:int}/{kind}", self.badge),
            Route("/api/badge/{id:int}/{kind}/{duration}", self.badge),
        ]

    async def entry(self, _: Request) -> Response:
        """What `/` shows."""
        return json_reply({"type": "entryPage", "entryPage": "dashboard"})

    async def page(self, request: Request) -> Response:
        """The page's monitors; an unknown one is a 404, or no answer at all in 1.23."""
        if not self._is_ours(request):
            if self._kuma.profile is Profile.V1:
                await asyncio.sleep(_FOR_EVER)
            return json_reply({"status": "fail", "msg": "Status Page Not Found"}, 404)
        return json_reply(self._cached("page", _PAGE_SECONDS, self._page))

    async def beats(self, request: Request) -> Response:
        """The newest beats of the page's monitors; empty for an unknown page."""
        if not self._is_ours(request):
            return json_reply({"heartbeatList": {}, "uptimeList": {}})
        return json_reply(self._cached("beats", _BEATS_SECONDS, self._beats))

    async def badge(self, request: Request) -> Response:
        """A small picture in SVG; N/A for what is not public."""
        monitor = next((each for each in self._kuma.monitors if each.id == request.path_params["id"]), None)
        words = _badge_words(monitor, request.path_params["kind"]) if monitor and monitor.public else "N/A"
        text = escape(f"{request.path_params['kind']}: {words}")
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="160" height="20"><text x="4" y="14">{text}</text></svg>'
        return Response(svg, media_type="image/svg+xml")

    def _is_ours(self, request: Request) -> bool:
        slug: str = request.path_params["slug"]
        return (slug if self._kuma.profile is Profile.V1 else slug.lower()) == SLUG

    def _public(self) -> list[Monitor]:
        return [monitor for monitor in self._kuma.monitors if monitor.public and monitor.active]

    def _page(self) -> dict[str, Any]:
        listed = [{"id": each.id, "name": each.name, "sendUrl": 0, "type": each.type} for each in self._public()]
        config = {
            "slug": SLUG,
            "title": "Home",
            "description": None,
            "icon": "/icon.svg",
            "autoRefreshInterval": 300,
            "theme": "auto",
            "published": True,
            "showTags": False,
            "customCSS": "",
            "footerText": None,
            "showPoweredBy": True,
            "googleAnalyticsId": None,
            "showCertificateExpiry": False,
        }
        incident: dict[str, Any] = {"incidents": []} if self._kuma.profile is Profile.V21 else {"incident": None}
        group = {"id": 1, "name": "Services", "weight": 1, "monitorList": listed}
        return {"config": config, **incident, "publicGroupList": [group], "maintenanceList": []}

    def _beats(self) -> dict[str, Any]:
        shown = _BEATS_SHOWN[self._kuma.profile]
        lists = {
            str(each.id): [
                {"status": int(beat.status), "time": beat.stamp, "msg": "", "ping": beat.ping}
                for beat in list(each.beats)[-shown:]
            ]
            for each in self._public()
        }
        uptimes = {f"{each.id}_24": each.uptime if each.beats else None for each in self._public()}
        return {"heartbeatList": lists, "uptimeList": uptimes}

    def _cached(self, name: str, seconds: float, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        kept = self._kept.get(name)
        if self._kuma.stale and kept and kept[0] > time.monotonic() - seconds:
            return kept[1]
        document = make()
        self._kept[name] = (time.monotonic(), document)
        return document


def _badge_words(monitor: Monitor, kind: str) -> str:
    if monitor.last is None:
        return "N/A"
    if kind == "status":
        return {Status.UP: "Up", Status.DOWN: "Down", Status.PENDING: "Pending", Status.MAINTENANCE: "Maintenance"}[
            monitor.last.status
        ]
    if kind == "uptime":
        return f"{monitor.uptime * 100:.2f}%"
    return f"{monitor.last.ping or 0}ms"
