"""The manifest is one that Slack takes, asks for no more than it may, and has a line for each command."""

import functools
import re
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import discovery
from bot.gate import Handler
from tests.manifest_rules import Heard, problems

ROOT = Path(__file__).parent.parent
Manifest = dict[str, Any]


def manifest() -> Manifest:
    loaded: Manifest = yaml.safe_load((ROOT / "manifest.yml").read_text(encoding="utf-8"))
    return loaded


class Ears:
    """Stands where the gate stands and notes what the commands listen to."""

    def __init__(self) -> None:
        self.commands: set[str] = set()
        self.shortcuts: set[str] = set()
        self.events: set[str] = set()
        self.rest: set[str | re.Pattern[str]] = set()
        self.command, self.shortcut = noting(self.commands), noting(self.shortcuts)
        self.event, self.action, self.view = noting(self.events), noting(self.rest), noting(self.rest)

    def heard(self) -> Heard:
        return Heard(frozenset(self.commands), frozenset(self.shortcuts), frozenset(self.events))


def noting(names: set[Any]) -> Callable[[Any], Callable[[Handler], None]]:
    def listen(name: Any, verb: str = "") -> Callable[[Handler], None]:
        names.add(name)
        return lambda handler: None

    return listen


@functools.cache
def heard() -> Heard:
    ears = Ears()
    for module in discovery.commands():
        module.register(ears)
    return ears.heard()


def test_our_manifest_is_right_and_declares_exactly_what_the_commands_listen_to() -> None:
    assert "/deploy" in heard().commands
    assert problems(manifest(), heard()) == []


def command(m: Manifest) -> Manifest:
    first: Manifest = m["features"]["slash_commands"][0]
    return first


def scopes(m: Manifest) -> list[str]:
    listed: list[str] = m["oauth_config"]["scopes"]["bot"]
    return listed


def events(m: Manifest) -> list[str]:
    listed: list[str] = m["settings"]["event_subscriptions"]["bot_events"]
    return listed


def shortcut(m: Manifest) -> Manifest:
    first: Manifest = m["features"]["shortcuts"][0]
    return first


def without(m: Manifest, scope: str) -> Manifest:
    scopes(m).remove(scope)
    return m


def to_http(m: Manifest) -> None:
    m["settings"]["socket_mode_enabled"] = False


SPOILT: dict[str, tuple[Callable[[Manifest], object], str]] = {
    "a long name": (lambda m: m["display_information"].update(name="x" * 36), "1 to 35 characters"),
    "no name": (lambda m: m["display_information"].pop("name"), "display_information: name is missing"),
    "nothing to display": (lambda m: m.pop("display_information"), "display_information is missing"),
    "a long description": (lambda m: m["display_information"].update(description="x" * 141), "1 to 140"),
    "a short long description": (lambda m: m["display_information"].update(long_description="x" * 174), "175 to 4000"),
    "a colour by name": (lambda m: m["display_information"].update(background_color="navy"), "#rgb or #rrggbb"),
    "a colour of four digits": (lambda m: m["display_information"].update(background_color="#1234"), "#rgb or"),
    "a long bot name": (lambda m: m["features"]["bot_user"].update(display_name="x" * 81), "1 to 80 characters"),
    "no bot": (lambda m: m["features"].pop("bot_user"), "bot scopes need features.bot_user"),
    "an unknown key": (lambda m: m["features"].update(slashcommands=[]), "features: slashcommands is unknown"),
    "a command without its slash": (lambda m: command(m).update(command="deploy"), "a command is a slash"),
    "a command in capitals": (lambda m: command(m).update(command="/Deploy"), "a command is a slash"),
    "a command with a space": (lambda m: command(m).update(command="/deploy now"), "a command is a slash"),
    "a command of one letter too many": (lambda m: command(m).update(command="/" + "x" * 32), "2 to 32 characters"),
    "a command twice": (lambda m: m["features"]["slash_commands"].append(command(m)), "/deploy: declared twice"),
    "a command without words": (lambda m: command(m).pop("description"), "slash_commands.0: description is missing"),
    "a command that nobody hears": (lambda m: command(m).update(command="/ship"), "/ship: nobody listens to it"),
    "a command that is missing": (
        lambda m: m["features"]["slash_commands"].remove(command(m)),
        "/deploy: is listened to, and has",
    ),
    "a shortcut that nobody hears": (lambda m: shortcut(m).update(callback_id="ship"), "ship: nobody listens to it"),
    "an event that nobody hears": (lambda m: events(m).append("team_join"), "team_join: nobody listens to it"),
    "an event that is missing": (lambda m: events(m).remove("user_change"), "user_change: is listened to, and has no"),
    "too many commands": (lambda m: m["features"].update(slash_commands=[command(m)] * 51), "more than 50"),
    "too many shortcuts": (lambda m: m["features"].update(shortcuts=[shortcut(m)] * 11), "more than 10"),
    "a long shortcut": (lambda m: shortcut(m).update(name="x" * 25), "1 to 24 characters"),
    "a shortcut twice": (lambda m: m["features"]["shortcuts"].append(shortcut(m)), "two shortcuts with this"),
    "a shortcut without a callback": (lambda m: shortcut(m).pop("callback_id"), "callback_id is missing"),
    "a shortcut of a third kind": (lambda m: shortcut(m).update(type="channel"), "must be global or message"),
    "an unknown scope": (lambda m: scopes(m).append("channel:read"), "channel:read: unknown scope"),
    "a scope twice": (lambda m: scopes(m).append("chat:write"), "chat:write: listed twice"),
    "too many scopes": (lambda m: scopes(m).extend(["chat:write"] * 255), "more than 255"),
    "commands without their scope": (lambda m: scopes(m).remove("commands"), "need the scope commands"),
    "public writing without writing": (lambda m: scopes(m).remove("chat:write"), "needs the scope chat:write"),
    "addresses without people": (lambda m: scopes(m).remove("users:read"), "users:read.email: needs the scope"),
    "an unknown event": (lambda m: events(m).append("app_home_open"), "app_home_open: unknown event"),
    "an event without its scope": (lambda m: events(m).append("pin_added"), "pin_added: needs the scope pins:read"),
    "an event with a choice of scopes": (
        lambda m: events(without(m, "channels:read")).append("member_joined_channel"),
        "member_joined_channel: needs the scope channels:read or groups:read",
    ),
    "a url beside a socket": (lambda m: command(m).update(url="https://a.example/"), "Socket Mode has no url"),
    "events over http without a url": (to_http, "settings.event_subscriptions: HTTP needs an https request_url"),
    "commands over http without a url": (to_http, "features.slash_commands.0: HTTP needs an https url"),
    "no interactivity": (lambda m: m["settings"]["interactivity"].update(is_enabled=False), "buttons, modals and"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_manifest_is_told_why(name: str) -> None:
    spoil, said = SPOILT[name]
    spoilt = deepcopy(manifest())
    assert problems(spoilt, heard()) == []
    spoil(spoilt)
    assert any(said in problem for problem in problems(spoilt, heard())), problems(spoilt, heard())


def test_the_same_app_may_be_served_over_http() -> None:
    served = manifest()
    url = "https://quarterdeck.example.com/slack/events"
    to_http(served)
    for one in served["features"]["slash_commands"]:
        one["url"] = url
    served["settings"]["event_subscriptions"]["request_url"] = url
    served["settings"]["interactivity"]["request_url"] = url
    assert problems(served, heard()) == []
