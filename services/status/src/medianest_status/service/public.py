"""The status page for people who are not signed in: integrations everybody may see, and what was written for them."""

import asyncio
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from medianest_common.clock import Clock, utc_now
from medianest_common.errors import NotFound
from medianest_status.domain.timeline import COARSE, buckets
from medianest_status.service.incidents import IncidentService
from medianest_status.service.overview import Overview
from medianest_status.service.wire import as_json
from medianest_status.service.work import NewWork

_DAY = 86_400
_DAYS = 90
_FRESH_SECONDS = 5.0
_INCIDENTS = 20


class PublicPage:
    """One document for everybody, made at most every five seconds."""

    def __init__(
        self,
        work: NewWork,
        overview: Overview,
        incidents: IncidentService,
        *,
        switched_on: bool,
        clock: Clock = utc_now,
    ) -> None:
        self._work = work
        self._overview = overview
        self._incidents = incidents
        self._switched_on = switched_on
        self._clock = clock
        self._building = asyncio.Lock()
        self._kept: tuple[float, bytes] = (-_FRESH_SECONDS, b"")

    async def document(self) -> bytes:
        """The page's data; NotFound unless the page is switched on."""
        if not self._switched_on:
            raise NotFound("There is nothing at this address.")
        async with self._building:
            made_at, body = self._kept
            if monotonic() - made_at >= _FRESH_SECONDS:
                made_at = monotonic()
                body = as_json(await self._compose())
                self._kept = (made_at, body)
            return body

    async def _compose(self) -> dict[str, Any]:
        now = self._clock()
        known = await self._overview.compose(private=False)
        shown = [item for item in known["items"] if not item["service_id"].startswith("kuma.")]
        days = await self._days([item["service_id"] for item in shown], now)
        incidents, _ = await self._incidents.page(service_id=None, limit=_INCIDENTS, cursor=None, private=False)
        return {
            "headline": known["headline"],
            "items": [
                {
                    "name": item["name"],
                    "health": item["health"],
                    "since": item["since"],
                    "uptime_90d": item["uptime"]["90d"],
                    "days": days[item["service_id"]],
                }
                for item in shown
            ],
            "incidents": [
                {"title": one.title, "text": one.text, "started_at": one.started_at, "ended_at": one.ended_at}
                for one in incidents
            ],
            "as_of": known["as_of"],
            "stale": known["stale"],
        }

    async def _days(self, services: list[str], now: datetime) -> dict[str, list[dict[str, Any]]]:
        since = now - timedelta(days=_DAYS)
        async with self._work() as work:
            spans = {name: await work.history.spans(name, size=COARSE, bucket=_DAY, since=since) for name in services}
        return {name: buckets(found, size=_DAY, count=_DAYS, now=now) for name, found in spans.items()}
