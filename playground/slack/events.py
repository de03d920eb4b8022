"""The Events API: which changes the app hears of, and the payload that carries them."""

import secrets

from playground.slack.clock import Clock
from playground.slack.delivery import Delivery
from playground.slack.errors import Json
from playground.slack.manifest import Manifest
from playground.slack.model import Channel
from playground.world import APP_ID, BOT_USER_ID, TEAM_ID

MESSAGES = {"channel": "message.channels", "group": "message.groups", "im": "message.im"}
# Any one of these scopes is enough (docs.slack.dev, each event's page); an event without an entry needs none.
SCOPES: dict[str, tuple[str, ...]] = {
    "app_mention": ("app_mentions:read",),
    "channel_archive": ("channels:read",),
    "channel_created": ("channels:read",),
    "channel_rename": ("channels:read",),
    "channel_unarchive": ("channels:read",),
    "group_archive": ("groups:read",),
    "group_rename": ("groups:read",),
    "group_unarchive": ("groups:read",),
    "member_joined_channel": ("channels:read", "groups:read", "mpim:read"),
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
}


class Events:
    """Tells the app what it has subscribed to and may hear."""

    def __init__(self, manifest: Manifest, clock: Clock, delivery: Delivery) -> None:
        self._manifest, self._clock, self._delivery = manifest, clock, delivery

    def message(self, channel: Channel, event: Json) -> None:
        """A message, or a change of one, in a conversation that the bot is in."""
        event = {key: value for key, value in event.items() if key != "metadata"}
        event |= {"channel": channel.id, "channel_type": channel.kind, "event_ts": event["ts"]}
        self.inside(channel, event, MESSAGES[channel.kind])

    def inside(self, channel: Channel, event: Json, name: str = "") -> None:
        """Something in a conversation; unheard where the bot is not a member."""
        if BOT_USER_ID in channel.members:
            self.tell(event, name)

    def tell(self, event: Json, name: str = "") -> None:
        """Any event. `name` is what the manifest calls it, where that differs from its type."""
        name = name or str(event["type"])
        needed = SCOPES.get(name, ())
        if name in self._manifest.events and (not needed or set(needed) & set(self._manifest.scopes)):
            self._delivery.event(self._payload(event))

    def _payload(self, event: Json) -> Json:
        authorization = {"enterprise_id": None, "team_id": TEAM_ID, "user_id": BOT_USER_ID, "is_bot": True}
        return {
            "token": "verification",
            "team_id": TEAM_ID,
            "context_team_id": TEAM_ID,
            "context_enterprise_id": None,
            "api_app_id": APP_ID,
            "event": {"event_ts": self._clock.ts()} | event,
            "type": "event_callback",
            "event_id": f"Ev{secrets.token_hex(5).upper()}",
            "event_time": int(self._clock.now()),
            "authorizations": [authorization | {"is_enterprise_install": False}],
            "is_ext_shared_channel": False,
            "event_context": f"4-{secrets.token_urlsafe(12)}",
        }
