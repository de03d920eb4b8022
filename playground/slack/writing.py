"""What people type, made into what Slack stores: mentions and channels found, the rest escaped."""

import re
from collections.abc import Iterator

from playground.slack.errors import Json
from playground.slack.team import Team

WORD = re.compile(r"(?<![\w@#])([@#])([a-z0-9._-]*[a-z0-9_-])", re.IGNORECASE)


def escape(text: str) -> str:
    """The three characters that mean something to Slack, made harmless."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def message(team: Team, typed: str) -> Json:
    """The text of a message and the rich text that it is shown as."""
    found = list(_parts(team, typed))
    section = {"type": "rich_text_section", "elements": [element for _, element in found]}
    blocks = [{"type": "rich_text", "block_id": "typed", "elements": [section]}]
    return {"text": "".join(text for text, _ in found), "blocks": blocks}


def arguments(team: Team, typed: str, resolved: bool) -> str:
    """The text of a command: as typed, or with `<@U…|name>` and `<#C…|name>` where the manifest asks for that."""
    if not resolved:
        return typed

    def named(match: re.Match[str]) -> str:
        found = _resolve(team, match[1], match[2])
        return f"<{found[0]}{found[1]}|{found[2]}>" if found else match[0]

    return WORD.sub(named, typed)


def _parts(team: Team, typed: str) -> Iterator[tuple[str, Json]]:
    at = 0
    for match in WORD.finditer(typed):
        found = _resolve(team, match[1], match[2])
        if not found:
            continue
        if match.start() > at:
            yield _plain(typed[at : match.start()])
        yield f"<{found[0]}{found[1]}>", _element(found[0], found[1])
        at = match.end()
    if at < len(typed) or not typed:
        yield _plain(typed[at:])


def _plain(text: str) -> tuple[str, Json]:
    return escape(text), {"type": "text", "text": text}


def _element(sign: str, found: str) -> Json:
    kind, key = {"@": ("user", "user_id"), "#": ("channel", "channel_id")}.get(sign, ("usergroup", "usergroup_id"))
    return {"type": kind, key: found}


def _resolve(team: Team, sign: str, name: str) -> tuple[str, str, str] | None:
    """Sign, id and name of what is meant: a person, a group or a public channel."""
    if sign == "#":
        return next((("#", one.id, one.name) for one in team.channels.values() if one.name == name), None)
    for person in team.people.values():
        if person.name == name:
            return "@", person.id, person.name
    groups = team.groups.values()
    return next((("!subteam^", group.id, f"@{group.handle}") for group in groups if group.handle == name), None)
