"""What the app's manifest allows it: scopes, events, commands, shortcuts, the Home tab."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from playground.slack.errors import Json


@dataclass(frozen=True, slots=True)
class Manifest:
    """The parts of manifest.yml that a workspace acts on."""

    name: str
    color: str
    bot_name: str
    home_tab: bool
    messages_tab: bool
    messages_tab_writable: bool
    scopes: tuple[str, ...]
    events: frozenset[str]
    commands: dict[str, Json]
    shortcuts: tuple[Json, ...]

    def shortcut(self, callback_id: str, kind: str) -> Json | None:
        """The shortcut of that callback id, `kind` being "global" or "message"."""
        return next((one for one in self.shortcuts if (one["callback_id"], one["type"]) == (callback_id, kind)), None)


def load(path: Path) -> Manifest:
    """Read a manifest (YAML, or JSON, which is YAML too). Raises OSError, yaml.YAMLError."""
    raw: Json = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    features, settings = raw.get("features") or {}, raw.get("settings") or {}
    display, home = raw.get("display_information") or {}, features.get("app_home") or {}
    name = str(display.get("name", "app"))
    return Manifest(
        name=name,
        color=str(display.get("background_color", "#1d3557")),
        bot_name=str((features.get("bot_user") or {}).get("display_name", name)),
        home_tab=bool(home.get("home_tab_enabled", False)),
        messages_tab=bool(home.get("messages_tab_enabled", False)),
        messages_tab_writable=bool(home.get("messages_tab_enabled")) and not home.get("messages_tab_read_only_enabled"),
        scopes=tuple(_at(raw, "oauth_config", "scopes", "bot") or ()),
        events=frozenset(_at(settings, "event_subscriptions", "bot_events") or ()),
        commands={str(one["command"]): one for one in features.get("slash_commands") or ()},
        shortcuts=tuple(features.get("shortcuts") or ()),
    )


def _at(raw: Json, *keys: str) -> Any:
    found: Any = raw
    for key in keys:
        found = (found or {}).get(key)
    return found
