"""What the auth service says: users and sessions."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from medianest_common.clock import utc_now
from medianest_common.contracts.envelope import Command, Event, State
from medianest_common.contracts.permissions import Role
from medianest_common.ids import uuid7


class UserStatus(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ERASED = "erased"


class UserEvent(Event):
    entity_field: ClassVar[str] = "user_id"

    user_id: UUID


class UserCreated(UserEvent):
    """Somebody may now come in."""

    subject: ClassVar[str] = "medianest.evt.auth.user.created.v1"
    role: Role


class UserChanged(UserEvent):
    """Role, status, switches or quotas are others now; the new state is in the bucket `medianest-users`."""

    subject: ClassVar[str] = "medianest.evt.auth.user.changed.v1"
    role: Role
    status: UserStatus


class UserDeleted(UserEvent):
    """The user is to be forgotten everywhere; each domain answers with its own `user.erased`."""

    subject: ClassVar[str] = "medianest.evt.auth.user.deleted.v1"


class UserErased(UserEvent):
    """One domain holds nothing of the user any more. Base of every domain's own."""


class AuthUserErased(UserErased):
    """Every domain has answered: the user is forgotten everywhere."""

    subject: ClassVar[str] = "medianest.evt.auth.user.erased.v1"


class NoteAction(Command):
    """Have what an administrator did at another service written into the audit log.

    No event, since auth alone reads its queue: that is why the address may be in it. `action` is what
    (`dead_letter.dropped`), `target` the id of what it was done to; the subject's last token is the service.
    """

    subject: ClassVar[str] = "medianest.cmd.audit.action.note.v1"

    action_id: UUID = Field(default_factory=uuid7)
    at: AwareDatetime = Field(default_factory=utc_now)
    action: str = Field(max_length=64)
    actor: UUID
    target: str | None = Field(max_length=64)
    address: str | None = Field(max_length=64)

    def queue_subject(self, service: str) -> str:
        return f"{self.subject}.{service}"


class SessionEvent(Event):
    entity_field: ClassVar[str] = "session_id"

    session_id: UUID
    user_id: UUID


class SessionStarted(SessionEvent):
    """A device signed in; the account's other sessions are told."""

    subject: ClassVar[str] = "medianest.evt.auth.session.started.v1"


class SessionRevoked(SessionEvent):
    """The session, or the API token with this id, is dead from now on."""

    subject: ClassVar[str] = "medianest.evt.auth.session.revoked.v1"


class AccessSweepStopped(Event):
    """The daily look at everybody's access would have emptied the house, so it changed nothing; admins decide.

    `losing` of `users` people would have been signed out: a changed machine identifier looks just like that.
    """

    subject: ClassVar[str] = "medianest.evt.auth.access_sweep.stopped.v1"
    entity_field: ClassVar[str] = "sweep_id"

    sweep_id: UUID
    users: int
    losing: int


class UserState(State):
    """Value of bucket `medianest-users`, key = user id. `None` in a quota means the suite's default."""

    user_id: UUID
    role: Role
    status: UserStatus
    plex_id: str | None = None
    auto_approve: bool = False
    downloads_need_approval: bool = False
    movie_quota: int | None = None
    series_quota: int | None = None
    download_quota_bytes: int | None = None


class KeySet(State):
    """Value of bucket `medianest-jwks`, key `current`: the public keys that verify access tokens (RFC 7517)."""

    keys: tuple[dict[str, str], ...]
