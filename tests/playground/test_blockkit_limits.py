"""Each Block Kit limit holds at N and breaks at N + 1; each block stands on its surfaces only."""

from collections.abc import Callable

import pytest

from playground.slack.blockkit import Surface, total_text
from tests.playground.blockkit_samples import (
    Block,
    actions,
    button,
    card,
    cells,
    chart,
    confirm,
    container,
    data_table,
    entry,
    found,
    home,
    modal,
    mrkdwn,
    option,
    options,
    plain,
    said,
    section,
)

LENGTHS: dict[str, tuple[int, Callable[[int], Block]]] = {
    "section text": (3_000, lambda n: section(text=mrkdwn("x" * n))),
    "section field": (2_000, lambda n: {"type": "section", "fields": [mrkdwn("x" * n)]}),
    "section fields": (10, lambda n: {"type": "section", "fields": [plain()] * n}),
    "header": (150, lambda n: {"type": "header", "text": plain("x" * n)}),
    "header level": (4, lambda n: {"type": "header", "text": plain(), "level": n}),
    "block_id": (255, lambda n: section(block_id="x" * n)),
    "action_id": (255, lambda n: actions(button(action_id="x" * n))),
    "actions": (25, lambda n: actions(*[button(action_id=str(number)) for number in range(n)])),
    "context": (10, lambda n: {"type": "context", "elements": [mrkdwn()] * n}),
    "button text": (75, lambda n: actions(button(text=plain("x" * n)))),
    "button value": (2_000, lambda n: actions(button(value="x" * n))),
    "button url": (3_000, lambda n: actions(button(url="https://a/".ljust(n, "x")))),
    "accessibility label": (75, lambda n: actions(button(accessibility_label="x" * n))),
    "confirm title": (100, lambda n: actions(button(confirm=confirm(title=plain("x" * n))))),
    "confirm text": (300, lambda n: actions(button(confirm=confirm(text=mrkdwn("x" * n))))),
    "confirm yes": (30, lambda n: actions(button(confirm=confirm(confirm=plain("x" * n))))),
    "confirm no": (30, lambda n: actions(button(confirm=confirm(deny=plain("x" * n))))),
    "option text": (75, lambda n: actions({"type": "overflow", "options": [option(text=plain("x" * n))]})),
    "option value": (150, lambda n: actions({"type": "overflow", "options": [option("x" * n)]})),
    "option description": (
        75,
        lambda n: actions({"type": "overflow", "options": [option(description=plain("x" * n))]}),
    ),
    "overflow": (5, lambda n: actions({"type": "overflow", "options": options(n)})),
    "select": (100, lambda n: actions({"type": "static_select", "options": options(n)})),
    "select groups": (
        100,
        lambda n: actions({"type": "static_select", "option_groups": [{"label": plain(), "options": options(1)}] * n}),
    ),
    "radio buttons": (10, lambda n: actions({"type": "radio_buttons", "options": options(n)})),
    "checkboxes": (10, lambda n: actions({"type": "checkboxes", "options": options(n)})),
    "placeholder": (150, lambda n: actions({"type": "users_select", "placeholder": plain("x" * n)})),
    "input label": (2_000, lambda n: entry(label=plain("x" * n))),
    "input hint": (2_000, lambda n: entry(hint=plain("x" * n))),
    "input max_length": (3_000, lambda n: entry({"type": "plain_text_input", "max_length": n})),
    "initial value": (3_000, lambda n: entry({"type": "plain_text_input", "initial_value": "x" * n})),
    "alt text": (2_000, lambda n: {"type": "image", "image_url": "https://a/b.png", "alt_text": "x" * n}),
    "image url": (3_000, lambda n: {"type": "image", "alt_text": "x", "image_url": "https://a/".ljust(n, "x")}),
    "markdown": (12_000, lambda n: {"type": "markdown", "text": "x" * n}),
    "context actions": (
        5,
        lambda n: {
            "type": "context_actions",
            "elements": [
                {"type": "icon_button", "icon": "trash", "text": plain(), "action_id": str(m)} for m in range(n)
            ],
        },
    ),
    "card title": (150, lambda n: card(title=mrkdwn("x" * n))),
    "card subtitle": (150, lambda n: card(subtitle=mrkdwn("x" * n))),
    "card body": (200, lambda n: card(body=mrkdwn("x" * n))),
    "card buttons": (2, lambda n: card(actions=[button(action_id=str(number)) for number in range(n)])),
    "carousel": (10, lambda n: {"type": "carousel", "elements": [card()] * n}),
    "container": (10, lambda n: container(*[section()] * n)),
    "table rows": (100, lambda n: {"type": "table", "rows": cells(n)}),
    "table columns": (20, lambda n: {"type": "table", "rows": cells(1, n)}),
    "table text": (10_000, lambda n: {"type": "table", "rows": cells(1, 1, "x" * n)}),
    "data table rows": (101, lambda n: data_table(rows=cells(n))),
    "data table columns": (20, lambda n: data_table(rows=cells(2, n))),
    "data table text": (5_000, lambda n: data_table(rows=cells(2, 1, "x" * n))),
    "page size": (100, lambda n: data_table(page_size=n)),
    "chart title": (50, lambda n: chart(title="x" * n)),
    "series": (6, lambda n: chart(series=n)),
    "points": (20, lambda n: chart(points=n)),
}


@pytest.mark.parametrize("name", LENGTHS)
def test_a_limit_holds_at_n_and_breaks_one_above(name: str) -> None:
    most, at_size = LENGTHS[name]
    assert said(at_size(most)) == []
    assert {code for code, _ in said(at_size(most + 1))} == {"failed_constraint"}


VIEW_LENGTHS: dict[str, tuple[int, Callable[[int], Block]]] = {
    "title": (24, lambda n: modal(title=plain("x" * n))),
    "submit": (24, lambda n: modal(submit=plain("x" * n))),
    "close": (24, lambda n: modal(close=plain("x" * n))),
    "private metadata": (3_000, lambda n: modal(private_metadata="x" * n)),
    "callback id": (255, lambda n: modal(callback_id="x" * n)),
    "external id": (255, lambda n: modal(external_id="x" * n)),
    "alert": (200, lambda n: modal({"type": "alert", "text": mrkdwn("x" * n)})),
    "blocks": (100, lambda n: modal(*[section()] * n)),
    "home blocks": (100, lambda n: home(*[section()] * n)),
}


@pytest.mark.parametrize("name", VIEW_LENGTHS)
def test_a_views_limit_holds_at_n_and_breaks_one_above(name: str) -> None:
    most, at_size = VIEW_LENGTHS[name]
    surface: Surface = "home" if name.startswith("home") else "modal"
    assert found(at_size(most), surface) == []
    assert {code for code, _ in found(at_size(most + 1), surface)} == {"failed_constraint"}


def test_a_message_holds_fifty_blocks() -> None:
    assert said(*[section()] * 50) == []
    assert said(*[section()] * 51) == [("failed_constraint", "/blocks")]


def test_a_message_without_blocks_has_nothing_wrong_with_them() -> None:
    assert found({"channel": "C1", "text": "x"}) == []
    assert found({"text": "x", "blocks": []}) == []


def test_a_message_whose_blocks_are_too_long_together_is_told_so_by_name() -> None:
    long = [section(text=mrkdwn("x" * 2_640)) for _ in range(5)]
    assert total_text(long) == 13_200
    assert said(*long) == []
    assert said(*long, section()) == [("msg_blocks_too_long", "/blocks")]
    assert said(*long, section(), surface="modal") == []


def test_a_view_holds_250_kilobytes() -> None:
    long = [{"type": "section", "fields": [mrkdwn("x" * 2_000)] * 10} for _ in range(13)]
    assert said(*long[:12], surface="home") == []
    assert said(*long, surface="home") == [("view_too_large", "")]


SURFACES: dict[str, tuple[Block, set[Surface]]] = {
    "actions": (actions(button()), {"message", "modal", "home"}),
    "alert": ({"type": "alert", "text": plain()}, {"modal"}),
    "card": (card(), {"message", "home"}),
    "carousel": ({"type": "carousel", "elements": [card()]}, {"message", "home"}),
    "container": (container(), {"message", "home"}),
    "context": ({"type": "context", "elements": [plain()]}, {"message", "modal", "home"}),
    "data_table": (data_table(), {"message"}),
    "data_visualization": (chart(), {"message"}),
    "divider": ({"type": "divider"}, {"message", "modal", "home"}),
    "header": ({"type": "header", "text": plain()}, {"message", "modal", "home"}),
    "image": ({"type": "image", "image_url": "https://a/b", "alt_text": "x"}, {"message", "modal", "home"}),
    "input": (entry(), {"message", "modal", "home"}),
    "file input": (entry({"type": "file_input"}), {"modal"}),
    "response url": (entry({"type": "channels_select", "response_url_enabled": True}), {"modal"}),
    "markdown": ({"type": "markdown", "text": "x"}, {"message"}),
    "plan": ({"type": "plan", "title": "x"}, {"message"}),
    "rich_text": ({"type": "rich_text", "elements": []}, {"message", "modal", "home"}),
    "table": ({"type": "table", "rows": cells(1)}, {"message"}),
    "task_card": ({"type": "task_card", "task_id": "1", "title": "x"}, {"message"}),
}


@pytest.mark.parametrize("surface", ["message", "modal", "home"])
@pytest.mark.parametrize("name", SURFACES)
def test_a_block_stands_on_its_surfaces_only(name: str, surface: Surface) -> None:
    block, allowed = SURFACES[name]
    assert {code for code, _ in said(block, surface=surface)} == (set() if surface in allowed else {"wrong_surface"})
