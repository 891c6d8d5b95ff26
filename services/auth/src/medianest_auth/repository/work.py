"""One transaction: the repositories on it, what is announced about users, and the audit log."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from sqlalchemy import text

from medianest_auth.domain import SessionMark
from medianest_auth.models import User
from medianest_auth.repository.api_tokens import ApiTokens
from medianest_auth.repository.attempts import Attempts
from medianest_auth.repository.audit import Audit
from medianest_auth.repository.erasures import Erasures
from medianest_auth.repository.invitations import Invitations
from medianest_auth.repository.keys import SigningKeys
from medianest_auth.repository.local import LocalSignIns
from medianest_auth.repository.policies import Policies
from medianest_auth.repository.sessions import Sessions
from medianest_auth.repository.users import Users
from medianest_common.contracts.auth import UserChanged, UserCreated, UserState
from medianest_common.contracts.envelope import ADMINS
from medianest_common.contracts.streams import USERS
from medianest_common.db import Sessions as SessionMaker
from medianest_common.db import UnitOfWork
from medianest_common.outbox import Outbox


def user_state(user: User) -> UserState:
    """What other services keep of a user; nothing personal."""
    return UserState(
        version=user.version,
        user_id=user.id,
        role=user.role,
        status=user.status,
        plex_id=user.plex_id,
        auto_approve=user.auto_approve,
        downloads_need_approval=user.downloads_need_approval,
        movie_quota=user.movie_quota,
        series_quota=user.series_quota,
        download_quota_bytes=user.download_quota_bytes,
    )


OnMarks = Callable[[Sequence[SessionMark]], Awaitable[object]]


class Work(UnitOfWork):
    """`marks` of sessions are told to `on_marks` right after the commit, never before."""

    def __init__(
        self, sessions: SessionMaker, outbox: Callable[[], Outbox], wake: asyncio.Event, on_marks: OnMarks
    ) -> None:
        super().__init__(sessions, outbox, wake)
        self._on_marks = on_marks

    def open(self) -> None:
        self.marks: list[SessionMark] = []
        self.users = Users(self.session)
        self.sessions = Sessions(self.session)
        self.api_tokens = ApiTokens(self.session)
        self.attempts = Attempts(self.session)
        self.local = LocalSignIns(self.session)
        self.invitations = Invitations(self.session)
        self.keys = SigningKeys(self.session)
        self.policies = Policies(self.session)
        self.erasures = Erasures(self.session)
        self.audit = Audit(self.session)

    async def _commit(self) -> None:
        await super()._commit()
        if self.marks:
            await self._on_marks(self.marks)

    async def lock(self, name: str) -> None:
        """Hold a lock of this name until the transaction ends; for what has no row to lock yet."""
        connection = await self.session.connection()
        await connection.execute(text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})

    def introduce(self, user: User) -> None:
        """Add a new user and say so."""
        user.version = 1
        self.session.add(user)
        self.outbox.add(UserCreated(audience=_audience(user.id), version=1, user_id=user.id, role=user.role))
        self.keep(user)

    def announce(self, user: User) -> None:
        """Raise a changed user's version and say so; the user's row is locked by whoever read it."""
        user.version += 1
        self.session.add(user)
        self.outbox.add(
            UserChanged(
                audience=_audience(user.id),
                version=user.version,
                user_id=user.id,
                role=user.role,
                status=user.status,
            )
        )
        self.keep(user)

    def keep(self, user: User) -> None:
        """Put the user's state into the bucket once more."""
        self.outbox.keep(USERS, str(user.id), user_state(user))


def _audience(user_id: UUID) -> tuple[str, str]:
    return str(user_id), ADMINS


WorkFactory = Callable[[], Work]
