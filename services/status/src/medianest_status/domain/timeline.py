"""Health over time: how long each state held, gathered into buckets that can say they hold nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from medianest_common.contracts.status import ServiceHealth

FINE = 300
"""Seconds of a fine span; kept for eight days."""
COARSE = 3600
"""Seconds of a coarse span; kept for a hundred days."""

WINDOWS = {"24h": 86_400, "7d": 604_800, "30d": 2_592_000, "90d": 7_776_000}
BUCKETS = {"24h": (FINE, FINE), "7d": (FINE, 2_700), "30d": (COARSE, 10_800), "90d": (COARSE, 28_800)}
"""For each range: which spans it is made of, and the seconds of its buckets; never more than 300 of them."""

RECENT_BUCKETS = 60
RECENT_SECONDS = 45

NO_DATA = "no_data"

_WORST_FIRST = (
    ServiceHealth.DOWN,
    ServiceHealth.DEGRADED,
    ServiceHealth.MAINTENANCE,
    ServiceHealth.UNKNOWN,
    ServiceHealth.UP,
)


@dataclass
class Span:
    """Seconds in each state, and the answers that came, within one stretch of time."""

    seconds: dict[ServiceHealth, float] = field(default_factory=dict)
    response_sum: int = 0
    responses: int = 0

    def add(self, other: "Span") -> None:
        for health, held in other.seconds.items():
            self.seconds[health] = self.seconds.get(health, 0.0) + held
        self.response_sum += other.response_sum
        self.responses += other.responses

    @property
    def health(self) -> str:
        """The worst that held, or `no_data`."""
        return next((health.value for health in _WORST_FIRST if self.seconds.get(health)), NO_DATA)

    @property
    def uptime(self) -> float | None:
        return uptime(self.seconds)

    @property
    def response_ms(self) -> int | None:
        return round(self.response_sum / self.responses) if self.responses else None


def uptime(seconds: Mapping[ServiceHealth, float]) -> float | None:
    """The share of the judged time in which it answered; maintenance and what nobody saw do not count."""
    good = seconds.get(ServiceHealth.UP, 0.0) + seconds.get(ServiceHealth.DEGRADED, 0.0)
    judged = good + seconds.get(ServiceHealth.DOWN, 0.0)
    return round(good / judged, 5) if judged > 0 else None


def span_start(at: datetime, size: int) -> datetime:
    """The beginning of the stretch of `size` seconds that holds `at`, counted from 1970."""
    return datetime.fromtimestamp(at.timestamp() // size * size, UTC)


def pieces(start: datetime, end: datetime, size: int) -> Iterator[tuple[datetime, float]]:
    """The stretches that `start` to `end` runs through, each with the seconds that fall into it."""
    while start < end:
        begin = span_start(start, size)
        stop = min(end, begin + timedelta(seconds=size))
        yield begin, (stop - start).total_seconds()
        start = stop


def held_since(last: datetime | None, now: datetime, longest: float) -> datetime:
    """From when a state is known to have held until now: a gap longer than `longest` seconds is not filled in."""
    if last is None or last > now:
        return now
    if (now - last).total_seconds() > longest:
        return now
    return last


def buckets(
    spans: Sequence[tuple[datetime, Span]], *, size: int, count: int, now: datetime, bridge: int = 0
) -> list[dict[str, Any]]:
    """The last `count` buckets of `size` seconds, oldest first, the newest holding now.

    Up to `bridge` empty ones after a measured one show its state on: looks rarer than buckets leave no holes.
    """
    newest = span_start(now, size)
    gathered = {newest - timedelta(seconds=size * back): Span() for back in reversed(range(count))}
    for start, span in spans:
        bucket = gathered.get(span_start(start, size))
        if bucket is not None:
            bucket.add(span)
    rows = [
        {"at": at, "health": span.health, "response_ms": span.response_ms, "uptime": span.uptime}
        for at, span in gathered.items()
    ]
    return _bridged(rows, bridge) if bridge else rows


def _bridged(rows: list[dict[str, Any]], bridge: int) -> list[dict[str, Any]]:
    empty = 0
    shown: dict[str, Any] | None = None
    for row in rows:
        if row["health"] != NO_DATA:
            empty, shown = 0, row
        elif shown is not None and (empty := empty + 1) <= bridge:
            row["health"], row["uptime"] = shown["health"], shown["uptime"]
    return rows
