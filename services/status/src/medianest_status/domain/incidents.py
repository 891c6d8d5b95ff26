"""Incidents and maintenance windows as people see them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from medianest_common.contracts.status import ServiceHealth


class IncidentKind(StrEnum):
    AUTOMATIC = "automatic"
    MANUAL = "manual"


@dataclass(frozen=True)
class Incident:
    id: UUID
    kind: IncidentKind
    service_id: str | None
    title: str
    text: str
    health: ServiceHealth
    affected: list[str]
    started_at: datetime
    ended_at: datetime | None
    updated_at: datetime
    version: int


@dataclass(frozen=True)
class Window:
    id: UUID
    service_id: str
    starts_at: datetime
    ends_at: datetime
    text: str
