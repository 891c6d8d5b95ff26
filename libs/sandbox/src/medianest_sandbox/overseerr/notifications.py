"""Overseerr's webhook: its settings, its template, and what is put into it."""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from medianest_sandbox.settings import Webhook
from medianest_sandbox.webhooks import WebhookSender

_PLACEHOLDER = re.compile(r"{{(\w+)}}")

DEFAULT_TEMPLATE = """{
    "notification_type": "{{notification_type}}",
    "event": "{{event}}",
    "subject": "{{subject}}",
    "message": "{{message}}",
    "image": "{{image}}",
    "{{media}}": {
        "media_type": "{{media_type}}",
        "tmdbId": "{{media_tmdbid}}",
        "tvdbId": "{{media_tvdbid}}",
        "status": "{{media_status}}",
        "status4k": "{{media_status4k}}"
    },
    "{{request}}": {
        "request_id": "{{request_id}}",
        "requestedBy_email": "{{requestedBy_email}}",
        "requestedBy_username": "{{requestedBy_username}}",
        "requestedBy_avatar": "{{requestedBy_avatar}}",
        "requestedBy_settings_discordId": "{{requestedBy_settings_discordId}}",
        "requestedBy_settings_telegramChatId": "{{requestedBy_settings_telegramChatId}}"
    },
    "{{issue}}": {
        "issue_id": "{{issue_id}}",
        "issue_type": "{{issue_type}}",
        "issue_status": "{{issue_status}}"
    },
    "{{comment}}": {
        "comment_message": "{{comment_message}}"
    },
    "{{extra}}": []
}"""
ALL_TYPES = 8190


@dataclass(frozen=True)
class Notification:
    """Values for the template; `groups` names the objects that are there, the others become null."""

    values: dict[str, str]
    groups: frozenset[str]
    extra: list[dict[str, str]]


def fill(template: str, notification: Notification) -> Any:
    """The body to post; raises ValueError when the template is not JSON."""
    return _filled(json.loads(template), notification)


def _filled(node: Any, notification: Notification) -> Any:
    if isinstance(node, str):
        return _PLACEHOLDER.sub(lambda found: notification.values.get(found.group(1), ""), node)
    if isinstance(node, list):
        return [_filled(each, notification) for each in node]
    if not isinstance(node, dict):
        return node
    result: dict[str, Any] = {}
    for key, value in node.items():
        marker = _PLACEHOLDER.fullmatch(key)
        if marker is None:
            result[key] = _filled(value, notification)
        elif marker.group(1) == "extra":
            result["extra"] = notification.extra
        else:
            name = marker.group(1)
            result[name] = _filled(value, notification) if name in notification.groups else None
    return result


class WebhookAgent:
    """The one webhook of an Overseerr: its settings as the API shows them, and what it does with a notification."""

    def __init__(
        self, sender: WebhookSender, first: Webhook | None, saved: Callable[[], dict[str, Any] | None]
    ) -> None:
        self.sender = sender
        self._first, self._saved = first, saved

    @property
    def settings(self) -> dict[str, Any]:
        """As stored: the template in base64. What was set by the API wins over what the program was started with."""
        saved = self._saved()
        if saved is not None:
            return saved
        url, secret = (self._first.url, self._first.authorization) if self._first else ("", "")
        options = {"webhookUrl": url, "authHeader": secret, "jsonPayload": encoded(DEFAULT_TEMPLATE)}
        return {"enabled": bool(url), "types": ALL_TYPES, "options": options | {"supportVariables": False}}

    def notify(self, type_bit: int, notification: Notification) -> None:
        """Post the notification if the agent is on and wants this type."""
        settings = self.settings
        if settings.get("enabled") and int(settings.get("types", 0)) & type_bit:
            self.post(settings, notification)

    def post(self, settings: dict[str, Any], notification: Notification) -> None:
        """Post the notification by these settings."""
        options = settings["options"]
        template = decoded(options.get("jsonPayload") or encoded(DEFAULT_TEMPLATE))
        webhook = Webhook(options.get("webhookUrl", ""), options.get("authHeader") or "")
        if webhook.url:
            self.sender.post(webhook, fill(template, notification))


def encoded(template: str) -> str:
    """The template as it is stored."""
    return base64.b64encode(template.encode()).decode()


def decoded(stored: str) -> str:
    """The template's text."""
    return base64.b64decode(stored).decode()
