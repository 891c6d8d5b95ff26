"""What a look at a service yields, and when a look becomes a verdict."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from medianest_common.contracts.status import IntegrationKind, ServiceHealth

_UP = ServiceHealth.UP
_TIMES = 2
_SOON = 1.0
_WHILE_AWAY = 5.0


@dataclass(frozen=True)
class Step:
    """One thing that was tried; `ok` is None when something before it failed."""

    name: str
    label: str
    ok: bool | None = None
    detail: str | None = None
    fix: str | None = None


@dataclass(frozen=True)
class Examination:
    """One look at a service. `learned` is what its own answers say about it: version, machine identifier."""

    health: ServiceHealth
    response_ms: int | None = None
    message: str | None = None
    steps: tuple[Step, ...] = ()
    key_refused: bool = False
    learned: Mapping[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return all(step.ok for step in self.steps)


@dataclass(frozen=True)
class Reading:
    """The verdict on one service at one time, to be written down."""

    service_id: str
    health: ServiceHealth
    at: datetime
    response_ms: int | None = None
    message: str | None = None
    key_refused: bool = False


@dataclass(frozen=True)
class Monitor:
    """One monitor of Uptime Kuma, as a service of ours. `target` is what it watches, and stays among ourselves."""

    service_id: str
    name: str
    target: str
    health: ServiceHealth
    response_ms: int | None
    kind: IntegrationKind = IntegrationKind.HTTP


class Hysteresis:
    """Two looks in a row that differ from the verdict make a new one; where nothing was known, one good look does."""

    def __init__(self, verdict: ServiceHealth) -> None:
        self.verdict = verdict
        self._differing = 0

    @property
    def in_doubt(self) -> bool:
        """Whether the last look differed from the verdict, so that the next should come soon."""
        return self._differing > 0

    def observe(self, seen: ServiceHealth) -> ServiceHealth:
        """The verdict after this look."""
        if seen is self.verdict:
            self._differing = 0
            return self.verdict
        self._differing += 1
        known = self.verdict not in (ServiceHealth.UNKNOWN, ServiceHealth.MAINTENANCE)
        if self._differing >= _TIMES or (seen is _UP and not known):
            self.verdict, self._differing = seen, 0
        return self.verdict


class Judge:
    """Makes readings of looks at one service; a look that only raises a doubt does not yet tell its reason."""

    def __init__(self, service_id: str, verdict: ServiceHealth) -> None:
        self.hysteresis = Hysteresis(verdict)
        self._service_id = service_id
        self._message: str | None = None
        self._key_refused = False

    def judge(self, found: Examination, at: datetime) -> Reading:
        verdict = self.hysteresis.observe(found.health)
        if verdict is found.health:
            self._message, self._key_refused = found.message, found.key_refused
        return Reading(self._service_id, verdict, at, found.response_ms, self._message, self._key_refused)


def pause_after(hysteresis: Hysteresis, interval: float, luck: float) -> float:
    """Seconds until the next look; `luck` in [0, 1) spreads them, so that services are not all asked at once."""
    if hysteresis.in_doubt:
        return min(interval, _SOON) * (1 + luck / 2)
    if hysteresis.verdict in (ServiceHealth.DOWN, ServiceHealth.DEGRADED):
        interval = min(interval, _WHILE_AWAY)
    return interval * (0.9 + luck / 5)
