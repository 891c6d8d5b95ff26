"""The place of an integration among the services that are watched."""

from collections.abc import Mapping
from datetime import datetime

from medianest_common.contracts.status import ServiceHealth
from medianest_status.errors import IntegrationInvalid
from medianest_status.models import ServiceConfig, ServiceStatus
from medianest_status.service import monitors
from medianest_status.service.settling import begin, settle, shown
from medianest_status.service.work import Work


async def place(work: Work, config: ServiceConfig, now: datetime) -> ServiceStatus | None:
    """Bring the integration's state in line with its settings: one that is switched off is not shown."""
    rows = await begin(work)
    before = {name: shown(row) for name, row in rows.items()}
    row: ServiceStatus | None = None
    if config.enabled:
        row = rows.get(config.service_name) or await _revive(work, config, now)
        row.kind, row.display_name = config.kind, config.display_name
        row.private, row.needs = config.private, config.depends_on
    else:
        take_away(work, rows, config, now)
    await settle(work, before, now)
    return row


async def _revive(work: Work, config: ServiceConfig, now: datetime) -> ServiceStatus:
    row = await work.states.find(config.service_name, removed=True)
    if row is None:
        row = ServiceStatus(
            service_name=config.service_name, kind=config.kind, display_name=config.display_name, since=now
        )
        work.states.add(row)
    row.removed_at = None
    row.status, row.since = ServiceHealth.UNKNOWN.value, now
    row.last_check_at = row.response_time_ms = row.error_message = None
    row.details = {}
    return row


def take_away(work: Work, rows: Mapping[str, ServiceStatus], config: ServiceConfig, now: datetime) -> None:
    """Stop showing the integration, and with Uptime Kuma its monitors."""
    for row in list(rows.values()):
        if config.service_name in (row.service_name, row.source):
            monitors.remove(work, row, now)


async def check_dependency(work: Work, name: str, needed: str | None) -> None:
    if needed and (needed == name or await work.states.find(needed) is None):
        raise IntegrationInvalid("It can only depend on another service that is there.")
