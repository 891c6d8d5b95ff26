"""The web client in a real browser against the whole running suite: what a newcomer does on the first evening."""

import re
from typing import Any

from playwright.async_api import Page, expect
from support.browsing import in_browser, sign_in
from support.person import control, newcomer
from support.suite import Suite

MATRIX = 603

pytestmark = in_browser


async def test_an_outage_shows_without_a_reload(page: Page, suite: Suite) -> None:
    await sign_in(page, suite, "alice")
    headline = page.get_by_role("heading", level=1)
    await expect(headline).to_contain_text("up")
    try:
        await control(suite, "POST", "/faults", {"system": "plex", "kind": "status", "value": 503})
        await expect(headline).to_contain_text("Plex is down")
    finally:
        await control(suite, "DELETE", "/faults")
    await expect(headline).not_to_contain_text("Plex is down")


async def test_a_film_is_found_and_asked_for(page: Page, suite: Suite) -> None:
    await sign_in(page, suite, "alice")
    search = page.get_by_role("searchbox").first
    await search.fill("inception")
    await search.press("Enter")
    await expect(page.get_by_text("Inception").first).to_be_visible()
    film = await something_to_ask_for(page, suite)
    await page.goto(f"{suite.gateway}/movie/{film['tmdb_id']}")
    await page.get_by_role("button", name=re.compile(r"^Ask")).first.click()
    await page.get_by_role("dialog").get_by_role("button", name=re.compile(r"^Ask")).click()
    await expect(page.get_by_text("The owner decides").first).to_be_visible()
    await page.goto(f"{suite.gateway}/requests")
    await expect(page.get_by_text(film["title"]).first).to_be_visible()


async def something_to_ask_for(page: Page, suite: Suite) -> dict[str, Any]:
    """A film that nobody has asked for, whatever other tests of the run did; the story's own is left to it."""
    for number in range(1, 6):
        answer = await page.request.get(f"{suite.gateway}/api/v1/media/discover/movies?page={number}")
        for film in (await answer.json())["items"]:
            is_free = film["allowed"]["request"]["ok"] and film["availability"] == "unknown"
            if is_free and film["tmdb_id"] != MATRIX:
                return dict(film)
    raise AssertionError("every film of the sandbox was asked for")


async def test_a_playlist_is_downloaded_with_progress(page: Page, suite: Suite) -> None:
    await sign_in(page, suite, await newcomer(suite))
    items = (await control(suite, "GET", "/videos"))["items"]
    playlist = next(item for item in items if item["entries"] == 5)
    await page.goto(f"{suite.gateway}/downloads")
    await page.get_by_role("textbox", name=re.compile("link", re.I)).fill(playlist["url"])
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name=re.compile("Download 5")).click()
    await expect(page.get_by_role("progressbar").first).to_be_visible()
    await expect(page.get_by_text("In Plex", exact=True).first).to_be_visible(timeout=120_000)


async def test_it_fits_a_small_phone(page: Page, suite: Suite) -> None:
    await sign_in(page, suite, "alice")
    await page.set_viewport_size({"width": 320, "height": 640})
    for path in ("/", "/search?q=matrix", "/downloads", "/requests", "/library", "/status/plex", "/profile"):
        await page.goto(f"{suite.gateway}{path}")
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert width <= 320, f"{path} is {width} px wide"
