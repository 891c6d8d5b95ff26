"""The local administrator, who is let in from the machine itself; and guessing at names, passwords and codes."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest_asyncio
from support.keys import claims_of
from support.person import Person, Script
from support.suite import ROOT, Suite

LOGIN = "/api/v1/auth/login"


Account = tuple[str, str]


async def made_on_the_machine(suite: Suite) -> Account:
    """Name and password of a new administrator, as the command prints them."""
    name = f"root-{uuid4().hex[:6]}"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "medianest_auth", "admin", "reset", "--username", name),
        cwd=ROOT,
        env=suite.environment("auth"),
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await asyncio.wait_for(process.communicate(), 120)
    found = re.search(r"password (\S+) and", said.decode())
    assert found, said
    suite.handed_out.add(found[1])
    return name, found[1]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def accounts(suite: Suite, owner: Person) -> AsyncIterator[list[Account]]:
    """Three local administrators, one for each test, since wrong passwords make a name wait; gone again afterwards."""
    made = list(await asyncio.gather(*(made_on_the_machine(suite) for _ in range(3))))
    yield made
    for name, _ in made:
        user = (await owner.get(f"/api/v1/users?q={name}"))["items"][0]
        (await owner.call("DELETE", f"/api/v1/users/{user['id']}")).expect(202)


async def signed_in(suite: Suite, name: str, password: str) -> Person:
    person = Person(suite, name)
    (await person.call("POST", LOGIN, {"username": name, "password": password})).expect(200)
    return person


async def test_a_password_from_the_machine_lets_its_owner_in(suite: Suite, accounts: list[Account]) -> None:
    async with await signed_in(suite, *accounts[0]) as person:
        me = await person.get("/api/v1/auth/me")
        assert (me["username"], me["role"]) == (accounts[0][0], "admin")


async def test_a_password_counts_to_its_last_letter_and_as_it_is_typed(suite: Suite, accounts: list[Account]) -> None:
    name, password = accounts[2]
    async with Script(suite) as script:
        for wrong in (password[:-1], password + " ", " " + password, password.swapcase(), password + "\x00"):
            answer = await script.call("POST", LOGIN, {"username": name, "password": wrong})
            assert (answer.status, answer.code) == (401, "WRONG_CREDENTIALS") or answer.status == 429
            assert not answer.set_cookies


async def test_a_change_asks_for_the_current_one_and_ends_the_other_sessions(
    suite: Suite, accounts: list[Account]
) -> None:
    name, password = accounts[1]
    first, second = await signed_in(suite, name, password), await signed_in(suite, name, password)
    async with first, second:
        path, new = "/api/v1/auth/password", "pässwört ohne Regeln 🦆, lang genug " + "x" * 60
        wrong = await first.call("PUT", path, {"current_password": "not this one", "new_password": new})
        assert wrong.status == 401
        short = await first.call("PUT", path, {"current_password": password, "new_password": "short"})
        assert short.status == 422
        (await first.call("PUT", path, {"current_password": password, "new_password": new})).expect(204)
        suite.handed_out.add(new)
        assert (await first.call("GET", "/api/v1/auth/me")).status == 200
        assert (await second.call("GET", "/api/v1/auth/me")).status == 401
        async with await signed_in(suite, name, new) as again:
            assert claims_of(again.cookie("medianest_session"))["role"] == "admin"


async def test_guessing_at_one_name_from_everywhere_is_slowed_down(suite: Suite) -> None:
    """The limit by address does not see it: every guess comes from another one."""
    answers, name = [], f"nobody-{uuid4().hex[:8]}"
    for _ in range(8):
        async with Script(suite) as script:
            answers.append(await script.call("POST", LOGIN, {"username": name, "password": "wrong wrong"}))
    assert [answer.status for answer in answers[:5]] == [401] * 5
    assert answers[-1].status == 429
    assert int(answers[-1].headers["Retry-After"]) >= 1


async def test_a_set_up_code_is_dead_once_there_is_an_administrator(suite: Suite, owner: Person) -> None:
    async with Script(suite) as script:
        wish = {"code": suite.secrets["setup_code"], "username": "second", "password": "long enough for this"}
        answer = await script.call("POST", "/api/v1/auth/setup", wish)
        assert answer.status in (403, 409)
        assert not answer.set_cookies
        assert (await script.call("GET", "/api/v1/auth/setup")).expect(200)["needed"] is False


async def test_there_is_no_account_that_anybody_knows(suite: Suite) -> None:
    pairs = [("admin", "admin"), ("admin", "medianest"), ("root", "root"), ("medianest", "medianest"), ("admin", "")]
    for name, password in pairs:
        async with Script(suite) as script:
            answer = await script.call("POST", LOGIN, {"username": name, "password": password})
            assert answer.status in (401, 422, 429)
