"""The keys that sign access tokens: made once, rotated without anybody signed out, published for everybody to verify.

A new key is published a minute before it signs, so that every reader knows it in time; while the broker does not take
it, the old one goes on signing. That stays published until its last token is over.
"""

import base64
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import jwt
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from medianest_auth.models import SigningKey
from medianest_auth.repository import Work, WorkFactory
from medianest_common.clock import Clock, utc_now
from medianest_common.contracts.auth import KeySet
from medianest_common.contracts.permissions import Role
from medianest_common.contracts.streams import JWKS
from medianest_common.crypto import Sealer
from medianest_common.tokens import ALGORITHM, AUDIENCE, ISSUER, Verifier

_log = structlog.get_logger(__name__)

_PUBLISHED_BEFORE = timedelta(seconds=60)
_PUBLISHED_AFTER = timedelta(minutes=15)  # longer than an access token lives
_ROTATE_AFTER = timedelta(days=90)


@dataclass(frozen=True)
class Claims:
    """What an access token says: no name, no mail. `scope` is set for API tokens alone."""

    user_id: UUID
    session_id: UUID
    role: Role
    epoch: int
    scope: str | None = None


@dataclass(frozen=True)
class _Signer:
    kid: str
    key: Ed25519PrivateKey
    activates_at: datetime


class Keys:
    def __init__(self, work: WorkFactory, sealer: Sealer, verifier: Verifier, clock: Clock = utc_now) -> None:
        self._work = work
        self._sealer = sealer
        self._verifier = verifier
        self._clock = clock
        self._signers: list[_Signer] = []
        self.jwks: tuple[dict[str, str], ...] = ()

    async def start(self) -> None:
        """Have a key, whoever starts first, and publish the set again in case the bucket was lost."""
        async with self._work() as work:
            await work.lock("signing keys")
            if not await work.keys.current(self._clock()):
                self._make(work, activates_at=self._clock())
            await self._publish(work)
        await self.load()

    async def load(self) -> None:
        """Take the keys as the table has them now; every replica does so twice a minute."""
        async with self._work() as work:
            rows = await work.keys.current(self._clock())
            if len(rows) > 1 and await work.keys.set_waits():
                await work.lock("signing keys")
                self._let_sign_in_a_minute(rows)
        self._signers = [self._opened(row) for row in rows]
        self.jwks = tuple(_jwk(row) for row in rows)
        self._verifier.use_keys(self.jwks)

    async def rotate(self) -> str:
        """Make a new key that signs from a minute on; its id."""
        async with self._work() as work:
            await work.lock("signing keys")
            kid = await self._rotate(work)
            work.audit.add("keys.rotated", actor="system", kid=kid)
        return kid

    async def tend(self) -> None:
        """Rotate when the newest key is 90 days old, and drop keys whose last token is over."""
        async with self._work() as work:
            await work.lock("signing keys")
            now = self._clock()
            newest = (await work.keys.current(now))[-1]
            if newest.created_at < now - _ROTATE_AFTER:
                await self._rotate(work)
            elif await work.keys.prune(now):
                await self._publish(work)

    def sign(self, claims: Claims, *, lifetime: timedelta) -> tuple[str, datetime]:
        """An access token, and when it ends."""
        now = int(self._clock().timestamp())
        expires = now + int(lifetime.total_seconds())
        payload: dict[str, Any] = {  # JSON's own types
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(claims.user_id),
            "sid": str(claims.session_id),
            "role": claims.role.value,
            "epoch": claims.epoch,
            "iat": now,
            "exp": expires,
        }
        if claims.scope is not None:
            payload["scope"] = claims.scope
        signer = self._current()
        token = jwt.encode(payload, signer.key, algorithm=ALGORITHM, headers={"kid": signer.kid})
        return token, datetime.fromtimestamp(expires, tz=self._clock().tzinfo)

    def _current(self) -> _Signer:
        now = self._clock()
        return next((s for s in reversed(self._signers) if s.activates_at <= now), self._signers[0])

    async def _rotate(self, work: Work) -> str:
        kid = self._make(work, activates_at=self._clock() + _PUBLISHED_BEFORE)
        await work.session.flush()
        self._let_sign_in_a_minute(await work.keys.current(self._clock()))
        await self._publish(work)
        _log.info("signing_key_made", kid=kid)
        return kid

    def _let_sign_in_a_minute(self, rows: Sequence[SigningKey]) -> None:
        """Have the newest sign from then on; the others are over when their last tokens are."""
        *older, newest = rows
        newest.activates_at = self._clock() + _PUBLISHED_BEFORE
        for row in older:
            row.expires_at = newest.activates_at + _PUBLISHED_AFTER

    def _make(self, work: Work, *, activates_at: datetime) -> str:
        key = Ed25519PrivateKey.generate()
        kid = f"{time.strftime('%Y%m%d', time.gmtime())}-{uuid4().hex[:8]}"
        work.keys.add(
            SigningKey(
                kid=kid,
                public_key=_base64url(key.public_key().public_bytes_raw()),
                private_key=self._sealer.seal(_base64url(key.private_bytes_raw()), row=sealed_row(kid)),
                created_at=self._clock(),
                activates_at=activates_at,
            )
        )
        return kid

    async def _publish(self, work: Work) -> None:
        await work.session.flush()
        policy = await work.policies.get(lock=True)
        policy.keys_version += 1
        keys = tuple(_jwk(row) for row in await work.keys.current(self._clock()))
        work.outbox.keep(JWKS, "current", KeySet(version=policy.keys_version, keys=keys))

    def _opened(self, row: SigningKey) -> _Signer:
        raw = base64.urlsafe_b64decode(f"{self._sealer.open(row.private_key, row=sealed_row(row.kid))}=")
        return _Signer(row.kid, Ed25519PrivateKey.from_private_bytes(raw), row.activates_at)


def sealed_row(kid: str) -> str:
    return f"signing_keys.private_key:{kid}"


def _jwk(row: SigningKey) -> dict[str, str]:
    return {"kty": "OKP", "crv": "Ed25519", "x": row.public_key, "kid": row.kid, "alg": ALGORITHM, "use": "sig"}


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
