"""canvases: create, edit, delete, access.set, sections.lookup; conversations.canvases.create."""

import re
from typing import Any

from playground.slack.call import Call, Method
from playground.slack.errors import Json, SlackError, invalid
from playground.slack.limits import Tier

LARGEST = 1024 * 1024  # bytes of markdown


def create(call: Call) -> Json:
    """A canvas that stands alone, or a channel's own; a free plan has only the latter."""
    if call.text("channel_id"):
        return in_channel(call)
    if call.backend.team.plan == "free":
        raise SlackError("free_teams_cannot_create_standalone_canvases")
    return {"canvas_id": _new(call)}


def in_channel(call: Call) -> Json:
    """A channel's one canvas."""
    channel = call.channel("channel_id")
    if call.caller not in channel.members:
        raise SlackError("channel_canvas_creation_failed")
    if channel.canvas:
        raise SlackError("channel_canvas_already_exists")
    channel.canvas = _new(call)
    call.backend.feed.tell_all({"type": "channels"})
    return {"canvas_id": channel.canvas}


def edit(call: Call) -> Json:
    """One change to a canvas."""
    canvas, changes = _canvas(call), call.json("changes")
    if not isinstance(changes, list) or len(changes) != 1 or not isinstance(changes[0], dict):
        raise invalid("must be exactly 1 object [json-pointer:/changes]")
    change: Json = changes[0]
    operation, sections = change.get("operation"), canvas["sections"]
    made = _sections(call, _markdown(call, change.get("document_content"))) if "document_content" in change else []
    if operation == "insert_at_end":
        sections.extend(made)
    elif operation == "insert_at_start":
        sections[:0] = made
    elif operation == "rename":
        canvas["title"] = str((change.get("title_content") or {}).get("markdown", ""))
    elif operation == "replace" and not change.get("section_id"):
        sections[:] = made
    elif operation in ("insert_after", "insert_before", "replace", "delete"):
        _at_section(sections, str(change.get("section_id")), operation, made)
    else:
        raise SlackError("canvas_editing_failed", detail=f"unknown operation {operation!r}")
    return {}


def delete(call: Call) -> Json:
    """Take a canvas away."""
    key = _canvas(call)["id"]
    del call.backend.team.canvases[key]
    for channel in call.backend.team.channels.values():
        if channel.canvas == key:
            channel.canvas = ""
    return {}


def access(call: Call) -> Json:
    """Everybody may see everything here; what is asked for is remembered alone."""
    if call.text("access_level") not in ("read", "write", "owner"):
        raise SlackError("invalid_parameters")
    _canvas(call)["access"] = call.text("access_level")
    return {}


def lookup(call: Call) -> Json:
    """The sections that contain a text, or are of a kind."""
    canvas, criteria = _canvas(call), call.json("criteria") or {}
    wanted, kinds = str(criteria.get("contains_text", "")).lower(), criteria.get("section_types") or ["any_header"]
    found = [
        {"id": one["id"]}
        for one in canvas["sections"]
        if wanted in one["markdown"].lower() and (wanted or _heading(one["markdown"], kinds))
    ]
    return {"sections": found}


def _new(call: Call) -> str:
    key = call.backend.team.new_id("F")
    sections = _sections(call, _markdown(call, call.json("document_content")))
    call.backend.team.canvases[key] = {"id": key, "title": call.text("title"), "sections": sections}
    return key


def _canvas(call: Call) -> Json:
    canvas = call.backend.team.canvases.get(call.text("canvas_id"))
    if canvas is None:
        raise SlackError("canvas_not_found")
    return canvas


def _markdown(call: Call, document: Any) -> str:
    if document in (None, ""):
        return ""
    if not isinstance(document, dict) or document.get("type") != "markdown":
        raise SlackError("canvas_editing_failed", detail="document_content of type markdown is needed")
    text = str(document.get("markdown", ""))
    if len(text.encode()) > LARGEST:
        raise SlackError("canvas_too_large")
    return text


def _sections(call: Call, markdown: str) -> list[Json]:
    parts = [part for part in re.split(r"\n\s*\n", markdown) if part.strip()]
    return [{"id": f"temp:C:{call.backend.team.new_id('s')}", "markdown": part} for part in parts]


def _at_section(sections: list[Json], key: str, operation: str, made: list[Json]) -> None:
    at = next((number for number, one in enumerate(sections) if one["id"] == key), None)
    if at is None:
        raise SlackError("canvas_editing_failed", detail=f"no section {key!r}")
    until = at if operation == "insert_before" else at + 1
    since = at + 1 if operation == "insert_after" else at
    sections[since:until] = made


def _heading(markdown: str, kinds: list[str]) -> bool:
    depth = len(markdown) - len(markdown.lstrip("#"))
    return bool(depth) and ("any_header" in kinds or f"h{depth}" in kinds)


WRITE = ("canvases:write",)
METHODS = {
    "canvases.create": Method(create, Tier.T2, WRITE),
    "canvases.edit": Method(edit, Tier.T3, WRITE, ("canvas_id", "changes")),
    "canvases.delete": Method(delete, Tier.T3, WRITE, ("canvas_id",)),
    "canvases.access.set": Method(access, Tier.T3, WRITE, ("canvas_id", "access_level")),
    "canvases.sections.lookup": Method(lookup, Tier.T3, ("canvases:read",), ("canvas_id", "criteria")),
    "conversations.canvases.create": Method(in_channel, Tier.T2, WRITE, ("channel_id",)),
}
