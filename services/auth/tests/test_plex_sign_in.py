"""Sign-in with a Plex PIN, against the sandbox's plex.tv."""

from datetime import datetime, timedelta
from uuid import uuid4

import orjson
import pytest

from medianest_auth.app import Auth
from medianest_common.crypto import csrf_token

from .house import PUBLIC_URL, House, MakeSettings, code_of, settled, until


class TestCodeForm:
    async def test_a_claimed_code_signs_the_browser_in(self, house: House) -> None:
        browser = await house.sign_in("alice")
        me = await browser.get("/auth/me")
        assert me["username"] == "alice"
        assert me["role"] == "user"
        assert me["plex_linked"] is True
        assert me["permissions"] == [
            "dashboard:read",
            "media:request",
            "media:search",
            "profile:read",
            "profile:write",
            "youtube:download",
        ]

    async def test_the_cookies_are_out_of_reach_of_scripts_but_for_the_csrf_token(self, house: House) -> None:
        browser = house.browser()
        pin = await browser.do("POST", "/auth/plex/pin", {}, 201)
        await house.sandbox.claim(pin["code"], "alice")
        await settled(browser, pin["id"])
        answer = await browser.call("GET", f"/auth/plex/pin/{pin['id']}")
        cookies = {line.partition("=")[0]: line for line in answer.headers.get_list("set-cookie")}
        assert set(cookies) == {"medianest_session", "medianest_refresh", "medianest_csrf"}
        assert all("SameSite=lax" in line and "Path=/" in line for line in cookies.values())
        assert [name for name, line in cookies.items() if "HttpOnly" not in line] == ["medianest_csrf"]
        session = (await house.rows("select id from sessions"))[0]["id"]
        assert browser.cookie("csrf") == csrf_token(str(session), b"c" * 32)

    async def test_a_waiting_pin_says_so_and_points_to_the_link_page(self, house: House) -> None:
        browser = house.browser()
        pin = await browser.do("POST", "/auth/plex/pin", {"form": "code"}, 201)
        assert len(pin["code"]) == 4
        assert pin["auth_url"] == f"{house.sandbox.base}/plextv/link?pin={pin['code']}"
        assert await browser.get(f"/auth/plex/pin/{pin['id']}") == {"status": "waiting", "reason": None}
        picture = await browser.client.get(pin["qr_url"])
        assert picture.headers["content-type"] == "image/svg+xml"
        assert b"<svg" in picture.content

    async def test_an_account_without_access_is_refused_with_the_reason(self, house: House) -> None:
        browser = house.browser()
        for username in ("mallory", "trent"):
            pin = await browser.do("POST", "/auth/plex/pin", {}, 201)
            await house.sandbox.claim(pin["code"], username)
            outcome = await settled(browser, pin["id"])
            assert outcome["status"] == "refused"
            assert "no access to this server" in outcome["reason"]
        assert await house.rows("select 1 from users") == []
        assert [row["detail"]["why"] for row in await house.audited("sign_in.refused")] == ["no_access", "no_access"]

    async def test_the_token_of_a_refused_account_is_withdrawn_at_plex(self, house: House) -> None:
        browser = house.browser()
        pin = await browser.do("POST", "/auth/plex/pin", {}, 201)
        await house.sandbox.claim(pin["code"], "mallory")
        await settled(browser, pin["id"])
        assert await until(lambda: house.sandbox.calls("/api/v2/users/signout"))

    async def test_an_account_without_an_e_mail_comes_in(self, house: House) -> None:
        await house.sign_in("kid")
        user = (await house.rows("select * from users"))[0]
        assert user["email"] is None
        assert user["plex_username"] == "Kit"

    async def test_the_owner_becomes_admin(self, house: House) -> None:
        browser = await house.sign_in("owner")
        assert (await browser.get("/auth/me"))["role"] == "admin"

    async def test_an_expired_pin_ends_the_waiting(self, house: House) -> None:
        browser = house.browser()
        pin = await browser.do("POST", "/auth/plex/pin", {}, 201)
        await house.sandbox.tell("POST", f"/plex/pins/{pin['code']}/expire")
        assert (await settled(browser, pin["id"]))["status"] == "expired"

    async def test_it_is_over_after_ten_minutes_whatever_plex_would_take(self, house: House) -> None:
        browser = house.browser()
        pin = await browser.do("POST", "/auth/plex/pin", {}, 201)
        assert datetime.fromisoformat(pin["expires_at"]) <= house.clock() + timedelta(minutes=10)
        house.clock.advance(minutes=10)
        assert (await browser.get(f"/auth/plex/pin/{pin['id']}"))["status"] == "expired"

    async def test_signing_in_twice_is_one_user_with_two_sessions(self, house: House) -> None:
        await house.sign_in("alice")
        await house.sign_in("alice")
        assert len(await house.rows("select 1 from users")) == 1
        assert len(await house.rows("select 1 from sessions")) == 2


class TestRedirectForm:
    async def test_the_address_carries_a_long_code_in_its_fragment_and_the_way_back(self, house: House) -> None:
        browser = house.browser()
        body = {"form": "redirect", "forward_url": "/welcome"}
        pin = await browser.do("POST", "/auth/plex/pin", body, 201)
        assert pin["code"] is None
        assert pin["auth_url"].startswith(f"{house.sandbox.base}/plextv/auth#?clientID=")
        assert f"forwardUrl={PUBLIC_URL.replace(':', '%3A').replace('/', '%2F')}%2Fwelcome" in pin["auth_url"]
        code = code_of(pin["auth_url"])
        assert len(code) == 25
        await house.sandbox.claim(code, "bob")
        assert (await settled(browser, pin["id"]))["status"] == "authorized"
        assert (await browser.get("/auth/me"))["username"] == "bob"

    @pytest.mark.parametrize(
        "url", ["https://evil.test", "//evil.test", "/\\evil.test", "javascript:alert(1)", "welcome", "/a\nb"]
    )
    async def test_nobody_is_sent_to_another_site(self, house: House, url: str) -> None:
        body = {"form": "redirect", "forward_url": url}
        await house.browser().do("POST", "/auth/plex/pin", body, 422)


class TestBinding:
    async def test_another_browser_does_not_see_the_sign_in(self, house: House) -> None:
        victim, thief = house.browser(), house.browser()
        pin = await victim.do("POST", "/auth/plex/pin", {}, 201)
        await house.sandbox.claim(pin["code"], "alice")
        await settled(victim, pin["id"])
        await thief.do("POST", "/auth/plex/pin", {}, 201)
        await thief.get(f"/auth/plex/pin/{pin['id']}", 404)
        await thief.get(f"/auth/plex/pin/{pin['id']}/qr", 404)
        assert thief.client.cookies.get("medianest_session") is None

    async def test_an_unknown_id_looks_the_same(self, house: House) -> None:
        await house.browser().get(f"/auth/plex/pin/{uuid4()}", 404)

    async def test_two_tabs_of_one_browser_each_keep_their_sign_in(self, house: House) -> None:
        browser = house.browser()
        first = await browser.do("POST", "/auth/plex/pin", {}, 201)
        second = await browser.do("POST", "/auth/plex/pin", {}, 201)
        await house.sandbox.claim(first["code"], "alice")
        assert (await settled(browser, first["id"]))["status"] == "authorized"
        assert (await browser.get(f"/auth/plex/pin/{second['id']}"))["status"] == "waiting"


class TestExchange:
    async def test_a_lost_answer_is_asked_for_again_and_is_the_same_session(self, house: House) -> None:
        browser = house.browser()
        pin = await browser.do("POST", "/auth/plex/pin", {}, 201)
        await house.sandbox.claim(pin["code"], "alice")
        await settled(browser, pin["id"])
        first = browser.cookie("refresh")
        assert (await browser.get(f"/auth/plex/pin/{pin['id']}"))["status"] == "authorized"
        assert browser.cookie("refresh") != first
        assert len(await house.rows("select 1 from sessions")) == 1
        assert len(await house.facts("session.started")) == 1

    async def test_it_ends_with_the_pin(self, house: House) -> None:
        browser = await house.sign_in("alice")
        pin = (await house.rows("select id from sign_in_attempts"))[0]["id"]
        house.clock.advance(minutes=16)
        assert (await browser.get(f"/auth/plex/pin/{pin}"))["status"] == "expired"

    async def test_it_brings_no_session_back_that_was_signed_out(self, house: House) -> None:
        browser = await house.sign_in("alice")
        pin = (await house.rows("select id from sign_in_attempts"))[0]["id"]
        await browser.do("POST", "/auth/logout", expect=204)
        assert (await browser.get(f"/auth/plex/pin/{pin}"))["status"] == "expired"
        assert browser.client.cookies.get("medianest_session") is None


class TestLimit:
    async def test_an_address_has_five_open_pins_at_most(self, house: House) -> None:
        for _ in range(5):
            await house.browser().do("POST", "/auth/plex/pin", {}, 201)
        refused = await house.browser().call("POST", "/auth/plex/pin", {})
        assert refused.status_code == 429
        assert refused.json()["code"] == "TOO_MANY_SIGN_INS"
        assert int(refused.headers["retry-after"]) > 0
        await house.browser("203.0.113.8").do("POST", "/auth/plex/pin", {}, 201)

    async def test_an_ipv6_network_of_64_bits_is_one_address(self, house: House) -> None:
        for number in range(5):
            await house.browser(f"2001:db8:1:2::{number}").do("POST", "/auth/plex/pin", {}, 201)
        await house.browser("2001:db8:1:2:ffff::1").do("POST", "/auth/plex/pin", {}, 429)
        await house.browser("2001:db8:1:3::1").do("POST", "/auth/plex/pin", {}, 201)

    async def test_a_browser_that_begins_again_replaces_its_own(self, house: House) -> None:
        browser = house.browser()
        pins = [await browser.do("POST", "/auth/plex/pin", {}, 201) for _ in range(6)]
        assert (await browser.get(f"/auth/plex/pin/{pins[-1]['id']}"))["status"] == "waiting"
        waiting = await house.rows("select 1 from sign_in_attempts where status = 'waiting'")
        assert len(waiting) == 5


class TestSecrets:
    async def test_neither_pin_nor_token_lies_open_in_the_database(self, house: House) -> None:
        browser = house.browser()
        pin = await browser.do("POST", "/auth/plex/pin", {}, 201)
        attempt = (await house.rows("select * from sign_in_attempts"))[0]
        assert pin["code"] not in str(dict(attempt))
        await house.sandbox.claim(pin["code"], "alice")
        await settled(browser, pin["id"])
        user = (await house.rows("select * from users"))[0]
        assert user["plex_token"].startswith("k1.")
        assert "plex-alice" not in str(dict(user))
        assert (await house.rows("select pin from sign_in_attempts"))[0]["pin"] is None

    async def test_no_fact_holds_a_name_a_mail_or_a_token(self, house: House) -> None:
        await house.sign_in("alice")
        rows = await house.rows("select payload from outbox")
        said = b" ".join(row["payload"] for row in rows)
        assert rows
        assert b"alice" not in said
        assert b"@" not in said

    async def test_the_facts_of_a_first_sign_in_name_the_user_as_audience(self, house: House) -> None:
        await house.sign_in("alice")
        user = str((await house.rows("select id from users"))[0]["id"])
        created = (await house.facts("user.created"))[0]
        assert created["audience"] == [user, "role:admin"]
        assert (await house.facts("session.started"))[0]["audience"] == [user]
        state = await house.rows("select payload from outbox where subject = :s", s=f"$KV.medianest-users.{user}")
        assert orjson.loads(state[0]["payload"])["plex_id"] == "1002"


class TestLinking:
    async def test_a_local_admin_links_plex_and_stays_who_they_are(self, house: House) -> None:
        admin = await house.local_admin()
        me = await admin.get("/auth/me")
        pin = await admin.do("POST", "/auth/plex/pin", {"link": True}, 201)
        await house.sandbox.claim(pin["code"], "owner")
        assert (await settled(admin, pin["id"]))["status"] == "authorized"
        linked = await admin.get("/auth/me")
        assert (linked["id"], linked["plex_linked"]) == (me["id"], True)
        assert (await house.audited("plex.linked"))[0]["address"] is not None
        again = await house.sign_in("owner")
        assert (await again.get("/auth/me"))["id"] == me["id"]

    async def test_a_plex_account_that_has_its_own_user_is_refused(self, house: House) -> None:
        await house.sign_in("alice")
        admin = await house.local_admin()
        pin = await admin.do("POST", "/auth/plex/pin", {"link": True}, 201)
        await house.sandbox.claim(pin["code"], "alice")
        assert "already belongs" in (await settled(admin, pin["id"]))["reason"]

    async def test_a_stranger_cannot_link(self, house: House) -> None:
        await house.browser().do("POST", "/auth/plex/pin", {"link": True}, 401)


async def test_an_installation_keeps_its_id_at_plex(make_settings: MakeSettings) -> None:
    settings = await make_settings()
    first, second = Auth(settings), Auth(settings)
    await first.prepare()
    await second.prepare()
    assert first.plextv.client_id == second.plextv.client_id
    await first.close()
    await second.close()
