"""Integrations that are there, and a way to say what the probes found."""

from datetime import datetime
from typing import Any

from sqlalchemy import text

from medianest_common.contracts.status import ServiceHealth
from medianest_common.crypto import Sealer
from medianest_status.clients.examiner import Examiner
from medianest_status.domain.probes import Monitor, Reading
from medianest_status.service.incidents import IncidentService, MaintenanceService
from medianest_status.service.integrations import IntegrationService
from medianest_status.service.overview import Overview
from medianest_status.service.vault import Vault
from medianest_status.service.verdicts import Verdicts
from medianest_status.service.work import NewWork

from .support import SEALING, FakeClock, Told

UP, DEGRADED, DOWN = ServiceHealth.UP, ServiceHealth.DEGRADED, ServiceHealth.DOWN
MAINTENANCE, UNKNOWN = ServiceHealth.MAINTENANCE, ServiceHealth.UNKNOWN
CHANGED = "status.service.changed"
CURRENT = "$KV.medianest-status-current."


class Watched:
    """Integrations that are there, and a way to say what the probes found."""

    def __init__(self, work: NewWork, told: Told, clock: FakeClock) -> None:
        examiner = Examiner(deadline=1, slow_after_ms=1_000)
        self.work, self.told, self.clock = work, told, clock
        self.integrations = IntegrationService(work, Vault(Sealer(SEALING), {}), examiner, clock)
        self.incidents = IncidentService(work, clock)
        self.maintenance = MaintenanceService(work, clock)
        self.overview = Overview(work, self.incidents, self.maintenance, stale_after=150, clock=clock)
        self.verdicts = Verdicts(work, told.live, longest_gap=150, clock=clock)

    async def see(self, answer: int | None = 10, message: str | None = None, **healths: ServiceHealth) -> None:
        readings = [Reading(name, health, self.clock.now, answer, message) for name, health in healths.items()]
        await self.verdicts.record(readings)

    async def monitors(self, *listed: Monitor, kuma: ServiceHealth = UP) -> None:
        reading = Reading("uptime_kuma", kuma, self.clock.now)
        away = kuma is DOWN
        await self.verdicts.record([reading], listed=None if away else listed, kuma_away=away)

    async def rows(self, *, private: bool = True) -> dict[str, dict[str, Any]]:
        return {item["service_id"]: item for item in (await self.overview.compose(private=private))["items"]}

    async def going(self) -> list[tuple[str, bool, list[str]]]:
        found, _ = await self.incidents.page(service_id=None, limit=50, cursor=None, private=True)
        return [(one.title, one.ended_at is None, one.affected) for one in found]

    async def spans(self, service: str, size: int) -> dict[datetime, dict[str, float]]:
        query = text("select * from check_spans where service_name = :name and size = :size")
        async with self.told.engine.connect() as db:
            found = (await db.execute(query, {"name": service, "size": size})).mappings()
            return {
                row["starts_at"]: {health.value: row[health.value] for health in ServiceHealth if row[health.value]}
                for row in found
            }


def monitor(number: int, health: ServiceHealth = UP, *, name: str = "Door", target: str = "") -> Monitor:
    return Monitor(f"kuma.{number}", name, target, health, 5)
