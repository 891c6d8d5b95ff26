"""The pages as axe sees them: nothing serious, in both themes, on a desk and a phone; and nothing runs off a phone."""

import itertools
from collections.abc import Iterable
from typing import Any

import pytest
from playwright.async_api import Page, ViewportSize, expect
from support.browsing import in_browser, sign_in
from support.person import newcomer
from support.suite import ROOT, Suite

AXE = ROOT / "services" / "gateway" / "web" / "node_modules" / "axe-core" / "axe.min.js"
BAD = {"serious", "critical"}
SIZES: tuple[ViewportSize, ...] = ({"width": 1440, "height": 900}, {"width": 390, "height": 844})
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
EVERY_WAY = tuple(itertools.product(SIZES, ("dark", "light")))

OWNER_PAGES = (
    *("/profile", "/setup?step=server", "/admin/users", "/admin/access"),
    *("/admin/integrations", "/admin/system", "/admin/audit"),
)

GUEST_PAGES = ("/", "/search?q=matrix", "/tv/66732", "/library", "/requests", "/downloads", "/status/plex")

pytestmark = [*in_browser, pytest.mark.skipif(not AXE.exists(), reason="the web client's tools are not installed")]


async def serious(page: Page, theme: str, rules: list[str]) -> list[str]:
    """What axe finds bad on the page as it stands, by some rules or all, with the first element of each."""
    await page.evaluate("theme => { document.documentElement.className = theme }", theme)
    options = {"resultTypes": ["violations"]} | ({"runOnly": rules} if rules else {})
    found: dict[str, Any] = await page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{one['id']}: {one['nodes'][0]['target']} {one['nodes'][0]['failureSummary']}"
        for one in found["violations"]
        if one["impact"] in BAD
    ]


async def examine(page: Page, suite: Suite, path: str, seen: Iterable[tuple[ViewportSize, str]] = EVERY_WAY) -> None:
    await page.goto(f"{suite.gateway}{path}")
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await expect(page.locator("[aria-busy=true]")).to_have_count(0)
    await page.evaluate(AXE.read_text())
    known: set[int] = set()
    for size, theme in seen:
        await page.set_viewport_size(size)
        rules = COLOUR_RULES if size["width"] in known else []  # a theme changes nothing else
        known.add(size["width"])
        assert await serious(page, theme, rules) == [], f"{path}, {theme}, {size['width']} px"


async def test_the_owners_pages_have_nothing_serious(page: Page, suite: Suite) -> None:
    await sign_in(page, suite, "owner")
    for path in OWNER_PAGES:
        await examine(page, suite, path)


async def test_a_guests_pages_have_nothing_serious(page: Page, suite: Suite) -> None:
    await sign_in(page, suite, await newcomer(suite))
    for path in GUEST_PAGES:
        await examine(page, suite, path, [(SIZES[0], "dark"), (SIZES[1], "light")])  # the same parts as the owner's


async def test_the_sign_in_page_has_nothing_serious(page: Page, suite: Suite) -> None:
    await examine(page, suite, "/sign-in")


async def test_the_owners_pages_fit_a_small_phone(page: Page, suite: Suite) -> None:
    await sign_in(page, suite, "owner")
    await page.set_viewport_size({"width": 320, "height": 640})
    for path in OWNER_PAGES:
        await page.goto(f"{suite.gateway}{path}")
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        await expect(page.locator("[aria-busy=true]")).to_have_count(0)
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert width <= 320, f"{path} is {width} px wide"
