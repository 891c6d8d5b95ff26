"""What the status service says: health of what the suite stands on, and the settings of the integrations."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from medianest_common.contracts.auth import UserErased
from medianest_common.contracts.envelope import Audience, Event, Live, State


class ServiceHealth(StrEnum):
    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    MAINTENANCE = "maintenance"
    UNKNOWN = "unknown"


class IntegrationKind(StrEnum):
    PLEX = "plex"
    OVERSEERR = "overseerr"
    UPTIME_KUMA = "uptime_kuma"
    HTTP = "http"


class ServiceStateChanged(Event):
    """The verdict on one service is another one now."""

    subject: ClassVar[str] = "medianest.evt.status.service.changed.v1"
    entity_field: ClassVar[str] = "service_id"

    service_id: str
    kind: IntegrationKind
    health: ServiceHealth
    previous: ServiceHealth
    since: AwareDatetime


class IntegrationChanged(Event):
    """An integration was added, altered or removed; its settings are in the bucket `medianest-integrations`."""

    subject: ClassVar[str] = "medianest.evt.status.integration.changed.v1"
    entity_field: ClassVar[str] = "integration_id"

    integration_id: str
    kind: IntegrationKind
    enabled: bool


class StatusUserErased(UserErased):
    subject: ClassVar[str] = "medianest.evt.status.user.erased.v1"


class Heartbeat(Live):
    """One probe's result. `response_ms` is None when there was no answer."""

    subject: ClassVar[str] = "medianest.live.status.service"
    entity_field: ClassVar[str] = "service_id"

    service_id: str
    health: ServiceHealth
    response_ms: int | None
    checked_at: AwareDatetime


class ServiceState(State):
    """Value of bucket `medianest-status-current`, key = service id: what a client needs to draw its card."""

    audience: Audience
    service_id: str
    name: str
    kind: IntegrationKind
    health: ServiceHealth
    since: AwareDatetime
    checked_at: AwareDatetime | None
    response_ms: int | None
    message: str | None = None
    behind: str | None = None
    uptime_30d: float | None = Field(default=None, ge=0, le=1)
    incident_id: UUID | None = None


class IntegrationSettings(State):
    """Value of bucket `medianest-integrations`, key = integration id.

    `sealed` holds the secret (API key or token) once for each service that may read it, sealed for that reader alone.
    """

    integration_id: str
    kind: IntegrationKind
    name: str
    url: str
    enabled: bool
    config: dict[str, str] = Field(default_factory=dict)
    sealed: dict[str, str] = Field(default_factory=dict)
