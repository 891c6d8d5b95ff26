"""The daily look at everybody's access."""

import asyncio

import pytest

from medianest_auth.service.sweep import SweepResult
from medianest_common.contracts.permissions import Role

from .house import Browser, House

GUESTS = ("alice", "bob", "kid")


async def full_house(house: House) -> dict[str, Browser]:
    return {
        name: await house.sign_in(name, house.browser(f"203.0.113.{n}")) for n, name in enumerate(("owner", *GUESTS))
    }


async def test_who_lost_the_share_is_out_and_comes_back_with_it(house: House) -> None:
    people = await full_house(house)
    await house.sandbox.tell("POST", "/plex/people/bob/unshare")
    assert await house.auth.services.sweep.run_when_due() is SweepResult.DONE
    await people["bob"].get("/auth/me", 401)
    await people["alice"].get("/auth/me")
    assert len(await house.audited("user.access_ended")) == 1
    await house.sandbox.tell("POST", "/plex/people/bob/share")
    back = await house.sign_in("bob")
    assert (await back.get("/auth/me"))["status"] == "active"


async def test_a_refused_token_ends_access_and_an_outage_does_not(house: House) -> None:
    people = await full_house(house)
    await house.sandbox.tell("POST", "/plex/people/alice/revoke")
    assert await house.auth.services.sweep.run_when_due() is SweepResult.DONE
    await people["alice"].get("/auth/me", 401)
    await house.sandbox.fault(system="plextv", kind="status", value=404)
    house.clock.advance(days=1, seconds=1)
    assert await house.auth.services.sweep.run_when_due() is SweepResult.UNANSWERED
    rows = await house.rows("select 1 from users where status = 'active'")
    assert len(rows) == 3
    await house.sandbox.tell("DELETE", "/faults")
    assert await house.auth.services.sweep.run_when_due() is SweepResult.NOT_DUE
    house.clock.advance(hours=1, seconds=1)
    assert await house.auth.services.sweep.run_when_due() is SweepResult.DONE


async def test_one_that_was_killed_on_its_way_is_begun_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    people, sweep = await full_house(house), house.auth.services.sweep
    await house.sandbox.tell("POST", "/plex/people/bob/unshare")

    async def killed(_machine: str) -> SweepResult:
        raise asyncio.CancelledError

    monkeypatch.setattr(sweep, "run", killed)
    with pytest.raises(asyncio.CancelledError):
        await sweep.run_when_due()
    monkeypatch.undo()
    house.clock.advance(hours=1, seconds=1)
    assert await sweep.run_when_due() is SweepResult.DONE
    await people["bob"].get("/auth/me", 401)
    assert await sweep.run_when_due() is SweepResult.NOT_DUE


async def test_another_machine_identifier_empties_no_house(house: House) -> None:
    people = await full_house(house)
    await house.sandbox.tell("POST", "/plex/machine-id", {"machine_identifier": "f" * 40})
    assert await house.auth.services.sweep.run_when_due() is SweepResult.STOPPED
    for browser in people.values():
        await browser.get("/auth/me")
    told = (await house.facts("access_sweep.stopped"))[0]
    assert (told["audience"], told["users"], told["losing"]) == (["role:admin"], 4, 4)
    assert len(await house.audited("access_sweep.stopped")) == 1


async def test_an_admin_who_cannot_sign_in_is_no_reason_to_take_the_last_one_who_can(house: House) -> None:
    local = await house.local_admin()
    await full_house(house)
    await local.do("PATCH", "/auth/policy", {"local_sign_in": False})
    await house.sandbox.tell("POST", "/plex/people/owner/revoke")
    assert await house.auth.services.sweep.run_when_due() is SweepResult.STOPPED


async def test_it_is_done_once_a_day_by_one_replica(house: House) -> None:
    await house.resident("owner", role=Role.ADMIN)
    sweep = house.auth.services.sweep
    assert [await sweep.run_when_due(), await sweep.run_when_due()] == [SweepResult.DONE, SweepResult.NOT_DUE]
    house.clock.advance(hours=24, seconds=1)
    assert await sweep.run_when_due() is SweepResult.DONE


async def test_nothing_is_decided_while_the_server_is_unknown(house: House) -> None:
    await house.connect_plex(machine=None)
    assert await house.auth.services.sweep.run_when_due() is SweepResult.NOT_DUE
