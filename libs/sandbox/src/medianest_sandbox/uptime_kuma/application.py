"""Puts Uptime Kuma together: the clock that beats, the routes, the notifications."""

import asyncio
import base64
import binascii
import secrets
import time
from collections import deque
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from medianest_sandbox.faults import Faults
from medianest_sandbox.settings import Settings
from medianest_sandbox.uptime_kuma.metrics import Profile, exposition
from medianest_sandbox.uptime_kuma.monitors import Beat, Monitor, Status, first_monitors
from medianest_sandbox.uptime_kuma.status_page import StatusPage
from medianest_sandbox.webhooks import WebhookSender
from medianest_sandbox.wire import json_reply

API_KEY = "uk1_sandbox"
PASSWORD = "sandbox"  # noqa: S105  # the password of a program that guards nothing
USERNAME = "admin"
_CALLS_PER_MINUTE = 60
_ANSWER_SECONDS = 48.0


class UptimeKuma:
    """The program and its clock. `start` and `stop` frame the work that goes on by itself."""

    def __init__(self, settings: Settings, faults: Faults) -> None:
        self.sender = WebhookSender()
        self.webhook = settings.kuma_webhook
        self._base, self._faults = settings.base_url, faults
        self._task: asyncio.Task[None] | None = None
        self._first_seconds = settings.beat_seconds
        self._calls: deque[float] = deque()
        self.reset()

    def reset(self) -> None:
        """As on the first start."""
        self.beat_seconds = self._first_seconds
        self.profile = Profile.V21
        self.auth = "key"
        self.stale = False
        self.monitors = first_monitors(self._base)
        for monitor in self.monitors:
            if monitor.active and not monitor.silent:
                monitor.imagine_past()
        self._calls.clear()
        self.sender.behave()

    def restart(self) -> None:
        """As after a restart of the program: every series is away until its next beat."""
        for monitor in self.monitors:
            monitor.beats.clear()
            monitor.retries = 0

    def routes(self) -> list[BaseRoute]:
        """Everything below /uptime-kuma."""
        push = ["GET", "POST", "PUT", "PATCH"]
        return [
            Route("/metrics", self.metrics),
            Route("/api/push/{token}", self.push, methods=push),
            *StatusPage(self).routes(),
        ]

    async def start(self) -> None:
        """Begin to beat and to send."""
        await self.sender.start()
        self._task = asyncio.create_task(self._run(), name="uptime-kuma-clock")

    async def stop(self) -> None:
        """Stop both."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.sender.stop()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self.beat_seconds)
            self.beat_all()

    def beat_all(self) -> None:
        """Check everything once, and notify of what changed."""
        for monitor in self.monitors:
            if monitor.active and monitor.push_token is None:
                self.notify(monitor, monitor.beat(**self._check(monitor)))

    def _check(self, monitor: Monitor) -> dict[str, Any]:
        delay = 0.0
        for fault in self._faults.peek(monitor.watches or "", monitor.path):
            if fault.kind == "delay":
                delay += fault.value or 0
            elif fault.kind == "down":
                return {"up": False, "ping": None, "message": "connect ECONNREFUSED"}
            elif fault.kind == "status" and (fault.value or 500) >= 300:
                return {"up": False, "ping": None, "message": f"Request failed with status code {fault.value or 500:g}"}
        if delay > _ANSWER_SECONDS:
            return {"up": False, "ping": None, "message": f"timeout of {_ANSWER_SECONDS * 1000:.0f}ms exceeded"}
        jitter = secrets.randbelow(max(2, monitor.usual_ping // 4))
        return {"up": True, "ping": monitor.usual_ping + jitter + round(delay * 1000), "message": "200 - OK"}

    def notify(self, monitor: Monitor, beat: Beat) -> None:
        """Send a notification for an important beat."""
        if not beat.important or self.webhook is None:
            return
        word = "✅ Up" if beat.status == Status.UP else "🔴 Down"
        heartbeat = {
            "monitorID": monitor.id,
            "status": int(beat.status),
            "time": beat.stamp,
            "msg": beat.message,
            "ping": beat.ping,
            "important": True,
            "duration": round(self.beat_seconds),
            "retries": monitor.retries,
            "timezone": "UTC",
            "timezoneOffset": "+00:00",
            "localDateTime": beat.stamp[:-4],
        }
        message = f"[{monitor.name}] [{word}] {beat.message}"
        self.sender.post(self.webhook, {"heartbeat": heartbeat, "monitor": monitor.document(), "msg": message})

    def send_test(self) -> bool:
        """Send what the Test button sends; False when no webhook is set."""
        if self.webhook is None:
            return False
        self.sender.post(self.webhook, {"heartbeat": None, "monitor": None, "msg": "Webhook Testing"})
        return True

    async def metrics(self, request: Request) -> Response:
        """All monitors for Prometheus; every refusal is a 401, the rate limit's too."""
        if not self._may_read(request):
            return Response(status_code=401, headers={"WWW-Authenticate": "Basic"})
        text = exposition(self.monitors, self.profile)
        return PlainTextResponse(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    def _may_read(self, request: Request) -> bool:
        if self.auth == "open":
            return True
        if self._too_many():
            return False
        user, password = _basic(request)
        if self.auth == "key":
            return secrets.compare_digest(password.encode(), API_KEY.encode())
        return user == USERNAME and secrets.compare_digest(password.encode(), PASSWORD.encode())

    def _too_many(self) -> bool:
        now = time.monotonic()
        while self._calls and self._calls[0] <= now - 60:
            self._calls.popleft()
        if len(self._calls) >= _CALLS_PER_MINUTE:
            return True
        self._calls.append(now)
        return False

    async def push(self, request: Request) -> Response:
        """A beat from the watched thing itself."""
        token, query = request.path_params["token"], request.query_params
        monitor = next((each for each in self.monitors if each.push_token == token and each.active), None)
        if monitor is None:
            return json_reply({"ok": False, "msg": "Monitor not found or not active."}, 404)
        up = query.get("status", "up") != "down"
        ping = query.get("ping", "")
        figure = round(float(ping)) if ping.replace(".", "", 1).isdigit() else None
        beat = monitor.beat(up=up, ping=figure, message=query.get("msg", "OK"))
        self.notify(monitor, beat)
        return json_reply({"ok": True})


def _basic(request: Request) -> tuple[str, str]:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, password
