"""Monitors and their beats."""

import random
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Any

KEPT_BEATS = 100
_FIRST_BEATS = 60
_SECONDS_BETWEEN_FIRST_BEATS = 60


class Status(IntEnum):
    """What a beat says."""

    DOWN = 0
    UP = 1
    PENDING = 2
    MAINTENANCE = 3


@dataclass(frozen=True)
class Beat:
    """One check; `ping` is milliseconds, None when there was no answer."""

    status: Status
    time: datetime
    ping: int | None
    message: str = ""
    important: bool = False

    @property
    def stamp(self) -> str:
        """The time as Uptime Kuma writes it: UTC without saying so."""
        return self.time.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


@dataclass
class Monitor:
    """Something that is watched. `watches` names a system of the sandbox; without it `forced` is what is found."""

    id: int
    name: str
    type: str
    url: str | None = None
    hostname: str | None = None
    port: int | None = None
    watches: str | None = None
    path: str = "/"
    forced: Status | None = None
    usual_ping: int = 20
    max_retries: int = 0
    active: bool = True
    silent: bool = False
    public: bool = True
    push_token: str | None = None
    interval: int = 60
    retries: int = 0
    beats: deque[Beat] = field(default_factory=lambda: deque(maxlen=KEPT_BEATS))

    @property
    def last(self) -> Beat | None:
        """The newest beat."""
        return self.beats[-1] if self.beats else None

    @property
    def uptime(self) -> float:
        """The share of kept beats that were up or in maintenance."""
        good = sum(beat.status in {Status.UP, Status.MAINTENANCE} for beat in self.beats)
        return good / len(self.beats) if self.beats else 1.0

    @property
    def mean_seconds(self) -> float:
        """The mean answer time of the kept beats."""
        pings = [beat.ping for beat in self.beats if beat.ping is not None]
        return sum(pings) / len(pings) / 1000 if pings else 0.0

    def beat(self, *, up: bool, ping: int | None, message: str) -> Beat:
        """Note a check: retries come before down, and only changes that matter are important."""
        before = self.last.status if self.last else None
        if self.forced is not None:
            status = self.forced
        elif up:
            status, self.retries = Status.UP, 0
        elif self.retries < self.max_retries:
            status, self.retries = Status.PENDING, self.retries + 1
        else:
            status = Status.DOWN
        found = ping if status in {Status.UP, Status.MAINTENANCE} else None
        beat = Beat(status, datetime.now(UTC), found, message, important=is_important(before, status))
        self.beats.append(beat)
        return beat

    def imagine_past(self) -> None:
        """Fill the hour before the start with beats that look alive."""
        chance = random.Random(self.name)  # noqa: S311  # the same past every time is the point
        now = datetime.now(UTC)
        status = self.forced if self.forced is not None else Status.UP
        for minute in range(_FIRST_BEATS, 0, -1):
            ping = max(1, round(chance.gauss(self.usual_ping, self.usual_ping / 6)))
            when = now - timedelta(seconds=minute * _SECONDS_BETWEEN_FIRST_BEATS)
            self.beats.append(Beat(status, when, ping if status in {Status.UP, Status.MAINTENANCE} else None))

    def document(self) -> dict[str, Any]:
        """The monitor in a webhook, without secrets."""
        return {
            "id": self.id,
            "name": self.name,
            "description": None,
            "pathName": self.name,
            "parent": None,
            "childrenIDs": [],
            "url": self.url or "https://",
            "method": "GET",
            "hostname": self.hostname,
            "port": self.port,
            "maxretries": self.max_retries,
            "weight": 2000,
            "active": self.active,
            "type": self.type,
            "timeout": 48,
            "interval": self.interval,
            "retryInterval": self.interval,
            "resendInterval": 0,
            "keyword": None,
            "tags": [],
            "maintenance": self.forced == Status.MAINTENANCE,
        }


def is_important(before: Status | None, now: Status) -> bool:
    """Whether a notification goes out: first beat down, up to down or back, pending to down."""
    if before is None:
        return now == Status.DOWN
    return (before, now) in {
        (Status.UP, Status.DOWN),
        (Status.DOWN, Status.UP),
        (Status.PENDING, Status.DOWN),
        (Status.MAINTENANCE, Status.DOWN),
    }


def first_monitors(base: str) -> list[Monitor]:
    """What is watched at the start: the other systems, a router, and the odd cases that readers must bear."""
    return [
        Monitor(1, "Plex", "http", url=f"{base}/plex/identity", watches="plex", path="/identity", usual_ping=42),
        Monitor(2, "Overseerr", "http", url=f"{base}/overseerr/api/v1/status", watches="overseerr",
                path="/api/v1/status", usual_ping=38),
        Monitor(3, "Video site", "http", url=f"{base}/video/", watches="video", usual_ping=110),
        Monitor(4, "Home router", "ping", hostname="192.0.2.1", forced=Status.UP, usual_ping=2),
        Monitor(5, "Photo archive", "http", url="http://photos.example.test/", forced=Status.MAINTENANCE, public=False),
        Monitor(6, "Garage camera", "port", hostname="192.0.2.21", port=554, forced=Status.PENDING, public=False),
        Monitor(7, "Old laptop", "ping", hostname="192.0.2.40", forced=Status.DOWN, public=False),
        Monitor(8, "Website", "http", url="http://a.example.test/?key=hush", forced=Status.UP, public=False),
        Monitor(9, "Website", "http", url="http://b.example.test/", forced=Status.UP, public=False),
        Monitor(10, 'Kitchen "Pi" \\ display', "http", url="http://pi.example.test/", forced=Status.UP, public=False),
        Monitor(11, "Everything at home", "group", forced=Status.UP, public=False),
        Monitor(12, "Garden sensor", "http", url="http://sensor.example.test/", active=False, public=False),
        Monitor(13, "Nightly backup", "push", push_token="sandbox-push-token", silent=True, public=False),  # noqa: S106  # opens nothing
    ]  # fmt: skip
