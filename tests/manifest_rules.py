"""What Slack demands of an app manifest, in our words, and what its own schema lets pass.

Source: docs.slack.dev, app manifest reference (schema 2), events and scopes reference.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

Manifest = Mapping[str, Any]

# Characters, from and to. A star stands for each item of a list.
LENGTHS = {
    "display_information.name": (1, 35),
    "display_information.description": (1, 140),
    "display_information.long_description": (175, 4_000),
    "features.bot_user.display_name": (1, 80),
    "features.shortcuts.*.name": (1, 24),
    "features.shortcuts.*.callback_id": (1, 255),
    "features.shortcuts.*.description": (1, 150),
    "features.slash_commands.*.command": (2, 32),
    "features.slash_commands.*.description": (1, 2_000),
    "features.slash_commands.*.usage_hint": (1, 1_000),
    "features.slash_commands.*.url": (1, 3_000),
}
COUNTS = {
    "features.shortcuts": 10,
    "features.slash_commands": 50,
    "features.unfurl_domains": 5,
    "oauth_config.redirect_urls": 1_000,
    "oauth_config.scopes.bot": 255,
    "settings.event_subscriptions.bot_events": 100,
}
REQUIRED = {
    "display_information": ("name",),
    "features.bot_user": ("display_name",),
    "features.shortcuts.*": ("name", "type", "callback_id", "description"),
    "features.slash_commands.*": ("command", "description"),
    "settings.interactivity": ("is_enabled",),
}
KEYS = {
    "": ("_metadata", "display_information", "features", "oauth_config", "settings"),
    "_metadata": ("major_version", "minor_version"),
    "display_information": ("name", "description", "background_color", "long_description"),
    "features": ("app_home", "bot_user", "shortcuts", "slash_commands", "unfurl_domains"),
    "features.app_home": ("home_tab_enabled", "messages_tab_enabled", "messages_tab_read_only_enabled"),
    "features.bot_user": ("display_name", "always_online"),
    "features.shortcuts.*": ("name", "type", "callback_id", "description"),
    "features.slash_commands.*": ("command", "url", "description", "usage_hint", "should_escape"),
    "oauth_config": ("redirect_urls", "scopes"),
    "oauth_config.scopes": ("bot", "user"),
    "settings": (
        "event_subscriptions",
        "interactivity",
        "org_deploy_enabled",
        "socket_mode_enabled",
        "token_rotation_enabled",
    ),
    "settings.event_subscriptions": ("request_url", "bot_events"),
    "settings.interactivity": ("is_enabled", "request_url", "message_menu_options_url"),
}
# Where Slack sends requests when there is no socket; each must be there then, and none beside a socket.
URLS = (
    "features.slash_commands.*.url",
    "settings.event_subscriptions.request_url",
    "settings.interactivity.request_url",
)

# The scopes and events that this app may use; an event needs any one of its scopes.
SCOPES = {
    "app_mentions:read",
    "bookmarks:read",
    "bookmarks:write",
    "canvases:read",
    "canvases:write",
    "channels:history",
    "channels:join",
    "channels:manage",
    "channels:read",
    "chat:write",
    "chat:write.public",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
    "groups:write",
    "im:history",
    "im:read",
    "im:write",
    "pins:read",
    "pins:write",
    "reactions:read",
    "reactions:write",
    "team:read",
    "usergroups:read",
    "usergroups:write",
    "users:read",
    "users:read.email",
    "users.profile:read",
}
PREMISES = {"chat:write.public": "chat:write", "users:read.email": "users:read"}
EVENTS: Mapping[str, tuple[str, ...]] = {
    "app_home_opened": (),
    "app_mention": ("app_mentions:read",),
    "app_uninstalled": (),
    "channel_archive": ("channels:read",),
    "channel_rename": ("channels:read",),
    "member_joined_channel": ("channels:read", "groups:read"),
    "member_left_channel": ("channels:read", "groups:read"),
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
    "message.im": ("im:history",),
    "pin_added": ("pins:read",),
    "pin_removed": ("pins:read",),
    "reaction_added": ("reactions:read",),
    "reaction_removed": ("reactions:read",),
    "subteam_members_changed": ("usergroups:read",),
    "subteam_updated": ("usergroups:read",),
    "team_join": ("users:read",),
    "tokens_revoked": (),
    "user_change": ("users:read",),
}


class Heard(NamedTuple):
    """What the bot listens to, by Slack's names."""

    commands: frozenset[str]
    shortcuts: frozenset[str]
    events: frozenset[str]


def problems(manifest: Manifest, heard: Heard) -> list[str]:
    """Everything wrong with a manifest, each with the place. What is declared must be heard, and the reverse."""
    alone = (_sizes, _keys, _commands, _shortcuts, _access, _delivery, _looks)
    return [problem for rule in alone for problem in rule(manifest)] + list(_deaf(manifest, heard))


def _at(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """The values at a dotted path, each with its own place; nothing where the path ends early."""
    places = [("", value)]
    for key in path.split(".") if path else ():
        places = [inner for place, outer in places for inner in _inside(place, outer, key)]
    yield from places


def _inside(place: str, value: Any, key: str) -> list[tuple[str, Any]]:
    start = f"{place}." if place else ""
    if key == "*":
        return [(f"{start}{index}", item) for index, item in enumerate(value)]
    return [(f"{start}{key}", value[key])] if isinstance(value, dict) and key in value else []


def _values(manifest: Manifest, path: str) -> list[Any]:
    return [value for _, value in _at(manifest, path)]


def _sizes(manifest: Manifest) -> Iterator[str]:
    for path, (least, most) in LENGTHS.items():
        for place, text in _at(manifest, path):
            if not (isinstance(text, str) and least <= len(text) <= most):
                yield f"{place}: must have {least} to {most} characters"
    for path, most in COUNTS.items():
        for place, items in _at(manifest, path):
            if len(items) > most:
                yield f"{place}: more than {most}"


def _keys(manifest: Manifest) -> Iterator[str]:
    for path, keys in REQUIRED.items():
        for place, part in _at(manifest, path):
            yield from (f"{place}: {key} is missing" for key in keys if key not in part)
    for path, keys in KEYS.items():
        for place, part in _at(manifest, path):
            yield from (f"{place}: {key} is unknown" for key in part if key not in keys)
    if "display_information" not in manifest:
        yield "display_information is missing"


def _commands(manifest: Manifest) -> Iterator[str]:
    commands = _values(manifest, "features.slash_commands.*.command")
    for command in commands:
        if not re.fullmatch(r"/[a-z0-9_-]+", command):
            yield f"{command}: a command is a slash and lower-case letters, digits, - and _"
    yield from (f"{command}: declared twice" for command in _twice(commands))


def _shortcuts(manifest: Manifest) -> Iterator[str]:
    for place, kind in _at(manifest, "features.shortcuts.*.type"):
        if kind not in ("global", "message"):
            yield f"{place}: must be global or message"
    for callback in _twice(_values(manifest, "features.shortcuts.*.callback_id")):
        yield f"{callback}: two shortcuts with this callback_id"


def _access(manifest: Manifest) -> Iterator[str]:
    scopes = _values(manifest, "oauth_config.scopes.bot.*")
    events = _values(manifest, "settings.event_subscriptions.bot_events.*")
    yield from (f"{scope}: unknown scope" for scope in scopes if scope not in SCOPES)
    yield from (f"{event}: unknown event" for event in events if event not in EVENTS)
    yield from (f"{one}: listed twice" for one in _twice(scopes + events))
    for event in events:
        if EVENTS.get(event) and not set(EVENTS[event]) & set(scopes):
            yield f"{event}: needs the scope {' or '.join(EVENTS[event])}"
    for scope, premise in PREMISES.items():
        if scope in scopes and premise not in scopes:
            yield f"{scope}: needs the scope {premise}"
    if _values(manifest, "features.slash_commands.*") and "commands" not in scopes:
        yield "slash commands need the scope commands"
    if scopes and not _values(manifest, "features.bot_user"):
        yield "bot scopes need features.bot_user"


def _delivery(manifest: Manifest) -> Iterator[str]:
    socket = _values(manifest, "settings.socket_mode_enabled") == [True]
    for path in URLS:
        for place, part in _at(manifest, path.rpartition(".")[0]):
            key = path.rpartition(".")[2]
            if socket and key in part:
                yield f"{place}: Socket Mode has no {key}"
            elif not socket and not re.match("https://.", str(part.get(key, ""))):
                yield f"{place}: HTTP needs an https {key}"
    if _values(manifest, "settings.interactivity.is_enabled") != [True]:
        yield "settings.interactivity: buttons, modals and shortcuts need it"


def _looks(manifest: Manifest) -> Iterator[str]:
    for place, color in _at(manifest, "display_information.background_color"):
        if not re.fullmatch("#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})", str(color)):
            yield f"{place}: must be #rgb or #rrggbb"


def _deaf(manifest: Manifest, heard: Heard) -> Iterator[str]:
    paths = ("slash_commands.*.command", "shortcuts.*.callback_id")
    declared = [set(_values(manifest, f"features.{path}")) for path in paths]
    declared.append(set(_values(manifest, "settings.event_subscriptions.bot_events.*")))
    for names, listened in zip(declared, heard, strict=True):
        yield from (f"{name}: nobody listens to it" for name in sorted(names - listened))
        yield from (f"{name}: is listened to, and has no line" for name in sorted(listened - names))


def _twice(names: list[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})
