"""The suite's own keys in the wrong hands: tokens by the strongest forger there is, good but for one thing."""

import base64
import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from medianest_common.crypto import Sealer
from medianest_common.tokens import ALGORITHM, AUDIENCE, ISSUER
from support.suite import Suite


@dataclass(frozen=True)
class SigningKey:
    """The key that signs access tokens, out of auth's table and its sealing key."""

    kid: str
    key: Ed25519PrivateKey

    @classmethod
    async def stolen_from(cls, suite: Suite) -> "SigningKey":
        rows = await suite.rows("auth", "select kid, private_key from signing_keys order by created_at desc limit 1")
        kid, sealed = rows[0]["kid"], rows[0]["private_key"]
        text = Sealer(suite.secrets["encryption_auth"]).open(sealed, row=f"signing_keys.private_key:{kid}")
        return cls(kid, private_key(text))

    @classmethod
    def new(cls) -> "SigningKey":
        return cls(uuid4().hex, Ed25519PrivateKey.generate())

    def jwk(self) -> dict[str, str]:
        """The public half, as auth publishes it."""
        raw = base64.urlsafe_b64encode(self.key.public_key().public_bytes_raw()).decode().rstrip("=")
        return {"kty": "OKP", "crv": "Ed25519", "alg": ALGORITHM, "use": "sig", "kid": self.kid, "x": raw}

    def sign(self, claims: dict[str, Any], **headers: Any) -> str:
        return jwt.encode(claims, self.key, algorithm=ALGORITHM, headers={"kid": self.kid} | headers)

    def like(self, token: str, **changes: Any) -> str:
        """A token as another one, with some claims changed; None takes one away."""
        claims = claims_of(token) | changes
        return self.sign({name: value for name, value in claims.items() if value is not None})


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def invented_claims(**changes: Any) -> dict[str, Any]:
    """The claims of an administrator that there is not."""
    now = int(time.time())
    return {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(uuid4()),
        "sid": str(uuid4()),
        "role": "admin",
        "epoch": 0,
        "iat": now,
        "exp": now + 600,
    } | changes


def private_key(text: str) -> Ed25519PrivateKey:
    """A key from the base64url of its 32 bytes."""
    return Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
