"""What live connections are sent, each put into its bytes once however many hear it."""

from datetime import UTC, datetime
from typing import Any, Final

import orjson

from medianest_common.contracts.downloads import ItemProgress, WorkerSlots
from medianest_common.contracts.envelope import ADMINS, EVERYBODY
from medianest_common.contracts.status import Heartbeat, ServiceStateChanged

STATUS: Final = "status"
REQUESTS: Final = "requests"
DOWNLOADS: Final = "downloads"
SESSION: Final = "session"
ADMIN: Final = "admin"
EVENT_TOPICS: Final = (REQUESTS, DOWNLOADS, SESSION, ADMIN)
TOPICS: Final = (STATUS, *EVENT_TOPICS)

_LIVE: Final = {
    ItemProgress.subject: (DOWNLOADS, "item.progress"),
    WorkerSlots.subject: (ADMIN, "worker.slots"),
    Heartbeat.subject: (STATUS, "service.beat"),
}


class LiveMessage:
    """One message; `audience` says who may hear it, and nothing else does."""

    __slots__ = ("_frame", "audience", "id", "text", "topic")

    def __init__(self, topic: str, audience: tuple[str, ...], text: str, sequence: int | None = None) -> None:
        self.topic = topic
        self.audience = audience
        self.text = text
        self.id = sequence
        self._frame: bytes | None = None

    @property
    def frame(self) -> bytes:
        """As a server-sent event; only what can be resumed from has an id there."""
        if self._frame is None:
            resumable = self.id is not None and self.topic != STATUS
            head = f"id: {self.id}\n" if resumable else ""
            self._frame = f"{head}data: {self.text}\n\n".encode()
        return self._frame


def render(kind: str, topic: str, data: Any, *, sequence: int | None = None, time: Any = None) -> str:
    moment = time if time is not None else datetime.now(UTC)
    body = {"type": kind, "id": sequence, "time": moment, "topic": topic, "data": data}
    return orjson.dumps(body, option=orjson.OPT_UTC_Z).decode()


def from_event(subject: str, payload: bytes, sequence: int) -> LiveMessage | None:
    """A fact as a message; None for what no topic shows. Raises ValueError for what cannot be read."""
    topic = _topic(subject)
    if topic is None:
        return None
    data, audience = _split(payload)
    if topic == ADMIN:
        if ADMINS not in audience:
            return None
        audience = (ADMINS,)
    kind = ".".join(subject.split(".")[3:5])
    text = render(kind, topic, data, sequence=sequence, time=data.get("occurred_at"))
    return LiveMessage(topic, audience, text, sequence)


def from_live(subject: str, payload: bytes) -> LiveMessage | None:
    """A passing sign as a message; None for what no topic shows. Raises ValueError for what cannot be read."""
    known = _LIVE.get(subject.rpartition(".")[0])
    if known is None:
        return None
    topic, kind = known
    data, audience = _split(payload)
    return LiveMessage(topic, audience, render(kind, topic, data))


def event_snapshot(topic: str, sequence: int) -> LiveMessage:
    """What a topic begins with: the sequence that is followed from."""
    return LiveMessage(
        topic, (), render(f"{topic}.snapshot", topic, {"sequence": sequence}, sequence=sequence), sequence
    )


def resync(topic: str) -> LiveMessage:
    return LiveMessage(topic, (EVERYBODY,), render("resync", topic, {}))


def denied(topic: str) -> LiveMessage:
    return LiveMessage(topic, (), render("topic.denied", topic, {"code": "INSUFFICIENT_PERMISSIONS"}))


def _topic(subject: str) -> str | None:
    """Domain and entity decide; a service's health comes from the watched bucket, in one order with its snapshot."""
    if subject == ServiceStateChanged.subject:
        return None
    _, _, domain, entity, *_ = subject.split(".")
    if entity == "user" and domain != "auth":
        return None  # a domain's answer to an erasure
    if domain in (REQUESTS, DOWNLOADS):
        return domain
    return SESSION if (domain, entity) == ("auth", "session") else ADMIN


def _split(payload: bytes) -> tuple[dict[str, Any], tuple[str, ...]]:
    data = orjson.loads(payload)
    audience = data.pop("audience", None) if isinstance(data, dict) else None
    if not isinstance(audience, list) or not all(isinstance(who, str) for who in audience):
        raise ValueError("a message without an audience")
    return data, tuple(audience)
