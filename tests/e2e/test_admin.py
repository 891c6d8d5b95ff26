"""What the owner does in the browser: people, what MediaNest stands on, the system, tokens for scripts."""

import re
from typing import Any

from playwright.async_api import Browser, Page, expect
from support.browsing import claim_by_code, in_browser, sign_in
from support.person import Person, newcomer, until
from support.suite import Suite

pytestmark = in_browser


async def open_user(page: Page, suite: Suite, name: str) -> None:
    await page.goto(f"{suite.gateway}/admin/users?name={name}")
    await page.get_by_role("link", name=name).click()
    await expect(page.get_by_role("dialog")).to_contain_text("Limits")


async def user_as_admin_sees(owner: Person, name: str) -> dict[str, Any]:
    return dict((await owner.get(f"/api/v1/users?q={name}"))["items"][0])


async def test_an_admin_suspends_a_user_and_changes_a_limit(page: Page, suite: Suite) -> None:
    name = await newcomer(suite)
    async with Person(suite, name) as guest, Person(suite, "owner") as owner:
        await guest.sign_in()
        await owner.sign_in()
        await sign_in(page, suite, "owner")
        await open_user(page, suite, name)
        dialog = page.get_by_role("dialog")

        await dialog.get_by_label("Films a week").fill("3")
        await dialog.get_by_role("button", name="Save the limits").click()
        await expect(page.get_by_text(f"Saved the limits of {name}.").first).to_be_visible()
        assert (await user_as_admin_sees(owner, name))["quotas"]["movie_quota"] == 3

        await dialog.get_by_role("switch", name="Suspended").click()
        await expect(dialog.get_by_text("Suspended", exact=True).first).to_be_visible()
        await until(lambda: guest.call("GET", "/api/v1/auth/me"), lambda answer: answer.status == 401, within=10)
        assert (await user_as_admin_sees(owner, name))["status"] == "suspended"


async def test_deleting_a_user_says_what_is_lost_and_then_does_it(page: Page, suite: Suite) -> None:
    name = await newcomer(suite)
    async with Person(suite, name) as guest:
        await guest.sign_in()
    await sign_in(page, suite, "owner")
    await open_user(page, suite, name)
    await page.get_by_role("button", name=f"Delete {name}…").click()
    question = page.get_by_role("dialog", name=f"Delete {name}?")
    await expect(question).to_contain_text("downloads with all their files")
    await question.get_by_role("button", name=f"Delete {name}").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_text("No account fits these filters.")).to_be_visible()


async def test_an_invitation_is_shown_once_and_lets_somebody_in(page: Page, browser: Browser, suite: Suite) -> None:
    await sign_in(page, suite, "owner")
    await page.goto(f"{suite.gateway}/admin/access")
    name = await newcomer(suite)
    await page.get_by_label("For whom").fill(name)
    await page.get_by_role("button", name="Make a link").click()
    link = await page.get_by_label("Invitation link").input_value()
    suite.handed_out.add(link.partition("#")[2])
    await page.reload()
    await expect(page.get_by_text(name)).to_be_visible()
    assert await page.get_by_label("Invitation link").count() == 0

    context = await browser.new_context()
    guest = await context.new_page()
    await guest.goto(f"{suite.gateway}/invitation{link[link.index('#') :]}")
    await expect(guest.get_by_role("heading", level=1)).to_have_text("You are invited")
    await claim_by_code(guest, suite, name)
    await expect(guest.get_by_role("link", name=f"Your profile: {name}")).to_be_visible()
    await context.close()
    await page.reload()
    await expect(page.get_by_role("listitem").filter(has_text=name)).to_contain_text("used")


async def test_testing_an_integration_shows_each_step(page: Page, suite: Suite) -> None:
    await sign_in(page, suite, "owner")
    await page.goto(f"{suite.gateway}/admin/integrations")
    await page.get_by_role("button", name="Test Plex").click()
    await expect(page.get_by_text("It works.")).to_be_visible()
    assert await page.get_by_text(": Works").count() >= 2

    await page.get_by_role("button", name="Add Any web address").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name").fill("Nobody")
    await dialog.get_by_label("Address").fill("http://127.0.0.1:9/")
    await dialog.get_by_role("button", name="Save", exact=True).click()
    await expect(dialog.get_by_text("It does not work yet.")).to_be_visible()
    await expect(dialog.get_by_role("button", name="Save all the same")).to_be_visible()


async def test_the_key_of_an_integration_never_comes_back(page: Page, suite: Suite) -> None:
    await sign_in(page, suite, "owner")
    await page.goto(f"{suite.gateway}/admin/integrations")
    await page.get_by_role("button", name="Edit Overseerr").click()
    key = page.get_by_role("dialog").get_by_label("API key")
    assert await key.input_value() == ""
    assert "kept" in str(await key.get_attribute("placeholder"))
    assert "sandbox-overseerr-key" not in await page.content()


async def test_the_system_page_says_what_youtube_needs_and_pauses_a_way_out(page: Page, suite: Suite) -> None:
    await sign_in(page, suite, "owner")
    await page.goto(f"{suite.gateway}/admin/system")
    checks = page.get_by_role("listitem").filter(has_text=re.compile(r": (Works|Does not work)"))
    await expect(checks.filter(has_text="yt-dlp").first).to_contain_text("days old")
    for name in ("JavaScript runtime", "ffmpeg", "Cookies", "Egress guard"):
        await expect(checks.filter(has_text=name).first).to_be_visible()
    lane = page.get_by_role("listitem").filter(has_text=re.compile("places? busy"))
    await lane.get_by_role("button", name=re.compile("^Pause")).click()
    try:
        await page.get_by_label("Reason, shown to everybody").fill("The line is being mended")
        await page.get_by_role("button", name="Pause it").click()
        await expect(lane).to_contain_text("The line is being mended. It stays so until you resume it.")
    finally:
        await lane.get_by_role("button", name=re.compile("^Resume")).click()
    await expect(lane.get_by_role("button", name=re.compile("^Pause"))).to_be_visible()


async def test_the_audit_log_is_saved_for_a_spreadsheet(page: Page, suite: Suite) -> None:
    await sign_in(page, suite, "owner")
    await page.goto(f"{suite.gateway}/admin/audit?action=session.started")
    await expect(page.get_by_text("Signed in").last).to_be_visible()
    async with page.expect_download() as saving:
        await page.get_by_role("button", name="Save as CSV").click()
    lines = (await (await saving.value).path()).read_text().splitlines()
    assert lines[0] == "at,action,actor,target,address,detail"
    assert all('"session.started"' in line for line in lines[1:])
    assert len(lines) > 1


async def test_a_guest_finds_no_admin_pages(page: Page, suite: Suite) -> None:
    await sign_in(page, suite, "alice")
    assert await page.get_by_role("link", name="Admin").count() == 0
    await page.goto(f"{suite.gateway}/admin/users")
    await expect(page.get_by_role("heading", level=1)).to_have_text("This is not here (any more)")


async def test_a_token_is_made_used_and_revoked(page: Page, suite: Suite) -> None:
    await sign_in(page, suite, await newcomer(suite))
    await page.goto(f"{suite.gateway}/profile")
    await page.get_by_role("button", name="Make a token").click()
    await page.get_by_label("What it is for").fill("Wall display")
    assert await page.get_by_label("Delete users").count() == 0, "a guest is offered what a guest may not"
    await page.get_by_role("button", name="Make the token").click()
    token = await page.get_by_label("Your new token").input_value()
    suite.handed_out.add(token)
    headers = {"Authorization": f"Bearer {token}"}
    status = f"{suite.gateway}/api/v1/status"
    assert (await page.request.get(status, headers=headers)).status == 200
    await page.reload()
    await page.get_by_role("button", name="Revoke Wall display").click()
    await page.get_by_role("dialog").get_by_role("button", name="Revoke Wall display").click()
    await expect(page.get_by_text("No tokens")).to_be_visible()
    await page.context.clear_cookies()
    await until(lambda: page.request.get(status, headers=headers), lambda answer: answer.status == 401, within=10)
