"""What people and apps put on messages: reactions and pins."""

from playground.slack.backend import Backend
from playground.slack.errors import Json, SlackError
from playground.slack.model import Channel
from playground.slack.timeline import bare

MOST_PINS = 100


def react(backend: Backend, channel: Channel, ts: str, user: str, name: str) -> None:
    """Add a reaction. Raises SlackError already_reacted, invalid_name, message_not_found, is_archived."""
    message = backend.timeline.find(channel, ts)
    if channel.archived:
        raise SlackError("is_archived")
    if not name or not name.replace("_", "").replace("-", "").replace("+", "").replace(":", "").isalnum():
        raise SlackError("invalid_name")
    reactions = message.setdefault("reactions", [])
    reaction = next((one for one in reactions if one["name"] == name), None)
    if reaction is None:
        reaction = {"name": name, "users": [], "count": 0}
        reactions.append(reaction)
    if user in reaction["users"]:
        raise SlackError("already_reacted")
    reaction["users"].append(user)
    _recount(backend, channel, message, reaction)
    _tell(backend, channel, message, "reaction_added", user, name)


def unreact(backend: Backend, channel: Channel, ts: str, user: str, name: str) -> None:
    """Take a reaction back. Raises SlackError no_reaction, message_not_found."""
    message = backend.timeline.find(channel, ts)
    reaction = next((one for one in message.get("reactions", []) if one["name"] == name), None)
    if reaction is None or user not in reaction["users"]:
        raise SlackError("no_reaction")
    reaction["users"].remove(user)
    _recount(backend, channel, message, reaction)
    _tell(backend, channel, message, "reaction_removed", user, name)


def pin(backend: Backend, channel: Channel, ts: str, user: str) -> None:
    """Pin a message. Raises SlackError already_pinned, too_many_pins, message_not_found."""
    message = backend.timeline.find(channel, ts)
    if ts in channel.pins:
        raise SlackError("already_pinned")
    if len(channel.pins) >= MOST_PINS:
        raise SlackError("too_many_pins")
    channel.pins[ts] = {"created": int(backend.clock.now()), "created_by": user}
    message["pinned_to"] = [channel.id]
    _announce_pin(backend, channel, message, "pin_added", user)


def unpin(backend: Backend, channel: Channel, ts: str, user: str) -> None:
    """Unpin a message. Raises SlackError no_pin, message_not_found."""
    message = backend.timeline.find(channel, ts)
    if channel.pins.pop(ts, None) is None:
        raise SlackError("no_pin")
    message.pop("pinned_to", None)
    _announce_pin(backend, channel, message, "pin_removed", user)


def pinned(backend: Backend, channel: Channel) -> list[Json]:
    """The pins of a conversation, the latest first."""
    return [
        {"type": "message", "channel": channel.id, "message": bare(channel.messages[ts]), **about}
        for ts, about in reversed(channel.pins.items())
    ]


def _recount(backend: Backend, channel: Channel, message: Json, reaction: Json) -> None:
    reaction["count"] = len(reaction["users"])
    message["reactions"] = [one for one in message["reactions"] if one["users"]]
    if not message["reactions"]:
        del message["reactions"]
    backend.timeline.redraw(channel, message, "reaction")


def _tell(backend: Backend, channel: Channel, message: Json, kind: str, user: str, name: str) -> None:
    item = {"type": "message", "channel": channel.id, "ts": message["ts"]}
    event = {"type": kind, "user": user, "reaction": name, "item": item, "item_user": message["user"]}
    backend.events.inside(channel, event)


def _announce_pin(backend: Backend, channel: Channel, message: Json, kind: str, user: str) -> None:
    item: Json = {"type": "message", "channel": channel.id, "message": bare(message)}
    item |= {"created": int(backend.clock.now()), "created_by": user}
    event = {"type": kind, "user": user, "channel_id": channel.id, "item": item}
    backend.events.inside(channel, event | {"pin_count": len(channel.pins), "has_pins": bool(channel.pins)})
    backend.timeline.redraw(channel, message)
    backend.feed.tell_room(channel, {"type": "channels"})
