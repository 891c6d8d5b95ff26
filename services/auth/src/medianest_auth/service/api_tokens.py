"""API tokens for scripts, and their exchange for an access token that the gateway keeps for a minute."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from medianest_auth.domain import API_ACCESS_LIFETIME, Origin, digest, new_secret
from medianest_auth.errors import SessionEnded
from medianest_auth.models import ApiToken
from medianest_auth.repository import WorkFactory
from medianest_auth.service.sessions import Identity, Sessions, alive_mark, lives, permissions_of
from medianest_auth.service.signing import Claims, Keys
from medianest_common.clock import Clock, utc_now
from medianest_common.contracts.auth import UserStatus
from medianest_common.contracts.permissions import Permission
from medianest_common.errors import Forbidden, NotFound

_PREFIX = "mn_"
_NOTE_USE_EVERY = timedelta(minutes=5)  # last use is recorded without a write per call
_MOST_TOKENS = 50


@dataclass(frozen=True)
class TokenWish:
    name: str
    permissions: Sequence[Permission]
    lifetime: timedelta


class ApiTokenService:
    def __init__(self, work: WorkFactory, sessions: Sessions, keys: Keys, clock: Clock = utc_now) -> None:
        self._work = work
        self._sessions = sessions
        self._keys = keys
        self._clock = clock

    async def create(self, identity: Identity, wish: TokenWish, origin: Origin) -> tuple[ApiToken, str]:
        """A token and its secret, which is kept nowhere; Forbidden for a permission the caller does not hold."""
        identity.require_fresh(self._clock())
        if not identity.permissions.issuperset(wish.permissions):
            raise Forbidden("A token cannot be allowed more than you are.")
        secret = f"{_PREFIX}{new_secret()}"
        now = self._clock()
        token = ApiToken(
            user_id=identity.user.id,
            name=wish.name,
            token_hash=digest(secret),
            scope=" ".join(sorted(set(wish.permissions))),
            created_at=now,
            expires_at=now + wish.lifetime,
            state_changed_at=now,
        )
        async with self._work() as work:
            if len(await work.api_tokens.of(identity.user.id)) >= _MOST_TOKENS:
                raise Forbidden(f"An account has {_MOST_TOKENS} API tokens at most. Revoke one first.")
            work.api_tokens.add(token)
            work.audit.add(
                "api_token.created", actor=identity.user.id, target=token.id, address=origin.address, scope=token.scope
            )
        return token, secret

    async def of(self, user_id: UUID) -> Sequence[ApiToken]:
        async with self._work() as work:
            return await work.api_tokens.of(user_id)

    async def revoke(self, token_id: UUID, identity: Identity, origin: Origin) -> None:
        """End one's own token; NotFound for anybody else's."""
        identity.require_session()
        async with self._work() as work:
            token = await work.api_tokens.own(token_id, identity.user.id)
            if token is None:
                raise NotFound("There is no such token.")
            if token.revoked_at is None:
                self._sessions.revoke(work, token)
                work.audit.add("api_token.revoked", actor=identity.user.id, target=token.id, address=origin.address)

    async def exchange(self, secret: str) -> tuple[str, datetime]:
        """An access token for an API token; SessionEnded when it is unknown, revoked, expired, or its owner is out."""
        now = self._clock()
        async with self._work() as work:
            token = await work.api_tokens.by_hash(digest(secret))
            user = await work.users.find(token.user_id) if token else None
            if token is None or user is None or not lives(token, now) or user.status is not UserStatus.ACTIVE:
                raise SessionEnded("This API token is not valid, or not any more.")
            if token.last_used_at is None or token.last_used_at < now - _NOTE_USE_EVERY:
                await work.api_tokens.used(token, now)
            work.marks.append(alive_mark(token, user))
        scope = " ".join(sorted(permissions_of(user, token.scope)))
        claims = Claims(user.id, token.id, user.role, user.permission_epoch, scope=scope)
        return self._keys.sign(claims, lifetime=min(API_ACCESS_LIFETIME, token.expires_at - now))
