"""The tables of this service."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Enum, Identity, Index, Integer, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from medianest_common.contracts.requests import MediaType, RequestStatus
from medianest_common.db import service_metadata
from medianest_common.inbox import erased_users_table, inbox_table
from medianest_common.outbox import outbox_table


def _as_text(kind: type[StrEnum], length: int) -> Enum:
    """Text in the table, one of the names in the code; a new name needs no migration."""
    return Enum(kind, native_enum=False, length=length, values_callable=lambda names: [name.value for name in names])


class Base(SQLModel, registry=registry(metadata=service_metadata())):
    """The registry of this service's tables."""


METADATA = Base.metadata
OUTBOX = outbox_table(METADATA)
INBOX = inbox_table(METADATA)
ERASED_USERS = erased_users_table(METADATA)


class MediaRequest(Base, table=True):
    """One person's wish for a film or series; ours first, Overseerr's second.

    `submit_due_at` is when something is next to be carried to Overseerr, and a lease while that is tried;
    `submit_attempts` tells one try from the next; `submit_posted_at` stands while it is not known whether a
    submission took effect.
    """

    __tablename__ = "media_requests"
    __table_args__ = (
        Index("ix_media_requests_user_id", "user_id", text("created_at desc"), text("id desc")),
        Index("ix_media_requests_created_at", text("created_at desc"), text("id desc")),
        Index("ix_media_requests_status", "status", text("created_at desc"), text("id desc")),
        Index("ix_media_requests_tmdb_id", "tmdb_id", "media_type"),
        Index("ix_media_requests_submit_due_at", "submit_due_at", postgresql_where=text("submit_due_at is not null")),
        Index("ix_media_requests_checked_at", "checked_at", postgresql_where=text("overseerr_id is not null")),
        Index(
            "uq_media_requests_overseerr_id",
            "overseerr_id",
            unique=True,
            postgresql_where=text("overseerr_id is not null"),
        ),
    )

    id: UUID = Field(primary_key=True)
    user_id: UUID
    title: str = Field(max_length=500)
    media_type: MediaType = Field(sa_column=Column(_as_text(MediaType, 10), nullable=False))
    tmdb_id: int
    is_4k: bool
    status: RequestStatus = Field(sa_column=Column(_as_text(RequestStatus, 30), nullable=False))
    status_reason: str | None = Field(default=None, sa_column=Column(Text))
    year: int | None = None
    poster_path: str | None = Field(default=None, max_length=200)
    overseerr_id: int | None = None
    version: int
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    updated_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    completed_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    timeline: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False, server_default="[]"))
    facts: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column("metadata", JSONB, nullable=False, server_default="{}")
    )
    submit_due_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    submit_attempts: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    submit_posted_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    checked_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))


class MediaRequestSeason(Base, table=True):
    """A season that is asked for."""

    __tablename__ = "media_request_seasons"

    request_id: UUID = Field(primary_key=True, foreign_key="media_requests.id", ondelete="CASCADE")
    season_number: int = Field(primary_key=True)


class IdempotencyKey(Base, table=True):
    """What a caller's `Idempotency-Key` has made already, so that asking again makes nothing new."""

    __tablename__ = "idempotency_keys"

    user_id: UUID = Field(primary_key=True)
    key: str = Field(primary_key=True, max_length=255)
    fingerprint: str = Field(max_length=64)
    request_id: UUID
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, index=True))


class WebhookReceipt(Base, table=True):
    """A hint from Overseerr that something changed, kept until it was looked into."""

    __tablename__ = "webhook_receipts"
    __table_args__ = (
        Index("ix_webhook_receipts_due_at", "due_at", postgresql_where=text("handled_at is null")),
        Index("ix_webhook_receipts_received_at", "received_at"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    received_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    notification_type: str = Field(max_length=50)
    overseerr_id: int | None = None
    due_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    attempts: int = 0
    handled_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))


class KeptAnswer(Base, table=True):
    """The last good answer of an outside system; `scope` is the user it is for, or the zero UUID for everybody."""

    __tablename__ = "kept_answers"

    scope: UUID = Field(primary_key=True)
    key: str = Field(sa_column=Column(Text, primary_key=True))
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    as_of: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, index=True))


class RecurringWork(Base, table=True):
    """When a job of the whole service, however many replicas it has, is next due; `mark` is how far it came."""

    __tablename__ = "recurring_work"

    name: str = Field(primary_key=True, max_length=50)
    due_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    mark: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
