"""Incidents: found by the probes, or written by an admin."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from medianest_common.errors import NotFound
from medianest_common.refusals import may_answer
from medianest_status.api.dependencies import Configurer, PartsDep, Reader, sees_private
from medianest_status.domain.incidents import Incident
from medianest_status.schemas import IncidentCreate, IncidentPage, IncidentRead, IncidentUpdate

router = APIRouter(tags=["incidents"])


def _read(incident: Incident) -> IncidentRead:
    return IncidentRead.model_validate(incident, from_attributes=True)


@router.get("/incidents")
async def list_incidents(
    caller: Reader,
    parts: PartsDep,
    service_id: Annotated[str | None, Query(max_length=80)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> IncidentPage:
    """Newest first."""
    found, next_cursor = await parts.incidents.page(
        service_id=service_id, limit=limit, cursor=cursor, private=sees_private(caller)
    )
    return IncidentPage(items=[_read(one) for one in found], next_cursor=next_cursor)


@router.post("/incidents", status_code=201, responses=may_answer(NotFound))
async def create_incident(body: IncidentCreate, caller: Configurer, parts: PartsDep) -> IncidentRead:
    """Tell people of something the probes do not see."""
    made = await parts.incidents.write(
        title=body.title, text=body.text, health=body.health, service_id=body.service_id, by=caller
    )
    return _read(made)


@router.patch("/incidents/{incident_id}")
async def update_incident(incident_id: UUID, body: IncidentUpdate, caller: Configurer, parts: PartsDep) -> IncidentRead:
    """Add words to an incident, or end one written by hand."""
    changed = await parts.incidents.change(
        incident_id, title=body.title, text=body.text, end=bool(body.ended), by=caller
    )
    return _read(changed)
