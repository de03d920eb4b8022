"""A workspace with the demo app, and browsers looking at it. A page that complains or calls out fails its test."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, async_playwright, expect

from playground.slack import SlackWorkspace
from tests.page.app import Demo, running

ARGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SCREENS = Path(__file__).parents[2] / "var" / "screens"
DESKTOP, PHONE = ViewportSize(width=1280, height=800), ViewportSize(width=390, height=844)


class Screens:
    """A screen for each person who looks at a workspace."""

    def __init__(self, browser: Browser, workspace: SlackWorkspace) -> None:
        self.workspace = workspace
        self.complaints: list[str] = []
        self._browser = browser
        self._contexts: list[BrowserContext] = []

    async def look(
        self,
        who: str = "U0DANA",
        place: str = "C0DEPLOYS",
        *,
        phone: bool = False,
        scheme: Literal["light", "dark"] = "light",
        hint: bool = False,
    ) -> Page:
        """A new browser window at a place, ready to be used."""
        more: dict[str, Any] = {"has_touch": True, "is_mobile": True} if phone else {}
        context = await self._browser.new_context(
            viewport=PHONE if phone else DESKTOP, color_scheme=scheme, reduced_motion="reduce", **more
        )
        self._contexts.append(context)
        if not hint:
            await context.add_init_script("localStorage.setItem('hint-seen', 'yes')")
        page = await context.new_page()
        page.set_default_timeout(5_000)
        page.on(
            "console", lambda line: self.complaints.append(line.text) if line.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self._check(request.url))
        await page.goto(f"{self.workspace.url}/#/{who}/{place}")
        await expect(page.locator("#people [aria-pressed=true]")).to_be_attached()
        return page

    async def close(self) -> None:
        for context in self._contexts:
            await context.close()

    def _check(self, url: str) -> None:
        if not url.startswith((self.workspace.url, "data:")):
            self.complaints.append(f"the page asked for {url}")


class Stage(Screens):
    """What most tests play on: a workspace with the demo app."""

    def __init__(self, browser: Browser, workspace: SlackWorkspace, demo: Demo) -> None:
        super().__init__(browser, workspace)
        self.demo = demo


async def shoot(page: Page, name: str) -> None:
    """Keep a picture for people to look at."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SCREENS / f"{name}.png")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    program = os.environ.get("QUARTERDECK_CHROMIUM") or shutil.which("chromium")
    async with async_playwright() as driver:
        chromium = await driver.chromium.launch(executable_path=program, args=ARGS)
        yield chromium
        await chromium.close()


@pytest_asyncio.fixture(loop_scope="session")
async def stage(browser: Browser, tmp_path: Path) -> AsyncIterator[Stage]:
    async with running(tmp_path) as (workspace, demo):
        scene = Stage(browser, workspace, demo)
        yield scene
        await scene.close()
    assert scene.complaints == []


@pytest.fixture(autouse=True)
def _patience() -> None:
    expect.set_options(timeout=5_000)
