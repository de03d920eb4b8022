"""What stands on the page: written text, dates, tables, charts, threads; and that foreign text stays text."""

import pytest
from playwright.async_api import expect

from tests.page import documents, gallery
from tests.page.conftest import Stage

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="session")]


async def test_mrkdwn_is_shown_with_its_styles_mentions_links_lists_and_code(stage: Stage) -> None:
    ts = await stage.demo.post("written", documents.written())
    page = await stage.look("U0ARI")
    text = page.locator(f"[data-ts='{ts}'] .section .text")
    await expect(text.locator("strong")).to_have_text(["bold", "both", "words"])
    await expect(text.locator("em")).to_have_text(["italic", "both"])
    await expect(text.locator("s")).to_have_text("strike")
    await expect(text.locator("code")).to_have_text(
        ["code @Ari Novak", "for line in log:\n    print(line)  # *not bold*"]
    )
    await expect(text).to_contain_text("snake_case_stays 2*3*4")
    await expect(text.get_by_role("img", name="rocket")).to_be_visible()
    await expect(text).to_contain_text(":no_such_emoji:")
    await expect(text.locator("blockquote")).to_have_text("quoted wordsof somebody")
    await expect(text.get_by_role("listitem")).to_have_count(3)
    await expect(text.locator(".mention.mine")).to_have_text(["@Ari Novak", "@deployers", "@here"])
    links = await text.get_by_role("link").evaluate_all("nodes => nodes.map((node) => node.href)")
    assert links == ["https://example.com/a_b_c", "mailto:ops@example.com", "https://example.com/run?x=1&y=2"]


async def test_rich_text_and_markdown_are_shown_as_composed(stage: Stage) -> None:
    await stage.demo.post("written", documents.written())
    page = await stage.look()
    await expect(page.locator("em > strong, strong > em")).to_contain_text(["bold italics"])
    await expect(page.locator(".text ol > li", has_text="swap")).to_be_visible()
    runbook = page.locator(".markdown")
    await expect(runbook.get_by_role("heading")).to_have_text("Runbook: api is slow")
    await expect(runbook.locator("ol ul li")).to_have_text(["what changed", "who knows"])
    await expect(runbook.get_by_role("checkbox", name="done")).to_be_checked()
    await expect(runbook.get_by_role("cell")).to_have_text(["look", "2", "act", "5"])
    await expect(runbook.locator("blockquote s")).to_have_text("yet")


async def test_dates_are_read_in_the_zone_of_the_one_who_looks(stage: Stage) -> None:
    await stage.demo.post("Ends <!date^1700000000^{date_short} {time_secs}|then>, <!date^0^{nothing} {ago}|then>")
    dana, ari = await stage.look("U0DANA"), await stage.look("U0ARI")
    await expect(dana.locator(".message .text time").first).to_have_text("14 Nov 2023 23:13:20")
    await expect(ari.locator(".message .text time").first).to_have_text("14 Nov 2023 17:13:20")
    await expect(ari.locator(".message .text time").last).to_contain_text("{nothing}")
    await expect(ari.locator(".message .text time").last).to_contain_text("days ago")


async def test_markup_in_foreign_text_stays_text(stage: Stage) -> None:
    attack, escaped = gallery.ATTACK, gallery.ATTACK.replace("<", "&lt;").replace(">", "&gt;")
    for blocks in (
        None,
        [{"type": "section", "text": gallery.mrkdwn(f"{escaped} <javascript:alert(1)|press>")}],
        [{"type": "markdown", "text": f"{attack} [press](javascript:alert(1))"}],
        [{"type": "actions", "elements": [gallery.button(attack[:70], "x")]}],
        [{"type": "table", "rows": [[gallery.cell("x")], [gallery.cell(attack)]]}],
    ):
        await stage.demo.post(escaped, blocks)
    page = await stage.look()
    bodies = page.locator(".message .body")
    await expect(bodies).to_contain_text(["<script>alert(1)</script>"] * 5)
    assert await bodies.locator("script, img, a[href^='javascript']").count() == 0
    assert "hacked" not in await page.title()


async def test_what_a_person_types_is_shown_as_typed(stage: Stage) -> None:
    page = await stage.look()
    field = page.get_by_role("combobox", name="Message #deploys")
    await field.fill(f"*look* {gallery.ATTACK} @ari")
    await page.keyboard.press("End")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Send").click()
    text = page.locator(".message .text")
    await expect(text.locator("strong")).to_have_text("look")
    await expect(text).to_contain_text(f"{gallery.ATTACK} @Ari Novak")


async def test_a_data_table_turns_pages_and_sorts_numbers_as_numbers(stage: Stage) -> None:
    await stage.demo.post("table", [documents.data_table()])
    page = await stage.look()
    table = page.get_by_role("table", name="Deploys this week")
    await expect(table.get_by_role("rowheader")).to_have_text(["api", "web", "billing", "search"])
    await page.get_by_role("button", name="Next").click()
    await expect(table.get_by_role("rowheader")).to_have_text(["mail", "jobs", "auth"])
    await expect(page.get_by_text("5–7 of 7")).to_be_visible()
    heading = table.get_by_role("columnheader", name="Deploys")
    await heading.get_by_role("button").click()
    await heading.get_by_role("button").click()
    await expect(heading).to_have_attribute("aria-sort", "descending")
    await expect(table.get_by_role("row").nth(1)).to_contain_text("search10")


async def test_charts_are_drawings_with_their_numbers_beside_them(stage: Stage) -> None:
    await stage.demo.post("charts", [documents.line_chart(), documents.bar_chart()])
    await stage.demo.post("charts", [documents.pie_chart(), documents.area_chart()])
    page = await stage.look()
    line, bar, pie, area = [page.locator("figure.chart").nth(number) for number in range(4)]
    await expect(line.locator("polyline")).to_have_count(2)
    await expect(bar.locator("rect")).to_have_count(6)
    await expect(pie.locator("path")).to_have_count(3)
    await expect(area.locator("polygon")).to_have_count(2)
    await expect(line.get_by_role("img", name="line chart: Requests by version")).to_be_visible()
    await line.get_by_text("Numbers").click()
    await expect(line.get_by_role("row").last).to_have_text("15:0020430")


async def test_a_thread_is_counted_opened_answered_and_closed(stage: Stage) -> None:
    ts = await stage.demo.post("A deploy begins")
    await stage.demo.post("Pulling the image", thread=ts)
    page = await stage.look()
    await page.get_by_role("button", name="1 reply").click()
    thread = page.get_by_role("complementary", name="Thread")
    await expect(thread).to_contain_text("Pulling the image")
    assert page.url.endswith(f"/{ts}")
    field = thread.get_by_role("combobox", name="Reply in the thread")
    await expect(field).to_be_focused()
    await field.fill("Watching")
    await field.press("Enter")
    await expect(thread.locator(".message").last).to_contain_text("Watching")
    await expect(page.get_by_role("button", name="2 replies")).to_be_visible()
    await field.fill("/deploy api v1.2 production")
    await field.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("can't be used in threads")
    await field.press("Escape")
    await expect(thread).to_be_hidden()


async def test_new_messages_are_announced_counted_elsewhere_and_edits_are_shown_in_place(stage: Stage) -> None:
    page = await stage.look("U0VIC")
    ts = await stage.demo.post("api is *rolling*")
    await expect(page.locator("#live")).to_have_text("Quarterdeck: api is rolling")
    await stage.demo.client.chat_update(channel="C0DEPLOYS", ts=ts, text="api is done")
    await expect(page.locator(f"[data-ts='{ts}'] .text")).to_contain_text("api is done")
    await stage.demo.client.chat_postMessage(channel="C0RANDOM", text="elsewhere")
    await page.get_by_role("link", name="#random, 1 unread").click()
    await expect(page.locator(".message")).to_contain_text("elsewhere")
    await expect(page.get_by_role("link", name="#random", exact=True)).to_have_attribute("aria-current", "page")
