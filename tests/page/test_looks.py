"""The page for every eye and hand: desktop and phone, light and dark, keyboard, contrast, names for screen readers."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.page import documents, gallery
from tests.page.app import running
from tests.page.conftest import Stage, shoot

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="session")]

SCRIPTS = Path(__file__).parent / "scripts"
CONTRAST, SMALLEST, NAMELESS = (
    (SCRIPTS / f"{name}.js").read_text(encoding="utf-8") for name in ("contrast", "small_targets", "nameless")
)


async def fill(stage: Stage) -> str:
    """Everything that there is to see; the thread's first message."""
    ts = await stage.demo.post("api v1.2 → production", gallery.card(1_700_000_000))
    await stage.demo.post("Pulling the image", thread=ts)
    for blocks in (documents.written(), [documents.data_table()], [documents.line_chart(), documents.pie_chart()]):
        await stage.demo.post("more", blocks)
    await stage.demo.post("controls", gallery.controls())
    return ts


async def open_form(page: Page) -> None:
    await page.locator("#composer").get_by_role("button", name="Shortcuts").click()
    await page.get_by_role("menuitem", name="Deploy a service").click()
    await page.get_by_role("dialog").get_by_role("button", name="Ask for approval").click()
    await expect(page.get_by_text("Please fill this in.").first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_all_text_contrasts_with_its_ground(stage: Stage, scheme: str) -> None:
    ts = await fill(stage)
    page = await stage.look("U0ARI", f"C0DEPLOYS/{ts}", scheme="dark" if scheme == "dark" else "light", hint=True)
    await expect(page.locator("#replies .message")).to_have_count(2)
    await expect(page.locator("#messages .message")).to_have_count(5)
    await shoot(page, f"desktop-{scheme}")
    assert await page.evaluate(CONTRAST) == []
    await page.get_by_role("button", name="Developer").click()
    await expect(page.locator("#calls li")).not_to_have_count(0)
    assert await page.evaluate(CONTRAST) == []
    await shoot(page, f"developer-{scheme}")
    await page.keyboard.press("Escape")
    await open_form(page)
    assert await page.evaluate(CONTRAST) == []
    await shoot(page, f"form-{scheme}")


async def test_a_phone_shows_one_column_without_scrolling_sideways(stage: Stage) -> None:
    ts = await fill(stage)
    page = await stage.look("U0CAM", phone=True, hint=True)
    await expect(page.locator("#messages .message")).to_have_count(5)
    await shoot(page, "phone-channel")
    assert await wide(page) == 0
    assert await page.evaluate(SMALLEST) == []
    await page.get_by_role("button", name="Open the sidebar").tap()
    await expect(page.get_by_role("link", name="#random")).to_be_in_viewport()
    await shoot(page, "phone-sidebar")
    assert await page.evaluate(SMALLEST) == []
    await page.get_by_role("link", name="#random").tap()
    await expect(page.get_by_role("link", name="#random")).not_to_be_in_viewport()
    await page.goto(f"{stage.workspace.url}/#/U0CAM/C0DEPLOYS/{ts}")
    await expect(page.get_by_role("complementary", name="Thread")).to_contain_text("Pulling the image")
    await shoot(page, "phone-thread")
    assert await wide(page) == 0
    assert await page.locator("#thread").evaluate("node => node.getBoundingClientRect().width") == 390
    await page.get_by_role("button", name="Close the thread").tap()
    await open_form(page)
    await shoot(page, "phone-form")
    box = await page.get_by_role("dialog").bounding_box()
    assert box
    assert (box["width"], box["height"]) == (390, 844)
    assert await page.evaluate(SMALLEST) == []
    assert await wide(page) == 0


async def wide(page: Page) -> int:
    """How many pixels the page could be scrolled sideways."""
    sideways: int = await page.evaluate(
        "() => Math.max(...['html', '.list', '.modal .content', '#home'].flatMap((one) => "
        "[...document.querySelectorAll(one)].map((node) => node.scrollWidth - node.clientWidth)))"
    )
    return sideways


async def test_every_control_has_a_name(stage: Stage) -> None:
    ts = await fill(stage)
    page = await stage.look("U0DANA", f"C0DEPLOYS/{ts}", hint=True)
    await expect(page.locator("#messages .message")).to_have_count(5)
    await page.get_by_role("button", name="Developer").click()
    assert await page.evaluate(NAMELESS) == []
    await page.keyboard.press("Escape")
    await open_form(page)
    assert await page.evaluate(NAMELESS) == []


async def test_a_command_can_be_approved_by_keyboard_alone(stage: Stage) -> None:
    await stage.demo.post("a deploy", gallery.card(0))
    page = await stage.look("U0ARI")
    await expect(page.get_by_role("button", name="Approve", exact=True)).to_be_visible()
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.textContent") == "Approve":
            break
    outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Approved by @Ari Novak in #deploys")).to_be_visible()


async def test_the_person_is_switched_by_one_click_and_kept_in_the_address(stage: Stage) -> None:
    await stage.demo.post("a deploy", gallery.card(1_700_000_000))
    page = await stage.look()
    await page.get_by_role("button", name="Vic visitor").click()
    await expect(page.get_by_role("button", name="Vic visitor")).to_have_attribute("aria-pressed", "true")
    await expect(page.get_by_role("link", name="Vic Moreau")).to_have_count(0)
    assert page.url.endswith("#/U0VIC/C0DEPLOYS")
    await page.reload()
    await expect(page.get_by_role("button", name="Vic visitor")).to_have_attribute("aria-pressed", "true")
    await page.go_back()
    await expect(page.get_by_role("button", name="Dana deployer")).to_have_attribute("aria-pressed", "true")


async def test_a_thread_stays_open_when_somebody_else_looks_at_it(stage: Stage) -> None:
    ts = await stage.demo.post("a deploy", gallery.card(0))
    await stage.demo.post("Who approves?", thread=ts)
    page = await stage.look(place=f"C0DEPLOYS/{ts}")
    thread = page.get_by_role("complementary", name="Thread")
    await expect(thread).to_contain_text("Who approves?")
    await page.get_by_role("button", name="Ari approver").click()
    await expect(page.locator("#directs")).to_contain_text("Dana Ortiz")
    await expect(thread).to_contain_text("Who approves?")


@pytest.mark.parametrize(("who", "place"), [("U0NOBODY", "C0RANDOM"), ("U0DANA", "C0NOWHERE")])
async def test_an_address_that_names_nobody_or_nowhere_leads_to_the_beginning(
    stage: Stage, who: str, place: str
) -> None:
    page = await stage.look(who, place)
    await expect(page.get_by_role("button", name="Dana deployer")).to_have_attribute("aria-pressed", "true")
    await expect(page.get_by_role("heading", name="deploys").first).to_be_visible()


async def test_the_hint_leads_the_first_visitor_through_the_story_and_does_not_come_back(stage: Stage) -> None:
    page = await stage.look("U0VIC", "C0RANDOM", hint=True)
    await page.get_by_role("button", name="Start as Dana").click()
    field = page.get_by_role("combobox", name="Message #deploys")
    await expect(field).to_have_value("/deploy api v1.2 production")
    await field.press("Enter")
    await expect(page.get_by_role("button", name="Approve", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Become Ari").click()
    await expect(page.get_by_role("button", name="Ari approver")).to_have_attribute("aria-pressed", "true")
    await page.get_by_role("button", name="Dismiss the hint").click()
    await page.reload()
    await expect(page.locator(".message")).to_have_count(1)
    await expect(page.get_by_text("First time aboard?")).to_be_hidden()


async def test_the_theme_is_chosen_and_remembered(stage: Stage) -> None:
    page = await stage.look()
    ground = "getComputedStyle(document.body).backgroundColor"
    light = await page.evaluate(ground)
    await page.get_by_role("button", name="Theme: system").click()
    await page.get_by_role("button", name="Theme: light").click()
    await expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()
    assert await page.evaluate(ground) != light
    await page.reload()
    await expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()


async def test_a_workspace_that_comes_back_is_read_again(browser: Browser, tmp_path: Path) -> None:
    async with running(tmp_path) as (workspace, demo):
        scene = Stage(browser, workspace, demo)
        page = await scene.look()
        await demo.post("before")
        await expect(page.locator(".message")).to_contain_text("before")
    await expect(page.get_by_text("The workspace does not answer.")).to_be_visible()
    async with running(tmp_path, port=int(workspace.url.rpartition(":")[2])) as (_, demo):
        await demo.post("after")
        await expect(page.locator(".message")).to_contain_text("after")
        await expect(page.get_by_text("The workspace does not answer.")).to_be_hidden()
        await scene.close()
