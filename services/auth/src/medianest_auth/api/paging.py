"""Lists in parts: `limit`, and a cursor that means nothing to its bearer."""

import base64
from collections.abc import Sequence
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import Depends, Query

from medianest_common.errors import Invalid

RowT = TypeVar("RowT")

Limit = Annotated[int, Query(ge=1, le=100)]


def _after(cursor: Annotated[str | None, Query(max_length=100)] = None) -> UUID | None:
    if cursor is None:
        return None
    try:
        return UUID(bytes=base64.urlsafe_b64decode(cursor.encode() + b"=="))
    except ValueError:
        raise Invalid("This cursor is not one of ours.") from None


After = Annotated[UUID | None, Depends(_after)]


def part(rows: Sequence[RowT], limit: int) -> Sequence[RowT]:
    """The rows of this part; the repository read one more, to know whether there is another."""
    return rows[:limit]


def next_cursor(ids: Sequence[UUID], limit: int) -> str | None:
    """Where the next part begins; None when this is the last."""
    if len(ids) <= limit:
        return None
    return base64.urlsafe_b64encode(ids[limit - 1].bytes).rstrip(b"=").decode()
