"""Forms on the page: what is missing, what the app objects to, stacks, menus."""

import pytest
from playwright.async_api import Page, expect

from tests.page.conftest import Stage

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="session")]


async def open_form(page: Page) -> None:
    await page.locator("#composer").get_by_role("button", name="Shortcuts").click()
    await page.get_by_role("menuitem", name="Deploy a service").click()
    await expect(page.get_by_role("dialog", name="Deploy")).to_be_visible()


async def test_a_form_shows_what_is_missing_then_what_the_app_objects_to_then_goes(stage: Stage) -> None:
    page = await stage.look()
    await open_form(page)
    form = page.get_by_role("dialog", name="Deploy")
    send = form.get_by_role("button", name="Ask for approval")
    await send.click()
    await expect(form.locator(".wrong .error")).to_have_text(["Please fill this in."] * 3)
    version = form.get_by_role("textbox", name="Version")
    await expect(version).to_be_focused()
    await expect(version).to_have_attribute("aria-invalid", "true")
    await version.fill("1.2")
    environments = form.get_by_role("combobox", name="Environments")
    await environments.click()
    await form.get_by_role("option", name="production").click()
    await expect(form.get_by_role("button", name="Remove production")).to_be_visible()
    await form.get_by_role("radio", name="Canary").check()
    await send.click()
    await expect(form.locator(".wrong .error")).to_have_text(["Versions begin with v, such as v1.2."])
    await version.fill("v1.2")
    await send.click()
    await expect(form).to_be_hidden()
    await expect(page.get_by_text("The form asks for api.", exact=True)).to_be_visible()
    values = await stage.demo.hears(lambda one: one.get("version", {}).get("it", {}).get("value") == "v1.2")
    assert [one["value"] for one in values["targets"]["it"]["selected_options"]] == ["production"]
    assert values["strategy"]["it"]["selected_option"]["value"] == "canary"


async def test_a_view_that_is_pushed_lies_on_the_form_and_what_was_typed_is_still_there_below(stage: Stage) -> None:
    page = await stage.look()
    await open_form(page)
    await page.get_by_role("textbox", name="Version").fill("v7")
    await page.get_by_role("button", name="Compare versions").click()
    above = page.get_by_role("dialog", name="v1.1 … v1.2")
    await expect(above).to_contain_text("1 migration")
    await above.get_by_role("button", name="Back").first.click()
    await expect(page.get_by_role("textbox", name="Version")).to_have_value("v7")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert (await stage.demo.hears(lambda one: one.get("type") == "view_closed"))["is_cleared"] is True


async def test_a_menu_is_narrowed_by_typing_and_asks_the_app_where_its_options_are(stage: Stage) -> None:
    page = await stage.look()
    await open_form(page)
    service = page.get_by_role("combobox", name="Service")
    await service.click()
    await service.fill("bil")
    await service.press("Enter")
    await expect(service).to_have_value("billing")
    await service.press("ArrowDown")
    await service.press("Escape")
    await expect(page.get_by_role("dialog", name="Deploy")).to_be_visible()
    await expect(page.get_by_role("option", name="billing")).to_be_hidden()
    ticket = page.get_by_role("combobox", name="Ticket")
    await ticket.click()
    await expect(page.get_by_text("Type to search")).to_be_visible()
    await ticket.press_sequentially("11")
    await page.get_by_role("option", name="OPS-113").click()
    await expect(ticket).to_have_value("OPS-113")
