"""conversations: create, info, list, setTopic, setPurpose, rename, archive, unarchive, open; users.conversations."""

from playground.slack.call import MANAGE, OPEN, READ, TOPIC, Call, Method
from playground.slack.errors import Json, SlackError
from playground.slack.limits import Tier
from playground.slack.model import Channel

KINDS = {"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": "mpim"}
LONGEST_TOPIC = 250
GENERAL = "C0GENERAL"


def create(call: Call) -> Json:
    """A new channel with the bot inside."""
    private = call.flag("is_private")
    call.allow(MANAGE["group" if private else "channel"])
    channel = call.backend.rooms.create(call.text("name"), "group" if private else "channel", call.caller)
    return {"channel": channel.json(call.caller)}


def info(call: Call) -> Json:
    """One conversation."""
    found = call.channel().json(call.caller)
    if not call.flag("include_num_members"):
        found.pop("num_members", None)
    return {"channel": found}


def listing(call: Call) -> Json:
    """The conversations that the bot may know of, in pages."""
    return _listed(call, [one for one in _wanted(call) if one.visible_to(call.caller)])


def of_user(call: Call) -> Json:
    """The conversations that somebody is in, as far as the bot may know of them."""
    user = call.backend.team.person(call.text("user", call.caller)).id
    return _listed(call, [one for one in _wanted(call) if user in one.members and one.visible_to(call.caller)])


def set_topic(call: Call) -> Json:
    """Say what a conversation is about now."""
    return _describe(call, "topic")


def set_purpose(call: Call) -> Json:
    """Say what a conversation is for."""
    return _describe(call, "purpose")


def rename(call: Call) -> Json:
    """Give a channel another name."""
    channel = _changeable(call)
    call.backend.rooms.rename(channel, call.text("name"), call.caller)
    return {"channel": channel.json(call.caller)}


def archive(call: Call) -> Json:
    """Close a channel."""
    channel = call.channel(member=True)
    _no_direct(channel)
    if channel.archived:
        raise SlackError("already_archived")
    if channel.id == GENERAL:
        raise SlackError("cant_archive_general")
    call.backend.rooms.archive(channel, call.caller)
    return {}


def unarchive(call: Call) -> Json:
    """Open a channel again."""
    channel = call.channel()
    _no_direct(channel)
    if not channel.archived:
        raise SlackError("not_archived")
    call.backend.rooms.unarchive(channel, call.caller)
    return {}


def open_direct(call: Call) -> Json:
    """The direct conversation with somebody."""
    if call.text("channel"):
        channel = call.channel()
    else:
        users = call.many("users")
        if len(users) != 1:
            raise SlackError("too_many_users" if users else "users_list_not_supplied")
        call.allow(MANAGE["im"])
        person = call.backend.team.person(users[0])
        if person.id == call.caller:
            raise SlackError("invalid_user_combination")
        channel = call.backend.team.direct(call.caller, person.id)
    return {"channel": channel.json(call.caller) if call.flag("return_im") else {"id": channel.id}}


def _describe(call: Call, what: str) -> Json:
    channel, text = _changeable(call), call.text(what)
    if len(text) > LONGEST_TOPIC:
        raise SlackError("too_long")
    call.backend.rooms.describe(channel, what, text, call.caller)
    return {"channel": channel.json(call.caller)}


def _changeable(call: Call) -> Channel:
    channel = call.channel(member=True)
    _no_direct(channel)
    if channel.archived:
        raise SlackError("is_archived")
    return channel


def _no_direct(channel: Channel) -> None:
    if channel.kind == "im":
        raise SlackError("method_not_supported_for_channel_type")


def _wanted(call: Call) -> list[Channel]:
    types = call.many("types") or ["public_channel"]
    if not set(types) <= set(KINDS):
        raise SlackError("invalid_types")
    for name in types:
        call.allow(READ[KINDS[name]])
    kinds, hide = {KINDS[name] for name in types}, call.flag("exclude_archived")
    return [one for one in call.backend.team.channels.values() if one.kind in kinds and not (hide and one.archived)]


def _listed(call: Call, channels: list[Channel]) -> Json:
    found, more = call.page(channels, most=999)
    return {"channels": [one.json(call.caller) for one in found], "response_metadata": more}


METHODS = {
    "conversations.create": Method(create, Tier.T2, MANAGE, ("name",)),
    "conversations.info": Method(info, Tier.T3, READ, ("channel",)),
    "conversations.list": Method(listing, Tier.T2, READ),
    "conversations.setTopic": Method(set_topic, Tier.T2, TOPIC, ("channel", "topic")),
    "conversations.setPurpose": Method(set_purpose, Tier.T2, TOPIC, ("channel", "purpose")),
    "conversations.rename": Method(rename, Tier.T2, MANAGE, ("channel", "name")),
    "conversations.archive": Method(archive, Tier.T2, MANAGE, ("channel",)),
    "conversations.unarchive": Method(unarchive, Tier.T2, MANAGE, ("channel",)),
    "conversations.open": Method(open_direct, Tier.T3, OPEN),
    "users.conversations": Method(of_user, Tier.T3, READ),
}
