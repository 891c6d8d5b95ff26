"""Downloads in the browser: what can be wished for, and what comes by itself."""

import json
import re
from typing import Any

from playwright.async_api import Page, expect
from support.browsing import in_browser, sign_in
from support.person import control, newcomer
from support.suite import Suite

pytestmark = in_browser

LONG = 120_000


async def playlist_of(suite: Suite, entries: int) -> dict[str, Any]:
    items = (await control(suite, "GET", "/videos"))["items"]
    return dict(next(item for item in items if item["entries"] == entries))


async def look_at(page: Page, suite: Suite, url: str) -> None:
    await page.goto(f"{suite.gateway}/downloads")
    await page.get_by_role("textbox", name="Link to a video or playlist").fill(url)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name=re.compile("^Download"))).to_be_visible()


async def test_a_download_is_made_with_wishes(page: Page, suite: Suite) -> None:
    await sign_in(page, suite, await newcomer(suite))
    await look_at(page, suite, (await playlist_of(suite, 5))["url"])
    await page.get_by_label("Quality").select_option("mp3")
    await page.get_by_label("Put into").select_option("nowhere")
    await page.get_by_text("Subtitles, cutting, keeping").click()
    await page.get_by_label("Sponsors").check()
    await page.get_by_label("Keep it").select_option("30")
    await page.get_by_text("5 of 5 videos").click()
    await page.get_by_label("As a range").fill("2-3")
    async with page.expect_request(lambda r: r.url.endswith("/api/v1/downloads") and r.method == "POST") as sent:
        await page.get_by_role("button", name="Download 2 videos").click()
    order: dict[str, Any] = json.loads((await sent.value).post_data or "{}")
    assert order["preset"] == "mp3"
    assert order["range"] == "2-3"
    assert order["sponsorblock"] == ["sponsor"]
    assert order["keep_days"] == 30
    assert (order["collection"], order["playlist"]) == ("", False)

    done = page.locator("section").filter(has=page.get_by_role("heading", name="Done"))
    await expect(done.get_by_text("2 of 2 done").first).to_be_visible(timeout=LONG)
    await expect(done.get_by_text(re.compile("kept until")).first).to_be_visible()
    await expect(page.get_by_role("meter", name="Storage")).to_be_visible()

    which = page.get_by_role("navigation", name="Which downloads")
    await which.get_by_role("link", name="Not done").click()
    await expect(page.get_by_text("No download stands like this right now.")).to_be_visible()
    await which.get_by_role("link", name="Done", exact=True).click()
    await expect(done.get_by_text("2 of 2 done").first).to_be_visible()


async def test_a_playlist_is_followed_and_left(page: Page, suite: Suite) -> None:
    await sign_in(page, suite, await newcomer(suite))
    playlist = await playlist_of(suite, 5)
    await look_at(page, suite, playlist["url"])
    await page.get_by_role("button", name="Follow…").click()
    await page.get_by_label("Look for new videos").select_option("24")
    await page.get_by_label("Keep the newest").fill("2")
    await page.get_by_role("button", name="Follow", exact=True).click()

    row = page.get_by_role("listitem").filter(has_text="keeps the last 2")
    await expect(row).to_contain_text("Every day")
    await row.get_by_role("button", name=re.compile("^More for")).click()
    await page.get_by_role("menuitem", name="Pause").click()
    await expect(row).to_contain_text("Paused")
    await row.get_by_role("button", name=re.compile("^Go on following")).click()
    await expect(row.get_by_role("button", name=re.compile("^Check"))).to_be_visible()

    await row.get_by_role("button", name=re.compile("^More for")).click()
    await page.get_by_role("menuitem", name="Unfollow…").click()
    await page.get_by_role("dialog").get_by_role("button", name=re.compile("^Unfollow")).last.click()
    await expect(page.get_by_text("You follow nothing yet")).to_be_visible()
