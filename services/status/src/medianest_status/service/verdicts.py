"""Writing down what the probes found: the last verdict, the history, and what follows from both."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime

import structlog

from medianest_common.clock import Clock, utc_now
from medianest_common.contracts.envelope import Live
from medianest_common.contracts.status import Heartbeat, ServiceHealth
from medianest_status.domain.probes import Monitor, Reading
from medianest_status.domain.timeline import COARSE, FINE, Span, held_since, pieces, span_start
from medianest_status.metrics import looks_total, response_seconds, verdicts_total
from medianest_status.models import MaintenanceWindow, ServiceStatus
from medianest_status.service import monitors
from medianest_status.service.settling import Shown, begin, settle, shown
from medianest_status.service.telling import audience
from medianest_status.service.work import NewWork, Work

_log = structlog.get_logger(__name__)

SendLive = Callable[[Live], Awaitable[None]]
_Spans = dict[tuple[str, int, datetime], Span]


class Verdicts:
    """`longest_gap` is how many seconds apart two looks may be for the time between them to count as seen."""

    def __init__(self, work: NewWork, live: SendLive, *, longest_gap: float, clock: Clock = utc_now) -> None:
        self._work = work
        self._live = live
        self._longest_gap = longest_gap
        self._clock = clock

    async def current(self, service_id: str) -> ServiceHealth:
        async with self._work() as work:
            row = await work.states.find(service_id)
        return ServiceHealth(row.status) if row is not None else ServiceHealth.UNKNOWN

    async def record(
        self, readings: Sequence[Reading], *, listed: Sequence[Monitor] | None = None, kuma_away: bool = False
    ) -> None:
        """Write these down in one transaction, then send a beat for each.

        `listed` are all monitors Uptime Kuma has now: new ones are taken in, missing ones become unknown and then go.
        With `kuma_away` nothing is known of any of them.
        """
        now = self._clock()
        async with self._work() as work:
            rows = await begin(work)
            before = {name: shown(row) for name, row in rows.items()}
            if listed is not None:
                readings = [*readings, *await monitors.follow(work, rows, listed, now)]
            elif kuma_away:
                readings = [*readings, *monitors.unseen(rows, now)]
            known = [reading for reading in readings if reading.service_id in rows]
            await self._write(work, rows, known)
            await settle(work, before, now)
        _count(known, rows, before)
        for reading in known:
            await self._live(_beat(rows[reading.service_id]))

    async def _write(self, work: Work, rows: Mapping[str, ServiceStatus], readings: Iterable[Reading]) -> None:
        windows = await work.maintenance.coming(self._clock())
        spans: _Spans = {}
        checks = []
        for reading in readings:
            row = rows[reading.service_id]
            self._credit(spans, row, reading)
            _apply(row, reading, _window(windows, reading))
            checks.append(
                {
                    "service_name": row.service_name,
                    "checked_at": reading.at,
                    "status": row.status,
                    "response_time_ms": reading.response_ms,
                }
            )
        await work.history.add_checks(checks)
        await work.history.add_spans((*key, span) for key, span in spans.items())

    def _credit(self, spans: _Spans, row: ServiceStatus, reading: Reading) -> None:
        """Count the time since the last look to the state that held in it."""
        start = held_since(row.last_check_at, reading.at, self._longest_gap)
        health = ServiceHealth(row.status)
        for size in (FINE, COARSE):
            for begins, seconds in pieces(start, reading.at, size):
                spans.setdefault((row.service_name, size, begins), Span()).add(Span({health: seconds}))
            if reading.response_ms is not None:
                here = (row.service_name, size, span_start(reading.at, size))
                spans.setdefault(here, Span()).add(Span({}, reading.response_ms, 1))


def _window(windows: Iterable[MaintenanceWindow], reading: Reading) -> MaintenanceWindow | None:
    return next(
        (w for w in windows if w.service_name == reading.service_id and w.starts_at <= reading.at < w.ends_at), None
    )


def _apply(row: ServiceStatus, reading: Reading, window: MaintenanceWindow | None) -> None:
    health = ServiceHealth.MAINTENANCE if window is not None else reading.health
    if health.value != row.status:
        row.status = health.value
        row.since = reading.at
    row.last_check_at = reading.at
    row.response_time_ms = reading.response_ms
    row.error_message = (window.text or None) if window is not None else reading.message
    details = {name: value for name, value in row.details.items() if name not in ("until", "key_refused")}
    if window is not None:
        details["until"] = window.ends_at.isoformat()
    if reading.key_refused:
        details["key_refused"] = True
    row.details = details


def _beat(row: ServiceStatus) -> Heartbeat:
    return Heartbeat(
        audience=audience(private=row.private),
        version=row.version,
        service_id=row.service_name,
        health=ServiceHealth(row.status),
        response_ms=row.response_time_ms,
        checked_at=row.last_check_at or row.since,
    )


def _count(readings: Iterable[Reading], rows: Mapping[str, ServiceStatus], before: Mapping[str, Shown]) -> None:
    for reading in readings:
        row = rows[reading.service_id]
        looks_total.labels(row.kind, row.status).inc()
        if reading.response_ms is not None:
            response_seconds.labels(row.kind).observe(reading.response_ms / 1000)
        previous = before.get(reading.service_id, (None,))[0]
        if previous not in (None, row.status):
            verdicts_total.labels(row.kind, row.status).inc()
            _log.info("verdict_changed", target=row.service_name, previous=previous, health=row.status)
