"""Messages, and the Block Kit shapes in use. Every builder clips to Slack's limits, so what is built is valid.

Limits: docs.slack.dev, Block Kit reference.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Block = dict[str, Any]

BLOCKS_LIMIT = 12_000  # characters in all; Slack refuses somewhat more than 13,000 (slackapi/bolt-js#2509)
TEXT_LIMIT = 3_900  # chat.update refuses text over 4,000 characters


@dataclass(frozen=True, slots=True)
class Message:
    """What is shown: `blocks` for the screen, `text` for notifications and screen readers, saying the same."""

    text: str
    blocks: list[Block] = field(default_factory=list)


def escape(text: str) -> str:
    """Make foreign text harmless in mrkdwn: no mention, link, date or code block can come out of it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("```", "ˋˋˋ")


def clip(text: str, limit: int) -> str:
    """At most `limit` characters, the cut marked by an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def code(text: str) -> str:
    """Foreign text in code style; backticks would end it early and are replaced."""
    return f"`{escape(text).replace('`', 'ˋ')}`"


def preformatted(lines: Iterable[str], limit: int = 2_500) -> str:
    """Foreign lines as a code block, clipped at the front: the last lines of a log matter most."""
    text = escape("\n".join(lines))
    return "```" + (text if len(text) <= limit else "…" + text[-limit:]) + "```"


def listed(items: Sequence[str], most: int = 12) -> str:
    """Items joined by commas, the rest counted: "a, b and 3 more"."""
    return ", ".join(items) if len(items) <= most else f"{', '.join(items[:most])} and {len(items) - most} more"


def when(at: datetime, form: str = "{date_short_pretty} at {time}") -> str:
    """An instant in each reader's own zone; readers without that see UTC. `at` must be aware."""
    fallback = at.strftime("%Y-%m-%d %H:%M %Z")
    return f"<!date^{int(at.timestamp())}^{form}|{fallback}>"


def mention(person_id: str) -> str:
    """A name that pings. Use once, for the one who must act."""
    return f"<@{person_id}>"


def link(url: str, text: str) -> str:
    """A link (mrkdwn); the text alone where `url` is no web address. Both may be foreign."""
    if not url.startswith(("https://", "http://")) or len(url) > 2_000:
        return escape(text)
    return f"<{escape(url).replace('|', '%7C')}|{escape(text).replace('|', '¦')}>"


def addressed(mentions: Sequence[str], text: str) -> str:
    """A sentence to those who are pinged: "@approvers — look at it"; to everybody when that is nobody."""
    return f"{' '.join(mentions)} — {text}" if mentions else text[:1].upper() + text[1:]


def plain(text: str, limit: int) -> Block:
    """A plain_text object."""
    return {"type": "plain_text", "text": clip(text, limit), "emoji": True}


def mrkdwn(text: str, limit: int = 3_000) -> Block:
    """A mrkdwn text object."""
    return {"type": "mrkdwn", "text": clip(text, limit)}


def header(text: str) -> Block:
    """A heading in plain text."""
    return {"type": "header", "text": plain(text, 150)}


def section(text: str, accessory: Block | None = None) -> Block:
    """A paragraph, with an optional element at its right."""
    block: Block = {"type": "section", "text": mrkdwn(text)}
    return block | {"accessory": accessory} if accessory else block


def fields(pairs: Iterable[tuple[str, str]]) -> Block:
    """Up to ten labelled values, in two columns (one on a phone)."""
    return {"type": "section", "fields": [mrkdwn(f"*{label}*\n{value}", 2_000) for label, value in list(pairs)[:10]]}


def context(*texts: str) -> Block:
    """Small print."""
    return {"type": "context", "elements": [mrkdwn(text) for text in texts[:10]]}


def divider() -> Block:
    """A line across."""
    return {"type": "divider"}


def actions(*elements: Block, block_id: str = "") -> Block:
    """A row of buttons or menus."""
    return {"type": "actions", "elements": list(elements[:25])} | ({"block_id": block_id} if block_id else {})


def button(label: str, action_id: str, value: str = "", *, style: str = "", confirm: Block | None = None) -> Block:
    """A button. `value` is a row id, never a secret; `style` is "primary", "danger" or nothing."""
    built: Block = {"type": "button", "text": plain(label, 75), "action_id": action_id}
    for key, given in (("value", value), ("style", style), ("confirm", confirm)):
        if given:
            built[key] = given
    return built


def checkboxes(action_id: str, options: Sequence[Block], ticked: Sequence[Block] = ()) -> Block:
    """Up to ten boxes, of which `ticked`, some of the same options, are ticked."""
    built: Block = {"type": "checkboxes", "action_id": action_id, "options": list(options[:10])}
    initial = [option for option in built["options"] if option in ticked]
    return built | {"initial_options": initial} if initial else built


def link_button(label: str, action_id: str, url: str) -> Block:
    """A button that opens a page."""
    return {"type": "button", "text": plain(label, 75), "action_id": action_id, "url": url}


def confirm(title: str, text: str, yes: str, no: str = "Cancel", *, danger: bool = False) -> Block:
    """The question before something that can't be undone."""
    built: Block = {
        "title": plain(title, 100),
        "text": mrkdwn(text, 300),
        "confirm": plain(yes, 30),
        "deny": plain(no, 30),
    }
    return built | {"style": "danger"} if danger else built


def option(label: str, value: str = "") -> Block:
    """One choice of a menu."""
    return {"text": plain(label, 75), "value": (value or label)[:150]}


def select(action_id: str, options: Sequence[Block], chosen: str = "", placeholder: str = "Choose") -> Block:
    """A menu of at most 100 choices; `chosen` is the value that is preselected."""
    built: Block = {"type": "static_select", "action_id": action_id, "options": list(options[:100])}
    built["placeholder"] = plain(placeholder, 150)
    initial = next((one for one in built["options"] if one["value"] == chosen), None)
    return built | {"initial_option": initial} if initial else built


def text_input(action_id: str, *, initial: str = "", multiline: bool = False, most: int = 300, hint: str = "") -> Block:
    """A field to type in; `hint` is shown while it is empty."""
    built: Block = {"type": "plain_text_input", "action_id": action_id, "multiline": multiline, "max_length": most}
    for key, given in (("initial_value", initial), ("placeholder", plain(hint, 150) if hint else None)):
        if given:
            built[key] = given
    return built


def labelled(label: str, element: Block, block_id: str, *, optional: bool = False, hint: str = "") -> Block:
    """A labelled input of a modal."""
    built: Block = {"type": "input", "block_id": block_id, "label": plain(label, 2_000), "element": element}
    built["optional"] = optional
    return built | {"hint": plain(hint, 2_000)} if hint else built


def modal(title: str, callback_id: str, blocks: list[Block], *, submit: str = "", metadata: str = "") -> Block:
    """A form. `metadata` comes back with the submission."""
    built: Block = {"type": "modal", "title": plain(title, 24), "close": plain("Cancel" if submit else "Close", 24)}
    built |= {"callback_id": callback_id, "blocks": blocks[:100], "private_metadata": metadata}
    return built | {"submit": plain(submit, 24)} if submit else built


def message(*blocks: Block) -> Message:
    """Blocks, with the text that says the same, in reading order. Blocks at the end that are too much are left out."""
    shown, room = list[Block](), BLOCKS_LIMIT
    for block in blocks[:50]:
        room -= len(_spoken(block))
        if room < 0:
            break
        shown.append(block)
    return Message(clip("\n".join(filter(None, map(_spoken, shown))), TEXT_LIMIT), shown)


def _spoken(block: Block) -> str:
    if block["type"] == "header":
        return escape(block["text"]["text"])
    if block["type"] == "section":
        if "text" in block:
            return str(block["text"]["text"])
        return "\n".join(str(part["text"]).replace("*\n", ":* ", 1) for part in block["fields"])
    if block["type"] == "context":
        return "\n".join(str(element["text"]) for element in block["elements"])
    return ""
