"""The audit log, for administrators."""

from collections.abc import AsyncIterator
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import AfterValidator, AwareDatetime

from medianest_auth.api import views
from medianest_auth.api.dependencies import NO_STORE, ServicesDep, holding
from medianest_auth.api.paging import After, Limit, next_cursor, part
from medianest_auth.repository.audit import AuditFilter
from medianest_auth.schemas import AuditList
from medianest_auth.service.sessions import Identity
from medianest_common.contracts.permissions import Permission

router = APIRouter(prefix="/api/v1/audit", tags=["audit"], dependencies=[NO_STORE])

Reader = Annotated[Identity, Depends(holding(Permission.LOGS_READ))]


def _without_nul(text: str | None) -> str | None:
    """No column holds a NUL; found out here, since the export has begun when the database says so."""
    if text is not None and "\0" in text:
        raise ValueError("must be text")
    return text


Word = Annotated[str | None, Query(max_length=64), AfterValidator(_without_nul)]


def _filter(
    after: After,
    actor: Word = None,
    action: Word = None,
    target: Word = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
) -> AuditFilter:
    return AuditFilter(actor=actor, action=action, target=target, since=since, until=until, before=after)


Filter = Annotated[AuditFilter, Depends(_filter)]


@router.get("")
async def list_audit_entries(_: Reader, services: ServicesDep, wanted: Filter, limit: Limit = 20) -> AuditList:
    """Who did what to whom, when and from where; the newest first."""
    rows = await services.audit.page(wanted, limit)
    return AuditList(
        items=[views.audit_entry(row) for row in part(rows, limit)],
        next_cursor=next_cursor([row.id for row in rows], limit),
    )


@router.get("/export", response_class=StreamingResponse, responses={200: {"content": {"application/x-ndjson": {}}}})
async def export_audit_entries(_: Reader, services: ServicesDep, wanted: Filter) -> StreamingResponse:
    """The same, all of it, one JSON object a line."""

    async def lines() -> AsyncIterator[bytes]:
        async for row in services.audit.export(wanted):
            yield orjson.dumps(views.audit_entry(row).model_dump(mode="json")) + b"\n"

    headers = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="audit.ndjson"'}
    return StreamingResponse(lines(), media_type="application/x-ndjson", headers=headers)
