"""What is decided in the browser: who owns it at the first start, a guest's request, a stale sign-in, a dead letter."""

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import nats
import pytest_asyncio
from playwright.async_api import Page, expect
from support.browsing import claim_by_code, in_browser, sign_in
from support.person import Person, newcomer, until
from support.suite import ROOT, Suite

PASSWORD = "plum-orbit-castle-41"
MATRIX = 603
SPOILT = "medianest.evt.requests.user.erased.v1"

pytestmark = in_browser


@pytest_asyncio.fixture(loop_scope="session")
async def nobody_owns_it(suite: Suite, set_up: None) -> AsyncIterator[str]:
    """As before the first administrator, with the set-up code of the terminal; afterwards all is as it was."""
    async with Person(suite, "owner") as owner:
        await owner.sign_in()
        admins: list[UUID] = [
            row["id"] for row in await suite.rows("auth", "select id from users where role = 'admin'")
        ]
        await suite.rows("auth", "update users set role = 'user' where id = any($1)", admins)
        try:
            yield await asyncio.to_thread(made_on_the_machine, suite)
        finally:
            made = await suite.rows("auth", "select id from users where role = 'admin' and not id = any($1)", admins)
            await suite.rows("auth", "update users set role = 'admin' where id = any($1)", admins)
            for row in made:
                (await owner.call("DELETE", f"/api/v1/users/{row['id']}")).expect(202)


def made_on_the_machine(suite: Suite) -> str:
    """What `medianest_auth setup-code` prints for whoever sits at it."""
    python = ROOT / ".venv" / "bin" / "python"
    done = subprocess.run(
        [python, "-m", "medianest_auth", "setup-code"],
        env=suite.environment("auth"),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    code = done.stdout.split()[-1]
    suite.handed_out.add(code)
    return code


async def test_a_first_start_makes_an_administrator_and_links_plex(
    page: Page, suite: Suite, nobody_owns_it: str
) -> None:
    heading = page.get_by_role("heading", level=1)
    await page.goto(suite.gateway)
    await set_up_with(page, "aaaaa-bbbbb-ccccc-ddddd")
    await expect(page.get_by_text("This set-up code is not valid.")).to_be_visible()
    await set_up_with(page, nobody_owns_it)

    await expect(heading).to_have_text("Your Plex account")
    await claim_by_code(page, suite, await newcomer(suite))
    for title in ("Your Plex server", "Requests", "What else is up", "Done"):
        await expect(heading).to_have_text(title)
        if title != "Done":
            await page.get_by_role("button", name="Next").click()
    await page.get_by_role("link", name="Go to Home").click()
    await expect(page.get_by_role("link", name="Admin").first).to_be_visible()


async def set_up_with(page: Page, code: str) -> None:
    await page.get_by_label("Set-up code").fill(code)
    await page.get_by_role("button", name="Go on").click()
    await page.get_by_label("Your name").fill("first-owner")
    await page.get_by_label("A password for this account").fill(PASSWORD)
    await page.get_by_role("button", name="Set up MediaNest").click()


async def test_the_owner_approves_one_request_and_declines_another(page: Page, suite: Suite) -> None:
    name = await newcomer(suite)
    async with Person(suite, name) as guest:
        await guest.sign_in()
        asked = [await something_asked_for(guest) for _ in range(2)]
        await sign_in(page, suite, "owner")
        await page.goto(f"{suite.gateway}/requests")
        for request, verb in zip(asked, ("Approve", "Decline"), strict=True):
            row = page.get_by_role("listitem").filter(has_text=request["title"]).filter(has_text=name)
            await expect(row.first).to_contain_text("Waits for you")
            await row.get_by_role("button", name=f"{verb} {request['title']}").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_role("button", name="It is not out yet.").click()
        await dialog.get_by_role("button", name="Decline").click()
        await expect(dialog).to_have_count(0)

        await until(lambda: seen_by(guest, asked[0]), lambda request: request["status"] not in ("pending", "declined"))
        declined = await until(lambda: seen_by(guest, asked[1]), lambda request: request["status"] == "declined")
        assert declined["status_reason"] == "It is not out yet."


async def seen_by(guest: Person, request: dict[str, Any]) -> dict[str, Any]:
    return dict(await guest.get(f"/api/v1/requests/{request['id']}"))


async def something_asked_for(guest: Person) -> dict[str, Any]:
    """A request for a film that nobody has asked for; the story's own is left to it."""
    for number in range(1, 6):
        for film in (await guest.get(f"/api/v1/media/discover/movies?page={number}"))["items"]:
            if film["allowed"]["request"]["ok"] and film["availability"] == "unknown" and film["tmdb_id"] != MATRIX:
                wish = {"media_type": "movie", "tmdb_id": film["tmdb_id"]}
                return dict((await guest.call("POST", "/api/v1/requests", wish)).expect(201))
    raise AssertionError("every film of the sandbox was asked for")


async def test_what_outlasts_a_session_asks_for_a_fresh_sign_in_and_is_then_done(page: Page, suite: Suite) -> None:
    name = await newcomer(suite)
    await sign_in(page, suite, name)
    me = (await (await page.request.get(f"{suite.gateway}/api/v1/auth/me")).json())["id"]
    await suite.rows(
        "auth", "update sessions set created_at = now() - interval '31 minutes' where user_id = $1::uuid", me
    )
    await page.goto(f"{suite.gateway}/profile")
    await page.get_by_role("button", name="Make a token").click()
    await page.get_by_label("What it is for").fill("Wall display")
    await page.get_by_role("button", name="Make the token").click()

    dialog = page.get_by_role("dialog", name="Is it still you?")
    async with page.expect_popup() as opened:
        await dialog.get_by_role("button", name="Continue with Plex").click()
    plex = await opened.value
    await plex.get_by_role("button", name=name).click()
    await expect(dialog).to_have_count(0)
    suite.handed_out.add(await page.get_by_label("Your new token").input_value())


async def test_what_could_not_be_handled_is_tried_again_and_dropped(page: Page, suite: Suite) -> None:
    broker = await nats.connect(suite.endpoints["nats"]["accounts"]["requests"]["url"], inbox_prefix=b"_INBOX.requests")
    try:
        await broker.jetstream().publish(SPOILT, b'{"event_id": 1}')
    finally:
        await broker.close()
    await sign_in(page, suite, "owner")
    await page.goto(f"{suite.gateway}/admin/system")
    letter = page.get_by_role("listitem").filter(has_text="auth-collect-erased")
    await expect(letter).to_contain_text("It cannot be read")
    await letter.get_by_role("button", name="Run again: User erased").click()
    await expect(page.get_by_text(re.compile("not this time|could not be handled|cannot be read")).last).to_be_visible()
    await letter.get_by_role("button", name="Drop: User erased").click()
    await page.get_by_role("dialog").get_by_role("button", name="Drop it").click()
    await expect(letter).to_have_count(0)
