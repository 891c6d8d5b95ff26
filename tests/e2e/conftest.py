"""One browser for all browser tests, and a fresh profile for each."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright
from support.browsing import ARGUMENTS, CHROMIUM, PATIENCE
from support.person import Person
from support.suite import Suite


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=list(ARGUMENTS))
        yield running
        await running.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def set_up(suite: Suite) -> None:
    """The owner has been here: the way in is the ordinary one."""
    async with Person(suite, "owner") as owner:
        await owner.sign_in()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, set_up: None, suite: Suite) -> AsyncIterator[Page]:
    """A fresh browser; the test fails on any violation of the content security policy or error of a script."""
    await suite.an_hour_passes()  # all browsers sign in from one address
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    opened = await context.new_page()
    trouble: list[str] = []
    opened.on("pageerror", lambda error: trouble.append(str(error)))
    opened.on("console", lambda m: trouble.append(m.text) if "Content Security Policy" in m.text else None)
    yield opened
    await context.close()
    assert trouble == []
