"""API tokens, and the routes only other services may call."""

from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from redis.asyncio import Redis

from medianest_common.contracts.permissions import Role
from medianest_common.tokens import service_token

from .house import Browser, House


async def new_token(browser: Browser, *permissions: str) -> dict[str, str]:
    body = {"name": "script", "permissions": list(permissions)}
    created: dict[str, str] = await browser.do("POST", "/auth/tokens", body, 201)
    return created


async def exchanged(house: House, token: str) -> Browser:
    answer = await house.as_service("gateway", "POST", "/internal/exchange", {"token": token})
    assert answer.status_code == 200, answer.text
    browser = house.browser()
    browser.bearer = answer.json()["access_token"]
    return browser


class TestExchange:
    async def test_a_token_is_exchanged_for_what_it_was_allowed(self, house: House) -> None:
        alice = await house.resident("alice")
        token = await new_token(alice, "profile:read", "media:search")
        script = await exchanged(house, token["token"])
        assert (await script.get("/auth/me"))["permissions"] == ["media:search", "profile:read"]
        await script.do("POST", "/auth/tokens", {"name": "more", "permissions": ["profile:read"]}, 403)

    async def test_a_revoked_one_is_worth_nothing_at_once(self, house: House) -> None:
        alice = await house.resident("alice")
        token = await new_token(alice, "profile:read")
        script = await exchanged(house, token["token"])
        await alice.do("DELETE", f"/auth/tokens/{token['id']}", expect=204)
        await script.get("/auth/me", 401)
        again = await house.as_service("gateway", "POST", "/internal/exchange", {"token": token["token"]})
        assert again.status_code == 401
        assert [fact["session_id"] for fact in await house.facts("session.revoked")] == [token["id"]]

    async def test_its_mark_for_the_gateway_is_over_with_it(self, house: House, cache_url: str) -> None:
        """Open sockets are asked about there alone."""
        alice = await house.resident("alice")
        token = await new_token(alice, "profile:read")
        async with house.auth.runtime.engine.begin() as connection:
            await connection.exec_driver_sql("update api_tokens set expires_at = now() + interval '100 seconds'")
        await exchanged(house, token["token"])
        async with Redis.from_url(cache_url) as redis:
            assert 80 < await redis.ttl(f"session:{token['id']}") <= 100

    async def test_an_expired_one_too(self, house: House) -> None:
        alice = await house.resident("alice")
        token = await new_token(alice, "profile:read")
        house.clock.advance(days=91)
        answer = await house.as_service("gateway", "POST", "/internal/exchange", {"token": token["token"]})
        assert answer.status_code == 401

    async def test_a_demoted_admins_token_loses_what_the_role_lost(self, house: House) -> None:
        await house.resident("owner", role=Role.ADMIN)
        admin = await house.resident("other", role=Role.ADMIN)
        token = await new_token(admin, "users:read", "profile:read")
        async with house.auth.runtime.engine.begin() as connection:
            await connection.exec_driver_sql("update users set role = 'user' where plex_username = 'other'")
        script = await exchanged(house, token["token"])
        assert (await script.get("/auth/me"))["permissions"] == ["profile:read"]

    async def test_last_use_is_not_written_each_time(self, house: House) -> None:
        alice = await house.resident("alice")
        token = await new_token(alice, "profile:read")
        seen = set()
        for _ in range(3):
            await exchanged(house, token["token"])
            seen.add((await house.rows("select last_used_at from api_tokens"))[0]["last_used_at"])
        assert len(seen) == 1


class TestTokens:
    async def test_the_text_is_shown_once_and_kept_as_a_hash(self, house: House) -> None:
        alice = await house.resident("alice")
        token = await new_token(alice, "profile:read")
        listed = (await alice.get("/auth/tokens"))["items"]
        assert [item["id"] for item in listed] == [token["id"]]
        assert "token" not in listed[0]
        assert token["token"] not in str(await house.rows("select * from api_tokens"))

    async def test_nobody_gives_what_they_do_not_have(self, house: House) -> None:
        alice = await house.resident("alice")
        await alice.do("POST", "/auth/tokens", {"name": "x", "permissions": ["users:read"]}, 403)
        await alice.do("POST", "/auth/tokens", {"name": "x", "permissions": ["everything"]}, 422)

    async def test_somebody_elses_token_is_not_there(self, house: House) -> None:
        alice, bob = await house.resident("alice"), await house.resident("bob")
        token = await new_token(alice, "profile:read")
        await bob.do("DELETE", f"/auth/tokens/{token['id']}", expect=404)
        assert (await bob.get("/auth/tokens"))["items"] == []


class TestInternal:
    async def test_a_plex_token_is_handed_to_the_services_that_act_for_the_user_and_written_down(
        self, house: House
    ) -> None:
        alice = await house.sign_in("alice")
        user_id = (await alice.get("/auth/me"))["id"]
        answer = await house.as_service("requests", "GET", f"/internal/plex-token/{user_id}")
        body = answer.json()
        assert body["plex_id"] == "1002"
        assert body["token"].startswith("plex-alice-")
        assert body["server_token"].startswith("server-alice-")
        assert len(body["machine_identifier"]) == 40
        assert answer.headers["cache-control"] == "no-store"
        entry = (await house.audited("plex_token.read"))[0]
        assert (entry["actor"], entry["target"]) == ("svc:requests", user_id)

    async def test_nobody_else_gets_it(self, house: House) -> None:
        alice = await house.resident("alice", role=Role.ADMIN)
        path = f"/internal/plex-token/{UUID(int=1)}"
        assert (await alice.call("GET", path)).status_code == 401
        assert (await house.browser().call("GET", path)).status_code == 401
        assert (await house.as_service("gateway", "GET", path)).status_code == 403
        forger = house.browser()
        forger.bearer = service_token("requests", Ed25519PrivateKey.generate())
        assert (await forger.call("GET", path)).status_code == 401

    async def test_a_user_without_plex_has_none(self, house: House) -> None:
        admin = await house.local_admin()
        user_id = (await admin.get("/auth/me"))["id"]
        answer = await house.as_service("downloader", "GET", f"/internal/plex-token/{user_id}")
        assert (answer.status_code, answer.json()["code"]) == (404, "PLEX_TOKEN_MISSING")

    async def test_the_public_document_does_not_show_these_routes(self, house: House) -> None:
        assert not [path for path in house.app.openapi()["paths"] if path.startswith("/internal")]
