"""Nobody gets in by a token that is not ours, not for us, or no longer good."""

import base64
import json
import time
from typing import Any, ClassVar
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from medianest_common.contracts.permissions import Permission, Role
from medianest_common.errors import Forbidden, Unauthenticated
from medianest_common.tokens import AUDIENCE, ISSUER, Verifier, bearer, service_token, verify_service_token

KEY = Ed25519PrivateKey.generate()


def jwk(key: Ed25519PrivateKey, kid: str) -> dict[str, str]:
    return OKPAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": kid, "alg": "EdDSA", "use": "sig"}


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    base = {"iss": ISSUER, "aud": AUDIENCE, "sub": str(uuid4()), "sid": str(uuid4()), "role": "user"}
    merged = base | {"iat": now, "exp": now + 600, "epoch": 3} | changes
    return {name: value for name, value in merged.items() if value is not None}


def token(key: Ed25519PrivateKey = KEY, kid: str = "k1", **changes: Any) -> str:
    return jwt.encode(claims(**changes), key, algorithm="EdDSA", headers={"kid": kid})


@pytest.fixture
def verifier() -> Verifier:
    verifier = Verifier(keep=3)
    verifier.use_keys([jwk(KEY, "k1")])
    return verifier


def _unsigned() -> str:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none', 'kid': 'k1'})}.{part(claims())}."


def _signed_with_the_public_key() -> str:
    public = jwk(KEY, "k1")["x"].encode().ljust(32, b"=")
    return jwt.encode(claims(), public, algorithm="HS256", headers={"kid": "k1"})


class TestVerify:
    def test_knows_the_caller_of_a_good_token(self, verifier: Verifier) -> None:
        caller = verifier.verify(token(role="admin"))
        assert (caller.role, caller.epoch, caller.is_admin) == (Role.ADMIN, 3, True)

    @pytest.mark.parametrize(
        "bad",
        [
            _unsigned(),
            _signed_with_the_public_key(),
            token(Ed25519PrivateKey.generate()),
            token(kid="unknown"),
            token(aud="medianest-internal"),
            token(iss="somebody"),
            token(exp=int(time.time()) - 10),
            token(exp=None),
            token(sid=None),
            token(sub="not-a-uuid"),
            token(role="root"),
            token() + "x",
            "",
            "a.b.c",
            "é" * 20,
        ],
        ids=[f"token {number}" for number in range(15)],
    )
    def test_refuses_every_other(self, verifier: Verifier, bad: str) -> None:
        with pytest.raises(Unauthenticated):
            verifier.verify(bad)

    def test_forgets_tokens_of_keys_that_are_gone(self, verifier: Verifier) -> None:
        good = token()
        verifier.verify(good)
        verifier.use_keys([jwk(Ed25519PrivateKey.generate(), "k2")])
        with pytest.raises(Unauthenticated):
            verifier.verify(good)

    def test_a_remembered_token_still_expires(self) -> None:
        now = time.time()
        verifier = Verifier(clock=lambda: now)
        verifier.use_keys([jwk(KEY, "k1")])
        good = token(exp=int(now) + 60)
        verifier.verify(good)
        now += 120
        with pytest.raises(Unauthenticated):
            verifier.verify(good)

    def test_a_scope_never_exceeds_the_role(self, verifier: Verifier) -> None:
        caller = verifier.verify(token(scope="media:search system:manage"))
        assert caller.permissions == {Permission.MEDIA_SEARCH}
        with pytest.raises(Forbidden):
            caller.needs(Permission.SYSTEM_MANAGE)


class TestServiceToken:
    KEYS: ClassVar = {"gateway": KEY.public_key(), "requests": Ed25519PrivateKey.generate().public_key()}

    def test_names_the_service_that_signed(self) -> None:
        assert verify_service_token(service_token("gateway", KEY), self.KEYS) == "gateway"

    @pytest.mark.parametrize("claimed", ["requests", "nobody"])
    def test_nobody_signs_for_another(self, claimed: str) -> None:
        with pytest.raises(Unauthenticated):
            verify_service_token(service_token(claimed, KEY), self.KEYS)

    def test_a_users_token_is_no_service_token(self) -> None:
        with pytest.raises(Unauthenticated):
            verify_service_token(token(), self.KEYS)

    def test_a_long_lived_one_is_refused(self) -> None:
        now = int(time.time())
        long = {"iss": "gateway", "aud": "medianest-internal", "sub": "svc:gateway", "iat": now, "exp": now + 3600}
        with pytest.raises(Unauthenticated):
            verify_service_token(jwt.encode(long, KEY, algorithm="EdDSA"), self.KEYS)


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic abc"])
def test_bearer_refuses_other_schemes(header: str | None) -> None:
    with pytest.raises(Unauthenticated):
        bearer(header)
