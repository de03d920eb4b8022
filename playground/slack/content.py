"""What goes into a message or a view: checked as Slack checks it, completed as Slack completes it."""

import copy
import json
import secrets
from collections.abc import Iterator
from typing import Any

from playground.slack.blockkit import Problem, Surface, problems, total_text
from playground.slack.errors import Json, SlackError

TEXT, UPDATE_TEXT, BLOCKS_TEXT, ATTACHMENTS = 40_000, 4_000, 13_200, 100
METADATA = 16_384  # bytes; Slack has such a limit but does not publish it
NO_TEXT = "This content can't be displayed."


def message(args: Json, text_limit: int | None = None) -> Json:
    """The text, blocks and attachments of a message. Without `text_limit`, long text is cut as Slack cuts it.

    Raises SlackError no_text, invalid_blocks, msg_blocks_too_long, msg_too_long, too_many_attachments …
    """
    text = str(args.get("text") or args.get("markdown_text") or "")
    blocks, attachments = listed(args, "blocks"), listed(args, "attachments")
    if args.get("markdown_text") and (args.get("text") or blocks):
        raise SlackError("markdown_text_conflict")
    if not text and not blocks and not attachments:
        raise SlackError("no_text")
    if text_limit and len(text) > text_limit:
        raise SlackError("msg_too_long")
    if len(attachments) > ATTACHMENTS:
        raise SlackError("too_many_attachments")
    found: Json = {"text": text[:TEXT] or NO_TEXT}
    if blocks:
        found["blocks"] = checked_blocks(blocks)
    if attachments:
        found["attachments"] = attachments
    return found


def checked_blocks(blocks: list[Any]) -> list[Json]:
    """Blocks fit for a message, with their ids. Raises SlackError."""
    if total_text(blocks) > BLOCKS_TEXT:
        raise SlackError("msg_blocks_too_long")
    refuse("invalid_blocks", problems({"blocks": blocks}, "message"))
    return completed(blocks)


def checked_view(view: Any, surface: Surface) -> Json:
    """A view fit for its surface, its blocks with their ids. Raises SlackError."""
    if not isinstance(view, dict) or view.get("type") != surface:
        told = f"[ERROR] a view of type {surface} is needed [json-pointer:/view/type]"
        raise SlackError("invalid_arguments", response_metadata={"messages": [told]})
    found = problems(view, surface)
    if any(one.code == "view_too_large" for one in found):
        raise SlackError("view_too_large")
    refuse("invalid_arguments", found, "/view")
    return view | {"blocks": completed(view["blocks"])}


def refuse(error: str, found: list[Problem], prefix: str = "") -> None:
    """Raise SlackError where problems were found, naming each and where it stands."""
    if found:
        told = [f"[ERROR] {one.message} [json-pointer:{prefix}{one.pointer}]" for one in found]
        raise SlackError(error, errors=told, response_metadata={"messages": told})


def listed(args: Json, name: str) -> list[Any]:
    """A list that came as JSON or as a string of JSON. Raises SlackError invalid_blocks_format and the like."""
    value = args.get(name)
    try:
        value = json.loads(value) if isinstance(value, str) and value else value
    except ValueError as broken:
        raise SlackError(f"invalid_{name}_format") from broken
    if not isinstance(value or [], list):
        raise SlackError(f"invalid_{name}_format")
    return list(value or [])


def metadata(args: Json) -> Json | None:
    """A message's metadata; None where none was given. Raises SlackError."""
    given = args.get("metadata")
    if given is None or given == "":
        return None
    try:
        found = json.loads(given) if isinstance(given, str) else given
    except ValueError as broken:
        raise SlackError("invalid_metadata_format") from broken
    if not isinstance(found, dict):
        raise SlackError("invalid_metadata_format")
    if found and not (isinstance(found.get("event_type"), str) and isinstance(found.get("event_payload"), dict)):
        raise SlackError("invalid_metadata_schema")
    if len(json.dumps(found)) > METADATA:
        raise SlackError("metadata_too_large")
    return found


def completed(blocks: list[Any]) -> list[Json]:
    """A copy in which every block has a block_id and every element that acts an action_id."""
    whole: list[Json] = copy.deepcopy(blocks)
    for block in every_block(whole):
        block.setdefault("block_id", secrets.token_urlsafe(4)[:5])
        for element in elements(block):
            element.setdefault("action_id", secrets.token_urlsafe(4)[:5])
    return whole


def every_block(blocks: list[Json]) -> Iterator[Json]:
    """The blocks, those inside containers and carousels too."""
    for block in blocks:
        yield block
        inside = {"container": "child_blocks", "carousel": "elements"}.get(block["type"], "")
        yield from _many(block, inside)


def elements(block: Json) -> Iterator[Json]:
    """The elements of a block that a person can use."""
    for element in (block.get("accessory"), block.get("element"), *_many(block, "elements"), *_many(block, "actions")):
        if element and element.get("type") in INTERACTIVE:
            yield element


def _many(block: Json, key: str) -> list[Any]:
    value = block.get(key)
    return value if isinstance(value, list) else []


INTERACTIVE = frozenset(
    {
        "button", "checkboxes", "datepicker", "datetimepicker", "email_text_input", "feedback_buttons", "file_input",
        "icon_button", "multi_channels_select", "multi_conversations_select", "multi_external_select",
        "multi_static_select", "multi_users_select", "number_input", "overflow", "plain_text_input", "radio_buttons",
        "rich_text_input", "static_select", "external_select", "users_select", "conversations_select",
        "channels_select", "timepicker", "url_text_input", "workflow_button",
    }
)  # fmt: skip
