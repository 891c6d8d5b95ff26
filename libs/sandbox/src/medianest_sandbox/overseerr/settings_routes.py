"""The routes of status and settings, the webhook's among them."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from medianest_sandbox.overseerr.door import API_KEY, Door, body_of
from medianest_sandbox.overseerr.notifications import Notification, WebhookAgent, decoded, encoded
from medianest_sandbox.overseerr.numbers import Mode, Permission
from medianest_sandbox.overseerr.records import User
from medianest_sandbox.overseerr.replies import Refused
from medianest_sandbox.wire import json_reply

TEST = Notification(
    values={
        "notification_type": "TEST_NOTIFICATION",
        "subject": "Test Notification",
        "message": "Check check, 1, 2, 3. Are we coming in clear?",
    },
    groups=frozenset(),
    extra=[],
)


class SettingsRoutes:
    """What the program says about itself, and the one thing that can be set."""

    def __init__(self, door: Door, agent: WebhookAgent) -> None:
        self._door, self._agent = door, agent

    def routes(self) -> list[BaseRoute]:
        """The routes."""
        route, settings = self._door.route, Permission.MANAGE_SETTINGS
        webhook = "/settings/notifications/webhook"
        return [
            route("/", self.root, public=True),
            route("/status", self.status, public=True),
            route("/status/appdata", self.appdata, public=True),
            route("/settings/public", self.public, public=True),
            route("/settings/main", self.main, needs=settings),
            route(webhook, self.webhook, needs=settings),
            route(webhook, self.set_webhook, methods=("POST",), needs=settings),
            route(f"{webhook}/test", self.send_test, methods=("POST",), needs=settings),
        ]

    @property
    def _seerr(self) -> bool:
        return self._door.records.mode is Mode.SEERR

    async def root(self, _: Request, __: User | None) -> Response:
        """The API's name."""
        return json_reply({"api": "Seerr API" if self._seerr else "Overseerr API", "version": "1.0"})

    async def status(self, _: Request, __: User | None) -> Response:
        """The version."""
        document = {
            "version": "3.1.0" if self._seerr else "1.34.0",
            "commitTag": "local",
            "updateAvailable": False,
            "commitsBehind": 0,
            "restartRequired": False,
        }
        return json_reply(document)

    async def appdata(self, _: Request, __: User | None) -> Response:
        """Whether the data folder is mounted."""
        return json_reply({"appData": True, "appDataPath": "/app/config", "appDataPermissions": True})

    async def public(self, _: Request, __: User | None) -> Response:
        """What everybody may know."""
        document: dict[str, Any] = {
            "initialized": True,
            "applicationTitle": "Seerr" if self._seerr else "Overseerr",
            "applicationUrl": "",
            "hideAvailable": False,
            "localLogin": True,
            "movie4kEnabled": True,
            "series4kEnabled": False,
            "originalLanguage": "",
            "partialRequestsEnabled": True,
            "cacheImages": True,
            "vapidPublic": "",
            "enablePushRegistration": False,
            "locale": "en",
            "emailEnabled": False,
            "newPlexLogin": True,
        }
        if not self._seerr:
            return json_reply(document | {"region": ""})
        more = {
            "discoverRegion": "",
            "streamingRegion": "",
            "hideBlocklisted": False,
            "mediaServerLogin": True,
            "mediaServerType": 1,
            "jellyfinExternalHost": "",
            "jellyfinForgotPasswordUrl": "",
            "enableSpecialEpisodes": False,
            "userEmailRequired": False,
            "youtubeUrl": "",
        }
        return json_reply(document | more)

    async def main(self, _: Request, __: User | None) -> Response:
        """What the owner may know."""
        document: dict[str, Any] = {
            "apiKey": API_KEY,
            "applicationTitle": "Seerr" if self._seerr else "Overseerr",
            "applicationUrl": "",
            "csrfProtection": self._door.switches.csrf,
            "cacheImages": True,
            "defaultPermissions": int(Permission.REQUEST),
            "defaultQuotas": {"movie": {}, "tv": {}},
            "hideAvailable": False,
            "localLogin": True,
            "newPlexLogin": True,
            "originalLanguage": "",
            "trustProxy": False,
            "partialRequestsEnabled": True,
            "locale": "en",
        }
        return json_reply(document)

    async def webhook(self, _: Request, __: User | None) -> Response:
        """The webhook's settings; the template as text."""
        settings = self._agent.settings
        options = settings["options"] | {"jsonPayload": decoded(settings["options"]["jsonPayload"])}
        return json_reply(settings | {"options": options})

    async def set_webhook(self, request: Request, _: User | None) -> Response:
        """Change the webhook; the template comes as JSON text inside a JSON string."""
        self._door.records.webhook = _settings(await body_of(request))
        self._door.records.save()
        return await self.webhook(request, None)

    async def send_test(self, request: Request, _: User | None) -> Response:
        """Send a test by the settings in the body, without keeping them."""
        self._agent.post(_settings(await body_of(request)), TEST)
        return Response(status_code=204)


def _settings(body: dict[str, Any]) -> dict[str, Any]:
    """The settings as they are stored; raises Refused when the template is not JSON inside a string."""
    options = body.get("options") or {}
    try:
        template = json.loads(options.get("jsonPayload") or "")
        json.loads(template)
    except (ValueError, TypeError) as error:
        raise Refused(500, "Unexpected token in JSON") from error
    kept = {
        "webhookUrl": str(options.get("webhookUrl") or ""),
        "authHeader": str(options.get("authHeader") or ""),
        "supportVariables": bool(options.get("supportVariables")),
        "jsonPayload": encoded(template),
    }
    return {"enabled": bool(body.get("enabled")), "types": int(body.get("types") or 0), "options": kept}
