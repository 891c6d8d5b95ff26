"""Verifying access tokens, and the tokens services show each other.

Every service verifies the token itself: none trusts its network.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from medianest_common.contracts.permissions import ROLE_PERMISSIONS, Permission, Role
from medianest_common.errors import Forbidden, Unauthenticated

ISSUER = "medianest-auth"
AUDIENCE = "medianest"
_INTERNAL_AUDIENCE = "medianest-internal"
ALGORITHM = "EdDSA"
_LEEWAY_SECONDS = 5
_SERVICE_TOKEN_SECONDS = 60
_CLAIMS = ["iss", "aud", "sub", "sid", "exp", "iat", "role"]


@dataclass(frozen=True)
class Caller:
    """Who calls: the user, the session (or API token) they came with, and what they may do with it.

    `address` is from where, known of calls that change something.
    """

    user_id: UUID
    session_id: UUID
    role: Role
    permissions: frozenset[Permission]
    expires_at: float
    epoch: int
    issued_at: float
    address: str | None = None

    @property
    def is_admin(self) -> bool:
        return self.role is Role.ADMIN

    def needs(self, permission: Permission) -> None:
        """Raise Forbidden unless the caller holds the permission."""
        if permission not in self.permissions:
            raise Forbidden("Your account is not allowed to do this.")


class Verifier:
    """Checks access tokens against the auth service's public keys, which may be replaced at any time.

    Verified tokens are kept in a bounded cache until they expire: an EdDSA check costs 150 µs, the cache nothing.
    """

    def __init__(self, *, keep: int = 10_000, clock: Callable[[], float] = time.time) -> None:
        self._keys: dict[str, Ed25519PublicKey] = {}
        self._known: OrderedDict[str, Caller] = OrderedDict()
        self._keep = keep
        self._clock = clock

    @property
    def ready(self) -> bool:
        return bool(self._keys)

    def use_keys(self, keys: Iterable[Mapping[str, str]]) -> None:
        """Take these public keys (JWK, Ed25519) in place of the ones known so far."""
        fresh = {}
        for key in keys:
            parsed = jwt.PyJWK(dict(key), algorithm=ALGORITHM).key
            if isinstance(parsed, Ed25519PublicKey):
                fresh[key["kid"]] = parsed
        self._keys = fresh
        self._known.clear()

    def verify(self, token: str) -> Caller:
        """The caller; raises Unauthenticated for anything but a good, unexpired access token of ours."""
        known = self._known.get(token)
        if known is not None and known.expires_at > self._clock():
            self._known.move_to_end(token)
            return known
        self._known.pop(token, None)
        caller = self._check(token)
        self._known[token] = caller
        if len(self._known) > self._keep:
            self._known.popitem(last=False)
        return caller

    def _check(self, token: str) -> Caller:
        try:
            key = self._keys.get(str(jwt.get_unverified_header(token).get("kid")))
            if key is None:
                raise Unauthenticated("Your session is not valid. Sign in again.")
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                leeway=_LEEWAY_SECONDS,
                options={"require": _CLAIMS, "verify_exp": False},  # below, by our clock
            )
            caller = _caller(claims)
        except (jwt.PyJWTError, ValueError, TypeError, KeyError):
            raise Unauthenticated("Your session is not valid or has ended. Sign in again.") from None
        if caller.expires_at + _LEEWAY_SECONDS <= self._clock():
            raise Unauthenticated("Your session has ended. Sign in again.")
        return caller


def _caller(claims: Mapping[str, Any]) -> Caller:
    role = Role(claims["role"])
    permissions = ROLE_PERMISSIONS[role]
    if "scope" in claims:  # an API token: never more than its role allows today
        permissions &= {Permission(name) for name in str(claims["scope"]).split()}
    return Caller(
        user_id=UUID(claims["sub"]),
        session_id=UUID(claims["sid"]),
        role=role,
        permissions=permissions,
        expires_at=float(claims["exp"]),
        epoch=int(claims.get("epoch", 0)),
        issued_at=float(claims["iat"]),
    )


def bearer(authorization: str | None) -> str:
    """The token of an `Authorization: Bearer` header; raises Unauthenticated without one."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("Sign in first.")
    return token.strip()


def service_token(service: str, key: Ed25519PrivateKey) -> str:
    """A token by which a service calls another's internal route; good for 60 s."""
    now = int(time.time())
    claims = {"iss": service, "aud": _INTERNAL_AUDIENCE, "sub": f"svc:{service}", "iat": now}
    return jwt.encode(claims | {"exp": now + _SERVICE_TOKEN_SECONDS}, key, algorithm=ALGORITHM)


def verify_service_token(token: str, keys: Mapping[str, Ed25519PublicKey]) -> str:
    """The name of the calling service, checked with that service's own key; raises Unauthenticated."""
    try:
        issuer = str(jwt.decode(token, options={"verify_signature": False}).get("iss"))
        claims = jwt.decode(
            token,
            keys[issuer],
            algorithms=[ALGORITHM],
            audience=_INTERNAL_AUDIENCE,
            issuer=issuer,
            options={"require": ["exp", "iat", "sub"]},
        )
    except (jwt.PyJWTError, KeyError):
        raise Unauthenticated("This address is for the suite's own services.") from None
    if claims["sub"] != f"svc:{issuer}" or claims["exp"] - claims["iat"] > _SERVICE_TOKEN_SECONDS:
        raise Unauthenticated("This address is for the suite's own services.")
    return issuer
