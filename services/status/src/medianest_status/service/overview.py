"""Reading health quickly: plain columns, put together once and served from memory until something changed."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import structlog
from sqlalchemy import RowMapping
from sqlalchemy.exc import SQLAlchemyError

from medianest_common.clock import Clock, utc_now
from medianest_common.contracts.status import IntegrationKind, ServiceHealth
from medianest_status.domain.abilities import Pause, Standing, abilities, headline
from medianest_status.domain.timeline import (
    BUCKETS,
    RECENT_BUCKETS,
    RECENT_SECONDS,
    WINDOWS,
    Span,
    buckets,
    uptime,
)
from medianest_status.errors import ServiceUnknown
from medianest_status.service.incidents import IncidentService, MaintenanceService
from medianest_status.service.wire import as_json
from medianest_status.service.work import NewWork, Work

_log = structlog.get_logger(__name__)

_FRESH_SECONDS = 2.0
"""How long an answer is served from memory; a change of any verdict ends it at once."""
_UPTIME_SECONDS = 30.0
_BRIDGE = 2
_NEVER: dict[str, float | None] = dict.fromkeys(WINDOWS)
_SPAN = timedelta(seconds=RECENT_BUCKETS * RECENT_SECONDS)

Uptimes = Mapping[str, Mapping[str, float | None]]
Recent = Mapping[str, Sequence[tuple[datetime, Span]]]


class Overview:
    """`stale_after` is how many seconds without any look mean that nobody looks."""

    def __init__(
        self,
        work: NewWork,
        incidents: IncidentService,
        maintenance: MaintenanceService,
        *,
        stale_after: float,
        clock: Clock = utc_now,
    ) -> None:
        self._work = work
        self._incidents = incidents
        self._maintenance = maintenance
        self._stale_after = timedelta(seconds=stale_after)
        self._clock = clock
        self._building = asyncio.Lock()
        self._generation = 0
        self._last: dict[bool, dict[str, Any]] = {}
        self._kept: dict[bool, tuple[float, bytes]] = {}
        self._uptimes: tuple[float, Uptimes] = (-_UPTIME_SECONDS, {})

    def changed(self) -> None:
        """Serve nothing kept any more: something that is shown is another one."""
        self._generation += 1
        self._kept.clear()

    async def everything(self, *, private: bool) -> bytes:
        """The whole answer; `private` shows what is kept to admins."""
        async with self._building:
            made_at, body = self._kept.get(private, (-_FRESH_SECONDS, b""))
            if monotonic() - made_at >= _FRESH_SECONDS:
                made_at, generation = monotonic(), self._generation
                body = as_json(await self._compose_or_last(private=private))
                if generation == self._generation:
                    self._kept[private] = (made_at, body)
            return body

    async def _compose_or_last(self, *, private: bool) -> dict[str, Any]:
        """While the database is away the last answer, marked stale; without one its error."""
        try:
            self._last[private] = await self.compose(private=private)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            if private not in self._last:
                raise
            _log.warning("status_served_from_memory", error=type(error).__name__)
            return self._last[private] | {"stale": True}
        return self._last[private]

    async def compose(self, *, private: bool) -> dict[str, Any]:
        now = self._clock()
        async with self._work() as work:
            rows = [row for row in await work.states.columns() if private or not row["private"]]
            recent = await work.history.recent(now - _SPAN)
            pause = await _pause(work)
            uptimes = await self._known_uptimes(work, now)
        as_of = max((row["last_check_at"] for row in rows if row["last_check_at"]), default=None)
        stale = bool(rows) and (as_of is None or now - as_of > self._stale_after)
        standings = [_standing(row) for row in rows]
        can = abilities(standings, pause)
        return {
            "items": [_item(row, uptimes, recent, now) for row in rows],
            "abilities": {name: asdict(ability) for name, ability in can.items()},
            "headline": headline(standings, can, stale=stale),
            "as_of": as_of,
            "stale": stale,
        }

    async def one(self, service_id: str, *, private: bool) -> bytes:
        """One service with its incidents; ServiceUnknown also for what the caller may not see."""
        now = self._clock()
        async with self._work() as work:
            row = await _visible(work, service_id, private=private)
            recent = await work.history.recent(now - _SPAN)
            uptimes = await self._known_uptimes(work, now)
        newest, _ = await self._incidents.page(service_id=service_id, limit=10, cursor=None, private=private)
        windows = await self._maintenance.coming(private=private, service_id=service_id)
        body = _item(row, uptimes, recent, now) | {"incidents": newest, "maintenance": windows}
        return as_json(body)

    async def history(self, service_id: str, span: str, *, private: bool) -> bytes:
        """The buckets of `24h`, `7d`, `30d` or `90d`."""
        now = self._clock()
        size, bucket = BUCKETS[span]
        count = WINDOWS[span] // bucket
        async with self._work() as work:
            await _visible(work, service_id, private=private)
            since = now - timedelta(seconds=WINDOWS[span])
            spans = await work.history.spans(service_id, size=size, bucket=bucket, since=since)
        total = Span()
        for _, part in spans:
            total.add(part)
        return as_json(
            {
                "service_id": service_id,
                "range": span,
                "bucket_seconds": bucket,
                "buckets": buckets(spans, size=bucket, count=count, now=now),
                "uptime": uptime(total.seconds),
            }
        )

    async def _known_uptimes(self, work: Work, now: datetime) -> Uptimes:
        read_at, known = self._uptimes
        if not known or monotonic() - read_at >= _UPTIME_SECONDS:
            known = await work.history.uptimes(now)
            self._uptimes = (monotonic(), known)
        return known


async def _visible(work: Work, service_id: str, *, private: bool) -> RowMapping:
    rows = await work.states.columns()
    found = next((row for row in rows if row["service_name"] == service_id and (private or not row["private"])), None)
    if found is None:
        raise ServiceUnknown("There is no service of this id.")
    return found


async def _pause(work: Work) -> Pause | None:
    lanes = await work.lanes.paused()
    if not lanes:
        return None
    until = [lane.until for lane in lanes if lane.until is not None]
    return Pause(min(lane.since for lane in lanes), max(until, default=None))


def _standing(row: RowMapping) -> Standing:
    return Standing(
        service_id=row["service_name"],
        name=row["display_name"],
        # a monitor that watches Plex is not Plex: it must not decide what people can do
        kind=IntegrationKind(row["kind"]) if row["source"] is None else IntegrationKind.HTTP,
        health=ServiceHealth(row["status"]),
        since=row["since"],
        message=row["error_message"],
        behind=row["behind"],
        until=row["until"],
        key_refused=row["key_refused"],
        monitor=row["source"] is not None,
    )


def _item(row: RowMapping, uptimes: Uptimes, recent: Recent, now: datetime) -> dict[str, Any]:
    name = row["service_name"]
    shares = uptimes.get(name, _NEVER)
    bars = buckets(recent.get(name, ()), size=RECENT_SECONDS, count=RECENT_BUCKETS, now=now, bridge=_BRIDGE)
    return {
        "service_id": name,
        "name": row["display_name"],
        "kind": row["kind"],
        "health": row["status"],
        "since": row["since"],
        "checked_at": row["last_check_at"],
        "response_ms": row["response_time_ms"],
        "message": row["error_message"],
        "behind": row["behind"],
        "uptime_30d": shares["30d"],
        "incident_id": row["incident_id"],
        "version": row["version"],
        "uptime": shares,
        "recent": bars,
    }
