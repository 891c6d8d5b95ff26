"""After verdicts changed: which trouble is behind which, which incidents begin and end, and who is told.

Belongs into the transaction of whatever changed, with the lock of the writers of verdicts held.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from medianest_common.contracts.status import ServiceHealth
from medianest_common.ids import uuid7
from medianest_status.domain.causes import Node, behind
from medianest_status.domain.incidents import IncidentKind
from medianest_status.models import Incident, ServiceStatus
from medianest_status.service.telling import keep_state, tell_change
from medianest_status.service.work import Work

_TELL_EVERY = timedelta(seconds=60)
_DOWN = ServiceHealth.DOWN.value

Shown = tuple[Any, ...]


def shown(row: ServiceStatus) -> Shown:
    """What of a row others see at once when it changes; response times go by the beats."""
    return row.status, row.error_message, row.behind, row.incident_id, row.display_name, row.private


async def begin(work: Work) -> dict[str, ServiceStatus]:
    """Keep other writers of verdicts out; every service there is, by its id."""
    await work.states.lock()
    return {row.service_name: row for row in await work.states.all()}


async def settle(work: Work, before: Mapping[str, Shown], now: datetime) -> None:
    """Bring causes and incidents in line with the verdicts and tell what changed since `before` was taken.

    All are told once a minute besides, so that a kept state is never much older than the last look.
    """
    rows = await work.states.all()
    causes = behind(_node(row) for row in rows)
    for row in rows:
        row.behind = causes[row.service_name]
    await _settle_incidents(work, rows, now)
    if any(row.told_at is None or now - row.told_at >= _TELL_EVERY for row in rows):
        await _refresh_uptime(work, rows, now)
    for row in rows:
        _tell(work, row, before.get(row.service_name), now)


def _node(row: ServiceStatus) -> Node:
    return Node(row.service_name, ServiceHealth(row.status), row.since, needs=row.needs, source=row.source)


def _tell(work: Work, row: ServiceStatus, before: Shown | None, now: datetime) -> None:
    if before == shown(row) and row.told_at is not None and now - row.told_at < _TELL_EVERY:
        return
    row.version += 1
    row.told_at = now
    keep_state(work, row)
    if before is not None and before[0] != row.status:
        tell_change(work, row, previous=before[0])


async def _refresh_uptime(work: Work, rows: Sequence[ServiceStatus], now: datetime) -> None:
    uptimes = await work.history.uptimes(now)
    for row in rows:
        share = uptimes.get(row.service_name, {}).get("30d")
        row.uptime_percentage = None if share is None else Decimal(f"{share * 100:.2f}")


async def _settle_incidents(work: Work, rows: Sequence[ServiceStatus], now: datetime) -> None:
    going = {incident.service_name: incident for incident in await work.incidents.open_automatic()}
    by_name = {row.service_name: row for row in rows}
    for row in rows:
        if row.status == _DOWN and row.behind is None and row.service_name not in going:
            going[row.service_name] = _begin(work, row, now)
    for row in rows:
        _assign(row, going, now)
    for name, incident in going.items():
        _end(incident, by_name.get(name or ""), going, now)


def _begin(work: Work, row: ServiceStatus, now: datetime) -> Incident:
    incident = Incident(
        id=uuid7(),
        kind=IncidentKind.AUTOMATIC.value,
        service_name=row.service_name,
        title=f"{row.display_name} is down",
        text=row.error_message or "",
        health=_DOWN,
        private=row.private,
        started_at=row.since,
        updated_at=now,
    )
    work.incidents.add(incident)
    return incident


def _assign(row: ServiceStatus, going: Mapping[str | None, Incident], now: datetime) -> None:
    incident = going.get(row.behind or row.service_name)
    hit = row.behind is not None or row.status == _DOWN
    row.incident_id = incident.id if incident is not None and hit else None
    if incident is not None and row.behind is not None and row.service_name not in incident.affected:
        incident.affected = [*incident.affected, row.service_name]
        _touch(incident, now)


def _end(incident: Incident, row: ServiceStatus | None, going: Mapping[str | None, Incident], now: datetime) -> None:
    if row is not None and row.status == _DOWN and row.behind is None:
        return
    incident.ended_at = now
    if row is not None and row.behind is not None and row.behind in going:
        incident.merged_into = going[row.behind].id
    _touch(incident, now)


def _touch(incident: Incident, now: datetime) -> None:
    incident.version += 1
    incident.updated_at = now
