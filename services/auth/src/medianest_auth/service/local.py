"""The local administrator: made once by a set-up code, signs in with a password, is let back in from the machine."""

import asyncio
import secrets
from datetime import datetime, timedelta

from medianest_auth import metrics
from medianest_auth.domain import (
    MOST_SETUP_FAILURES,
    RESET_PASSWORD_LIFETIME,
    Origin,
    digest,
    login_pause,
    new_setup_code,
    plain_setup_code,
)
from medianest_auth.errors import (
    LocalSignInOff,
    SetupClosed,
    TooManyAttempts,
    UsernameTaken,
    WrongCredentials,
    WrongSetupCode,
)
from medianest_auth.models import LoginFailures, SetupCode, User
from medianest_auth.repository import Work, WorkFactory
from medianest_auth.service.password_rules import refuse_weak
from medianest_auth.service.passwords import Passwords
from medianest_auth.service.sessions import Identity, Issued, Sessions
from medianest_common.clock import Clock, utc_now
from medianest_common.contracts.auth import UserStatus
from medianest_common.contracts.permissions import Role
from medianest_common.errors import MediaNestError

_WRONG = "The name or the password is wrong."
_WRONG_CODE = "This set-up code is not valid. Make a new one with: python -m medianest_auth setup-code"
_SETUP = "setup"
_REMEMBERED_CODES = 10


class LocalAccounts:
    def __init__(self, work: WorkFactory, sessions: Sessions, passwords: Passwords, clock: Clock = utc_now) -> None:
        self._work = work
        self._sessions = sessions
        self._passwords = passwords
        self._clock = clock

    async def standing(self) -> tuple[bool, bool]:
        """Whether set-up is needed, and whether people may sign in by password."""
        async with self._work() as work:
            return not await work.users.admin_exists(), (await work.policies.get()).local_sign_in

    async def new_code(self) -> str:
        """A new set-up code in place of all earlier ones; SetupClosed once there is an administrator."""
        code = new_setup_code()
        await self._keep_code(code)
        return code

    async def take_given_code(self, code: str) -> None:
        """Accept a code from the settings, once: a used or dead one does not come to life by a restart."""
        async with self._work() as work:
            if await work.users.admin_exists():
                return
            known = await work.local.latest_codes(_REMEMBERED_CODES)
        for row in known:
            if await self._passwords.matches(plain_setup_code(code), row.code_hash):
                return
        await self._keep_code(code)

    async def set_up(self, code: str, username: str, password: str, origin: Origin) -> Issued:
        """Make the first administrator and sign in; WrongSetupCode counts, SetupClosed once there is one."""
        result = await self._try_set_up(code, username, password, origin)
        if isinstance(result, MediaNestError):  # raised here, since the count of failures had to be committed first
            raise result
        return result

    async def login(self, username: str, password: str, origin: Origin) -> Issued:
        """Sign in; every wrong name or password looks and costs alike, and repeated ones have to wait."""
        user = await self._count_try(username)
        good = await self._passwords.matches(password, user.password_hash if user else None)
        issued = await self._settle_try(username, user, origin, good=good)
        metrics.sign_ins.labels("password", "refused" if issued is None else "authorized").inc()
        if issued is None:
            raise WrongCredentials(_WRONG)
        return issued

    async def change_password(self, identity: Identity, current: str, new: str, origin: Origin) -> None:
        """Replace one's own password; every other session of the account ends. A wrong current one counts as a try."""
        session, name = identity.require_session(), identity.user.local_username
        if name is None:
            raise WrongCredentials("Your account has no password.")
        await asyncio.to_thread(refuse_weak, new, name)
        await self._count_try(name)
        if not await self._passwords.matches(current, identity.user.password_hash):
            await self._note_wrong_password(identity, origin)
            raise WrongCredentials("The current password is wrong.")
        hashed = await self._passwords.hash(new)
        async with self._work() as work:
            await work.local.forget_failures(_name_hash(name))
            user = await work.users.get(identity.user.id, lock=True)
            user.password_hash, user.password_expires_at = hashed, None
            for other in await work.sessions.alive_of(user.id, self._clock(), lock=True):
                if other.id != session.id:
                    self._sessions.revoke(work, other)
            work.audit.add("password.changed", actor=user.id, target=user.id, address=origin.address)

    async def reset_admin(self, username: str) -> str:
        """The way back in, from the machine itself: a password of a day for this administrator, made if missing."""
        password = secrets.token_urlsafe(18)
        hashed = await self._passwords.hash(password)
        async with self._work() as work:
            await work.lock(_SETUP)
            user = await work.users.by_local_name(username)
            if user is None:
                user = self._new_admin(work, username, hashed)
            else:
                await self._restore(work, user, hashed)
            user.password_expires_at = self._clock() + RESET_PASSWORD_LIFETIME
            policy = await work.policies.get(lock=True)
            policy.local_sign_in = True
            policy.version += 1
            await work.local.forget_failures(_name_hash(username))
            work.audit.add("admin.reset", actor="cli", target=user.id)
        return password

    async def prune(self) -> None:
        async with self._work() as work:
            await work.local.prune(self._clock() - timedelta(days=1))

    async def _note_wrong_password(self, identity: Identity, origin: Origin) -> None:
        user_id = identity.user.id
        async with self._work() as work:
            work.audit.add("password.refused", actor=user_id, target=user_id, address=origin.address)

    async def _keep_code(self, code: str) -> None:
        hashed = await self._passwords.hash(plain_setup_code(code))
        async with self._work() as work:
            await work.lock(_SETUP)
            if await work.users.admin_exists():
                raise SetupClosed("There is an administrator already; nobody needs a set-up code any more.")
            work.local.add_code(SetupCode(code_hash=hashed, created_at=self._clock()))
            work.audit.add("setup_code.made", actor="cli")

    async def _try_set_up(self, code: str, username: str, password: str, origin: Origin) -> Issued | MediaNestError:
        async with self._work() as work:
            await work.lock(_SETUP)
            if await work.users.admin_exists():
                return SetupClosed("This MediaNest has an administrator already. Sign in instead.")
            known = await work.local.newest_code()
            if known is None or known.used_at is not None or known.failures >= MOST_SETUP_FAILURES:
                return WrongSetupCode(_WRONG_CODE)
            if not await self._passwords.matches(plain_setup_code(code), known.code_hash):
                known.failures += 1
                work.audit.add("setup.failed", actor="anonymous", address=origin.address)
                return WrongSetupCode(_WRONG_CODE)
            if await work.users.by_local_name(username) is not None:
                return UsernameTaken("Somebody has this name already.")
            await asyncio.to_thread(refuse_weak, password, username)
            known.used_at = self._clock()
            user = self._new_admin(work, username, await self._passwords.hash(password))
            await work.session.flush()
            work.audit.add("setup.done", actor=user.id, target=user.id, address=origin.address)
            return await self._sessions.open(work, user, origin, by="setup")

    async def _settle_try(self, username: str, seen: User | None, origin: Origin, *, good: bool) -> Issued | None:
        async with self._work() as work:
            user = await work.users.find(seen.id, lock=True) if seen is not None and good else None
            if user is None or seen is None or not _is_still(user, seen, self._clock()):
                target = seen.id if seen is not None else None
                work.audit.add("login.failed", actor="anonymous", target=target, address=origin.address)
                return None
            await work.local.forget_failures(_name_hash(username))
            return await self._sessions.open(work, user, origin, by="password")

    def _new_admin(self, work: Work, username: str, hashed: str) -> User:
        user = User(local_username=username, password_hash=hashed, role=Role.ADMIN)
        work.introduce(user)
        return user

    async def _restore(self, work: Work, user: User, hashed: str) -> None:
        user.password_hash = hashed
        user.role, user.status, user.suspended_because = Role.ADMIN, UserStatus.ACTIVE, None
        await self._sessions.revoke_all(work, user)
        user.permission_epoch += 1
        work.announce(user)

    async def _count_try(self, username: str) -> User | None:
        """Count the try before the password is looked at, so that many at once count too; the user, if there is one."""
        now = self._clock()
        async with self._work() as work:
            if not (await work.policies.get()).local_sign_in:
                raise LocalSignInOff("Sign-in by password is switched off here. Sign in with Plex.")
            await work.lock(f"login {_name_hash(username)}")
            failures = await work.local.failures(_name_hash(username))
            if failures is None:
                failures = LoginFailures(name_hash=_name_hash(username), blocked_until=now, last_at=now)
                work.local.add_failures(failures)
            if failures.blocked_until > now:
                wait = (failures.blocked_until - now).total_seconds()
                raise TooManyAttempts("Too many wrong passwords. Wait a little.", retry_after=wait)
            failures.failures += 1
            failures.last_at, failures.blocked_until = now, now + login_pause(failures.failures)
            return await work.users.by_local_name(username)


def _is_still(user: User, seen: User, now: datetime) -> bool:
    """Whether the password is not over, and nobody changed it or suspended the user while it was looked at."""
    over = user.password_expires_at is not None and user.password_expires_at <= now
    return not over and user.status is UserStatus.ACTIVE and user.password_hash == seen.password_hash


def _name_hash(username: str) -> str:
    return digest(username.strip().lower())
