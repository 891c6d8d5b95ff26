"""Sessions: opened, refreshed, listed, ended. A refresh token is used once; replaying a spent one ends the family."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from medianest_auth import metrics
from medianest_auth.domain import (
    ACCESS_LIFETIME,
    FRESH_FOR,
    REFRESH_ABSOLUTE,
    Origin,
    RefreshVerdict,
    SessionMark,
    device_name,
    digest,
    new_secret,
    refresh_expiry,
    refresh_verdict,
)
from medianest_auth.errors import FreshSignInNeeded, SessionEnded, SessionNeeded
from medianest_auth.models import ApiToken, Session, SessionToken, User
from medianest_auth.repository import Work, WorkFactory
from medianest_auth.service.signing import Claims, Keys
from medianest_common.clock import Clock, utc_now
from medianest_common.contracts.auth import SessionRevoked, SessionStarted, UserStatus
from medianest_common.contracts.permissions import ROLE_PERMISSIONS, Permission
from medianest_common.errors import NotFound
from medianest_common.tokens import Caller

_ENDED = "Your session has ended. Sign in again."


@dataclass(frozen=True)
class Issued:
    """What a browser is given; the refresh token exists nowhere else."""

    session_id: UUID
    access_token: str
    access_expires_at: datetime
    refresh_token: str
    refresh_expires_at: datetime


@dataclass(frozen=True)
class Identity:
    """A caller as the tables know them now, whatever their token said ten minutes ago."""

    user: User
    session: Session | None
    permissions: frozenset[Permission]

    def require_session(self) -> Session:
        """The session; SessionNeeded for an API token, which must not make more of its kind."""
        if self.session is None:
            raise SessionNeeded("Sign in to do this; an API token is not enough.")
        return self.session

    def require_fresh(self, now: datetime) -> None:
        """FreshSignInNeeded unless the caller signed in half an hour ago at most."""
        if self.require_session().created_at < now - FRESH_FOR:
            raise FreshSignInNeeded("Sign in again to do this; your last sign-in was a while ago.")


class Sessions:
    def __init__(self, work: WorkFactory, keys: Keys, clock: Clock = utc_now) -> None:
        self._work = work
        self._keys = keys
        self.clock = clock

    async def open(self, work: Work, user: User, origin: Origin, *, by: str) -> Issued:
        """Begin a session on a device; the account's others hear of it."""
        now = self.clock()
        session = Session(
            user_id=user.id,
            device=device_name(origin.user_agent),
            created_at=now,
            last_used_at=now,
            expires_at=now + REFRESH_ABSOLUTE,
            state_changed_at=now,
        )
        work.sessions.add(session)
        user.last_login_at = now
        work.outbox.add(SessionStarted(audience=(str(user.id),), version=1, session_id=session.id, user_id=user.id))
        work.audit.add("session.started", actor=user.id, target=session.id, address=origin.address, by=by)
        work.marks.append(alive_mark(session, user))
        return await self.issue(work, session, user, origin)

    async def issue(self, work: Work, session: Session, user: User, origin: Origin) -> Issued:
        """A new pair of tokens for a session that lives."""
        now = self.clock()
        secret = new_secret()
        token = SessionToken(
            session_id=session.id,
            user_id=user.id,
            token_hash=digest(secret),
            device_fingerprint=digest(origin.user_agent) if origin.user_agent else None,
            expires_at=refresh_expiry(now, session.expires_at),
            created_at=now,
        )
        await work.sessions.add_token(token)
        session.last_used_at = now
        claims = Claims(user.id, session.id, user.role, user.permission_epoch)
        access, expires = self._keys.sign(claims, lifetime=ACCESS_LIFETIME)
        return Issued(session.id, access, expires, secret, token.expires_at)

    async def refresh(self, secret: str, origin: Origin) -> Issued:
        """New tokens for a refresh token; SessionEnded when it is worth none. A replay ends the session first."""
        issued: Issued | None = None
        async with self._work() as work:
            found = await self._by_token(work, secret)
            if found is not None:
                issued = await self._spend(work, *found, origin)
        if issued is None:
            raise SessionEnded(_ENDED)
        return issued

    async def identify(self, caller: Caller, *, remember: bool = False) -> Identity:
        """Who calls, as of now; SessionEnded when the session, the API token or the user is no longer good.

        `remember` writes the session to the cache again, for a gateway that did not find it there.
        """
        async with self._work() as work:
            user = await work.users.find(caller.user_id)
            session = await work.sessions.find(caller.session_id)
            token = await work.api_tokens.find(caller.session_id) if session is None else None
            shown = session or token
            good = shown is not None and shown.user_id == caller.user_id and lives(shown, self.clock())
            if user is None or shown is None or not good or user.status is not UserStatus.ACTIVE:
                raise SessionEnded(_ENDED)
            if remember:
                work.marks.append(alive_mark(shown, user))
        return Identity(user, session, permissions_of(user, token.scope if token is not None else None))

    async def end(self, caller: Caller | None, secret: str | None, origin: Origin, *, everywhere: bool) -> None:
        """Sign out here, or everywhere. Nobody to sign out is fine: the answer is the same."""
        async with self._work() as work:
            session = await self._of_caller(work, caller, secret)
            if session is None:
                return
            ending = await self._ending(work, session, everywhere=everywhere)
            for each in ending:
                self.revoke(work, each)
            if not ending:
                return
            action = "session.ended_everywhere" if everywhere else "session.ended"
            work.audit.add(action, actor=session.user_id, target=session.id, address=origin.address)

    async def supersede(self, secret: str | None, issued: Issued, origin: Origin) -> None:
        """End the session whose refresh token a browser still had when it signed in anew, whoever's it was."""
        async with self._work() as work:
            token = await work.sessions.token(digest(secret)) if secret is not None else None
            if token is None or token.session_id == issued.session_id:
                return
            session = await work.sessions.find(token.session_id, lock=True)
            if session is not None and session.revoked_at is None:
                self.revoke(work, session)
                work.audit.add("session.superseded", actor=session.user_id, target=session.id, address=origin.address)

    async def alive_of(self, user_id: UUID) -> Sequence[Session]:
        async with self._work() as work:
            return await work.sessions.alive_of(user_id, self.clock())

    async def revoke_one(self, session_id: UUID, *, owner: UUID, by: Identity, origin: Origin) -> None:
        """End one session of `owner`; NotFound when it is not theirs. Ending it twice is fine.

        Ending another than one's own asks for a fresh sign-in, so that a thief does not lock the owner out.
        """
        if by.require_session().id != session_id:
            by.require_fresh(self.clock())
        async with self._work() as work:
            session = await work.sessions.find(session_id, lock=True)
            if session is None or session.user_id != owner:
                raise NotFound("There is no such session.")
            if session.revoked_at is None:
                self.revoke(work, session)
                work.audit.add("session.revoked", actor=by.user.id, target=session_id, address=origin.address)

    async def revoke_all(self, work: Work, user: User) -> None:
        """End every session and API token of a user, in the caller's transaction."""
        for each in await self._all_of(work, user):
            self.revoke(work, each)

    def revoke(self, work: Work, session: Session | ApiToken) -> None:
        """End a session or an API token whose row is locked."""
        now = self.clock()
        session.revoked_at = now
        session.state_changed_at = now
        session.version += 1
        audience = (str(session.user_id),)
        work.outbox.add(
            SessionRevoked(audience=audience, version=session.version, session_id=session.id, user_id=session.user_id)
        )
        work.marks.append(SessionMark(session.id, session.user_id, alive=False, epoch=0))

    async def raise_epoch(self, work: Work, user: User) -> None:
        """Make every token of a user that is out now say less than the sessions do: their permissions changed."""
        user.permission_epoch += 1
        now = self.clock()
        for each in await self._all_of(work, user):
            each.state_changed_at = now
            work.marks.append(alive_mark(each, user))

    async def changed_within(self, age: timedelta) -> list[SessionMark]:
        """What the cache may have missed."""
        async with self._work() as work:
            return await work.sessions.changed_since(self.clock() - age)

    async def _all_of(self, work: Work, user: User) -> list[Session | ApiToken]:
        """A user's living sessions and API tokens, locked."""
        sessions = await work.sessions.alive_of(user.id, self.clock(), lock=True)
        return [*sessions, *await work.api_tokens.of(user.id, lock=True)]

    async def _by_token(self, work: Work, secret: str) -> tuple[SessionToken, Session, User] | None:
        """Token, locked session and user; the token is read again once the session's lock is ours."""
        first = await work.sessions.token(digest(secret))
        session = await work.sessions.find(first.session_id, lock=True) if first else None
        token = await work.sessions.token(digest(secret))
        user = await work.users.find(token.user_id) if token else None
        return (token, session, user) if token and session and user else None

    async def _spend(
        self, work: Work, token: SessionToken, session: Session, user: User, origin: Origin
    ) -> Issued | None:
        now = self.clock()
        alive = lives(session, now) and user.status is UserStatus.ACTIVE
        verdict = refresh_verdict(now=now, expires_at=token.expires_at, spent_at=token.last_used_at, alive=alive)
        metrics.refreshes.labels(verdict.value).inc()
        if verdict is RefreshVerdict.REPLAYED:
            self.revoke(work, session)
            work.audit.add("session.replayed", actor=user.id, target=session.id, address=origin.address)
        if verdict not in (RefreshVerdict.ROTATE, RefreshVerdict.SIBLING):
            return None
        if verdict is RefreshVerdict.ROTATE:
            token.last_used_at = now
        work.marks.append(alive_mark(session, user))
        return await self.issue(work, session, user, origin)

    async def _of_caller(self, work: Work, caller: Caller | None, secret: str | None) -> Session | None:
        session_id = caller.session_id if caller else None
        if session_id is None and secret is not None:
            token = await work.sessions.token(digest(secret))
            session_id = token.session_id if token else None
        return await work.sessions.find(session_id) if session_id else None

    async def _ending(self, work: Work, session: Session, *, everywhere: bool) -> Sequence[Session]:
        """This session, or all of its user; locked, and only those that live."""
        if everywhere:
            await work.users.find(session.user_id, lock=True)
            return await work.sessions.alive_of(session.user_id, self.clock(), lock=True)
        locked = await work.sessions.find(session.id, lock=True)
        return [locked] if locked is not None and locked.revoked_at is None else []


def lives(session: Session | ApiToken, now: datetime) -> bool:
    return session.revoked_at is None and session.expires_at > now


def alive_mark(session: Session | ApiToken, user: User) -> SessionMark:
    return SessionMark(session.id, user.id, alive=True, epoch=user.permission_epoch, ends=session.expires_at)


def permissions_of(user: User, scope: str | None = None) -> frozenset[Permission]:
    """What a user may do today; an API token's scope only takes away."""
    permissions = ROLE_PERMISSIONS[user.role]
    if scope is None:
        return permissions
    return permissions & {Permission(name) for name in scope.split()}
