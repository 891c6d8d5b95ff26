"""The tables of the auth service."""

from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, Column, DateTime, Enum, ForeignKey, Index, String, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from medianest_auth.domain import Admission, PinForm, PinStatus, SuspendedBecause
from medianest_common.clock import utc_now
from medianest_common.contracts.auth import UserStatus
from medianest_common.contracts.permissions import Role
from medianest_common.db import service_metadata
from medianest_common.ids import uuid7
from medianest_common.inbox import erased_users_table, inbox_table
from medianest_common.outbox import outbox_table

EnumT = TypeVar("EnumT", bound=StrEnum)


class Base(SQLModel, registry=registry(metadata=service_metadata())):
    """This service's own registry, so that its tables never meet another's."""


METADATA = Base.metadata
OUTBOX = outbox_table(METADATA)
INBOX = inbox_table(METADATA)
ERASED_USERS = erased_users_table(METADATA)


def _enum(kind: type[EnumT], *, nullable: bool = False) -> Column[Any]:
    """A string column that comes back as the enum; no database type, so that a new value needs no migration."""
    names = Enum(
        kind, native_enum=False, create_constraint=False, length=20, values_callable=lambda k: [e.value for e in k]
    )
    return Column(names, nullable=nullable)


def _time(*, nullable: bool = False, index: bool = False) -> Column[Any]:
    return Column(DateTime(timezone=True), nullable=nullable, index=index)


def _owner() -> Column[Any]:
    return Column(Uuid, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True)


class User(Base, table=True):
    """Somebody who may come in. An erased one stays as a tombstone without anything personal."""

    __tablename__ = "users"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    plex_id: str | None = Field(default=None, sa_column=Column(String(255), unique=True))
    plex_username: str | None = Field(default=None, sa_column=Column(String(255)))
    local_username: str | None = Field(default=None, sa_column=Column(String(64), unique=True))
    password_hash: str | None = Field(default=None, sa_column=Column(Text))
    password_expires_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    email: str | None = Field(default=None, sa_column=Column(String(255)))
    avatar: str | None = Field(default=None, sa_column=Column(Text))
    role: Role = Field(default=Role.USER, sa_column=_enum(Role))
    status: UserStatus = Field(default=UserStatus.ACTIVE, sa_column=_enum(UserStatus))
    suspended_because: SuspendedBecause | None = Field(default=None, sa_column=_enum(SuspendedBecause, nullable=True))
    plex_token: str | None = Field(default=None, sa_column=Column(Text))
    server_token: str | None = Field(default=None, sa_column=Column(Text))
    auto_approve: bool = False
    downloads_need_approval: bool = False
    movie_quota: int | None = None
    series_quota: int | None = None
    download_quota_bytes: int | None = Field(default=None, sa_column=Column(BigInteger))
    permission_epoch: int = 0
    version: int = 0
    created_at: datetime = Field(default_factory=utc_now, sa_column=_time())
    last_login_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))

    @property
    def name(self) -> str:
        return self.plex_username or self.local_username or "erased user"


class Session(Base, table=True):
    """One signed-in device: a family of refresh tokens that live and die together."""

    __tablename__ = "sessions"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    user_id: UUID = Field(sa_column=_owner())
    device: str = Field(sa_column=Column(String(100), nullable=False))
    created_at: datetime = Field(sa_column=_time())
    last_used_at: datetime = Field(sa_column=_time())
    expires_at: datetime = Field(sa_column=_time())
    revoked_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    state_changed_at: datetime = Field(sa_column=_time(index=True))
    version: int = 1


class SessionToken(Base, table=True):
    """One refresh token. A spent one is kept until it expires, for its replay is a sign of theft."""

    __tablename__ = "session_tokens"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    session_id: UUID = Field(
        sa_column=Column(Uuid, ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False, index=True)
    )
    user_id: UUID = Field(sa_column=_owner())
    token_hash: str = Field(sa_column=Column(String(255), nullable=False, unique=True))
    device_fingerprint: str | None = Field(default=None, sa_column=Column(String(255)))
    expires_at: datetime = Field(sa_column=_time(index=True))
    created_at: datetime = Field(sa_column=_time())
    last_used_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    revoked_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))


class ApiToken(Base, table=True):
    """A token for scripts, with fewer permissions than its owner or as many."""

    __tablename__ = "api_tokens"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    user_id: UUID = Field(sa_column=_owner())
    name: str = Field(sa_column=Column(String(100), nullable=False))
    token_hash: str = Field(sa_column=Column(String(64), nullable=False, unique=True))
    scope: str = Field(sa_column=Column(Text, nullable=False))
    created_at: datetime = Field(sa_column=_time())
    expires_at: datetime = Field(sa_column=_time())
    last_used_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    revoked_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    state_changed_at: datetime = Field(sa_column=_time(index=True))
    version: int = 1


class SignInAttempt(Base, table=True):
    """One PIN at plex.tv, polled by whoever holds the lease; the browser knows only its id and a secret in a cookie."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (
        Index("ix_sign_in_attempts_waiting", "lease_until", postgresql_where=text("status = 'waiting'")),
        Index("ix_sign_in_attempts_address", "address_group", "expires_at"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    form: PinForm = Field(sa_column=_enum(PinForm))
    binding_hash: str = Field(sa_column=Column(String(64), nullable=False))
    address_group: str = Field(sa_column=Column(String(64), nullable=False))
    pin: str | None = Field(default=None, sa_column=Column(Text))
    status: PinStatus = Field(default=PinStatus.WAITING, sa_column=_enum(PinStatus))
    reason: str | None = Field(default=None, sa_column=Column(String(300)))
    link_user_id: UUID | None = Field(default=None, sa_column=Column(Uuid))
    invitation_hash: str | None = Field(default=None, sa_column=Column(String(64)))
    user_id: UUID | None = Field(default=None, sa_column=Column(Uuid))
    session_id: UUID | None = Field(default=None, sa_column=Column(Uuid))
    created_at: datetime = Field(sa_column=_time())
    expires_at: datetime = Field(sa_column=_time(index=True))
    polled_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    lease_owner: UUID | None = Field(default=None, sa_column=Column(Uuid))
    lease_until: datetime | None = Field(default=None, sa_column=_time(nullable=True))


class SetupCode(Base, table=True):
    """A one-time code for the first administrator; the newest counts."""

    __tablename__ = "setup_codes"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    code_hash: str = Field(sa_column=Column(String(64), nullable=False, unique=True))  # bcrypt, as for passwords
    created_at: datetime = Field(sa_column=_time())
    failures: int = 0
    used_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))


class LoginFailures(Base, table=True):
    """Wrong passwords in a row for one name, whether anybody has that name or not."""

    __tablename__ = "login_failures"

    name_hash: str = Field(sa_column=Column(String(64), primary_key=True))
    failures: int = 0
    blocked_until: datetime = Field(sa_column=_time())
    last_at: datetime = Field(sa_column=_time(index=True))


class Invitation(Base, table=True):
    __tablename__ = "invitations"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    token_hash: str = Field(sa_column=Column(String(64), nullable=False, unique=True))
    note: str | None = Field(default=None, sa_column=Column(String(200)))
    created_by: UUID = Field(sa_column=Column(Uuid, nullable=False))
    created_at: datetime = Field(sa_column=_time())
    expires_at: datetime = Field(sa_column=_time())
    used_by: UUID | None = Field(default=None, sa_column=Column(Uuid))
    used_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))


class AuditEntry(Base, table=True):
    """Who did what to whom, when and from where. Ids only: erasing a user need not touch it, but for the address."""

    __tablename__ = "audit_log"
    __table_args__ = (Index("ix_audit_log_action", "action", "id"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    at: datetime = Field(sa_column=_time(index=True))
    actor: str = Field(sa_column=Column(String(64), nullable=False, index=True))
    action: str = Field(sa_column=Column(String(64), nullable=False))
    target: str | None = Field(default=None, sa_column=Column(String(64), index=True))
    address: str | None = Field(default=None, sa_column=Column(String(64)))
    detail: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSONB, nullable=False))


class SigningKey(Base, table=True):
    """A key pair for access tokens; the private half is sealed. It signs from `activates_at` until a newer one does."""

    __tablename__ = "signing_keys"

    kid: str = Field(sa_column=Column(String(64), primary_key=True))
    public_key: str = Field(sa_column=Column(String(64), nullable=False))
    private_key: str = Field(sa_column=Column(Text, nullable=False))
    created_at: datetime = Field(sa_column=_time())
    activates_at: datetime = Field(sa_column=_time())
    expires_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))


class Policy(Base, table=True):
    """The one row of what the owner chose, and of what this installation is."""

    __tablename__ = "policy"

    id: int = Field(default=1, primary_key=True)
    admission: Admission = Field(default=Admission.MEMBERS, sa_column=_enum(Admission))
    local_sign_in: bool = True
    plex_client_id: str = Field(sa_column=Column(String(100), nullable=False))
    keys_version: int = 0
    swept_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    version: int = 1


class Erasure(Base, table=True):
    """A user being forgotten everywhere; complete when every domain has answered."""

    __tablename__ = "erasures"

    user_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("users.id"), primary_key=True))
    requested_at: datetime = Field(sa_column=_time())
    asked_at: datetime = Field(sa_column=_time())
    completed_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))


class ErasureAnswer(Base, table=True):
    __tablename__ = "erasure_answers"

    user_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("erasures.user_id"), primary_key=True))
    domain: str = Field(sa_column=Column(String(40), primary_key=True))
    answered_at: datetime = Field(sa_column=_time())
