"""Maintenance windows: trouble in one is expected and alarms nobody."""

from uuid import UUID

from fastapi import APIRouter, Response

from medianest_common.errors import NotFound
from medianest_common.refusals import may_answer
from medianest_status.api.dependencies import Configurer, PartsDep, Reader, sees_private
from medianest_status.domain.incidents import Window
from medianest_status.schemas import MaintenanceCreate, MaintenancePage, MaintenanceRead

router = APIRouter(tags=["incidents"])


def _read(window: Window) -> MaintenanceRead:
    return MaintenanceRead.model_validate(window, from_attributes=True)


@router.get("/maintenance")
async def list_maintenance(caller: Reader, parts: PartsDep) -> MaintenancePage:
    """Current and coming windows, soonest first."""
    return MaintenancePage(items=[_read(one) for one in await parts.maintenance.coming(private=sees_private(caller))])


@router.post("/maintenance", status_code=201, responses=may_answer(NotFound))
async def create_maintenance(body: MaintenanceCreate, caller: Configurer, parts: PartsDep) -> MaintenanceRead:
    made = await parts.maintenance.plan(
        service_id=body.service_id,
        starts_at=body.starts_at,
        ends_at=body.ends_at,
        text=body.text,
        by=caller,
    )
    return _read(made)


@router.delete("/maintenance/{maintenance_id}", status_code=204)
async def delete_maintenance(maintenance_id: UUID, caller: Configurer, parts: PartsDep) -> Response:
    """Call a window off, or end it now."""
    await parts.maintenance.cancel(maintenance_id, by=caller)
    return Response(status_code=204)
