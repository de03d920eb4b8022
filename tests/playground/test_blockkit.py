"""The playground's Slack refuses the blocks and views that Slack refuses, naming the culprit."""

from copy import deepcopy

import pytest

from tests.playground.blockkit_samples import (
    Block,
    actions,
    button,
    cells,
    chart,
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

REFUSED: dict[str, tuple[Block, str, str]] = {
    "no type": ({"text": plain()}, "missing_field", "/blocks/0"),
    "an unknown type": ({"type": "marquee"}, "failed_constraint", "/blocks/0/type"),
    "a file block": ({"type": "file", "external_id": "x", "source": "remote"}, "failed_constraint", "/blocks/0/type"),
    "not an object": ("text", "wrong_type", "/blocks/0"),  # type: ignore[dict-item]
    "an empty section": ({"type": "section"}, "missing_field", "/blocks/0"),
    "an empty text": (section(text=mrkdwn("")), "failed_constraint", "/blocks/0/text/text"),
    "a text that is a string": (section(text="x"), "wrong_type", "/blocks/0/text"),
    "a number as text": (section(text=mrkdwn(7)), "wrong_type", "/blocks/0/text/text"),  # type: ignore[arg-type]
    "mrkdwn in a header": ({"type": "header", "text": mrkdwn()}, "failed_constraint", "/blocks/0/text/type"),
    "mrkdwn on a button": (actions(button(text=mrkdwn())), "failed_constraint", "/blocks/0/elements/0/text/type"),
    "emoji in mrkdwn": (section(text=mrkdwn() | {"emoji": True}), "unknown_field", "/blocks/0/text"),
    "an invented key": (actions(button(disabled=True)), "unknown_field", "/blocks/0/elements/0"),
    "no elements": (actions(), "failed_constraint", "/blocks/0/elements"),
    "an invented style": (actions(button(style="warning")), "failed_constraint", "/blocks/0/elements/0/style"),
    "a url without a scheme": (actions(button(url="example.com")), "failed_constraint", "/blocks/0/elements/0/url"),
    "a half confirm": (
        actions(button(confirm={"title": plain(), "text": plain(), "deny": plain()})),
        "missing_field",
        "/blocks/0/elements/0/confirm",
    ),
    "no options": (actions({"type": "static_select"}), "missing_field", "/blocks/0/elements/0"),
    "options and groups": (
        actions(
            {
                "type": "static_select",
                "options": options(1),
                "option_groups": [{"label": plain(), "options": options(1)}],
            }
        ),
        "missing_field",
        "/blocks/0/elements/0",
    ),
    "an initial option that is not offered": (
        actions({"type": "static_select", "options": options(1), "initial_option": option("else")}),
        "failed_constraint",
        "/blocks/0/elements/0/initial_option",
    ),
    "a text input among actions": (
        actions({"type": "plain_text_input"}),
        "failed_constraint",
        "/blocks/0/elements/0/type",
    ),
    "a button in an input": (entry(button()), "failed_constraint", "/blocks/0/element/type"),
    "an input without its label": (
        {"type": "input", "element": {"type": "plain_text_input"}},
        "missing_field",
        "/blocks/0",
    ),
    "an image without words": ({"type": "image", "image_url": "https://a/b"}, "missing_field", "/blocks/0"),
    "an image without a source": ({"type": "image", "alt_text": "x"}, "missing_field", "/blocks/0"),
    "lengths the wrong way round": (
        entry({"type": "plain_text_input", "min_length": 9, "max_length": 8}),
        "failed_constraint",
        "/blocks/0/element/min_length",
    ),
    "numbers the wrong way round": (
        entry({"type": "number_input", "is_decimal_allowed": False, "min_value": "10", "max_value": "9"}),
        "failed_constraint",
        "/blocks/0/element/min_value",
    ),
    "a truth that is a word": (entry(optional="yes"), "wrong_type", "/blocks/0/optional"),
    "a data table of one row": (data_table(rows=cells(1)), "failed_constraint", "/blocks/0/rows"),
    "a data table without a caption": ({"type": "data_table", "rows": cells(2)}, "missing_field", "/blocks/0"),
    "a ragged data table": (data_table(rows=[*cells(1, 2), *cells(1, 1)]), "failed_constraint", "/blocks/0/rows/1"),
    "rich text in a data table's header": (
        data_table(rows=[[{"type": "rich_text", "elements": []}], *cells(1)]),
        "failed_constraint",
        "/blocks/0/rows/0/0/type",
    ),
    "a row header beyond the table": (
        data_table(row_header_column_index=1),
        "failed_constraint",
        "/blocks/0/row_header_column_index",
    ),
    "a number in a plain table": (
        {"type": "table", "rows": [[{"type": "raw_number", "value": 1}]]},
        "failed_constraint",
        "/blocks/0/rows/0/0/type",
    ),
    "an invented chart": (chart(kind="radar"), "failed_constraint", "/blocks/0/chart/type"),
    "a pie of nothing": (
        {
            "type": "data_visualization",
            "title": "x",
            "chart": {"type": "pie", "segments": [{"label": "x", "value": 0}]},
        },
        "failed_constraint",
        "/blocks/0/chart/segments/0/value",
    ),
    "a container in a container": (container(container()), "failed_constraint", "/blocks/0/child_blocks/0/type"),
    "a collapsed container that can't open": (
        container(default_collapsed=True),
        "failed_constraint",
        "/blocks/0/default_collapsed",
    ),
    "an untitled container": ({"type": "container", "child_blocks": [section()]}, "missing_field", "/blocks/0"),
    "an empty card": ({"type": "card"}, "missing_field", "/blocks/0"),
    "a pending task on its own": (
        {"type": "task_card", "task_id": "1", "title": "x", "status": "pending"},
        "failed_constraint",
        "/blocks/0/status",
    ),
    "a plan whose title is an object": ({"type": "plan", "title": plain()}, "wrong_type", "/blocks/0/title"),
    "initial options that no group offers": (
        entry(
            {
                "type": "multi_static_select",
                "option_groups": [{"label": plain(), "options": options(1)}],
                "initial_options": options(2),
            }
        ),
        "failed_constraint",
        "/blocks/0/element/initial_options",
    ),
    "a date in words": (
        actions({"type": "datepicker", "initial_date": "tomorrow"}),
        "failed_constraint",
        "/blocks/0/elements/0/initial_date",
    ),
    "a page of nothing": (data_table(page_size=0), "failed_constraint", "/blocks/0/page_size"),
    "not a number": (data_table(page_size="5"), "wrong_type", "/blocks/0/page_size"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_slack_refuses(name: str) -> None:
    block, code, pointer = REFUSED[name]
    assert said(block) == [(code, pointer)]


ACCEPTED: dict[str, Block] = {
    "a task that waits in a plan": {
        "type": "plan",
        "title": "x",
        "tasks": [{"task_id": "1", "title": "x", "status": "pending"}],
    },
    "a column without settings": {"type": "table", "rows": cells(1, 2), "column_settings": [None, {"align": "right"}]},
    "a pie": {
        "type": "data_visualization",
        "title": "x",
        "chart": {"type": "pie", "segments": [{"label": "x", "value": 0.5}]},
    },
    "an image that Slack holds": {"type": "image", "alt_text": "x", "slack_file": {"id": "F1"}},
    "a list in rich text": {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_list",
                "style": "bullet",
                "elements": [
                    {"type": "rich_text_section", "elements": [{"type": "text", "text": "x", "style": {"bold": True}}]}
                ],
            }
        ],
    },
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_slack_accepts(name: str) -> None:
    assert said(ACCEPTED[name]) == []


def test_a_block_id_is_unique_in_a_payload_also_inside_containers() -> None:
    assert said(section(block_id="a"), container(section(block_id="a"))) == [
        ("duplicate", "/blocks/1/child_blocks/0/block_id")
    ]


def test_an_action_id_is_unique_within_its_block_and_may_return_in_another() -> None:
    assert said(actions(button(action_id="a")), actions(button(action_id="a"))) == []
    assert said(actions(button(action_id="a"), button(action_id="a"))) == [
        ("duplicate", "/blocks/0/elements/1/action_id")
    ]


@pytest.mark.parametrize(
    ("block", "most"),
    [({"type": "table", "rows": cells(1)}, 1), (chart(), 2), ({"type": "plan", "title": "x"}, 1)],
)
def test_a_message_holds_few_of_the_heavy_blocks(block: Block, most: int) -> None:
    assert said(*[block] * most) == []
    assert said(*[block] * (most + 1)) == [("failed_constraint", f"/blocks/{most}")]


def test_a_table_and_a_data_table_count_together() -> None:
    assert said({"type": "table", "rows": cells(1)}, data_table()) == [("failed_constraint", "/blocks/1")]


def test_markdown_blocks_share_12_000_characters() -> None:
    halves = [{"type": "markdown", "text": "x" * 6_000}] * 2
    assert said(*halves) == []
    assert said(*halves, {"type": "markdown", "text": "x"}) == [("failed_constraint", "/blocks")]


def test_one_element_may_have_the_focus() -> None:
    focused = {"type": "plain_text_input", "focus_on_load": True}
    assert said(entry(focused), surface="modal") == []
    assert said(entry(focused), entry(focused), surface="modal") == [
        ("failed_constraint", "/blocks/1/element/focus_on_load")
    ]


def test_series_have_their_own_names_and_a_point_for_each_category() -> None:
    twins = chart(series=2)
    twins["chart"]["series"][1]["name"] = "s0"
    assert said(twins) == [("duplicate", "/blocks/0/chart/series/1/name")]
    gap = deepcopy(chart(series=2))
    gap["chart"]["series"][1]["data"] = gap["chart"]["series"][1]["data"][1:]
    assert said(gap) == [("failed_constraint", "/blocks/0/chart/series/1/data")]


def test_a_modal_with_an_input_has_a_submit_button() -> None:
    form = modal(entry())
    assert found(form, "modal") == []
    del form["submit"]
    assert found(form, "modal") == [("missing_field", "")]


def test_a_choice_of_files_does_not_dispatch() -> None:
    assert said(entry({"type": "file_input"}, dispatch_action=True), surface="modal") == [
        ("failed_constraint", "/blocks/0/dispatch_action")
    ]


def test_a_view_is_of_the_kind_that_was_asked_for() -> None:
    assert found(home(), "modal") == [("failed_constraint", "/type")]
    assert found(home(title=plain()), "home") == [("unknown_field", "")]
