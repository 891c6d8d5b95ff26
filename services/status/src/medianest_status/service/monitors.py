"""Uptime Kuma's monitors as services of ours: taken in when they appear, let go when they stay away."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from medianest_common.contracts.status import IntegrationKind, ServiceHealth
from medianest_status.domain.causes import watched
from medianest_status.domain.probes import Monitor, Reading
from medianest_status.models import ServiceStatus
from medianest_status.service.telling import forget_state
from medianest_status.service.work import Work

KUMA = IntegrationKind.UPTIME_KUMA.value

_GRACE = timedelta(seconds=90)
"""A monitor's series is there only after its first beat since Kuma started: absent is not down."""
_GONE_AFTER = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)


async def follow(work: Work, rows: dict[str, ServiceStatus], listed: Sequence[Monitor], now: datetime) -> list[Reading]:
    """Bring `rows` in line with the monitors that are there, and read what each says."""
    urls = {one.service_name: one.service_url for one in await work.integrations.all() if one.service_name != KUMA}
    private = rows[KUMA].private if KUMA in rows else True
    for monitor in listed:
        row = rows.get(monitor.service_id) or await _take_in(work, monitor, now)
        rows[monitor.service_id] = row
        row.display_name = monitor.name
        row.private = private
        row.needs = watched(monitor.target, urls)
    present = {monitor.service_id for monitor in listed}
    _let_go(work, rows, present, now)
    return [
        Reading(one.service_id, one.health, now, one.response_ms, _MESSAGES.get(one.health)) for one in listed
    ] + _absent(rows, present, now)


_MESSAGES = {
    ServiceHealth.DOWN: "Uptime Kuma cannot reach it.",
    ServiceHealth.DEGRADED: "Uptime Kuma is trying it again.",
    ServiceHealth.MAINTENANCE: "Planned in Uptime Kuma.",
}


async def _take_in(work: Work, monitor: Monitor, now: datetime) -> ServiceStatus:
    row = await work.states.find(monitor.service_id, removed=True)
    if row is None:
        row = ServiceStatus(
            service_name=monitor.service_id,
            kind=monitor.kind.value,
            display_name=monitor.name,
            since=now,
            source=KUMA,
        )
        work.states.add(row)
    row.removed_at = None
    row.status, row.since = ServiceHealth.UNKNOWN.value, now
    row.last_check_at = None
    return row


def _of_kuma(rows: Mapping[str, ServiceStatus]) -> Iterable[ServiceStatus]:
    return (row for row in rows.values() if row.source == KUMA)


def _let_go(work: Work, rows: dict[str, ServiceStatus], present: set[str], now: datetime) -> None:
    for row in list(_of_kuma(rows)):
        if row.service_name in present:
            row.details = {name: value for name, value in row.details.items() if name != "absent_since"}
        elif now - _absent_since(row, now) >= _GONE_AFTER:
            remove(work, row, now)
            del rows[row.service_name]


def _absent_since(row: ServiceStatus, now: datetime) -> datetime:
    """Since when it is not listed; the first asking writes it down, in a new dict, else no change would be seen."""
    since = row.details.get("absent_since", now.isoformat())
    row.details = {**row.details, "absent_since": since}
    return datetime.fromisoformat(since)


def _absent(rows: Mapping[str, ServiceStatus], present: set[str], now: datetime) -> list[Reading]:
    return [
        Reading(row.service_name, ServiceHealth.UNKNOWN, now, message="Uptime Kuma does not list it now.")
        for row in _of_kuma(rows)
        if row.service_name not in present and now - _absent_since(row, now) >= _GRACE
    ]


def remove(work: Work, row: ServiceStatus, now: datetime) -> None:
    """Take a service off the list; its row stays, so that its version goes on if it comes back."""
    row.removed_at = now
    row.incident_id = row.behind = None
    row.version += 1
    forget_state(work, row)


def unseen(rows: Mapping[str, ServiceStatus], now: datetime) -> list[Reading]:
    """What is known of the monitors while Uptime Kuma cannot be asked: nothing. Said once a minute."""
    return [
        Reading(row.service_name, ServiceHealth.UNKNOWN, now, message="Uptime Kuma cannot be asked right now.")
        for row in _of_kuma(rows)
        if row.status != ServiceHealth.UNKNOWN.value or row.last_check_at is None or now - row.last_check_at >= _MINUTE
    ]
