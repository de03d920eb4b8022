"""Block Kit's blocks and views as a table of keys and limits, and the surfaces on which each block may stand.

Source: docs.slack.dev, Block Kit and views reference (2026). Where reports on a surface differ, the block is refused.
"""

from collections.abc import Mapping
from typing import Literal

from playground.slack.blockkit.elements import (
    BUTTON,
    ID,
    IMAGE,
    IMAGE_URL,
    IN_ACTIONS,
    IN_CONTEXT,
    IN_CONTEXT_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    RICH_TEXT,
    SLACK_FILE,
    URL,
    plain,
    prose,
)
from playground.slack.blockkit.shape import Either, Flag, Many, Nothing, Number, Record, Shape, Text, Typed, Word

Surface = Literal["message", "modal", "home"]

_BLOCK: Mapping[str, Shape] = {"block_id": ID}
_IMAGE = Typed({"image": IMAGE})
_HTTPS = Text(3_000, pattern=r"https://\S+")
_RICH = Typed({"rich_text": RICH_TEXT})

# Tables and charts --------------------------------------------------------------------------------------------------

_CELL: Mapping[str, Record] = {"raw_text": Record({"text": Text(10_000, least=0)}), "rich_text": RICH_TEXT}
_NUMBER_CELL = Record({"value": Number()}, {"text": Text(10_000)})
_COLUMN = Record(optional={"align": Word(("left", "center", "right")), "is_wrapped": Flag()})
_LABEL = Text(20)
_SERIES = Record({"name": _LABEL, "data": Many(Record({"label": _LABEL, "value": Number()}), 20)})
_AXIS = Record({"categories": Many(_LABEL, 20)}, {"x_label": Text(50, least=0), "y_label": Text(50, least=0)})
# Twelve series work in some workspaces, the reference promises six.
_PLOT = Record({"series": Many(_SERIES, 6), "axis_config": _AXIS})
_PIE = Record({"segments": Many(Record({"label": _LABEL, "value": Number(least=1e-9)}), 6)})

# Agents' progress ---------------------------------------------------------------------------------------------------

_TASK = Record(
    {"task_id": ID, "title": Text(3_000)},
    {
        **_BLOCK,
        "details": _RICH,
        "output": _RICH,
        "sources": Many(Typed({"url": Record({"url": URL, "text": Text(3_000)})})),
        "status": Word(("pending", "in_progress", "complete", "error")),
    },
)
_PLANNED_TASK = Record(_TASK.required, {**_TASK.optional, "type": Word(("task_card",))})

CARD = Record(
    optional={
        **_BLOCK,
        "hero_image": _IMAGE,
        "icon": _IMAGE,
        "title": prose(150),
        "subtitle": prose(150),
        "body": prose(200),
        "actions": Many(Typed({"button": BUTTON}), 2),
    },
    some_of=("hero_image", "title", "body", "actions"),
)

_NESTABLE: Mapping[str, Record] = {
    "actions": Record({"elements": Many(IN_ACTIONS, 25)}, _BLOCK),
    "context": Record({"elements": Many(IN_CONTEXT, 10)}, _BLOCK),
    "divider": Record(optional=_BLOCK),
    "header": Record({"text": plain(150)}, {**_BLOCK, "level": Number(1, 4, whole=True)}),
    "image": Record(
        {"alt_text": Text(2_000)},
        {**_BLOCK, "image_url": IMAGE_URL, "slack_file": SLACK_FILE, "title": plain(2_000)},
        one_of=("image_url", "slack_file"),
    ),
    "input": Record(
        {"label": plain(2_000), "element": IN_INPUT},
        {**_BLOCK, "hint": plain(2_000), "optional": Flag(), "dispatch_action": Flag()},
    ),
    "rich_text": RICH_TEXT,
    "section": Record(
        optional={
            **_BLOCK,
            "text": prose(3_000),
            "fields": Many(prose(2_000), 10),
            "accessory": IN_SECTION,
            "expand": Flag(),
        },
        some_of=("text", "fields"),
    ),
    "table": Record(
        {"rows": Many(Many(Typed(_CELL), 20), 100)},
        {**_BLOCK, "column_settings": Many(Either((Nothing(), _COLUMN)), 20)},
    ),
    "video": Record(
        {"alt_text": Text(2_000), "title": plain(199), "thumbnail_url": IMAGE_URL, "video_url": _HTTPS},
        {
            **_BLOCK,
            "title_url": _HTTPS,
            "description": plain(199),
            "author_name": Text(49, least=0),
            "provider_name": Text(255),
            "provider_icon_url": IMAGE_URL,
        },
    ),
}

BLOCKS: Mapping[str, Record] = {
    **_NESTABLE,
    "alert": Record(
        {"text": prose(200)}, {**_BLOCK, "level": Word(("default", "info", "warning", "error", "success"))}
    ),
    "card": CARD,
    "carousel": Record({"elements": Many(Typed({"card": CARD}), 10)}, _BLOCK),
    "container": Record(
        {"child_blocks": Many(Typed(_NESTABLE), 10)},
        {
            **_BLOCK,
            "title": plain(150),
            "rich_text_title": _RICH,
            "subtitle": prose(150),
            "icon": _IMAGE,
            "width": Word(("narrow", "standard", "wide", "full")),
            "is_collapsible": Flag(),
            "default_collapsed": Flag(),
            "has_header_divider": Flag(),
        },
        some_of=("title", "rich_text_title"),
    ),
    "context_actions": Record({"elements": Many(IN_CONTEXT_ACTIONS, 5)}, _BLOCK),
    "data_table": Record(
        {"caption": Text(3_000), "rows": Many(Many(Typed({**_CELL, "raw_number": _NUMBER_CELL}), 20), 101, least=2)},
        {**_BLOCK, "page_size": Number(1, 100, whole=True), "row_header_column_index": Number(0, 19, whole=True)},
    ),
    "data_visualization": Record(
        {"title": Text(50), "chart": Typed({"line": _PLOT, "bar": _PLOT, "area": _PLOT, "pie": _PIE})}, _BLOCK
    ),
    "markdown": Record({"text": Text(12_000)}, _BLOCK),
    "plan": Record({"title": Text(3_000)}, {**_BLOCK, "tasks": Many(_PLANNED_TASK, least=0)}),
    "task_card": _TASK,
}

# Surfaces -----------------------------------------------------------------------------------------------------------

_EVERYWHERE = frozenset({"actions", "context", "divider", "header", "image", "input", "rich_text", "section", "video"})
_SPACIOUS = _EVERYWHERE | {"card", "carousel", "container"}
ALLOWED: Mapping[Surface, frozenset[str]] = {
    "message": _SPACIOUS
    | {"context_actions", "data_table", "data_visualization", "markdown", "plan", "table", "task_card"},
    "modal": _EVERYWHERE | {"alert"},
    "home": _SPACIOUS,
}

_ANY_BLOCK = Typed(BLOCKS)
_VIEW: Mapping[str, Shape] = {
    "private_metadata": Text(3_000, least=0),
    "callback_id": Text(255, least=0),
    "external_id": Text(255, least=0),
}
_BLOCKS: Mapping[str, Shape] = {"blocks": Many(_ANY_BLOCK, 100)}
PAYLOADS: Mapping[Surface, Shape] = {
    "message": Record({"blocks": Many(_ANY_BLOCK, 50, least=0)}),
    "modal": Typed(
        {
            "modal": Record(
                {**_BLOCKS, "title": plain(24)},
                {
                    **_VIEW,
                    "submit": plain(24),
                    "close": plain(24),
                    "clear_on_close": Flag(),
                    "notify_on_close": Flag(),
                    "submit_disabled": Flag(),
                },
            )
        }
    ),
    "home": Typed({"home": Record(_BLOCKS, _VIEW)}),
}
