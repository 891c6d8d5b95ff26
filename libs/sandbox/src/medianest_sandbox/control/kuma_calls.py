"""Control calls for Uptime Kuma."""

from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from medianest_sandbox.control.table import BadCall, Call, body_of, done, only, seconds, whole
from medianest_sandbox.settings import Webhook
from medianest_sandbox.uptime_kuma.metrics import Profile
from medianest_sandbox.uptime_kuma.monitors import Monitor, Status
from medianest_sandbox.wire import json_reply

if TYPE_CHECKING:
    from medianest_sandbox.app import World

_STATES = {"up": Status.UP, "down": Status.DOWN, "pending": Status.PENDING, "maintenance": Status.MAINTENANCE}
_AUTHS = ("key", "password", "open")


class KumaCalls:
    """What monitors find, which version is imitated, and the notifications."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def table(self) -> list[Call]:
        """The calls."""
        return [
            Call("GET", "/uptime-kuma/monitors", self.monitors),
            Call(
                "POST",
                "/uptime-kuma/monitors",
                self.add,
                example={"name": "Doorbell", "type": "ping", "status": "up", "retries": 2},
            ),
            Call(
                "PATCH",
                "/uptime-kuma/monitors/{id:int}",
                self.change,
                example={"status": "down"},
                sample="/uptime-kuma/monitors/4",
            ),
            Call("DELETE", "/uptime-kuma/monitors/{id:int}", self.remove, sample="/uptime-kuma/monitors/12"),
            Call("POST", "/uptime-kuma/beat", self.beat),
            Call("POST", "/uptime-kuma/restart", self.restart),
            Call(
                "POST",
                "/uptime-kuma/settings",
                self.settings,
                example={"profile": "2.1+", "auth": "key", "stale": False, "beat_seconds": 3},
            ),
            Call(
                "POST",
                "/uptime-kuma/webhook",
                self.webhook,
                example={"url": "http://127.0.0.1:8080/api/v1/webhooks/uptime-kuma", "authorization": "a long secret"},
            ),
            Call("POST", "/uptime-kuma/webhooks", self.mischief, example={"drop": 1, "double": 0, "delay_seconds": 0}),
            Call("GET", "/uptime-kuma/webhooks", self.sent),
            Call("POST", "/uptime-kuma/test", self.test),
        ]

    async def monitors(self, _: Request) -> Response:
        """All monitors with their newest beat."""
        return json_reply({"items": [_document(each) for each in self._world.kuma.monitors]})

    async def add(self, request: Request) -> Response:
        """Add a monitor."""
        body = only(await body_of(request), "name", "type", "url", "hostname", "status", "retries", "push_token")
        name = body.get("name")
        if not isinstance(name, str) or not name:
            raise BadCall("a monitor needs a name")
        monitors = self._world.kuma.monitors
        monitor = Monitor(
            id=max((each.id for each in monitors), default=0) + 1,
            name=name,
            type=str(body.get("type", "http")),
            url=body.get("url"),
            hostname=body.get("hostname"),
            push_token=body.get("push_token"),
            forced=_state(body),
            max_retries=whole(body, "retries"),
        )
        monitors.append(monitor)
        return json_reply(_document(monitor), 201)

    async def change(self, request: Request) -> Response:
        """Say what a monitor finds from now on (up, down, pending, maintenance; null: look at the real thing), or
        pause it.
        """
        body = only(await body_of(request), "status", "active", "public", "retries")
        monitor = self._monitor(request)
        if "status" in body:
            monitor.forced = _state(body)
        monitor.active = bool(body.get("active", monitor.active))
        monitor.public = bool(body.get("public", monitor.public))
        monitor.max_retries = whole(body, "retries", monitor.max_retries)
        return json_reply(_document(monitor))

    async def remove(self, request: Request) -> Response:
        """Delete a monitor."""
        self._world.kuma.monitors.remove(self._monitor(request))
        return done()

    async def beat(self, _: Request) -> Response:
        """Let every monitor beat now."""
        self._world.kuma.beat_all()
        return done()

    async def restart(self, _: Request) -> Response:
        """As after a restart: all series are away until the next beat."""
        self._world.kuma.restart()
        return done()

    async def settings(self, request: Request) -> Response:
        """Version (1.23, 2.0, 2.1+), auth (key, password, open), slow caches, seconds between beats."""
        body, kuma = only(await body_of(request), "profile", "auth", "stale", "beat_seconds"), self._world.kuma
        profile, auth = body.get("profile", kuma.profile), body.get("auth", kuma.auth)
        if profile not in set(Profile) or auth not in _AUTHS:
            raise BadCall(f"profile must be one of {', '.join(Profile)}, auth one of {', '.join(_AUTHS)}")
        kuma.profile, kuma.auth = Profile(profile), auth
        kuma.stale = bool(body.get("stale", kuma.stale))
        kuma.beat_seconds = max(0.05, seconds(body, "beat_seconds", kuma.beat_seconds))
        return done(profile=kuma.profile, auth=kuma.auth, stale=kuma.stale, beat_seconds=kuma.beat_seconds)

    async def webhook(self, request: Request) -> Response:
        """Where notifications go; null switches them off."""
        body = only(await body_of(request), "url", "authorization")
        url = body.get("url")
        self._world.kuma.webhook = Webhook(str(url), str(body.get("authorization") or "")) if url else None
        return done()

    async def mischief(self, request: Request) -> Response:
        """Lose or double as many of the next notifications, or delay each."""
        body, sender = only(await body_of(request), "drop", "double", "delay_seconds"), self._world.kuma.sender
        sender.drop, sender.double = whole(body, "drop", sender.drop), whole(body, "double", sender.double)
        sender.delay_seconds = seconds(body, "delay_seconds", sender.delay_seconds)
        return done()

    async def sent(self, _: Request) -> Response:
        """The notifications sent so far and what came of each."""
        return json_reply({"items": list(self._world.kuma.sender.sent)})

    async def test(self, _: Request) -> Response:
        """Send a test notification."""
        if not self._world.kuma.send_test():
            raise BadCall("no webhook is set", 409)
        return done()

    def _monitor(self, request: Request) -> Monitor:
        found = next((each for each in self._world.kuma.monitors if each.id == request.path_params["id"]), None)
        if found is None:
            raise BadCall("no such monitor", 404)
        return found


def _state(body: dict[str, Any]) -> Status | None:
    given = body.get("status")
    if given is not None and given not in _STATES:
        raise BadCall(f"status must be one of {', '.join(_STATES)}, or null")
    return _STATES[given] if given is not None else None


def _document(monitor: Monitor) -> dict[str, Any]:
    last = monitor.last
    return {
        "id": monitor.id,
        "name": monitor.name,
        "type": monitor.type,
        "active": monitor.active,
        "watches": monitor.watches,
        "forced": monitor.forced.name.lower() if monitor.forced is not None else None,
        "last": {"status": last.status.name.lower(), "time": last.stamp, "ping": last.ping} if last else None,
        "push_path": f"/uptime-kuma/api/push/{monitor.push_token}" if monitor.push_token else None,
    }
