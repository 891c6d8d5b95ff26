"""Two at once where there may be one only."""

import asyncio
from collections import Counter

import pytest

from medianest_common.contracts.permissions import Role

from .house import PASSWORD, Browser, House, settled


async def statuses(browsers: list[Browser], method: str, path: str, body: object) -> Counter[int]:
    answers = await asyncio.gather(*(browser.call(method, path, body) for browser in browsers))
    return Counter(answer.status_code for answer in answers)


@pytest.mark.parametrize(
    ("method", "body"), [("PATCH", {"role": "user"}), ("PATCH", {"suspended": True}), ("DELETE", None)], ids=str
)
async def test_two_administrators_who_remove_each_other_leave_one(house: House, method: str, body: object) -> None:
    first, second = [await house.resident(name, role=Role.ADMIN) for name in ("first", "second")]
    ids = [(await each.get("/auth/me"))["id"] for each in (first, second)]
    answers = await asyncio.gather(
        first.call(method, f"/users/{ids[1]}", body), second.call(method, f"/users/{ids[0]}", body)
    )
    assert sum(answer.status_code < 300 for answer in answers) == 1
    assert len(await house.rows("select 1 from users where role = 'admin' and status = 'active'")) == 1


async def test_a_set_up_code_makes_one_administrator(house: House) -> None:
    code = await house.auth.services.local.new_code()
    bodies = [{"code": code, "username": f"admin{number}", "password": PASSWORD} for number in range(4)]
    answers = await asyncio.gather(*(house.browser().call("POST", "/auth/setup", body) for body in bodies))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 3}
    assert len(await house.rows("select 1 from users")) == 1


async def test_a_set_up_code_is_dead_after_ten_wrong_tries_also_at_once(house: House) -> None:
    await house.auth.services.local.new_code()
    browsers = [house.browser() for _ in range(14)]
    wrong = {"code": "AAAAA-BBBBB-CCCCC-DDDDD", "username": "admin", "password": PASSWORD}
    assert await statuses(browsers, "POST", "/auth/setup", wrong) == {403: 14}
    assert [row["failures"] for row in await house.rows("select failures from setup_codes")] == [10]


async def test_an_invitation_lets_one_in(house: House) -> None:
    admin = await house.resident("somebody", role=Role.ADMIN)
    await admin.do("PATCH", "/auth/policy", {"admission": "invited"})
    secret = (await admin.do("POST", "/auth/invitations", {}, 201))["url"].partition("#")[2]
    waiting = []
    for name in ("alice", "bob", "kid"):
        browser = house.browser()
        waiting.append((name, browser, await browser.do("POST", "/auth/plex/pin", {"invitation": secret}, 201)))
    await asyncio.gather(*(house.sandbox.claim(pin["code"], name) for name, _, pin in waiting))
    outcomes = await asyncio.gather(*(settled(browser, pin["id"]) for _, browser, pin in waiting))
    assert Counter(outcome["status"] for outcome in outcomes) == {"authorized": 1, "refused": 2}


async def test_an_address_has_five_open_pins(house: House) -> None:
    browsers = [house.browser() for _ in range(9)]
    assert await statuses(browsers, "POST", "/auth/plex/pin", {}) == {201: 5, 429: 4}


async def test_a_name_has_five_wrong_passwords(house: House) -> None:
    await house.local_admin()
    browsers = [house.browser() for _ in range(12)]
    wrong = {"username": "admin", "password": "wrong"}
    assert await statuses(browsers, "POST", "/auth/login", wrong) == {401: 5, 429: 7}


async def test_who_signs_in_while_being_deleted_is_out_or_somebody_new(house: House) -> None:
    admin = await house.resident("somebody", role=Role.ADMIN)
    before = (await (await house.sign_in("alice")).get("/auth/me"))["id"]
    browsers = [house.browser() for _ in range(3)]
    pins = [await browser.do("POST", "/auth/plex/pin", {}, 201) for browser in browsers]
    await asyncio.gather(
        *(house.sandbox.claim(pin["code"], "alice") for pin in pins), admin.do("DELETE", f"/users/{before}", expect=202)
    )
    for browser, pin in zip(browsers, pins, strict=True):
        if (await settled(browser, pin["id"]))["status"] == "authorized":
            answer = await browser.call("GET", "/auth/me")
            assert answer.status_code == 401 or answer.json()["id"] != before
    alive = "select 1 from sessions where user_id = :id and revoked_at is null"
    assert await house.rows(alive, id=before) == []
