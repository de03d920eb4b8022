"""A Web API call on its way through a method: its arguments, its caller's rights, the workspace behind it."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from playground.slack.backend import Backend
from playground.slack.errors import Json, SlackError, invalid
from playground.slack.limits import Tier
from playground.slack.model import Channel
from playground.world import BOT_USER_ID

T = TypeVar("T")
ByKind = Mapping[str, tuple[str, ...]]

# Which scopes a conversation of each kind asks for; any one of them is enough.
READ: ByKind = {"channel": ("channels:read",), "group": ("groups:read",), "im": ("im:read",), "mpim": ("mpim:read",)}
HISTORY: ByKind = {kind: (f"{kind}s:history" if kind in ("channel", "group") else f"{kind}:history",) for kind in READ}
MANAGE: ByKind = {
    "channel": ("channels:manage", "channels:write"),
    "group": ("groups:write",),
    "im": ("im:write",),
    "mpim": ("mpim:write",),
}
OPEN: ByKind = {**MANAGE, "channel": ("channels:manage",)}
TOPIC: ByKind = {
    kind: (*scopes[:1], f"{'channels' if kind == 'channel' else 'groups' if kind == 'group' else kind}:write.topic")
    for kind, scopes in MANAGE.items()
}
INVITE: ByKind = {
    "channel": ("channels:manage", "channels:write.invites"),
    "group": ("groups:write", "groups:write.invites"),
    "im": ("im:write",),
    "mpim": ("mpim:write",),
}
KICK: ByKind = {"channel": ("channels:manage",), "group": ("groups:write",)}


@dataclass(frozen=True, slots=True)
class Method:
    """A method of the Web API. `scopes` are alternatives, or such alternatives by the kind of conversation."""

    run: "Callable[[Call], Json]"
    tier: Tier
    scopes: tuple[str, ...] | ByKind = ()
    required: tuple[str, ...] = ()
    token: str = "bot"  # noqa: S105 - a kind of token: "bot", "app", "user", "any" or "none"

    def accepted(self) -> tuple[str, ...]:
        """All scopes that let one in, whatever the conversation."""
        if isinstance(self.scopes, tuple):
            return self.scopes
        return tuple(scope for scopes in self.scopes.values() for scope in scopes)


class Call:
    """What a method gets. The caller is always the bot."""

    def __init__(self, name: str, method: Method, args: Json, backend: Backend) -> None:
        self.name, self.method, self.args, self.backend = name, method, args, backend
        self.caller = BOT_USER_ID

    def text(self, name: str, default: str = "") -> str:
        """An argument as text."""
        value = self.args.get(name)
        return default if value is None else str(value)

    def flag(self, name: str, default: bool = False) -> bool:
        """An argument as a yes or no; "1", "true" and the like mean yes."""
        value = self.args.get(name)
        return default if value in (None, "") else str(value).lower() in ("1", "true", "t", "yes")

    def number(self, name: str, default: int) -> int:
        """An argument as a whole number. Raises SlackError invalid_arguments."""
        try:
            return int(self.args.get(name) or default)
        except ValueError as wrong:
            raise invalid(f"must be a valid integer [json-pointer:/{name}]") from wrong

    def many(self, name: str) -> list[str]:
        """An argument as a list: JSON, or words with commas between. Raises SlackError invalid_arguments."""
        value = self.args.get(name)
        if isinstance(value, str):
            value = self.json(name) if value.startswith("[") else value.split(",")
        return [str(one).strip() for one in value or [] if str(one).strip()]

    def json(self, name: str) -> Any:
        """An argument as JSON, also where it came as a string of JSON. Raises SlackError invalid_arguments."""
        value = self.args.get(name)
        try:
            return json.loads(value) if isinstance(value, str) and value else value
        except ValueError as broken:
            raise invalid(f"must be valid json [json-pointer:/{name}]") from broken

    def allow(self, scopes: Sequence[str]) -> None:
        """Raises SlackError missing_scope unless the app has one of them."""
        provided = self.backend.manifest.scopes
        if scopes and not set(scopes) & set(provided):
            raise SlackError("missing_scope", needed=",".join(scopes), provided=",".join(provided))

    def has(self, scope: str) -> bool:
        """Whether the app has a scope."""
        return scope in self.backend.manifest.scopes

    def channel(self, name: str = "channel", member: bool = False) -> Channel:
        """The conversation named by an argument. Raises SlackError channel_not_found, not_in_channel, missing_scope."""
        channel = self.backend.team.channel(self.text(name), self.caller)
        if not isinstance(self.method.scopes, tuple):
            if channel.kind not in self.method.scopes:
                raise SlackError("method_not_supported_for_channel_type")
            self.allow(self.method.scopes[channel.kind])
        if member and self.caller not in channel.members:
            raise SlackError("not_in_channel")
        return channel

    def page(self, items: Sequence[T], default: int = 100, most: int = 1_000) -> tuple[list[T], Json]:
        """The part of `items` that `limit` and `cursor` ask for, and the answer's response_metadata."""
        limit = min(max(self.number("limit", default), 1), most)
        start = _position(self.text("cursor"))
        rest = start + limit < len(items)
        cursor = base64.b64encode(f"from:{start + limit}".encode()).decode() if rest else ""
        return list(items[start : start + limit]), {"next_cursor": cursor}


def _position(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.b64decode(cursor).decode().removeprefix("from:"))
    except (binascii.Error, ValueError) as wrong:
        raise SlackError("invalid_cursor") from wrong
