"""A real browser against the running suite: where it is, and the way in."""

import json
import re
import shutil

import pytest
from playwright.async_api import Page, expect

from support.person import claim
from support.suite import Suite

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
PATIENCE = 30_000  # ms; for what crosses services
expect.set_options(timeout=PATIENCE)

in_browser = [
    pytest.mark.e2e,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the path: the browser tests are left out"),
]


async def sign_in(page: Page, suite: Suite, name: str) -> None:
    """By code, as on a television."""
    await page.goto(f"{suite.gateway}/sign-in")
    await claim_by_code(page, suite, name)
    await expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile(r"up|down|wait", re.I))


async def claim_by_code(page: Page, suite: Suite, name: str) -> None:
    """On a page that offers it, ask for a code and have that person type it at plex.tv."""
    async with page.expect_response(lambda r: r.url.endswith("/auth/plex/pin") and r.status == 201) as started:
        await page.get_by_role("button", name=re.compile("code on another device")).click()
    code = json.loads(await (await started.value).text())["code"]
    await claim(suite, code, name)
