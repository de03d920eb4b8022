"""What people enter: the state of inputs, found in blocks, merged from what a test or the page sends."""

from collections.abc import Iterator
from typing import Any

from playground.slack.content import elements, every_block
from playground.slack.errors import Json, SlackError

# For each element: the key of its state and the key of what it starts with.
STATE_KEYS: dict[str, tuple[str, str]] = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "overflow": ("selected_option", ""),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "file_input": ("files", ""),
}


def placed(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Every block with every element in it that a person can use."""
    for block in every_block(blocks):
        for element in elements(block):
            yield block, element


def find(blocks: list[Json], action_id: str, block_id: str = "", value: str = "") -> tuple[Json, Json]:
    """The block and the element of that action id. Raises SlackError no_such_element."""
    for block, element in placed(blocks):
        if (
            element["action_id"] == action_id
            and block_id in ("", block["block_id"])
            and value in ("", element.get("value", value))
        ):
            return block, element
    raise SlackError("no_such_element", detail=f"nothing here has the action_id {action_id!r}")


def initial_values(blocks: list[Json]) -> Json:
    """The state of all inputs before anybody touched them: {block_id: {action_id: state}}."""
    values: Json = {}
    for block, element in placed(blocks):
        if element["type"] in STATE_KEYS and element["type"] != "overflow":
            key, start = STATE_KEYS[element["type"]]
            empty: Any = [] if key.endswith(("options", "users", "channels", "conversations", "files")) else None
            state = {"type": element["type"], key: element.get(start, empty)}
            values.setdefault(block["block_id"], {})[element["action_id"]] = state
    return values


def entered(element: Json, given: Any) -> Json:
    """The state of an element after somebody entered `given`: a whole state, or its value alone.

    Menus also take an option's value, checkboxes a list of values. Raises SlackError no_such_option.
    """
    kind = element["type"]
    key, _ = STATE_KEYS[kind]
    if isinstance(given, dict) and key in given:
        given = given[key]
    if key == "selected_option" and given is not None:
        given = _option(element, given)
    elif key == "selected_options":
        given = [_option(element, one) for one in given or []]
    return {"type": kind, key: given}


def merged(blocks: list[Json], values: Json, given: Json) -> Json:
    """`values` with what was entered on top; `given` is {block_id: {action_id: state or plain value}}."""
    whole = {block_id: dict(states) for block_id, states in values.items()}
    for block_id, states in given.items():
        for action_id, state in states.items():
            _, element = find(blocks, action_id, block_id)
            if element["type"] in STATE_KEYS:
                whole.setdefault(block_id, {})[action_id] = entered(element, state)
    return whole


def missing(blocks: list[Json], values: Json) -> dict[str, str]:
    """What Slack itself says before a form is sent: {block_id: complaint}."""
    found = {}
    for block in blocks:
        if block.get("type") == "input":
            element = block["element"]
            state = values.get(block["block_id"], {}).get(element["action_id"], {})
            if complaint := _complaint(block, element, state.get(STATE_KEYS[element["type"]][0])):
                found[block["block_id"]] = complaint
    return found


def _complaint(block: Json, element: Json, value: Any) -> str:
    if value in (None, "", []):
        return "" if block.get("optional") else "Please complete this required field."
    if isinstance(value, str) and len(value) > element.get("max_length", 3_000):
        return f"Please enter no more than {element.get('max_length', 3_000)} characters."
    if isinstance(value, str) and len(value) < element.get("min_length", 0):
        return f"Please enter at least {element['min_length']} characters."
    return ""


def _option(element: Json, given: Any) -> Json:
    """The option itself, whose value may stand for it. External menus take what they are given."""
    groups = element.get("option_groups") or [{"options": element.get("options", [])}]
    offered = [option for group in groups for option in group["options"]]
    wanted = given.get("value") if isinstance(given, dict) else given
    found: Json | None = next((option for option in offered if option["value"] == wanted), None)
    if found is None and element["type"].endswith("external_select") and isinstance(given, dict):
        return given
    if found is None:
        raise SlackError("no_such_option", detail=f"{element['action_id']} does not offer {wanted!r}")
    return found
