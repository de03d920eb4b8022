"""Finding words and elements in what the workspace shows."""

from typing import Any

Json = dict[str, Any]


def contains(message: Json, words: str) -> bool:
    """Whether words stand in a message's text or anywhere in its blocks."""
    return words in message.get("text", "") or words in _all_text(message.get("blocks", []))


def named(blocks: list[Json], label: str) -> tuple[Json, Json]:
    """The block and the element in it that says `label`, or has it as its action_id. Raises LookupError."""
    inside = (child for outer in blocks for child in outer.get("child_blocks", []))
    for block in (*blocks, *inside):
        within = [*block.get("elements", []), block.get("accessory"), block.get("element")]
        for element in within:
            if isinstance(element, dict) and label in (element.get("action_id"), _label(element)):
                return block, element
    raise LookupError(f"nothing here is called {label!r}")


def _all_text(part: Any) -> str:
    if isinstance(part, dict):
        own = [part["text"]] if isinstance(part.get("text"), str) else []
        return "\n".join(own + [_all_text(value) for value in part.values()])
    if isinstance(part, list):
        return "\n".join(map(_all_text, part))
    return ""


def _label(element: Json) -> str | None:
    text = element.get("text")
    return text.get("text") if isinstance(text, dict) else None
