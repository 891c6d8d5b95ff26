"""Sessions: refreshing, replaying, listing, ending; and what Redis is told."""

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest_asyncio
from pydantic import SecretStr
from redis.asyncio import Redis

from medianest_auth.clients.session_cache import SessionCache
from medianest_auth.domain import SessionMark
from medianest_common.clock import utc_now
from medianest_common.contracts.permissions import Role

from .house import PASSWORD, House, MakeHouse


class TestRefresh:
    async def test_a_refresh_gives_new_tokens_for_the_same_session(self, house: House) -> None:
        alice = await house.resident("alice")
        before = alice.cookie("refresh")
        answer = await alice.do("POST", "/auth/refresh")
        assert answer["expires_at"].endswith("Z")
        assert alice.cookie("refresh") != before
        assert len((await alice.get("/auth/sessions"))["items"]) == 1

    async def test_a_spent_token_is_good_for_thirty_seconds_and_yields_a_sibling(self, house: House) -> None:
        alice = await house.resident("alice")
        second_tab = house.browser()
        second_tab.copy_cookies(alice)
        await alice.do("POST", "/auth/refresh")
        house.clock.advance(seconds=25)
        await second_tab.do("POST", "/auth/refresh")
        await alice.do("POST", "/auth/refresh")
        await second_tab.do("POST", "/auth/refresh")

    async def test_twenty_at_once_sign_nobody_out(self, house: House) -> None:
        alice = await house.resident("alice")
        tabs = [house.browser() for _ in range(20)]
        for tab in tabs:
            tab.copy_cookies(alice)
        answers = await asyncio.gather(*(tab.call("POST", "/auth/refresh") for tab in tabs))
        assert {answer.status_code for answer in answers} == {200}

    async def test_replaying_a_spent_token_later_ends_the_session_for_thief_and_owner(self, house: House) -> None:
        alice = await house.resident("alice")
        thief = house.browser("198.51.100.9")
        thief.copy_cookies(alice)
        await alice.do("POST", "/auth/refresh")
        house.clock.advance(seconds=31)
        refused = await thief.call("POST", "/auth/refresh")
        assert refused.status_code == 401
        assert refused.json()["code"] == "SESSION_ENDED"
        assert thief.client.cookies.get("medianest_refresh") is None
        await alice.do("POST", "/auth/refresh", expect=401)
        assert len(await house.facts("session.revoked")) == 1
        assert (await house.audited("session.replayed"))[0]["address"] == "198.51.100.9"

    async def test_thirty_idle_days_end_it(self, house: House) -> None:
        alice = await house.resident("alice")
        house.clock.advance(days=30, seconds=1)
        await alice.do("POST", "/auth/refresh", expect=401)

    async def test_half_a_year_ends_it_however_busy(self, house: House) -> None:
        alice = await house.resident("alice")
        for _ in range(6):
            house.clock.advance(days=29)
            await alice.do("POST", "/auth/refresh")
        house.clock.advance(days=7)
        await alice.do("POST", "/auth/refresh", expect=401)

    async def test_an_unknown_token_is_refused(self, house: House) -> None:
        browser = house.browser()
        browser.client.cookies.set("medianest_refresh", "made-up", domain="auth.test", path="/")
        await browser.do("POST", "/auth/refresh", expect=401)
        await house.browser().do("POST", "/auth/refresh", expect=401)

    async def test_tokens_are_kept_as_hashes(self, house: House) -> None:
        alice = await house.resident("alice")
        assert alice.cookie("refresh") not in str(await house.rows("select * from session_tokens"))

    async def test_a_change_of_role_meanwhile_blocks_nobody(self, house: House) -> None:
        admin, alice = await house.resident("owner", role=Role.ADMIN), await house.resident("alice")
        user_id = (await alice.get("/auth/me"))["id"]
        tabs = [house.browser() for _ in range(4)]
        for tab in tabs:
            tab.copy_cookies(alice)
        for role in ("admin", "user"):
            calls = [tab.call("POST", "/auth/refresh") for tab in tabs]
            answers = await asyncio.gather(admin.call("PATCH", f"/users/{user_id}", {"role": role}), *calls)
            assert {answer.status_code for answer in answers} == {200}


class TestLogout:
    async def test_the_session_is_over_at_once(self, house: House) -> None:
        alice = await house.resident("alice")
        thief = house.browser()
        thief.copy_cookies(alice)
        await alice.do("POST", "/auth/logout", expect=204)
        assert alice.client.cookies.get("medianest_session") is None
        await thief.get("/auth/me", 401)
        await thief.do("POST", "/auth/refresh", expect=401)
        assert len(await house.facts("session.revoked")) == 1

    async def test_everywhere_means_every_device(self, house: House) -> None:
        admin = await house.local_admin()
        phone = house.browser(user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) Safari/605")
        await phone.do("POST", "/auth/login", {"username": "admin", "password": "correct horse battery"})
        await admin.do("POST", "/auth/logout", {"everywhere": True}, 204)
        await phone.get("/auth/me", 401)

    async def test_everywhere_from_two_devices_at_once_is_fine(self, house: House) -> None:
        admin, other = await house.local_admin(), house.browser()
        await other.do("POST", "/auth/login", {"username": "admin", "password": "correct horse battery"})
        calls = [browser.call("POST", "/auth/logout", {"everywhere": True}) for browser in (admin, other)]
        assert [answer.status_code for answer in await asyncio.gather(*calls)] == [204, 204]

    async def test_with_the_refresh_cookie_alone_it_still_works(self, house: House) -> None:
        alice = await house.resident("alice")
        alice.client.cookies.delete("medianest_session")
        await alice.do("POST", "/auth/logout", expect=204)
        assert (await house.rows("select revoked_at from sessions"))[0]["revoked_at"] is not None

    async def test_nobody_to_sign_out_is_no_error(self, house: House) -> None:
        await house.browser().do("POST", "/auth/logout", expect=204)


class TestList:
    async def test_it_names_devices_and_marks_this_one(self, house: House) -> None:
        alice = await house.resident("alice")
        items = (await alice.get("/auth/sessions"))["items"]
        assert [(item["device"], item["current"]) for item in items] == [("Firefox on Linux", True)]

    async def test_one_session_is_ended_from_another(self, house: House) -> None:
        admin = await house.local_admin()
        other = house.browser()
        await other.do("POST", "/auth/login", {"username": "admin", "password": "correct horse battery"})
        items = (await admin.get("/auth/sessions"))["items"]
        lost = next(item["id"] for item in items if not item["current"])
        await admin.do("DELETE", f"/auth/sessions/{lost}", expect=204)
        await other.get("/auth/me", 401)
        await admin.get("/auth/me")

    async def test_ending_another_device_asks_for_a_fresh_sign_in(self, house: House) -> None:
        """Somebody who stole a session does not lock its owner out with it."""
        stolen = await house.local_admin()
        phone = house.browser()
        async with house.auth.runtime.engine.begin() as connection:
            await connection.exec_driver_sql("update sessions set created_at = created_at - interval '31 minutes'")
        await phone.do("POST", "/auth/login", {"username": "admin", "password": PASSWORD})
        items = (await stolen.get("/auth/sessions"))["items"]
        mine, other = (next(item["id"] for item in items if item["current"] is is_mine) for is_mine in (True, False))
        refused = await stolen.do("DELETE", f"/auth/sessions/{other}", expect=403)
        assert refused["code"] == "FRESH_SIGN_IN_REQUIRED"
        await phone.do("DELETE", f"/auth/sessions/{mine}", expect=204)
        await stolen.get("/auth/me", 401)

    async def test_somebody_elses_session_is_not_there(self, house: House) -> None:
        alice, bob = await house.resident("alice"), await house.resident("bob")
        theirs = (await alice.get("/auth/sessions"))["items"][0]["id"]
        await bob.do("DELETE", f"/auth/sessions/{theirs}", expect=404)
        await bob.do("DELETE", f"/auth/sessions/{uuid4()}", expect=404)
        await alice.get("/auth/me")


class TestAccessToken:
    async def test_without_one_or_with_an_altered_one_nobody_is_known(self, house: House) -> None:
        await house.browser().get("/auth/me", 401)
        alice = await house.resident("alice")
        alice.bearer = alice.cookie("session")[:-4] + "AAAA"
        await alice.get("/auth/me", 401)

    async def test_it_holds_ids_and_no_name(self, house: House) -> None:
        alice = await house.resident("alice")
        claims = orjson.loads(base64.urlsafe_b64decode(alice.cookie("session").split(".")[1] + "=="))
        assert set(claims) == {"iss", "aud", "sub", "sid", "role", "epoch", "iat", "exp"}
        assert claims["exp"] - claims["iat"] == 600


class Kept:
    """What Redis holds of sessions."""

    def __init__(self, url: str) -> None:
        self.redis: Redis = Redis.from_url(url)

    async def of(self, session_id: UUID) -> dict[str, Any]:
        value = await self.redis.get(f"session:{session_id}")
        assert isinstance(value, bytes)
        found: dict[str, Any] = orjson.loads(value)
        return found


@pytest_asyncio.fixture
async def kept(cache_url: str) -> AsyncIterator[Kept]:
    kept = Kept(cache_url)
    yield kept
    await kept.redis.aclose()


@pytest_asyncio.fixture
async def cache(cache_url: str) -> AsyncIterator[SessionCache]:
    cache = SessionCache(cache_url)
    yield cache
    await cache.close()


class TestSessionCache:
    async def test_it_hears_of_beginning_and_end(self, house: House, kept: Kept) -> None:
        alice = await house.resident("alice")
        session = (await house.rows("select id, user_id from sessions"))[0]
        assert await kept.of(session["id"]) == {"state": "alive", "epoch": 0, "user_id": str(session["user_id"])}
        assert 0 < await kept.redis.ttl(f"session:{session['id']}") <= 3600
        await alice.do("POST", "/auth/logout", expect=204)
        assert (await kept.of(session["id"]))["state"] == "revoked"

    async def test_asking_who_am_i_writes_a_missing_key_again(self, house: House, kept: Kept) -> None:
        alice = await house.resident("alice")
        await kept.redis.flushall()
        await alice.get("/auth/me")
        assert len(await kept.redis.keys("session:*")) == 1

    async def test_a_late_alive_does_not_bring_a_revoked_session_back(self, cache: SessionCache, kept: Kept) -> None:
        session, user = uuid4(), uuid4()
        await cache.write([SessionMark(session, user, alive=False, epoch=0)])
        await cache.write([SessionMark(session, user, alive=True, epoch=7)])
        assert (await kept.of(session))["state"] == "revoked"

    async def test_an_epoch_never_falls(self, cache: SessionCache, kept: Kept) -> None:
        session, user = uuid4(), uuid4()
        await cache.write([SessionMark(session, user, alive=True, epoch=3)])
        await cache.write([SessionMark(session, user, alive=True, epoch=2)])
        assert (await kept.of(session))["epoch"] == 3

    async def test_nothing_is_said_to_live_longer_than_it_may(self, cache: SessionCache, kept: Kept) -> None:
        """An open socket is asked about here; who came by an API token is out when that is over."""
        session, soon = uuid4(), utc_now() + timedelta(seconds=90)
        await cache.write([SessionMark(session, uuid4(), alive=True, epoch=0, ends=soon)])
        assert 80 < await kept.redis.ttl(f"session:{session}") <= 90

    async def test_what_a_killed_process_did_not_write_is_written_later(self, house: House, kept: Kept) -> None:
        await house.resident("alice")
        session: UUID = (await house.rows("select id from sessions"))[0]["id"]
        async with house.auth.runtime.engine.begin() as connection:
            await connection.exec_driver_sql("update sessions set revoked_at = now(), state_changed_at = now()")
        await house.auth.services.upkeep.repair_cache()
        assert (await kept.of(session))["state"] == "revoked"


async def test_without_redis_people_still_sign_in(make_house: MakeHouse) -> None:
    house = await make_house(redis_url=SecretStr("redis://127.0.0.1:1/0"))
    admin = await house.local_admin()
    await admin.get("/auth/me")
    await admin.do("POST", "/auth/refresh")
    await admin.do("POST", "/auth/logout", expect=204)


async def test_old_tokens_and_sessions_are_dropped_in_the_end(house: House) -> None:
    await house.resident("alice", role=Role.ADMIN)
    house.clock.advance(days=40)
    await house.auth.services.upkeep.prune()
    assert await house.rows("select 1 from session_tokens") == []
    assert await house.rows("select 1 from sessions") == []
