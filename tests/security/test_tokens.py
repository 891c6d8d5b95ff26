"""Tokens: forged, mended, borrowed from elsewhere, and dead ones. The gateway and every service are asked."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from support.keys import SigningKey, claims_of, invented_claims, private_key
from support.operations import operations
from support.person import Person, Script, until
from support.suite import Suite

from medianest_common.contracts.permissions import ROLE_PERMISSIONS, Permission, Role
from medianest_common.tokens import service_token

Forger = Callable[[SigningKey, str], str]

# One route of each service that every user may read.
DOORS = {"auth": "/api/v1/auth/me", "requests": "/api/v1/requests", "downloader": "/api/v1/downloads"}
DOORS["status"] = "/api/v1/status"


def encode(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def unsigned(algorithm: str) -> Forger:
    return lambda key, good: f"{encode({'alg': algorithm, 'kid': key.kid, 'typ': 'JWT'})}.{good.split('.')[1]}."


def by_hmac_with(public: Callable[[SigningKey], bytes]) -> Forger:
    """Algorithm confusion: the public key, which everybody knows, taken for a shared secret."""

    def forge(key: SigningKey, good: str) -> str:
        signed = f"{encode({'alg': 'HS256', 'kid': key.kid, 'typ': 'JWT'})}.{good.split('.')[1]}"
        mac = hmac.new(public(key), signed.encode(), hashlib.sha256).digest()
        return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"

    return forge


def own_key(**headers: Any) -> Forger:
    """Signed well, by a key of the attacker's."""

    def forge(key: SigningKey, good: str) -> str:
        mine = SigningKey(key.kid, Ed25519PrivateKey.generate())
        jwk = {"kty": "OKP", "crv": "Ed25519", "x": encode({}), "kid": "mine"}
        raw = mine.key.public_key().public_bytes_raw()
        jwk["x"] = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
        return mine.sign(claims_of(good), **{name: jwk if value == "jwk" else value for name, value in headers.items()})

    return forge


def changed(**changes: Any) -> Forger:
    """Signed by the suite's real key, and wrong in one claim."""
    return lambda key, good: key.like(good, **{n: v() if callable(v) else v for n, v in changes.items()})


def another_payload(key: SigningKey, good: str) -> str:
    """The signature of a good token under other claims."""
    head, _, signature = good.split(".")
    return f"{head}.{encode(claims_of(good) | {'role': 'admin'})}.{signature}"


FORGERIES: dict[str, Forger] = {
    "no signature": unsigned("none"),
    "no signature, in capitals": unsigned("NONE"),
    "no signature, EdDSA claimed": unsigned("EdDSA"),
    "HMAC with the raw public key": by_hmac_with(lambda key: key.key.public_key().public_bytes_raw()),
    "HMAC with the public key as PEM": by_hmac_with(
        lambda key: key.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    ),
    "HMAC with nothing": by_hmac_with(lambda _: b""),
    "somebody else's key": own_key(),
    "an unknown kid": own_key(kid="20200101-deadbeef"),
    "a kid that is a path": own_key(kid="../../../../dev/null"),
    "a key of its own along": own_key(kid="mine", jwk="jwk"),
    "a key set of its own along": own_key(kid="mine", jku="http://127.0.0.1:9/keys"),
    "a certificate of its own along": own_key(kid="mine", x5u="http://127.0.0.1:9/cert", x5c=["AAAA"]),
    "other claims under a good signature": another_payload,
    "for another audience": changed(aud="medianest-internal"),
    "for two other audiences": changed(aud=["other", "medianest-internal"]),
    "for no audience": changed(aud=None),
    "from another issuer": changed(iss="https://accounts.example.test"),
    "expired": changed(exp=lambda: int(time.time()) - 10, iat=lambda: int(time.time()) - 610),
    "without an end": changed(exp=None),
    "not good before tomorrow": changed(nbf=lambda: int(time.time()) + 86_400),
    "of nobody": changed(sub=None),
    "of something that is no user": changed(sub="' or 1=1 --"),
    "without a session": changed(sid=None),
    "with a role that there is not": changed(role="root"),
    "with a scope that there is not": changed(scope="everything"),
}


@pytest.fixture
def good(alice: Person) -> str:
    return alice.cookie("medianest_session")


class TestForged:
    @pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
    async def test_is_refused_by_the_gateway_and_by_every_service(
        self, suite: Suite, script: Script, signing_key: SigningKey, good: str, forge: Forger
    ) -> None:
        token = forge(signing_key, good)
        for service, path in DOORS.items():
            bearer = {"Authorization": f"Bearer {token}"}
            assert (await script.call("GET", path, headers=bearer)).status == 401
            assert (await script.call("GET", path, headers={"Cookie": f"medianest_session={token}"})).status == 401
            own_port = suite.endpoints["services"][service]
            assert (await script.call("GET", path, at=own_port, headers=bearer)).status == 401, service

    async def test_the_forger_s_tools_do_make_good_tokens(
        self, script: Script, signing_key: SigningKey, good: str
    ) -> None:
        """Without this, a forger who only ever writes nonsense would pass for a well defended door."""
        bearer = {"Authorization": f"Bearer {signing_key.like(good)}"}
        assert (await script.call("GET", DOORS["auth"], headers=bearer)).status == 200

    async def test_a_well_signed_token_of_a_session_that_never_was_opens_nothing(
        self, script: Script, signing_key: SigningKey, good: str
    ) -> None:
        for claims in (invented_claims(), claims_of(good) | {"sid": str(uuid4())}):
            bearer = {"Authorization": f"Bearer {signing_key.sign(claims)}"}
            for path in (*DOORS.values(), "/api/v1/users"):
                assert (await script.call("GET", path, headers=bearer)).status == 401

    async def test_a_session_of_one_user_does_not_open_another_s_account(
        self, script: Script, signing_key: SigningKey, good: str, bob: Person
    ) -> None:
        bob_s = claims_of(bob.cookie("medianest_session"))["sid"]
        answer = await script.call(
            "GET", DOORS["auth"], headers={"Authorization": f"Bearer {signing_key.like(good, sid=bob_s)}"}
        )
        assert answer.status == 401


class TestOfAnotherKind:
    """A secret of one kind is not taken for one of another."""

    async def test_refresh_csrf_and_set_up_secrets_are_no_access_tokens(
        self, suite: Suite, script: Script, alice: Person
    ) -> None:
        others = [alice.cookie("medianest_refresh"), alice.cookie("medianest_csrf"), suite.secrets["setup_code"]]
        for secret in others:
            assert (
                await script.call("GET", DOORS["auth"], headers={"Authorization": f"Bearer {secret}"})
            ).status == 401
            for cookie in ("medianest_session", "medianest_refresh"):
                if secret != alice.cookie(cookie):
                    answer = await script.call("GET", DOORS["auth"], headers={"Cookie": f"{cookie}={secret}"})
                    assert answer.status == 401

    async def test_an_access_token_refreshes_nothing(self, script: Script, good: str) -> None:
        answer = await script.call("POST", "/api/v1/auth/refresh", headers={"Cookie": f"medianest_refresh={good}"})
        assert answer.status == 401

    async def test_a_service_s_token_is_no_user_s(self, suite: Suite, script: Script) -> None:
        for service in ("gateway", "requests", "downloader"):
            token = service_token(service, private_key(suite.secrets[f"service_key_{service}"]))
            for name, path in DOORS.items():
                for at in ("", suite.endpoints["services"][name]):
                    answer = await script.call("GET", path, at=at, headers={"Authorization": f"Bearer {token}"})
                    assert answer.status == 401

    async def test_a_user_s_token_is_no_service_s(self, suite: Suite, script: Script, good: str) -> None:
        auth = suite.endpoints["services"]["auth"]
        bearer = {"Authorization": f"Bearer {good}"}
        user = claims_of(good)["sub"]
        assert (await script.call("GET", f"/internal/plex-token/{user}", at=auth, headers=bearer)).status == 401
        body = {"token": "mn_" + "x" * 40}
        assert (await script.call("POST", "/internal/exchange", body, at=auth, headers=bearer)).status == 401

    async def test_a_service_gets_only_what_it_is_meant_to_ask_for(
        self, suite: Suite, script: Script, good: str
    ) -> None:
        auth, user = suite.endpoints["services"]["auth"], claims_of(good)["sub"]

        def bearer(service: str) -> dict[str, str]:
            token = service_token(service, private_key(suite.secrets[f"service_key_{service}"]))
            return {"Authorization": f"Bearer {token}"}

        plex_token, exchange = f"/internal/plex-token/{user}", "/internal/exchange"
        assert (await script.call("GET", plex_token, at=auth, headers=bearer("gateway"))).status == 403
        body = {"token": "mn_" + "x" * 40}
        assert (await script.call("POST", exchange, body, at=auth, headers=bearer("requests"))).status == 403

    async def test_a_service_cannot_speak_for_another(self, suite: Suite, script: Script, good: str) -> None:
        token = service_token("requests", private_key(suite.secrets["service_key_gateway"]))
        answer = await script.call(
            "GET",
            f"/internal/plex-token/{claims_of(good)['sub']}",
            at=suite.endpoints["services"]["auth"],
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.status == 401


async def api_token(person: Person, *permissions: Permission) -> dict[str, Any]:
    wish = {"name": "a script", "permissions": list(permissions)}
    return dict((await person.call("POST", "/api/v1/auth/tokens", wish)).expect(201))


class TestApiTokens:
    @pytest.mark.parametrize("missing", list(Permission))
    async def test_without_one_permission_opens_nothing_that_asks_for_it(
        self, script: Script, owner: Person, missing: Permission
    ) -> None:
        guarded = [operation for operation in operations() if operation.permission is missing]
        assert guarded, f"no operation asks for {missing}"
        others = sorted(ROLE_PERMISSIONS[Role.ADMIN] - {missing})
        created = await api_token(owner, *others)
        bearer = {"Authorization": f"Bearer {created['token']}"}
        for operation in guarded:
            path = operation.at(dict.fromkeys(operation.parameters, str(uuid4())))
            answer = await script.call(operation.method, path, {}, headers=bearer)
            assert (answer.status, answer.code) == (403, "INSUFFICIENT_PERMISSIONS"), operation.name
        await owner.call("DELETE", f"/api/v1/auth/tokens/{created['id']}")

    async def test_opens_what_it_is_for_and_needs_no_csrf_token(self, script: Script, alice: Person) -> None:
        created = await api_token(alice, Permission.MEDIA_REQUEST)
        bearer = {"Authorization": f"Bearer {created['token']}"}
        assert (await script.call("GET", "/api/v1/requests", headers=bearer)).status == 200
        answer = await script.call("POST", "/api/v1/requests", {"media_type": "book"}, headers=bearer)
        assert answer.status == 422

    async def test_cannot_be_allowed_more_than_its_maker(self, alice: Person) -> None:
        for permission in ROLE_PERMISSIONS[Role.ADMIN] - ROLE_PERMISSIONS[Role.USER]:
            wish = {"name": "more", "permissions": [permission, Permission.MEDIA_SEARCH]}
            assert (await alice.call("POST", "/api/v1/auth/tokens", wish)).status == 403

    async def test_makes_no_tokens_and_starts_no_link(self, script: Script, alice: Person) -> None:
        created = await api_token(alice, *ROLE_PERMISSIONS[Role.USER])
        bearer = {"Authorization": f"Bearer {created['token']}"}
        wish = {"name": "child", "permissions": [Permission.MEDIA_SEARCH]}
        assert (await script.call("POST", "/api/v1/auth/tokens", wish, headers=bearer)).status == 403
        link = {"form": "code", "link": True}
        assert (await script.call("POST", "/api/v1/auth/plex/pin", link, headers=bearer)).status == 401

    async def test_is_dead_within_a_second_of_its_revocation(self, script: Script, alice: Person) -> None:
        created = await api_token(alice, Permission.MEDIA_SEARCH)
        bearer = {"Authorization": f"Bearer {created['token']}"}

        async def status() -> int:
            return (await script.call("GET", "/api/v1/library/sections", headers=bearer)).status

        assert await status() == 200
        (await alice.call("DELETE", f"/api/v1/auth/tokens/{created['id']}")).expect(204)
        await until(status, lambda answer: answer == 401, within=1.0)

    async def test_is_shown_once_and_kept_as_a_hash(self, suite: Suite, alice: Person) -> None:
        created = await api_token(alice, Permission.MEDIA_SEARCH)
        listed = await alice.get("/api/v1/auth/tokens")
        assert created["token"] not in json.dumps(listed)
        rows = await suite.rows("auth", "select row_to_json(t)::text as row from api_tokens t")
        assert rows
        assert not [row for row in rows if created["token"] in row["row"]]

    async def test_ends_when_its_time_is_over(self, suite: Suite, script: Script, alice: Person) -> None:
        created = await api_token(alice, Permission.MEDIA_SEARCH)
        await suite.rows("auth", "update api_tokens set expires_at = now() where id = $1", created["id"])
        answer = await script.call(
            "GET", "/api/v1/library/sections", headers={"Authorization": f"Bearer {created['token']}"}
        )
        assert answer.status == 401


async def test_the_published_keys_are_the_public_halves(script: Script) -> None:
    keys = (await script.call("GET", "/api/v1/auth/jwks")).expect(200)["keys"]
    assert keys
    for key in keys:
        assert set(key) == {"kty", "crv", "x", "kid", "alg", "use"}


async def test_a_token_holds_no_personal_data(good: str) -> None:
    assert set(claims_of(good)) == {"iss", "aud", "sub", "sid", "role", "epoch", "iat", "exp"}
    assert claims_of(good)["exp"] - claims_of(good)["iat"] == 600
