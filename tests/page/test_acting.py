"""People type, click and confirm on the page, and the app hears of it."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.page import gallery
from tests.page.conftest import Stage

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="session")]


async def type_and_send(page: Page, text: str) -> None:
    field = page.get_by_role("combobox", name="Message #deploys")
    await field.fill(text)
    await field.press("Enter")


async def test_a_command_is_completed_from_its_first_letters_and_answered_with_a_card(stage: Stage) -> None:
    page = await stage.look()
    field = page.get_by_role("combobox", name="Message #deploys")
    await field.press_sequentially("/")
    await expect(page.locator(".completion [role=option]")).to_have_count(3)
    await field.press("ArrowDown")
    await expect(page.get_by_role("option", name="/rollback")).to_have_attribute("aria-selected", "true")
    await field.press_sequentially("dep")
    await expect(page.get_by_role("option", name="/deploy")).to_contain_text("Ship a version of a service")
    await field.press("Tab")
    await expect(field).to_have_value("/deploy ")
    await expect(page.locator("#composer .usage")).to_contain_text("/deploy api v1.2 production")
    await field.press_sequentially("api v1.2 production")
    await field.press("Enter")
    await expect(page.get_by_role("heading", name="api v1.2 → production")).to_be_visible()
    await expect(field).to_have_value("")
    assert (await stage.demo.hears(lambda one: "command" in one))["text"] == "api v1.2 production"


async def test_a_button_that_asks_first_does_nothing_until_it_is_confirmed(stage: Stage) -> None:
    await stage.demo.post("a deploy", gallery.card(0))
    page = await stage.look("U0ARI")
    await page.get_by_role("button", name="Approve", exact=True).click()
    question = page.get_by_role("dialog", name="Approve this deploy?")
    await expect(question).to_contain_text("api v1.2 goes to production.")
    await question.get_by_role("button", name="Not yet").click()
    await expect(question).to_be_hidden()
    await page.get_by_role("button", name="Details").click()
    await stage.demo.hears(lambda one: one.get("action_id") == "details")
    await page.get_by_role("button", name="Approve", exact=True).click()
    await question.get_by_role("button", name="Approve", exact=True).click()
    await expect(page.get_by_text("Approved by @Ari Novak in #deploys")).to_be_visible()
    assert [one["action_id"] for one in stage.demo.heard] == ["details", "approve"]


async def test_an_answer_for_one_person_is_marked_and_can_be_dismissed(stage: Stage) -> None:
    await stage.demo.post("a deploy", gallery.card(0))
    ari, vic = await stage.look("U0ARI"), await stage.look("U0VIC")
    await vic.get_by_role("button", name="Reject").click()
    note = vic.locator(".message.ephemeral")
    await expect(note).to_contain_text("Only visible to you")
    await expect(note).to_contain_text("that needs the role approver.")
    await expect(ari.locator(".message.ephemeral")).to_have_count(0)
    await note.get_by_role("button", name="Dismiss").click()
    await expect(note).to_have_count(0)


async def test_a_command_that_does_not_arrive_says_so_and_stays_to_be_sent_again(stage: Stage) -> None:
    page = await stage.look()
    await stage.demo.disconnect()
    await expect(page.get_by_text("The app is not connected.")).to_be_visible()
    await type_and_send(page, "/deploy api v1.2 production")
    await expect(page.get_by_role("alert")).to_contain_text("dispatch_failed")
    await expect(page.get_by_role("combobox", name="Message #deploys")).to_have_value("/deploy api v1.2 production")


async def test_elements_of_a_message_tell_the_app_what_was_chosen(stage: Stage) -> None:
    await stage.demo.post("controls", gallery.controls())
    page = await stage.look()
    await page.get_by_role("combobox", name="Environment").click()
    await page.get_by_role("option", name="production").click()
    assert (await stage.demo.hears(lambda one: one["action_id"] == "environment"))["selected_option"][
        "value"
    ] == "production"
    await page.get_by_role("combobox", name="Who reviews?").press("ArrowDown")
    await expect(page.get_by_role("option", name="Dana Ortiz")).to_be_visible()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    assert (await stage.demo.hears(lambda one: one["action_id"] == "who"))["selected_user"] == "U0ARI"
    await page.get_by_role("checkbox", name="Watch for 10 minutes").check()
    assert [
        one["value"] for one in (await stage.demo.hears(lambda one: one["action_id"] == "ticks"))["selected_options"]
    ] == ["watch"]
    await page.locator("input[type=date]").fill("2026-12-24")
    assert (await stage.demo.hears(lambda one: one["action_id"] == "day"))["selected_date"] == "2026-12-24"
    runbook = page.get_by_role("link", name="Open the runbook")
    await expect(runbook).to_have_attribute("rel", "noopener noreferrer")


async def test_the_home_tab_is_asked_for_shown_and_can_open_a_form(stage: Stage) -> None:
    page = await stage.look()
    await page.get_by_role("link", name="Quarterdeck").click()
    await expect(page.get_by_text("Good to see you, @Dana Ortiz.")).to_be_visible()
    await page.get_by_role("button", name="Deploy something").click()
    await expect(page.get_by_role("dialog", name="Deploy")).to_be_visible()


async def test_a_message_is_reacted_to_pinned_and_handed_to_a_shortcut(stage: Stage) -> None:
    ts = await stage.demo.post("Remember this")
    page = await stage.look()
    message = page.locator(f"[data-ts='{ts}']")
    await message.get_by_role("button", name="More actions").focus()
    await page.keyboard.press("Enter")
    await page.get_by_role("menuitem", name="Add to timeline").click()
    assert (await stage.demo.hears(lambda one: one.get("type") == "message_action"))["message"][
        "text"
    ] == "Remember this"
    await message.hover()
    await message.get_by_role("button", name="Add a reaction").click()
    await page.get_by_role("menuitem", name="eyes").click()
    mine = message.get_by_role("button", name="eyes")
    await expect(mine).to_have_attribute("aria-pressed", "true")
    await mine.click()
    await expect(mine).to_have_count(0)
    await message.hover()
    await message.get_by_role("button", name="Pin to the channel").click()
    await page.get_by_role("button", name="1 pinned").click()
    await expect(page.get_by_role("dialog", name="Pinned messages")).to_contain_text("Remember this")


async def test_a_channel_of_the_app_is_found_looked_into_and_joined(stage: Stage) -> None:
    client = stage.demo.client
    room = (await client.conversations_create(name="inc-1"))["channel"]["id"]
    await client.conversations_setTopic(channel=room, topic="SEV2: *api* is slow, <@U0CAM> commands")
    await client.bookmarks_add(channel_id=room, title="Dashboard", type="link", link="https://example.com/dashboard")
    page = await stage.look("U0CAM")
    await page.get_by_role("button", name="More channels").click()
    await page.get_by_role("menuitem", name="#inc-1").click()
    await expect(page.locator(".topic")).to_have_text("SEV2: api is slow, @Cam Lindqvist commands")
    await expect(page.get_by_role("link", name="Dashboard")).to_have_attribute("href", "https://example.com/dashboard")
    await page.get_by_role("button", name="Join").click()
    await expect(page.get_by_role("link", name="#inc-1")).to_be_visible()
    await page.get_by_role("combobox", name="Message #inc-1").fill("On it")
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator(".message").last).to_contain_text("On it")


async def test_a_private_channel_and_direct_messages_are_seen_by_their_members_only(stage: Stage) -> None:
    dana, vic = await stage.look("U0DANA"), await stage.look("U0VIC")
    await dana.get_by_role("button", name="More channels").click()
    await dana.get_by_role("menuitem", name="Create a channel").click()
    await dana.get_by_role("textbox", name="Name").fill("quiet")
    await dana.get_by_role("checkbox", name="Private").check()
    await dana.get_by_role("button", name="Create", exact=True).click()
    await expect(dana.get_by_role("heading", name="quiet").first).to_be_visible()
    await dana.get_by_role("button", name="Ari Novak").click()
    await dana.get_by_role("combobox", name="Message Ari Novak").fill("Just between us")
    await dana.get_by_role("button", name="Send").click()
    await expect(dana.locator(".message")).to_contain_text("Just between us")
    ari = await stage.look("U0ARI")
    await ari.locator("#directs").get_by_role("link", name="Dana Ortiz").click()
    await expect(ari.locator(".message")).to_contain_text("Just between us")
    await expect(vic.get_by_role("link", name="quiet")).to_have_count(0)
    await expect(vic.locator("#directs").get_by_role("link")).to_have_count(0)


async def test_a_picture_is_shared_with_a_description(stage: Stage) -> None:
    page = await stage.look()
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><circle r="9"/></svg>'
    async with page.expect_file_chooser() as chooser:
        await page.locator("#composer").get_by_role("button", name="Share a file").click()
    await (await chooser.value).set_files({"name": "graph.svg", "mimeType": "image/svg+xml", "buffer": drawing})
    await page.get_by_label("Description for those who cannot see it").fill("Errors rise at noon")
    await page.get_by_role("button", name="Share", exact=True).click()
    picture = page.get_by_role("img", name="Errors rise at noon")
    await expect(picture).to_be_visible()
    await expect(picture).to_have_js_property("naturalWidth", 40)


async def test_the_developer_drawer_shows_calls_and_breaks_things_on_demand(stage: Stage) -> None:
    await stage.demo.post("hello")
    page = await stage.look()
    await page.get_by_role("button", name="Developer").click()
    await expect(page.locator("#calls li")).to_contain_text(["chat.postMessage"])
    await page.locator("[name=kind]").select_option("error")
    await page.get_by_label("Method, or * for any").fill("chat.postMessage")
    await page.get_by_role("button", name="Queue").click()
    await expect(page.get_by_text("Queued: error.")).to_be_visible()
    with pytest.raises(Exception, match="fatal_error"):
        await stage.demo.post("this one fails")
    await expect(page.locator("#calls li.failed")).to_contain_text(re.compile("fatal_error"))
