"""Who gets in: cookies, renewal on the way, API tokens, and what attackers try instead."""

import asyncio
import base64
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from medianest_common.contracts.permissions import Role
from medianest_gateway.revocations import REMEMBER_SECONDS, Revocations

from .doubles import Signer, Someone
from .world import NOWHERE, MakeWorld, World

ME = "/api/v1/auth/me"
REQUESTS = "/api/v1/requests"


async def status_with(world: World, token: str) -> int:
    return (await world.send("GET", REQUESTS, {"Cookie": f"medianest_session={token}"})).status


def unsigned(claims: dict[str, object], algorithm: str) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': algorithm, 'typ': 'JWT', 'kid': 'k1'})}.{part(claims)}."


class TestForgedTokens:
    @pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE"])
    async def test_a_token_without_a_signature_is_refused(self, world: World, someone: Someone, algorithm: str) -> None:
        assert await status_with(world, unsigned(world.signer.claims(someone), algorithm)) == 401

    async def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(
        self, world: World, someone: Someone
    ) -> None:
        public = world.signer.key.public_key().public_bytes_raw()
        token = jwt.encode(world.signer.claims(someone), public, algorithm="HS256", headers={"kid": "k1"})
        assert await status_with(world, token) == 401

    async def test_a_token_of_another_key_under_our_kid_is_refused(self, world: World, someone: Someone) -> None:
        assert await status_with(world, Signer(Ed25519PrivateKey.generate(), "k1").token(someone)) == 401

    async def test_a_token_of_an_unknown_kid_is_refused(self, world: World, someone: Someone) -> None:
        assert await status_with(world, Signer(world.signer.key, "k2").token(someone)) == 401

    @pytest.mark.parametrize(
        "claims",
        [
            {"aud": "medianest-internal"},
            {"aud": ["other"]},
            {"iss": "somebody"},
            {"exp": 1},
            {"role": "owner"},
            {"sub": "admin"},
            {"sid": ""},
        ],
    )
    async def test_a_token_with_a_wrong_claim_is_refused(
        self, world: World, someone: Someone, claims: dict[str, object]
    ) -> None:
        assert await status_with(world, world.signer.token(someone, **claims)) == 401

    async def test_a_token_that_was_changed_is_refused(self, world: World, someone: Someone) -> None:
        head, body, signature = world.signer.token(someone).split(".")
        claims = json.loads(base64.urlsafe_b64decode(body + "=="))
        claims["role"] = "admin"
        forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
        assert await status_with(world, f"{head}.{forged}.{signature}") == 401

    @pytest.mark.parametrize("token", ["", "x", "a.b.c", "eyJ.eyJ.", "\xff\xfe", "." * 500])
    async def test_nonsense_is_refused(self, world: World, token: str) -> None:
        assert await status_with(world, token) == 401
        bearer = {"Authorization": f"Bearer {token}"}
        assert (await world.send("GET", REQUESTS, bearer)).status == 401

    async def test_a_stranger_is_told_to_sign_in(self, world: World) -> None:
        reply = await world.send("GET", REQUESTS, {})
        assert (reply.status, reply.code) == (401, "AUTHENTICATION_REQUIRED")
        assert world.service("requests").seen == []


class TestSession:
    async def test_a_revoked_session_is_refused_though_its_token_is_good(self, world: World, someone: Someone) -> None:
        assert (await world.call("GET", REQUESTS, someone)).status == 200
        await world.keep_session(someone, "revoked")
        reply = await world.call("GET", REQUESTS, someone)
        assert (reply.status, reply.code) == (401, "SESSION_ENDED")

    async def test_a_session_redis_does_not_know_is_asked_for_at_auth_once(self, world: World) -> None:
        someone = Someone()
        world.auth.alive.add(someone.session_id)
        replies = await asyncio.gather(*(world.call("GET", REQUESTS, someone) for _ in range(10)))
        assert {reply.status for reply in replies} == {200}
        assert len(world.auth.calls(ME)) == 1

    async def test_a_session_neither_knows_is_refused(self, world: World) -> None:
        assert (await world.call("GET", REQUESTS, Someone())).code == "SESSION_ENDED"

    async def test_with_auth_away_a_missing_key_falls_back_to_the_tokens_own_expiry(self, world: World) -> None:
        await world.auth.stop()
        someone = Someone()
        assert (await world.call("GET", REQUESTS, someone)).status == 200
        late = world.signer.token(someone, exp=int(time.time()) - 60)
        assert await status_with(world, late) == 401

    async def test_a_revocation_that_was_heard_holds_without_redis_and_auth(self, make_world: MakeWorld) -> None:
        world = await make_world(redis_url=f"redis://127.0.0.1:{NOWHERE}")
        someone, other = Someone(), Someone()
        await world.auth.stop()
        assert (await world.call("GET", REQUESTS, someone)).status == 200
        world.gateway.revocations.add(someone.session_id)
        assert (await world.call("GET", REQUESTS, someone)).code == "SESSION_ENDED"
        assert (await world.call("GET", REQUESTS, other)).status == 200

    async def test_who_was_refused_stays_refused_when_nobody_can_tell_any_more(self, world: World) -> None:
        told_by_redis, told_by_auth = Someone(), Someone()
        await world.keep_session(told_by_redis, "revoked")
        replies = [await world.call("GET", REQUESTS, someone) for someone in (told_by_redis, told_by_auth)]
        await world.redis.flushdb()
        await world.auth.stop()
        replies += [await world.call("GET", REQUESTS, someone) for someone in (told_by_redis, told_by_auth)]
        assert [reply.code for reply in replies] == ["SESSION_ENDED"] * 4

    async def test_what_redis_holds_and_cannot_be_read_is_no_yes(self, world: World) -> None:
        someone = Someone()
        for value in ("", "[]", '{"state":"alive"}', "x" * 50):
            await world.redis.set(f"session:{someone.session_id}", value)
            assert (await world.call("GET", REQUESTS, someone)).status == 401

    def test_revocations_are_forgotten_when_no_token_can_live_any_more(self) -> None:
        now = [0.0]
        revocations = Revocations(clock=lambda: now[0])
        first, second = Someone().session_id, Someone().session_id
        revocations.add(first)
        now[0] = REMEMBER_SECONDS + 1
        revocations.add(second)
        assert first not in revocations
        assert second in revocations


class TestRenewal:
    def expired(self, world: World, someone: Someone, refresh: str) -> dict[str, str]:
        token = world.signer.token(someone, exp=int(time.time()) - 100)
        return {"Cookie": f"medianest_session={token}; medianest_refresh={refresh}"}

    async def test_an_expired_token_is_renewed_once_for_all_calls_that_wait(
        self, world: World, someone: Someone
    ) -> None:
        world.auth.refreshes["r-many"] = someone
        headers = self.expired(world, someone, "r-many")
        replies = await asyncio.gather(*(world.send("GET", REQUESTS, headers) for _ in range(20)))
        assert {reply.status for reply in replies} == {200}
        assert len(world.auth.calls("/api/v1/auth/refresh")) == 1
        for reply in replies:
            names = {cookie.partition("=")[0] for cookie in reply.headers.getall("Set-Cookie")}
            assert names == {"medianest_session", "medianest_refresh"}
            assert reply.headers["Cache-Control"] == "no-store"

    async def test_a_session_cookie_that_is_gone_is_renewed_too(self, world: World, someone: Someone) -> None:
        world.auth.refreshes["r-alone"] = someone
        assert (await world.send("GET", REQUESTS, {"Cookie": "medianest_refresh=r-alone"})).status == 200

    async def test_auth_sees_the_callers_address_and_browser(self, world: World, someone: Someone) -> None:
        world.auth.refreshes["r-agent"] = someone
        await world.send("GET", REQUESTS, self.expired(world, someone, "r-agent") | {"User-Agent": "Browser/1"})
        [seen] = world.auth.calls("/api/v1/auth/refresh")
        assert (seen.headers["user-agent"], seen.headers["x-forwarded-for"]) == ("Browser/1", "127.0.0.1")
        assert seen.headers["cookie"] == "medianest_refresh=r-agent"

    async def test_a_refresh_cookie_that_is_no_good_ends_the_session_and_its_cookies(
        self, world: World, someone: Someone
    ) -> None:
        reply = await world.send("GET", REQUESTS, self.expired(world, someone, "spent"))
        assert (reply.status, reply.code) == (401, "SESSION_ENDED")
        assert "Max-Age=0" in reply.headers["Set-Cookie"]

    async def test_nobody_is_signed_out_because_auth_is_away(self, world: World, someone: Someone) -> None:
        await world.auth.stop()
        reply = await world.send("GET", REQUESTS, self.expired(world, someone, "r-away"))
        assert (reply.status, reply.code) == (503, "UPSTREAM_UNAVAILABLE")
        assert reply.json["service"] == "auth"
        assert "Set-Cookie" not in reply.headers
        await world.auth.start()
        world.auth.refreshes["r-away"] = someone
        assert (await world.send("GET", REQUESTS, self.expired(world, someone, "r-away"))).status == 200

    async def test_rights_that_have_changed_renew_the_token_at_once(self, world: World, someone: Someone) -> None:
        await world.keep_session(someone, epoch=1)
        promoted = Someone(Role.ADMIN, someone.user_id, someone.session_id, epoch=1)
        world.auth.refreshes["r-epoch"] = promoted
        headers = world.cookies(someone, medianest_refresh="r-epoch")
        assert (await world.send("GET", "/api/v1/users", headers)).status == 200
        assert "Set-Cookie" in (await world.send("GET", "/api/v1/users", headers)).headers

    async def test_rights_that_were_taken_away_do_not_live_on_in_a_spent_refresh_token(self, world: World) -> None:
        """An answer of auth's is kept for a while for whoever shows the same token; also the rights of then."""
        admin = Someone(Role.ADMIN)
        await world.keep_session(admin)
        world.auth.refreshes["r-demoted"] = admin
        headers = self.expired(world, admin, "r-demoted")
        assert (await world.send("GET", "/api/v1/integrations", headers)).status == 200
        world.auth.refreshes["r-demoted"] = Someone(Role.USER, admin.user_id, admin.session_id, epoch=1)
        await world.keep_session(admin, epoch=1)
        reply = await world.send("GET", "/api/v1/integrations", headers)
        assert reply.status == 403
        assert len(reply.headers.getall("Set-Cookie")) == 2


class TestApiTokens:
    TOKEN = "mn_0123456789abcdef0123456789"

    async def test_a_token_is_exchanged_once_and_needs_no_csrf(self, world: World) -> None:
        owner = Someone()
        token = self.TOKEN + "a"
        world.auth.api_tokens[token] = (owner, "media:request media:search")
        headers = {"Authorization": f"Bearer {token}"}
        assert (await world.send("GET", REQUESTS, headers)).status == 200
        assert (await world.send("POST", REQUESTS, headers, b"{}")).status == 200
        [exchange] = world.auth.calls("/internal/exchange")
        claims = jwt.decode(
            exchange.headers["authorization"].removeprefix("Bearer "), options={"verify_signature": False}
        )
        assert claims["sub"] == "svc:gateway"
        assert all(token not in seen.headers["authorization"] for seen in world.service("requests").seen)

    async def test_a_token_does_what_its_scope_says_and_no_more(self, world: World) -> None:
        token = self.TOKEN + "b"
        world.auth.api_tokens[token] = (Someone(Role.ADMIN), "media:search")
        headers = {"Authorization": f"Bearer {token}"}
        assert (await world.send("GET", "/api/v1/media/search?query=x", headers)).status == 200
        for path in (REQUESTS, "/api/v1/users", "/api/v1/downloads"):
            assert (await world.send("GET", path, headers)).code == "INSUFFICIENT_PERMISSIONS"

    async def test_an_unknown_token_is_refused_and_not_asked_about_each_time(self, world: World) -> None:
        headers = {"Authorization": f"Bearer {self.TOKEN}c"}
        for _ in range(5):
            assert (await world.send("GET", REQUESTS, headers)).status == 401
        assert len(world.auth.calls("/internal/exchange")) == 1

    async def test_a_revoked_token_is_dead_at_once(self, world: World) -> None:
        owner, token = Someone(), self.TOKEN + "d"
        world.auth.api_tokens[token] = (owner, "media:request")
        headers = {"Authorization": f"Bearer {token}"}
        assert (await world.send("GET", REQUESTS, headers)).status == 200
        del world.auth.api_tokens[token]
        world.gateway.reactions.session_ended(owner.session_id)
        assert (await world.send("GET", REQUESTS, headers)).status == 401

    async def test_rights_that_were_taken_away_are_gone_from_what_is_kept_too(self, world: World) -> None:
        owner, token = Someone(Role.ADMIN), self.TOKEN + "f"
        world.auth.api_tokens[token] = (owner, "services:configure")
        await world.keep_session(owner)
        headers = {"Authorization": f"Bearer {token}"}
        assert (await world.send("GET", "/api/v1/integrations", headers)).status == 200
        world.auth.api_tokens[token] = (Someone(Role.USER, owner.user_id, owner.session_id, epoch=1), "")
        await world.keep_session(owner, epoch=1)
        assert (await world.send("GET", "/api/v1/integrations", headers)).status == 403

    async def test_a_session_cookie_beside_a_token_counts_for_nothing(self, world: World, someone: Someone) -> None:
        headers = world.cookies(someone) | {"Authorization": f"Bearer {self.TOKEN}e"}
        assert (await world.send("GET", REQUESTS, headers)).status == 401

    async def test_an_access_token_may_be_shown_as_a_bearer(self, world: World, someone: Someone) -> None:
        headers = {"Authorization": f"Bearer {world.signer.token(someone)}"}
        assert (await world.send("GET", REQUESTS, headers)).status == 200


class TestPermission:
    ADMINS = (
        ("GET", "/api/v1/users"),
        ("DELETE", "/api/v1/users/1"),
        ("GET", "/api/v1/audit"),
        ("POST", "/api/v1/requests/1/approve"),
        ("GET", "/api/v1/integrations"),
        ("POST", "/api/v1/integrations"),
        ("POST", "/api/v1/downloads/lanes/main/pause"),
        ("GET", "/api/v1/requests/dead-letters"),
    )

    @pytest.mark.parametrize(("method", "path"), ADMINS)
    async def test_what_is_for_administrators_is_403_for_a_user(
        self, world: World, someone: Someone, method: str, path: str
    ) -> None:
        reply = await world.call(method, path, someone)
        assert (reply.status, reply.code) == (403, "INSUFFICIENT_PERMISSIONS")
        assert not [seen for service in world.services.values() for seen in service.calls(path)]

    @pytest.mark.parametrize(("method", "path"), ADMINS)
    async def test_an_administrator_gets_through(self, world: World, method: str, path: str) -> None:
        admin = Someone(Role.ADMIN)
        await world.keep_session(admin)
        assert (await world.call(method, path, admin)).status == 200


async def test_signing_out_works_with_and_without_a_living_session(world: World, someone: Someone) -> None:
    assert (await world.call("POST", "/api/v1/auth/logout", someone, data=b"{}")).status == 200
    await world.keep_session(someone, "revoked")
    assert (await world.call("POST", "/api/v1/auth/logout", someone, data=b"{}")).status == 200
    first, second = world.auth.calls("/api/v1/auth/logout")
    assert "authorization" in first.headers
    assert "authorization" not in second.headers


@pytest.mark.parametrize("proof", ["refresh cookie", "API token"])
async def test_a_token_of_a_key_the_broker_did_not_bring_yet_is_good(
    world: World, someone: Someone, proof: str
) -> None:
    """A spent refresh token that is shown again after its grace would end the session."""
    world.auth.refreshes["r-key"], world.auth.api_tokens["mn_new_key_0123456789"] = someone, (someone, "media:request")
    headers = {"Cookie": "medianest_refresh=r-key"}
    if proof == "API token":
        headers = {"Authorization": "Bearer mn_new_key_0123456789"}
    world.gateway.verifier.use_keys([Signer(Ed25519PrivateKey.generate(), "k0").public()])
    assert (await world.send("GET", REQUESTS, headers)).status == 200
    assert len(world.auth.calls("/api/v1/auth/jwks")) == 1


async def test_keys_come_from_auth_when_the_broker_is_away(make_world: MakeWorld) -> None:
    world = await make_world()
    world.gateway.verifier.use_keys([])
    someone = Someone()
    await world.keep_session(someone)
    assert (await world.call("GET", REQUESTS, someone)).status == 401
    async with asyncio.timeout(5):
        while (await world.call("GET", REQUESTS, someone)).status != 200:
            await asyncio.sleep(0.1)
