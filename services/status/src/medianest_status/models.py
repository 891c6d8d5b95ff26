"""The tables of the status service."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, DateTime, Identity, Index, Integer, Numeric, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from medianest_common.db import service_metadata
from medianest_common.inbox import erased_users_table, inbox_table
from medianest_common.outbox import outbox_table


class Base(SQLModel, registry=registry(metadata=service_metadata())):
    """Keeps this service's tables apart from any other's."""


METADATA = Base.metadata
OUTBOX = outbox_table(METADATA)
INBOX = inbox_table(METADATA)
ERASED_USERS = erased_users_table(METADATA)


def _time(*, nullable: bool = False, index: bool = False) -> Any:
    return Column(DateTime(timezone=True), nullable=nullable, index=index)


class ServiceConfig(Base, table=True):
    """An integration. A removed one stays, without its secret, so that its version goes on if it comes back."""

    __tablename__ = "service_config"

    id: int | None = Field(default=None, sa_column=Column(Integer, Identity(), primary_key=True))
    service_name: str = Field(sa_column=Column(String(80), nullable=False, unique=True))
    kind: str = Field(sa_column=Column(String(20), nullable=False))
    display_name: str = Field(sa_column=Column(String(80), nullable=False))
    service_url: str = Field(sa_column=Column(Text, nullable=False))
    api_key: str | None = Field(default=None, sa_column=Column(Text))
    enabled: bool = True
    private: bool = False
    depends_on: str | None = Field(default=None, sa_column=Column(String(80)))
    config_data: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSONB, nullable=False))
    updated_at: datetime = Field(sa_column=_time())
    updated_by: UUID | None = None
    deleted_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    version: int = 1


class ServiceStatus(Base, table=True):
    """The last verdict on a service: an integration, or a monitor of Uptime Kuma (`source` names it then)."""

    __tablename__ = "service_status"

    id: int | None = Field(default=None, sa_column=Column(Integer, Identity(), primary_key=True))
    service_name: str = Field(sa_column=Column(String(80), nullable=False, unique=True))
    kind: str = Field(sa_column=Column(String(20), nullable=False))
    display_name: str = Field(sa_column=Column(String(200), nullable=False))
    status: str = Field(default="unknown", sa_column=Column(String(20), nullable=False))
    since: datetime = Field(sa_column=_time())
    response_time_ms: int | None = None
    last_check_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    uptime_percentage: Decimal | None = Field(default=None, sa_column=Column(Numeric(5, 2)))
    error_message: str | None = Field(default=None, sa_column=Column(Text))
    details: dict[str, Any] = Field(default_factory=dict, sa_column=Column("metadata", JSONB, nullable=False))
    private: bool = False
    needs: str | None = Field(default=None, sa_column=Column(String(80)))
    source: str | None = Field(default=None, sa_column=Column(String(80)))
    behind: str | None = Field(default=None, sa_column=Column(String(80)))
    incident_id: UUID | None = None
    told_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    removed_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    version: int = 1


class Check(Base, table=True):
    """One look and the verdict after it; kept for two days."""

    __tablename__ = "checks"

    service_name: str = Field(sa_column=Column(String(80), primary_key=True))
    checked_at: datetime = Field(sa_column=Column(DateTime(timezone=True), primary_key=True))
    status: str = Field(sa_column=Column(String(20), nullable=False))
    response_time_ms: int | None = None


class CheckSpan(Base, table=True):
    """Seconds in each state within one stretch of time, fine (5 minutes) or coarse (an hour)."""

    __tablename__ = "check_spans"

    service_name: str = Field(sa_column=Column(String(80), primary_key=True))
    size: int = Field(primary_key=True)
    starts_at: datetime = Field(sa_column=Column(DateTime(timezone=True), primary_key=True))
    up: float = 0
    degraded: float = 0
    down: float = 0
    maintenance: float = 0
    unknown: float = 0
    response_sum: int = 0
    responses: int = 0

    __table_args__ = (Index("ix_check_spans_size_starts_at", "size", "starts_at"),)


class Incident(Base, table=True):
    """Trouble with one cause. `merged_into` is set on one that turned out to be part of another."""

    __tablename__ = "incidents"

    id: UUID = Field(primary_key=True)
    kind: str = Field(sa_column=Column(String(20), nullable=False))
    service_name: str | None = Field(default=None, sa_column=Column(String(80), index=True))
    title: str = Field(sa_column=Column(String(200), nullable=False))
    text: str = Field(default="", sa_column=Column(Text, nullable=False))
    health: str = Field(sa_column=Column(String(20), nullable=False))
    affected: list[str] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False))
    private: bool = False
    started_at: datetime = Field(sa_column=_time(index=True))
    ended_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    merged_into: UUID | None = None
    created_by: UUID | None = None
    updated_at: datetime = Field(sa_column=_time())
    version: int = 1


class MaintenanceWindow(Base, table=True):
    """A time in which trouble with a service is expected."""

    __tablename__ = "maintenance_windows"

    id: UUID = Field(primary_key=True)
    service_name: str = Field(sa_column=Column(String(80), nullable=False, index=True))
    starts_at: datetime = Field(sa_column=_time())
    ends_at: datetime = Field(sa_column=_time(index=True))
    text: str = Field(default="", sa_column=Column(Text, nullable=False))
    created_by: UUID | None = None

    __table_args__ = (CheckConstraint("ends_at > starts_at", name="ends_after_start"),)


class Lane(Base, table=True):
    """A way out to the video sites, as the downloader told last."""

    __tablename__ = "lanes"

    egress: str = Field(sa_column=Column(String(80), primary_key=True))
    paused: bool = False
    since: datetime = Field(sa_column=_time())
    until: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    version: int = 0


class ProbeLease(Base, table=True):
    """Which replica probes, until when; `nudged_at` asks it to read Uptime Kuma again. One row."""

    __tablename__ = "probe_lease"

    id: int = Field(primary_key=True)
    holder: UUID | None = None
    until: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    nudged_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))
