"""Asking plex.tv about open PINs: when it is away, when our server is unknown, and by how many replicas."""

import asyncio
from uuid import uuid4

from medianest_auth.app import Auth, Tuning
from medianest_sandbox.people import MACHINE_IDENTIFIER

from .house import Browser, House, plex_entry, settled, until


async def _reason(browser: Browser, pin_id: str) -> str | None:
    reason: str | None = (await browser.get(f"/auth/plex/pin/{pin_id}"))["reason"]
    return reason


class TestPlexAway:
    async def test_no_pin_is_a_503_that_names_plex_and_leaves_no_place_taken(self, house: House) -> None:
        await house.sandbox.fault(system="plextv", kind="status", value=503)
        problem = await house.browser().do("POST", "/auth/plex/pin", {}, 503)
        assert problem["service"] == "plex.tv"
        assert await house.rows("select 1 from sign_in_attempts") == []

    async def test_a_waiting_person_is_told_and_comes_in_when_plex_is_back(self, house: House) -> None:
        browser = house.browser()
        pin = await browser.do("POST", "/auth/plex/pin", {}, 201)
        await house.sandbox.fault(system="plextv", kind="garbage", path="/api/v2/pins", times=1)
        told = await until(lambda: _reason(browser, pin["id"]))
        assert "keep asking" in told
        await house.sandbox.claim(pin["code"], "alice")
        assert (await settled(browser, pin["id"]))["status"] == "authorized"

    async def test_a_failure_after_the_claim_does_not_refuse_anybody(self, house: House) -> None:
        await house.sandbox.fault(system="plextv", kind="status", value=404, path="/api/v2/resources", times=1)
        browser = await house.sign_in("alice")
        assert (await browser.get("/auth/me"))["username"] == "alice"


class TestServerUnknown:
    async def test_without_a_plex_integration_nobody_comes_in(self, house: House) -> None:
        await house.auth.services.plex_server.snapshot({})
        browser = house.browser()
        pin = await browser.do("POST", "/auth/plex/pin", {}, 201)
        await house.sandbox.claim(pin["code"], "owner")
        outcome = await settled(browser, pin["id"])
        assert outcome["status"] == "refused"
        assert "does not know its Plex server" in outcome["reason"]

    async def test_a_switched_off_integration_counts_as_none(self, house: House) -> None:
        await house.auth.services.plex_server.changed(plex_entry(MACHINE_IDENTIFIER, enabled=False))
        browser = house.browser()
        pin = await browser.do("POST", "/auth/plex/pin", {}, 201)
        await house.sandbox.claim(pin["code"], "alice")
        assert (await settled(browser, pin["id"]))["status"] == "refused"

    async def test_until_the_server_has_told_its_identity_people_wait(self, house: House) -> None:
        await house.connect_plex(machine=None)
        browser = house.browser()
        pin = await browser.do("POST", "/auth/plex/pin", {}, 201)
        await house.sandbox.claim(pin["code"], "alice")
        assert "has not answered yet" in await until(lambda: _reason(browser, pin["id"]))
        await house.connect_plex()
        assert (await settled(browser, pin["id"]))["status"] == "authorized"


class TestLeases:
    async def test_two_replicas_poll_a_pin_once(self, house: House) -> None:
        other = Auth(house.auth.settings, Tuning(bcrypt_cost=4, poll_seconds=0.05))
        await other.prepare()
        polling = asyncio.create_task(other.services.poller.run())
        pin = await house.browser().do("POST", "/auth/plex/pin", {}, 201)
        await until(lambda: house.sandbox.calls("/api/v2/pins/"))
        owners = set()
        for _ in range(10):
            owners |= {row["lease_owner"] for row in await house.rows("select lease_owner from sign_in_attempts")}
            other.services.poller.wake()
            await asyncio.sleep(0.03)
        assert len(owners) == 1
        assert pin["code"]
        polling.cancel()
        await asyncio.gather(polling, return_exceptions=True)
        await other.close()

    async def test_a_killed_replicas_pin_is_taken_up_by_another(self, house: House) -> None:
        browser = house.browser()
        pin = await browser.do("POST", "/auth/plex/pin", {}, 201)
        await until(lambda: house.rows("select 1 from sign_in_attempts where lease_owner is not null"))
        dead = str(uuid4())
        async with house.auth.runtime.engine.begin() as connection:
            await connection.exec_driver_sql(
                f"update sign_in_attempts set lease_owner = '{dead}', lease_until = now() + interval '0.3 s'"
            )
        await house.sandbox.claim(pin["code"], "alice")
        house.auth.services.poller.wake()
        assert (await settled(browser, pin["id"]))["status"] == "authorized"

    async def test_polls_are_a_second_apart_in_the_table_whoever_asks(self, house: House) -> None:
        await house.browser().do("POST", "/auth/plex/pin", {}, 201)
        polled = "select id, lease_owner from sign_in_attempts where polled_at is not null"
        row = await until(lambda: house.rows(polled))
        async with house.auth.work() as work:
            again = await work.attempts.renew(row[0]["id"], row[0]["lease_owner"], seconds=10, apart=1.0)
        assert again is False
