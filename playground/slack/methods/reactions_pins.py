"""reactions.add, remove, get, list; pins.add, remove, list."""

import re

from playground.slack import marks
from playground.slack.call import Call, Method
from playground.slack.errors import Json, SlackError
from playground.slack.limits import Tier
from playground.slack.timeline import bare
from playground.world import BOT_USER_ID


def react(call: Call) -> Json:
    """Add a reaction."""
    channel = call.channel()
    if call.caller not in channel.members:
        raise SlackError("no_access")
    marks.react(call.backend, channel, _timestamp(call), call.caller, call.text("name"))
    return {}


def unreact(call: Call) -> Json:
    """Take a reaction back."""
    marks.unreact(call.backend, call.channel(), _timestamp(call), call.caller, call.text("name"))
    return {}


def reactions(call: Call) -> Json:
    """A message with its reactions."""
    channel = call.channel()
    message = call.backend.timeline.find(channel, _timestamp(call))
    return {"type": "message", "channel": channel.id, "message": bare(message)}


def reacted(call: Call) -> Json:
    """What somebody has reacted to."""
    user = call.text("user", BOT_USER_ID)
    items = [
        {"type": "message", "channel": channel.id, "message": bare(message)}
        for channel in call.backend.team.channels.values()
        if channel.visible_to(call.caller)
        for message in channel.messages.values()
        if any(user in one["users"] for one in message.get("reactions", []))
    ]
    found, more = call.page(items)
    return {"items": found, "response_metadata": more}


def pin(call: Call) -> Json:
    """Pin a message."""
    marks.pin(call.backend, call.channel(member=True), _timestamp(call), call.caller)
    return {}


def unpin(call: Call) -> Json:
    """Unpin a message."""
    marks.unpin(call.backend, call.channel(member=True), _timestamp(call), call.caller)
    return {}


def pins(call: Call) -> Json:
    """What is pinned."""
    return {"items": marks.pinned(call.backend, call.channel())}


def _timestamp(call: Call) -> str:
    given = call.text("timestamp")
    if not given:
        raise SlackError("no_item_specified")
    if not re.fullmatch(r"\d+\.\d{6}", given):
        raise SlackError("bad_timestamp")
    return given


METHODS = {
    "reactions.add": Method(react, Tier.T3, ("reactions:write",), ("channel", "name", "timestamp")),
    "reactions.remove": Method(unreact, Tier.T2, ("reactions:write",), ("name",)),
    "reactions.get": Method(reactions, Tier.T3, ("reactions:read",)),
    "reactions.list": Method(reacted, Tier.T2, ("reactions:read",)),
    "pins.add": Method(pin, Tier.T2, ("pins:write",), ("channel",)),
    "pins.remove": Method(unpin, Tier.T2, ("pins:write",), ("channel",)),
    "pins.list": Method(pins, Tier.T2, ("pins:read",), ("channel",)),
}
