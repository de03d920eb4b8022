"""What Slack would refuse in blocks and views: shapes, limits, surfaces, and rules between parts."""

from typing import Any

from playground.slack.blockkit.layout import PAYLOADS, Surface
from playground.slack.blockkit.rules import PART_RULES, PAYLOAD_RULES, parts, text_of
from playground.slack.blockkit.shape import Problem

__all__ = ["Problem", "Surface", "problems", "total_text"]


def problems(payload: Any, surface: Surface) -> list[Problem]:
    """Everything wrong with a message's blocks (`{"blocks": […]}`) or with a whole view; an empty list is a yes.

    Keys of a message other than `blocks` are not looked at. Rules between parts are tried once each part is well
    shaped, as Slack does. Pointers start at the payload: `/blocks/0/text/text`.
    """
    if surface == "message" and isinstance(payload, dict):
        payload = {"blocks": payload.get("blocks", [])}
    shape = list(PAYLOADS[surface].problems(payload, ""))
    if shape:
        return shape
    whole = [problem for rule in PAYLOAD_RULES for problem in rule(payload, surface)]
    for at, part in parts(payload["blocks"], "/blocks"):
        rule = PART_RULES.get(part.get("type", ""))
        whole += rule(part, at) if rule else ()
    return whole


def total_text(blocks: list[dict[str, Any]]) -> int:
    """How many characters blocks show together. Slack refuses a message over about 13,200 (`msg_blocks_too_long`)."""
    return text_of(blocks)
