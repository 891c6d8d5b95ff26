"""HTTP bodies of the status service."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from medianest_common.contracts.status import IntegrationKind, ServiceHealth

ShortText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
LongText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000)]
ServiceName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]


class HistoryRange(StrEnum):
    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"
    QUARTER = "90d"


class BucketHealth(StrEnum):
    """A service's health, or that nothing was measured."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    MAINTENANCE = "maintenance"
    UNKNOWN = "unknown"
    NO_DATA = "no_data"


class StatusBucket(BaseModel):
    """A span of time: the worst that held in it, the mean response time, the share of it that was up."""

    at: datetime
    health: BucketHealth
    response_ms: int | None
    uptime: float | None = Field(ge=0, le=1)


class UptimeRead(BaseModel):
    """Shares of the measured time, 0 to 1; null where nothing was measured."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    day: float | None = Field(alias="24h", ge=0, le=1)
    week: float | None = Field(alias="7d", ge=0, le=1)
    month: float | None = Field(alias="30d", ge=0, le=1)
    quarter: float | None = Field(alias="90d", ge=0, le=1)


class ServiceStateRead(BaseModel):
    service_id: str
    name: str
    kind: IntegrationKind
    health: ServiceHealth
    since: datetime
    checked_at: datetime | None
    response_ms: int | None
    message: str | None
    behind: str | None = Field(description="The service whose trouble this one's is part of")
    uptime_30d: float | None = Field(ge=0, le=1)
    incident_id: UUID | None
    version: int
    uptime: UptimeRead
    recent: list[StatusBucket] = Field(description="The last 45 minutes, oldest first")


class Ability(BaseModel):
    """Something a person wants to do: possible, or why not, since when and about until when."""

    ok: bool
    because: str | None
    since: datetime | None
    until: datetime | None


class AbilitiesRead(BaseModel):
    watch: Ability
    browse: Ability
    request: Ability
    download: Ability


class Headline(BaseModel):
    """One sentence, made from what one can do. Clock times are for the client to put in, from `since` and `until`."""

    health: ServiceHealth
    title: str
    detail: str
    since: datetime | None
    until: datetime | None


class StatusRead(BaseModel):
    items: list[ServiceStateRead]
    abilities: AbilitiesRead
    headline: Headline
    as_of: datetime | None = Field(description="Time of the newest probe")
    stale: bool = Field(description="True when nothing was probed for longer than it should be")


class IncidentKind(StrEnum):
    AUTOMATIC = "automatic"
    MANUAL = "manual"


class IncidentRead(BaseModel):
    id: UUID
    kind: IncidentKind
    service_id: str | None
    title: str
    text: str
    health: ServiceHealth
    affected: list[str] = Field(description="Services whose trouble was part of it")
    started_at: datetime
    ended_at: datetime | None
    updated_at: datetime
    version: int


class IncidentPage(BaseModel):
    items: list[IncidentRead]
    next_cursor: str | None


class IncidentCreate(BaseModel):
    service_id: str | None = Field(None, max_length=80)
    title: ShortText
    text: LongText = ""
    health: Literal[ServiceHealth.DEGRADED, ServiceHealth.DOWN, ServiceHealth.MAINTENANCE] = ServiceHealth.DEGRADED


class IncidentUpdate(BaseModel):
    """What is left out stays. `ended: true` closes an incident somebody wrote by hand."""

    title: ShortText | None = None
    text: LongText | None = None
    ended: Literal[True] | None = None


class MaintenanceCreate(BaseModel):
    service_id: str = Field(max_length=80)
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    text: LongText = ""


class MaintenanceRead(BaseModel):
    id: UUID
    service_id: str
    starts_at: datetime
    ends_at: datetime
    text: str


class MaintenancePage(BaseModel):
    items: list[MaintenanceRead]
    next_cursor: str | None = None


class ServiceDetailRead(ServiceStateRead):
    incidents: list[IncidentRead] = Field(description="The newest ten")
    maintenance: list[MaintenanceRead] = Field(description="Current and coming windows")


class ServiceHistoryRead(BaseModel):
    service_id: str
    range: HistoryRange
    bucket_seconds: int
    buckets: list[StatusBucket] = Field(description="Oldest first, at most 300")
    uptime: float | None = Field(ge=0, le=1)


class PublicService(BaseModel):
    name: str
    health: ServiceHealth
    since: datetime
    uptime_90d: float | None
    days: list[StatusBucket] = Field(description="The last 90 days, oldest first")


class PublicIncident(BaseModel):
    title: str
    text: str
    started_at: datetime
    ended_at: datetime | None


class PublicStatusRead(BaseModel):
    headline: Headline
    items: list[PublicService]
    incidents: list[PublicIncident]
    as_of: datetime | None
    stale: bool


class IntegrationRead(BaseModel):
    id: str
    kind: IntegrationKind
    name: str
    url: str
    enabled: bool
    private: bool = Field(description="Shown to admins alone")
    depends_on: str | None = Field(description="The service this one needs: its trouble explains this one's")
    has_secret: bool
    config: dict[str, str]
    health: ServiceHealth
    message: str | None
    updated_at: datetime
    version: int


class IntegrationPage(BaseModel):
    items: list[IntegrationRead]
    next_cursor: str | None = None


class IntegrationCreate(BaseModel):
    """`id` may be chosen for kind `http` alone; the others are there once. `force` saves although the test fails."""

    kind: IntegrationKind
    id: ServiceName | None = None
    name: ShortText | None = None
    url: str = Field(max_length=500)
    secret: SecretStr | None = Field(None, max_length=500)
    enabled: bool = True
    private: bool = False
    depends_on: str | None = Field(None, max_length=80)
    force: bool = False


class IntegrationUpdate(BaseModel):
    """What is left out stays. `version` makes the change conditional on nobody having changed it since."""

    name: ShortText | None = None
    url: str | None = Field(None, max_length=500)
    secret: SecretStr | None = Field(None, max_length=500)
    enabled: bool | None = None
    private: bool | None = None
    depends_on: str | None = Field(None, max_length=80, description="An empty text takes the dependency away")
    version: int | None = None
    force: bool = False


class IntegrationTest(BaseModel):
    """Settings to try without saving. With `id` and no `secret` the stored one is used, on the stored address alone."""

    kind: IntegrationKind
    url: str = Field(max_length=500)
    secret: SecretStr | None = Field(None, max_length=500)
    id: ServiceName | None = None


class IntegrationTestStep(BaseModel):
    """`ok` is null for what was not tried, since something before it failed."""

    name: str
    label: str
    ok: bool | None
    detail: str | None
    fix: str | None


class IntegrationTestRead(BaseModel):
    ok: bool
    steps: list[IntegrationTestStep]
    config: dict[str, str] = Field(description="What was learned: version, machine identifier")
    response_ms: int | None
