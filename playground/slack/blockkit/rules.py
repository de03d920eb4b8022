"""Block Kit rules that compare parts of a payload with each other. They read what is well shaped already.

Source: docs.slack.dev, Block Kit and views reference; the total of a message is undocumented and measured by others.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from playground.slack.blockkit.layout import ALLOWED, Surface
from playground.slack.blockkit.shape import Problem

MESSAGE_TEXT = 13_200
MARKDOWN_TEXT = 12_000
TABLE_TEXT = 10_000
VIEW_BYTES = 250_000

Part = dict[str, Any]
Found = Iterator[tuple[str, Part]]

_SHOWN = ("text", "title", "caption", "label", "name", "fallback")


def text_of(value: object) -> int:
    """How many characters a value shows: every string under a key that is shown, at any depth."""
    if isinstance(value, list):
        return sum(map(text_of, value))
    if isinstance(value, dict):
        return sum(
            len(item) if key in _SHOWN and isinstance(item, str) else text_of(item) for key, item in value.items()
        )
    return 0


def parts(value: object, at: str = "") -> Found:
    """Every object within a payload, outermost first, each with its pointer."""
    if isinstance(value, dict):
        yield at, value
        for key, item in value.items():
            yield from parts(item, f"{at}/{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from parts(item, f"{at}/{index}")


def _blocks(payload: Part) -> Found:
    """Every block, those inside containers and carousels too."""
    nested = {"container": "child_blocks", "carousel": "elements"}
    for index, block in enumerate(payload["blocks"]):
        yield f"/blocks/{index}", block
        key = nested.get(block["type"], "")
        for inner, child in enumerate(block.get(key, [])):
            yield f"/blocks/{index}/{key}/{inner}", child


def _elements(block: Part, at: str) -> Found:
    for key in ("accessory", "element"):
        if key in block:
            yield f"{at}/{key}", block[key]
    for key in ("elements", "actions"):
        for index, element in enumerate(block.get(key, [])):
            yield f"{at}/{key}/{index}", element


def _repeated(found: Found, key: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for at, part in found:
        if key in part and part[key] in seen:
            yield Problem("duplicate", f"`{key}` already exists: {part[key]}", f"{at}/{key}")
        seen.add(part.get(key, ""))


# Rules of a whole payload -------------------------------------------------------------------------------------------


def _stand_where_they_may(payload: Part, surface: Surface) -> Iterator[Problem]:
    for at, block in _blocks(payload):
        if block["type"] not in ALLOWED[surface]:
            yield Problem("wrong_surface", f"{block['type']} is not allowed in a {surface}", f"{at}/type")
        if surface != "modal" and block.get("element", {}).get("type") == "file_input":
            yield Problem("wrong_surface", "file_input is allowed in a modal only", f"{at}/element/type")
        for place, element in _elements(block, at):
            if "response_url_enabled" in element and (surface != "modal" or block["type"] != "input"):
                message = "response_url_enabled is allowed in an input of a modal only"
                yield Problem("wrong_surface", message, f"{place}/response_url_enabled")


def _are_told_apart(payload: Part, surface: Surface) -> Iterator[Problem]:
    yield from _repeated(_blocks(payload), "block_id")
    for at, block in _blocks(payload):
        # An answer is keyed by block, then action: within one block the actions must differ.
        yield from _repeated(_elements(block, at), "action_id")


def _are_few(payload: Part, surface: Surface) -> Iterator[Problem]:
    for kinds, most in ((("table", "data_table"), 1), (("data_visualization",), 2), (("plan",), 1)):
        alike = [at for at, block in _blocks(payload) if block["type"] in kinds]
        for at in alike[most:]:
            yield Problem("failed_constraint", f"no more than {most} of {' and '.join(kinds)} allowed", at)
    focused = [at for at, part in parts(payload["blocks"], "/blocks") if part.get("focus_on_load") is True]
    for at in focused[1:]:
        yield Problem("failed_constraint", "only one element may have focus_on_load", f"{at}/focus_on_load")


def _fit(payload: Part, surface: Surface) -> Iterator[Problem]:
    markdown = sum(len(block["text"]) for _, block in _blocks(payload) if block["type"] == "markdown")
    if markdown > MARKDOWN_TEXT:
        yield Problem("failed_constraint", f"markdown blocks hold {markdown} of {MARKDOWN_TEXT} characters", "/blocks")
    if surface == "message" and (total := text_of(payload["blocks"])) > MESSAGE_TEXT:
        yield Problem("msg_blocks_too_long", f"blocks hold {total} of {MESSAGE_TEXT} characters", "/blocks")
    if surface != "message" and (size := len(json.dumps(payload).encode())) > VIEW_BYTES:
        yield Problem("view_too_large", f"view is {size} of {VIEW_BYTES} bytes", "")


def _can_be_submitted(payload: Part, surface: Surface) -> Iterator[Problem]:
    if surface == "modal" and "submit" not in payload and any(part["type"] == "input" for _, part in _blocks(payload)):
        yield Problem("missing_field", "missing required field: submit", "")


def _tasks_pending_in_a_plan(payload: Part, surface: Surface) -> Iterator[Problem]:
    for at, block in _blocks(payload):
        if block["type"] == "task_card" and block.get("status") == "pending":
            yield Problem("failed_constraint", "a pending task stands in a plan only", f"{at}/status")


PAYLOAD_RULES: tuple[Callable[[Part, Surface], Iterator[Problem]], ...] = (
    _stand_where_they_may,
    _are_told_apart,
    _are_few,
    _fit,
    _can_be_submitted,
    _tasks_pending_in_a_plan,
)


# Rules of one block or element --------------------------------------------------------------------------------------


def _table(table: Part, at: str) -> Iterator[Problem]:
    if (total := text_of(table["rows"])) > TABLE_TEXT:
        yield Problem("failed_constraint", f"cells hold {total} of {TABLE_TEXT} characters", f"{at}/rows")


def _data_table(table: Part, at: str) -> Iterator[Problem]:
    yield from _table(table, at)
    width = len(table["rows"][0])
    for index, row in enumerate(table["rows"]):
        if len(row) != width:
            yield Problem("failed_constraint", f"must have {width} cells, as the header has", f"{at}/rows/{index}")
    for index, cell in enumerate(table["rows"][0]):
        if cell["type"] == "rich_text":
            yield Problem("failed_constraint", "rich_text is not allowed in the header", f"{at}/rows/0/{index}/type")
    if table.get("row_header_column_index", 0) >= width:
        yield Problem("failed_constraint", f"must be less than {width}", f"{at}/row_header_column_index")


def _plot(chart: Part, at: str) -> Iterator[Problem]:
    yield from _repeated(((f"{at}/series/{index}", one) for index, one in enumerate(chart["series"])), "name")
    categories = sorted(chart["axis_config"]["categories"])
    for index, series in enumerate(chart["series"]):
        if sorted(point["label"] for point in series["data"]) != categories:
            yield Problem("failed_constraint", "needs one point for each category", f"{at}/series/{index}/data")


def _container(container: Part, at: str) -> Iterator[Problem]:
    if container.get("default_collapsed") and not container.get("is_collapsible"):
        yield Problem("failed_constraint", "default_collapsed needs is_collapsible", f"{at}/default_collapsed")


def _input(block: Part, at: str) -> Iterator[Problem]:
    if block.get("dispatch_action") and block["element"]["type"] == "file_input":
        yield Problem("failed_constraint", "a file_input does not dispatch actions", f"{at}/dispatch_action")


def _ordered(least: str, most: str) -> Callable[[Part, str], Iterator[Problem]]:
    def rule(element: Part, at: str) -> Iterator[Problem]:
        if least in element and most in element and Decimal(element[least]) > Decimal(element[most]):
            yield Problem("failed_constraint", f"must not be more than {most}", f"{at}/{least}")

    return rule


def _initially_offered(element: Part, at: str) -> Iterator[Problem]:
    groups = element.get("option_groups", [{"options": element.get("options", [])}])
    offered = [option for group in groups for option in group["options"]]
    for key in ("initial_option", "initial_options"):
        chosen = element.get(key, [])
        if any(option not in offered for option in (chosen if isinstance(chosen, list) else [chosen])):
            yield Problem("failed_constraint", "must be among the options", f"{at}/{key}")


PART_RULES: Mapping[str, Callable[[Part, str], Iterator[Problem]]] = {
    "table": _table,
    "data_table": _data_table,
    "line": _plot,
    "bar": _plot,
    "area": _plot,
    "container": _container,
    "input": _input,
    "number_input": _ordered("min_value", "max_value"),
    "plain_text_input": _ordered("min_length", "max_length"),
    "static_select": _initially_offered,
    "multi_static_select": _initially_offered,
    "radio_buttons": _initially_offered,
    "checkboxes": _initially_offered,
}
