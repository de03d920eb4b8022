"""The scene of the README in a real browser, with the real bot: typed, clicked, and looked at on a phone."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from playground.harness import ROOT
from tests.page.conftest import SCREENS, Screens, shoot
from tests.world import World

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def bridge(tmp_path: Path) -> AsyncIterator[World]:
    async with World(tmp_path, scale=3) as fresh:
        yield fresh


@pytest_asyncio.fixture(loop_scope="session")
async def screens(browser: Browser, bridge: World) -> AsyncIterator[Screens]:
    made = Screens(browser, bridge.playground.slack)
    yield made
    await made.close()
    assert made.complaints == []


async def test_a_deploy_from_the_composer_to_done(bridge: World, screens: Screens) -> None:
    page = await screens.look("U0DANA", hint=True)
    await page.get_by_role("combobox", name="Message #deploys").fill("/deploy api v1.2 production")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="waiting for approval")).to_be_visible()

    approver = await screens.look("U0ARI")
    await approver.get_by_text("2 replies").first.click()
    thread = approver.get_by_role("complementary", name="Thread")
    await expect(thread.get_by_role("button", name="Approve", exact=True)).to_be_visible()
    await shoot(approver, "readme")
    await thread.get_by_role("button", name="Approve", exact=True).click()
    await approver.get_by_role("dialog").get_by_role("button", name="Approve", exact=True).click()
    await expect(approver.get_by_role("heading", name="api v1.2 to production: done").first).to_be_visible(
        timeout=15_000
    )
    await expect(thread.get_by_text("It took").last).to_be_visible()
    if picture := os.environ.get("QUARTERDECK_PICTURE"):
        shutil.copy(SCREENS / "readme.png", ROOT / picture)


async def test_a_failed_deploy_on_a_dark_phone(bridge: World, screens: Screens) -> None:
    page = await screens.look("U0DANA", phone=True, scheme="dark")
    await bridge.dana.type("deploys", "/deploy api v1.3-bad production")
    card = await bridge.card()
    await bridge.ari.click(await bridge.request(card), "Approve")
    await expect(page.get_by_role("heading", name="failed and rolled back")).to_be_visible(timeout=20_000)
    await shoot(page, "failed-phone-dark")
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390


async def test_a_canary_at_its_step_and_its_plan_on_a_phone(bridge: World, screens: Screens) -> None:
    page = await screens.look("U0DANA", phone=True)
    await bridge.dana.type("deploys", "/deploy api v1.2 production --strategy canary")
    await bridge.ari.click(await bridge.request(await bridge.card()), "Approve")
    await expect(page.get_by_text("5 % asked, really 25 %")).to_be_visible(timeout=20_000)
    for label in ("Promote", "Pause", "Abort and go back"):
        await expect(page.get_by_role("button", name=label)).to_be_visible()
    await shoot(page, "canary-phone")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await page.get_by_text("3 replies").first.click()
    thread = page.get_by_role("complementary", name="Thread")
    await expect(thread.get_by_text("The way back:")).to_be_visible()
    await shoot(page, "plan-phone")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390


async def test_the_form_and_the_home_tab(bridge: World, screens: Screens) -> None:
    page = await screens.look("U0DANA", phone=True)
    await bridge.dana.type("deploys", "/deploy")
    form = page.get_by_role("dialog")
    await form.get_by_label("Version").fill("latest")
    await form.get_by_role("button", name="Plan").click()
    await expect(form.get_by_text("latest is not a version")).to_be_visible()
    await form.get_by_label("Version").fill("v1.2")
    await shoot(page, "form-phone")
    await form.get_by_role("button", name="Plan").click()
    await expect(form).to_be_hidden()
    home = await screens.look("U0ARI", "home")
    await expect(home.get_by_role("heading", name="Waits for me")).to_be_visible()
    await shoot(home, "home")
