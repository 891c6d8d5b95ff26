"""Requests as they are shown, put together once per row."""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from medianest_common.contracts.permissions import Permission
from medianest_common.contracts.requests import RequestStatus
from medianest_common.tokens import Caller
from medianest_requests.domain.allowed import Viewer, allowed_steps
from medianest_requests.domain.pictures import picture_url
from medianest_requests.errors import BadCursor, RequestNotFound
from medianest_requests.repository.listing import Position, RequestListing


class Listing:
    def __init__(self, rows: RequestListing) -> None:
        self._rows = rows

    async def page(
        self, caller: Caller, scope: str, statuses: Sequence[RequestStatus], limit: int, cursor: str | None
    ) -> dict[str, Any]:
        """One's own requests, or with scope `all` everybody's (the permission is the route's to check)."""
        owner = None if scope == "all" else caller.user_id
        rows = await self._rows.page(owner, statuses, _position(cursor) if cursor else None, limit + 1)
        shown = rows[:limit]
        following = _cursor(shown[-1]) if len(rows) > limit else None
        return {"items": [_body(row, caller) for row in shown], "next_cursor": following}

    async def one(self, request_id: UUID, caller: Caller) -> dict[str, Any]:
        """A request of one's own, or anybody's for those who decide; RequestNotFound otherwise."""
        decides = Permission.SYSTEM_MANAGE in caller.permissions
        row = await self._rows.one(request_id, None if decides else caller.user_id)
        if row is None:
            raise RequestNotFound("There is no such request.")
        return _body(row, caller)


def _body(row: RowMapping, caller: Caller) -> dict[str, Any]:
    viewer = Viewer(owns=row["user_id"] == caller.user_id, decides=Permission.SYSTEM_MANAGE in caller.permissions)
    body = dict(row)
    body["poster_url"] = picture_url("poster", body.pop("poster_path"))
    body["seasons"] = row["seasons"] or []
    body["allowed"] = allowed_steps(RequestStatus(row["status"]), viewer)
    return body


def _cursor(row: RowMapping) -> str:
    return base64.urlsafe_b64encode(f"{row['created_at'].isoformat()} {row['id']}".encode()).decode().rstrip("=")


def _position(cursor: str) -> Position:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        at, _, request_id = text.partition(" ")
        return datetime.fromisoformat(at).astimezone(UTC), UUID(request_id)
    except (ValueError, OverflowError):
        raise BadCursor("This cursor is not one of ours. Begin at the first page.") from None
