"""Sessions: stolen, planted, lost on the way, ended from elsewhere; and that none of it signs an honest person out."""

import asyncio
import hashlib
import time

import aiohttp
import pytest
from support.keys import SigningKey, claims_of
from support.person import Person, Script, claim, until
from support.suite import Suite

ME = "/api/v1/auth/me"
REFRESH = "/api/v1/auth/refresh"


def cookies(**values: str) -> dict[str, str]:
    return {"Cookie": "; ".join(f"medianest_{name}={value}" for name, value in values.items())}


async def seconds_pass(suite: Suite, refresh_token: str, seconds: int) -> None:
    """Let a spent refresh token grow older."""
    digest = hashlib.sha256(refresh_token.encode()).hexdigest()
    await suite.rows(
        "auth",
        "update session_tokens set last_used_at = last_used_at - make_interval(secs => $2) where token_hash = $1",
        digest,
        seconds,
    )


async def closes_within(socket: aiohttp.ClientWebSocketResponse, seconds: float) -> int:
    async with asyncio.timeout(seconds):
        while (await socket.receive()).type is aiohttp.WSMsgType.TEXT:
            pass
    return socket.close_code or 0


class TestStolenRefreshToken:
    async def test_replayed_after_its_grace_ends_the_whole_family(
        self, suite: Suite, script: Script, kit: Person
    ) -> None:
        stolen = kit.cookie("medianest_refresh")
        (await kit.call("POST", REFRESH)).expect(200)
        assert kit.cookie("medianest_refresh") != stolen
        events = await kit.listen("session")
        await events.hear("session.snapshot")
        await seconds_pass(suite, stolen, 31)

        assert (await script.call("POST", REFRESH, headers=cookies(refresh=stolen))).status == 401
        assert await asyncio.wait_for(events.closed(), 2) == 4401
        assert (await kit.call("GET", ME)).status == 401
        assert (await kit.call("POST", REFRESH)).status == 401

    async def test_replayed_by_way_of_the_gateway_s_own_refresh_ends_it_too(
        self, suite: Suite, script: Script, kit: Person
    ) -> None:
        stolen = kit.cookie("medianest_refresh")
        (await kit.call("POST", REFRESH)).expect(200)
        await seconds_pass(suite, stolen, 31)
        assert (await script.call("GET", ME, headers=cookies(refresh=stolen))).status == 401
        await until(lambda: kit.call("GET", ME), lambda answer: answer.status == 401, within=1.0)

    async def test_is_told_in_the_audit_log(self, suite: Suite, script: Script, owner: Person, kit: Person) -> None:
        stolen, session = kit.cookie("medianest_refresh"), claims_of(kit.cookie("medianest_session"))["sid"]
        (await kit.call("POST", REFRESH)).expect(200)
        await seconds_pass(suite, stolen, 31)
        await script.call("POST", REFRESH, headers=cookies(refresh=stolen))
        found = await owner.get(f"/api/v1/audit?action=session.replayed&target={session}")
        assert len(found["items"]) == 1

    async def test_lies_hashed_in_the_table(self, suite: Suite, kit: Person) -> None:
        rows = await suite.rows("auth", "select row_to_json(t)::text as row from session_tokens t")
        assert rows
        assert not [row for row in rows if kit.cookie("medianest_refresh") in row["row"]]


class TestNobodyIsSignedOut:
    async def test_by_twenty_calls_at_once_with_an_expired_access_token(
        self, suite: Suite, script: Script, signing_key: SigningKey, kit: Person
    ) -> None:
        now = int(time.time())
        expired = signing_key.like(kit.cookie("medianest_session"), iat=now - 700, exp=now - 100)
        sent = cookies(session=expired, refresh=kit.cookie("medianest_refresh"))
        answers = await asyncio.gather(*(script.call("GET", ME, headers=sent) for _ in range(20)))
        assert [answer.status for answer in answers] == [200] * 20
        assert all(set(answer.set_cookies) >= {"medianest_session", "medianest_refresh"} for answer in answers)
        assert (await kit.call("GET", ME)).status == 200
        spent = await self._refreshes(suite, kit)
        assert spent <= 2, "one refresh serves all calls that wait for it; on a busy machine a late one comes after it"

    async def _refreshes(self, suite: Suite, person: Person) -> int:
        session = claims_of(person.cookie("medianest_session"))["sid"]
        rows = await suite.rows(
            "auth", "select count(*) - 1 as n from session_tokens where session_id = $1::text::uuid", session
        )
        return int(rows[0]["n"])

    async def test_by_an_answer_that_was_lost(self, suite: Suite, script: Script, kit: Person) -> None:
        """The browser never saw the new cookies and comes with the spent token, here past the gateway's memory too."""
        before = cookies(refresh=kit.cookie("medianest_refresh"))
        for _ in range(3):
            answer = await script.call("POST", REFRESH, at=suite.endpoints["services"]["auth"], headers=before)
            assert answer.status == 200
        assert (await script.call("GET", ME, headers=before)).status == 200
        assert (await kit.call("GET", ME)).status == 200


class TestFixation:
    async def test_signing_in_begins_another_session_than_the_one_planted(
        self, suite: Suite, script: Script, kit: Person
    ) -> None:
        names = [f"medianest_{name}" for name in ("session", "refresh", "csrf")]
        planted = {name: kit.cookie(name) for name in names}
        async with Person(suite, "alice") as victim:
            victim.plant(**planted)
            assert (await victim.sign_in())["username"] == "alice"
            assert not set(planted.values()) & {victim.cookie(name) for name in names}
        for name in ("medianest_session", "medianest_refresh"):
            answer = await script.call("GET", ME, headers={"Cookie": f"{name}={planted[name]}"})
            assert answer.status == 401 or answer.body["username"] == "kid"

    async def test_a_sign_in_is_bound_to_the_browser_that_began_it(
        self, suite: Suite, script: Script, bob: Person
    ) -> None:
        async with Person(suite, "alice") as victim:
            pin = (await victim.call("POST", "/api/v1/auth/plex/pin", {"form": "code"})).expect(201)
            await claim(suite, pin["code"], "alice")
            path = f"/api/v1/auth/plex/pin/{pin['id']}"
            await until(lambda: victim.get(path), lambda state: state["status"] == "authorized")
            for thief in (await script.call("GET", path), await bob.call("GET", path)):
                assert thief.status == 404
                assert not thief.set_cookies
            planted = await script.call("GET", path, headers=cookies(pin="A" * 43))
            assert planted.status == 404

    async def test_session_and_refresh_tokens_are_new_at_every_sign_in(self, suite: Suite, kit: Person) -> None:
        async with Person(suite, "kid") as again:
            await again.sign_in()
            for name in ("medianest_session", "medianest_refresh", "medianest_csrf"):
                assert again.cookie(name) != kit.cookie(name)

    async def test_signing_in_again_in_the_same_browser_ends_the_session_before(
        self, script: Script, kit: Person
    ) -> None:
        before = cookies(session=kit.cookie("medianest_session"))
        await kit.sign_in()
        await until(lambda: script.call("GET", ME, headers=before), lambda answer: answer.status == 401, within=1.0)


class TestNotice:
    async def test_of_a_new_device_goes_to_the_account_s_others_and_to_nobody_else(
        self, suite: Suite, kit: Person, bob: Person
    ) -> None:
        """Somebody who was talked into typing a stranger's code finds out at once."""
        others, strangers = await kit.listen("session"), await bob.listen("session")
        for events in (others, strangers):
            await events.hear("session.snapshot")
        async with Person(suite, "kid") as phone:
            await phone.sign_in()
            session = claims_of(phone.cookie("medianest_session"))["sid"]
        await others.hear("session.started", lambda told: told["session_id"] == session)
        await strangers.settle(0.3)
        assert session not in str(strangers.heard)
        assert session in str(await kit.get("/api/v1/auth/sessions"))
        for events in (others, strangers):
            await events.close()


class TestEnding:
    async def test_signing_out_ends_here_and_leaves_the_other_devices(self, suite: Suite, kit: Person) -> None:
        async with Person(suite, "kid") as phone:
            await phone.sign_in()
            kept = cookies(session=kit.cookie("medianest_session"), refresh=kit.cookie("medianest_refresh"))
            (await kit.call("POST", "/api/v1/auth/logout", {})).expect(204)
            async with Script(suite) as thief:
                assert (await thief.call("GET", ME, headers=kept)).status == 401
                assert (await thief.call("POST", REFRESH, headers=kept)).status == 401
            assert (await phone.call("GET", ME)).status == 200

    async def test_signing_out_takes_the_cookies_and_what_the_browser_kept(self, kit: Person) -> None:
        answer = await kit.call("POST", "/api/v1/auth/logout", {})
        assert {"medianest_session", "medianest_refresh", "medianest_csrf"} <= set(answer.set_cookies)
        assert all("Max-Age=0" in line for line in answer.set_cookies.values())
        assert not set(kit.cookies()) & {"medianest_session", "medianest_refresh", "medianest_csrf"}

    async def test_signing_out_everywhere_ends_every_device_and_its_sockets(self, suite: Suite, kit: Person) -> None:
        async with Person(suite, "kid") as phone:
            await phone.sign_in()
            events = await phone.listen("session")
            await events.hear("session.snapshot")
            (await kit.call("POST", "/api/v1/auth/logout", {"everywhere": True})).expect(204)
            assert await asyncio.wait_for(events.closed(), 2) == 4401
            assert (await phone.call("GET", ME)).status == 401

    async def test_one_device_is_ended_from_the_list(self, suite: Suite, kit: Person) -> None:
        async with Person(suite, "kid") as phone:
            await phone.sign_in()
            events = await phone.listen("session")
            await events.hear("session.snapshot")
            listed = (await kit.get("/api/v1/auth/sessions"))["items"]
            theirs = claims_of(phone.cookie("medianest_session"))["sid"]
            assert theirs in {item["id"] for item in listed if not item["current"]}
            assert len([item for item in listed if item["current"]]) == 1
            began = time.monotonic()
            (await kit.call("DELETE", f"/api/v1/auth/sessions/{theirs}")).expect(204)
            assert await asyncio.wait_for(events.closed(), 2) == 4401
            assert (await phone.call("GET", ME)).status == 401
            assert time.monotonic() - began < 2, "a second, and as much again for a busy machine"
            assert theirs not in {item["id"] for item in (await kit.get("/api/v1/auth/sessions"))["items"]}

    async def test_an_event_stream_ends_with_its_session(self, suite: Suite, kit: Person) -> None:
        async with aiohttp.ClientSession() as http:
            sent = cookies(session=kit.cookie("medianest_session"))
            async with http.get(f"{suite.gateway}/api/v1/events/stream?topics=session", headers=sent) as stream:
                assert stream.status == 200
                await stream.content.readline()
                (await kit.call("POST", "/api/v1/auth/logout", {})).expect(204)
                await asyncio.wait_for(stream.content.read(), 2)
                assert stream.content.at_eof()

    async def test_an_administrator_ends_anybody_s(self, owner: Person, kit: Person) -> None:
        claims = claims_of(kit.cookie("medianest_session"))
        (await owner.call("DELETE", f"/api/v1/users/{claims['sub']}/sessions/{claims['sid']}")).expect(204)
        assert (await kit.call("GET", ME)).status == 401

    async def test_idle_and_absolute_ends_hold(self, suite: Suite, script: Script, owner: Person) -> None:
        async with Person(suite, "kid") as kit:
            await kit.sign_in()
            session, refresh = claims_of(kit.cookie("medianest_session"))["sid"], kit.cookie("medianest_refresh")
        rows = await suite.rows(
            "auth",
            "select extract(epoch from s.expires_at - s.created_at) as absolute,"
            " extract(epoch from t.expires_at - t.created_at) as idle"
            " from sessions s join session_tokens t on t.session_id = s.id where s.id = $1::text::uuid",
            session,
        )
        assert round(rows[0]["absolute"]) == 180 * 86_400
        assert round(rows[0]["idle"]) == 30 * 86_400
        await suite.rows(
            "auth", "update session_tokens set expires_at = now() where session_id = $1::text::uuid", session
        )
        answer = await script.call("GET", ME, headers=cookies(refresh=refresh))
        assert (answer.status, answer.code) == (401, "SESSION_ENDED")


class TestChangedUser:
    async def test_who_is_suspended_is_out_and_stays_out(self, suite: Suite, owner: Person, kit: Person) -> None:
        user = claims_of(kit.cookie("medianest_session"))["sub"]
        events = await kit.listen("session")
        await events.hear("session.snapshot")
        (await owner.call("PATCH", f"/api/v1/users/{user}", {"suspended": True})).expect(200)
        try:
            assert await asyncio.wait_for(events.closed(), 2) == 4401
            for path in (ME, "/api/v1/requests", "/api/v1/downloads", "/api/v1/status"):
                assert (await kit.call("GET", path)).status == 401
            assert (await kit.call("POST", REFRESH)).status == 401
            async with Person(suite, "kid") as again:
                pin = (await again.call("POST", "/api/v1/auth/plex/pin", {"form": "code"})).expect(201)
                await claim(suite, pin["code"], "kid")
                path = f"/api/v1/auth/plex/pin/{pin['id']}"
                state = await until(lambda: again.get(path), lambda state: state["status"] != "waiting")
                assert state["status"] == "refused"
                assert not set(again.cookies()) & {"medianest_session", "medianest_refresh"}
        finally:
            (await owner.call("PATCH", f"/api/v1/users/{user}", {"suspended": False})).expect(200)

    async def test_a_role_that_was_taken_away_is_gone_at_the_next_call(self, owner: Person, kit: Person) -> None:
        user = claims_of(kit.cookie("medianest_session"))["sub"]
        (await owner.call("PATCH", f"/api/v1/users/{user}", {"role": "admin"})).expect(200)
        try:
            assert (await kit.call("GET", "/api/v1/users")).status == 200
            as_admin = kit.cookie("medianest_session")
            assert claims_of(as_admin)["role"] == "admin"
        finally:
            (await owner.call("PATCH", f"/api/v1/users/{user}", {"role": "user"})).expect(200)
        assert (await kit.call("GET", "/api/v1/users")).status == 403
        async with Script(kit.suite) as thief:
            bearer = {"Authorization": f"Bearer {as_admin}"}
            assert (await thief.call("GET", "/api/v1/users", headers=bearer)).status == 401


class TestCookies:
    async def test_scripts_read_the_csrf_token_and_nothing_else(self, kit: Person) -> None:
        lines = (await kit.call("POST", REFRESH)).set_cookies
        assert set(lines) == {"medianest_session", "medianest_refresh", "medianest_csrf"}
        for name, line in lines.items():
            attributes = {part.strip().lower() for part in line.split(";")[1:]}
            assert {"path=/", "samesite=lax"} <= attributes
            assert ("httponly" in attributes) == (name != "medianest_csrf")
            assert not [attribute for attribute in attributes if attribute.startswith("domain")]

    async def test_tokens_travel_in_cookies_only(self, suite: Suite) -> None:
        async with Person(suite, "alice") as alice:
            await alice.sign_in()
            answer = await alice.call("POST", REFRESH)
            body = str(answer.body)
            assert set(answer.body) == {"expires_at"}
            for name in ("medianest_session", "medianest_refresh"):
                assert alice.cookie(name) not in body


@pytest.mark.parametrize("bits", [128])
async def test_secrets_have_at_least_so_many_bits_of_chance(kit: Person, bits: int) -> None:
    refresh = kit.cookie("medianest_refresh")
    assert len(refresh) * 6 >= bits * 2
    assert len(set(refresh)) > 16
