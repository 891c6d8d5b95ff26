"""Incidents written or annotated by admins, and maintenance windows."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from uuid import UUID

from medianest_common import inbox
from medianest_common.clock import Clock, utc_now
from medianest_common.contracts.status import ServiceHealth
from medianest_common.errors import Invalid
from medianest_common.ids import uuid7
from medianest_common.tokens import Caller
from medianest_status import models
from medianest_status.domain.incidents import Incident, IncidentKind, Window
from medianest_status.errors import IncidentUnknown, MaintenanceUnknown, ServiceUnknown
from medianest_status.service.work import NewWork, Work

_LONGEST_WINDOW = timedelta(days=30)


class IncidentService:
    def __init__(self, work: NewWork, clock: Clock = utc_now) -> None:
        self._work = work
        self._clock = clock

    async def page(
        self, *, service_id: str | None, limit: int, cursor: str | None, private: bool
    ) -> tuple[list[Incident], str | None]:
        before = _decode(cursor) if cursor else None
        async with self._work() as work:
            rows = await work.incidents.page(service_id=service_id, limit=limit + 1, before=before, private=private)
            hidden = set() if private else await work.states.private_names()
        more = len(rows) > limit
        return [_incident(row, hidden) for row in rows[:limit]], _encode(rows[limit - 1]) if more else None

    async def write(
        self, *, title: str, text: str, health: ServiceHealth, service_id: str | None, by: Caller
    ) -> Incident:
        """Open an incident by hand; it ends by hand."""
        now = self._clock()
        async with self._work() as work:
            private = service_id is not None and await _is_private(work, service_id)
            row = models.Incident(
                id=uuid7(),
                kind=IncidentKind.MANUAL.value,
                service_name=service_id,
                title=title,
                text=text,
                health=health.value,
                private=private,
                started_at=now,
                updated_at=now,
                created_by=None if await inbox.is_erased(work.session, by.user_id) else by.user_id,
            )
            work.incidents.add(row)
            work.note_action(by, "incident.written", row.id)
        return _incident(row)

    async def change(
        self, incident_id: UUID, *, title: str | None, text: str | None, end: bool, by: Caller
    ) -> Incident:
        async with self._work() as work:
            row = await work.incidents.find(incident_id, lock=True)
            if row is None:
                raise IncidentUnknown("There is no incident of this id.")
            if end and row.kind != IncidentKind.MANUAL.value:
                raise Invalid("An incident the probes found ends when the service is back.")
            work.note_action(by, "incident.changed", row.id)
            row.title = title or row.title
            row.text = row.text if text is None else text
            row.ended_at = row.ended_at or (self._clock() if end else None)
            row.version += 1
            row.updated_at = self._clock()
        return _incident(row)


class MaintenanceService:
    def __init__(self, work: NewWork, clock: Clock = utc_now) -> None:
        self._work = work
        self._clock = clock

    async def coming(self, *, private: bool, service_id: str | None = None) -> list[Window]:
        async with self._work() as work:
            rows = await work.maintenance.coming(self._clock())
            hidden = set() if private else await work.states.private_names()
        wanted = [row for row in rows if service_id in (None, row.service_name)]
        return [_window(row) for row in wanted if row.service_name not in hidden]

    async def plan(self, *, service_id: str, starts_at: datetime, ends_at: datetime, text: str, by: Caller) -> Window:
        """Announce a window; it takes effect with the first look in it."""
        if not starts_at < ends_at <= starts_at + _LONGEST_WINDOW or ends_at <= self._clock():
            raise Invalid("A window ends after it starts, in the future, and is no longer than 30 days.")
        async with self._work() as work:
            await _is_private(work, service_id)
            row = models.MaintenanceWindow(
                id=uuid7(),
                service_name=service_id,
                starts_at=starts_at,
                ends_at=ends_at,
                text=text,
                created_by=None if await inbox.is_erased(work.session, by.user_id) else by.user_id,
            )
            work.maintenance.add(row)
            work.note_action(by, "maintenance.planned", row.id)
        return _window(row)

    async def cancel(self, window_id: UUID, *, by: Caller) -> None:
        async with self._work() as work:
            if not await work.maintenance.remove(window_id):
                raise MaintenanceUnknown("There is no maintenance window of this id.")
            work.note_action(by, "maintenance.cancelled", window_id)


async def _is_private(work: Work, service_id: str) -> bool:
    state = await work.states.find(service_id)
    if state is None:
        raise ServiceUnknown("There is no service of this id.")
    return state.private


def _incident(row: models.Incident, hidden: AbstractSet[str] = frozenset()) -> Incident:
    return Incident(
        id=row.id,
        kind=IncidentKind(row.kind),
        service_id=row.service_name,
        title=row.title,
        text=row.text,
        health=ServiceHealth(row.health),
        affected=[name for name in row.affected if name not in hidden],
        started_at=row.started_at,
        ended_at=row.ended_at,
        updated_at=row.updated_at,
        version=row.version,
    )


def _window(row: models.MaintenanceWindow) -> Window:
    return Window(row.id, row.service_name, row.starts_at, row.ends_at, row.text)


def _encode(row: models.Incident) -> str:
    return urlsafe_b64encode(f"{row.started_at.isoformat()}|{row.id}".encode()).decode()


def _decode(cursor: str) -> tuple[datetime, UUID]:
    try:
        at, _, key = urlsafe_b64decode(cursor).decode().partition("|")
        return datetime.fromisoformat(at).astimezone(UTC), UUID(key)
    except ValueError:
        raise Invalid("The cursor is not one of ours.") from None
