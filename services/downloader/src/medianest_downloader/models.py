"""The tables of the downloader."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, ForeignKey, Index, Text, Uuid, false, text, true
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from medianest_common.clock import utc_now
from medianest_common.contracts.auth import UserStatus
from medianest_common.contracts.downloads import DownloadStatus, FollowStatus, InPlex, ItemStatus
from medianest_common.db import service_metadata
from medianest_common.ids import uuid7
from medianest_common.inbox import erased_users_table, inbox_table
from medianest_common.outbox import outbox_table


class Base(SQLModel, registry=registry(metadata=service_metadata())):
    """Every table of this service and of no other."""


METADATA = Base.metadata
OUTBOX = outbox_table(METADATA)
INBOX = inbox_table(METADATA)
ERASED_USERS = erased_users_table(METADATA)

_BIG: Any = BigInteger
_TIME: Any = DateTime(timezone=True)
_TEXT: Any = Text

_OPEN_ITEMS = text("status in ('queued', 'waiting')")
_BUSY_ITEMS = text("status = 'running' or handed_out_at is not null")


class Download(Base, table=True):
    """What one user asked for with one address."""

    __tablename__: ClassVar[str] = "downloads"
    __table_args__ = (
        CheckConstraint("user_id is not null", name="user_isolation"),
        Index("uq_downloads_user_id_idempotency_key", "user_id", "idempotency_key", unique=True),
        Index("uq_downloads_follow_id", "follow_id", unique=True),
        Index("ix_downloads_user_id_id", "user_id", "id"),
        Index("ix_downloads_listing", "listing_due_at", postgresql_where=text("listed_at is null")),
        Index("ix_downloads_in_plex", "in_plex_due_at", postgresql_where=text("in_plex = 'waiting'")),
        Index("ix_downloads_keep_days", "completed_at", postgresql_where=text("keep_days is not null")),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    user_id: UUID
    playlist_url: str = Field(sa_type=_TEXT)
    playlist_title: str | None = Field(default=None, max_length=500)
    kind: str = Field(default="unknown", max_length=20)
    status: str = Field(default=DownloadStatus.QUEUED, max_length=30)
    progress: int = Field(default=0)
    preset: str = Field(max_length=20)
    collection: str | None = Field(default=None, max_length=200)
    default_collection: bool = Field(default=False)
    wants_playlist: bool = Field(default=False)
    as_playlist: bool = Field(default=False)
    selection: list[int] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    item_range: str | None = Field(default=None, max_length=500)
    subtitles: list[str] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False, server_default="[]"))
    sponsorblock: list[str] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False, server_default="[]"))
    keep_days: int | None = Field(default=None)
    approved: bool = Field(default=True, sa_column_kwargs={"server_default": true()})
    follow_id: UUID | None = Field(
        default=None, sa_column=Column(Uuid, ForeignKey("follows.id", ondelete="SET NULL"), nullable=True)
    )
    items_total: int = Field(default=0)
    items_completed: int = Field(default=0)
    items_failed: int = Field(default=0)
    bytes: int = Field(default=0, sa_type=_BIG)
    in_plex: str = Field(default=InPlex.WAITING, max_length=20)
    in_plex_reason: str | None = Field(default=None, max_length=300)
    in_plex_due_at: datetime | None = Field(default=None, sa_type=_TIME)
    in_plex_tries: int = Field(default=0)
    in_plex_claimed_until: datetime | None = Field(default=None, sa_type=_TIME)
    plex_collection_id: str | None = Field(default=None, max_length=255)
    plex_collection_made: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    plex_playlist_id: str | None = Field(default=None, max_length=255)
    plex_dropped: list[str] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False, server_default="[]"))
    idempotency_key: str | None = Field(default=None, max_length=200)
    fingerprint: str | None = Field(default=None, max_length=64)
    listed_at: datetime | None = Field(default=None, sa_type=_TIME)
    listing_due_at: datetime | None = Field(default=None, sa_type=_TIME)
    listing_tries: int = Field(default=0)
    error_message: str | None = Field(default=None, sa_type=_TEXT)
    log_tail: str | None = Field(default=None, sa_type=_TEXT)
    created_at: datetime = Field(default_factory=utc_now, sa_type=_TIME)
    updated_at: datetime = Field(default_factory=utc_now, sa_type=_TIME)
    completed_at: datetime | None = Field(default=None, sa_type=_TIME)
    version: int = Field(default=1)


class Follow(Base, table=True):
    """A channel or playlist that is looked at again and again; what is new in it goes into its one download.

    Being checked: `claimed_until`, which is the claim's own mark too.
    """

    __tablename__: ClassVar[str] = "follows"
    __table_args__ = (
        Index("uq_follows_user_id_idempotency_key", "user_id", "idempotency_key", unique=True),
        Index("ix_follows_user_id_id", "user_id", "id"),
        Index("ix_follows_next_check_at", "next_check_at", postgresql_where=text("status <> 'paused'")),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    user_id: UUID
    url: str = Field(sa_type=_TEXT)
    title: str | None = Field(default=None, max_length=500)
    kind: str = Field(default="unknown", max_length=20)
    status: str = Field(default=FollowStatus.ACTIVE, max_length=20)
    problem: str | None = Field(default=None, max_length=300)
    options: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    every_hours: int
    takes_all: bool
    keep_last: int | None = Field(default=None)
    keep_days: int | None = Field(default=None)
    approved: bool = Field(default=False)
    videos_found: int = Field(default=0)
    first_listed_at: datetime | None = Field(default=None, sa_type=_TIME)
    last_checked_at: datetime | None = Field(default=None, sa_type=_TIME)
    next_check_at: datetime = Field(sa_type=_TIME)
    claimed_until: datetime | None = Field(default=None, sa_type=_TIME)
    tries: int = Field(default=0)
    idempotency_key: str | None = Field(default=None, max_length=200)
    fingerprint: str | None = Field(default=None, max_length=64)
    created_at: datetime = Field(default_factory=utc_now, sa_type=_TIME)
    version: int = Field(default=1)


class FollowEntry(Base, table=True):
    """A video that a follow has taken or passed over: it is never taken a second time."""

    __tablename__: ClassVar[str] = "follow_entries"

    follow_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("follows.id", ondelete="CASCADE"), primary_key=True))
    identity: str = Field(max_length=64, primary_key=True)
    seen_at: datetime = Field(default_factory=utc_now, sa_type=_TIME)


class DownloadItem(Base, table=True):
    """One video of a download: one job.

    Handed out: `queued` with `handed_out_at`; what it may have (`max_bytes`) and its user may keep (`quota_bytes`) is
    as of then. Running: under a lease (`worker_id`, `attempt`, `lease_until`).
    """

    __tablename__: ClassVar[str] = "download_items"
    __table_args__ = (
        Index("uq_download_items_download_id_position", "download_id", "position", unique=True),
        Index("uq_download_items_download_id_file_stem", "download_id", "file_stem", unique=True),
        Index("ix_download_items_open", "user_id", "position", postgresql_where=_OPEN_ITEMS),
        Index("ix_download_items_busy", "egress", "user_id", postgresql_where=_BUSY_ITEMS),
        Index("ix_download_items_user_id", "user_id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    download_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("downloads.id", ondelete="CASCADE"), nullable=False))
    user_id: UUID
    position: int
    url: str = Field(sa_type=_TEXT)
    extractor: str | None = Field(default=None, max_length=100)
    video_id: str | None = Field(default=None, max_length=300)
    title: str = Field(default="", max_length=500)
    duration: float | None = Field(default=None)
    status: str = Field(default=ItemStatus.QUEUED, max_length=20)
    attempt: int = Field(default=0)
    egress: str | None = Field(default=None, max_length=40)
    handed_out_at: datetime | None = Field(default=None, sa_type=_TIME)
    worker_id: str | None = Field(default=None, max_length=100)
    lease_until: datetime | None = Field(default=None, sa_type=_TIME)
    max_bytes: int | None = Field(default=None, sa_type=_BIG)
    quota_bytes: int | None = Field(default=None, sa_type=_BIG)
    due_at: datetime | None = Field(default=None, sa_type=_TIME)
    tries: int = Field(default=0)
    reason: str | None = Field(default=None, max_length=50)
    log_tail: str | None = Field(default=None, sa_type=_TEXT)
    note: str | None = Field(default=None, max_length=300)
    progress: float = Field(default=0.0)
    downloaded_bytes: int | None = Field(default=None, sa_type=_BIG)
    total_bytes: int | None = Field(default=None, sa_type=_BIG)
    speed: float | None = Field(default=None)
    eta: float | None = Field(default=None)
    file_stem: str | None = Field(default=None, max_length=255)
    file_paths: dict[str, str] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    bytes: int | None = Field(default=None, sa_type=_BIG)
    in_plex: str = Field(default=InPlex.NOT_WANTED, max_length=20)
    plex_rating_key: str | None = Field(default=None, max_length=255)
    created_at: datetime = Field(default_factory=utc_now, sa_type=_TIME)
    started_at: datetime | None = Field(default=None, sa_type=_TIME)
    completed_at: datetime | None = Field(default=None, sa_type=_TIME)
    version: int = Field(default=1)


class ArchivedVideo(Base, table=True):
    """A fetched file, so that the same video is linked the next time and not fetched again.

    `cuts` names what was cut out of it, `subtitles` the languages that were looked for (there, or known not to exist).
    """

    __tablename__: ClassVar[str] = "archive"
    __table_args__ = (Index("ix_archive_video", "extractor", "video_id", "preset"),)

    item_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("download_items.id", ondelete="CASCADE"), primary_key=True))
    user_id: UUID = Field(index=True)
    extractor: str = Field(max_length=100)
    video_id: str = Field(max_length=300)
    preset: str = Field(max_length=20)
    cuts: str = Field(default="", max_length=200, sa_column_kwargs={"server_default": ""})
    subtitles: list[str] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False, server_default="[]"))
    about: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSONB, nullable=False, server_default="{}"))
    file_paths: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))
    bytes: int = Field(sa_type=_BIG)
    created_at: datetime = Field(default_factory=utc_now, sa_type=_TIME)


class Lane(Base, table=True):
    """One way out to the video sites."""

    __tablename__: ClassVar[str] = "lanes"

    egress: str = Field(max_length=40, primary_key=True)
    paused: bool = Field(default=False)
    reason: str | None = Field(default=None, max_length=200)
    paused_until: datetime | None = Field(default=None, sa_type=_TIME)
    slow: bool = Field(default=False)
    strikes: int = Field(default=0)
    version: int = Field(default=1)


class Turn(Base, table=True):
    """When a user's last item was handed out."""

    __tablename__: ClassVar[str] = "turns"

    user_id: UUID = Field(primary_key=True)
    last_at: datetime = Field(sa_type=_TIME)


class KnownUser(Base, table=True):
    """What we need of a user, as the auth service says it."""

    __tablename__: ClassVar[str] = "users"

    user_id: UUID = Field(primary_key=True)
    status: str = Field(default=UserStatus.ACTIVE, max_length=20)
    downloads_need_approval: bool = Field(default=False)
    quota_bytes: int | None = Field(default=None, sa_type=_BIG)
    version: int = Field(default=0)


class UserPause(Base, table=True):
    """Somebody whose downloads an administrator has put aside."""

    __tablename__: ClassVar[str] = "user_pauses"

    user_id: UUID = Field(primary_key=True)
    reason: str = Field(max_length=200)
    since: datetime = Field(default_factory=utc_now, sa_type=_TIME)


class Removal(Base, table=True):
    """A folder or file, and more files, that are to go: written with the deletion of their row, so that a crash leaves
    nothing behind. Once they are gone (`gone_at`) it stays until Plex has been told, and of ours there nothing is left
    empty (`left_in_plex`).
    """

    __tablename__: ClassVar[str] = "removals"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    folder: str = Field(sa_type=_TEXT)
    files: list[str] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False, server_default="[]"))
    left_in_plex: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    gone_at: datetime | None = Field(default=None, sa_type=_TIME)
    due_at: datetime | None = Field(default=None, sa_type=_TIME)
    tries: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    created_at: datetime = Field(default_factory=utc_now, sa_type=_TIME)
