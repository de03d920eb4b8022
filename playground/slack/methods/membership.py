"""conversations: members, invite, kick, join, leave."""

from playground.slack.call import INVITE, KICK, MANAGE, READ, Call, Method
from playground.slack.errors import Json, SlackError, invalid
from playground.slack.limits import Tier
from playground.slack.methods.conversations import GENERAL
from playground.slack.model import Channel

MOST_INVITED = 100


def members(call: Call) -> Json:
    """Who is in a conversation, in pages."""
    found, more = call.page(call.channel().members)
    return {"members": found, "response_metadata": more}


def invite(call: Call) -> Json:
    """Let people in. With `force` those who can't come are left out instead of failing the call."""
    channel, users = call.channel(member=True), call.many("users")
    _open_room(channel)
    if not users:
        raise SlackError("no_user")
    if len(users) > MOST_INVITED:
        raise invalid(f"must be at most {MOST_INVITED} users [json-pointer:/users]")
    errors = [{"user": user, "ok": False, "error": word} for user in users if (word := _refusal(call, channel, user))]
    good = [user for user in users if not _refusal(call, channel, user)]
    if errors and not (call.flag("force") and good):
        raise SlackError(str(errors[0]["error"]), errors=errors)
    for user in good:
        call.backend.rooms.join(channel, user, call.caller)
    return {"channel": channel.json(call.caller)} | ({"errors": errors} if errors else {})


def kick(call: Call) -> Json:
    """Put somebody out."""
    channel, user = call.channel(member=True), call.text("user")
    if channel.id == GENERAL:
        raise SlackError("cant_kick_from_general")
    if user == call.caller:
        raise SlackError("cant_kick_self")
    call.backend.team.person(user)
    if user not in channel.members:
        raise SlackError("not_in_channel")
    call.backend.rooms.leave(channel, user)
    return {}


def join(call: Call) -> Json:
    """Let the bot into a public channel."""
    channel = call.channel()
    if channel.kind != "channel":
        raise SlackError("method_not_supported_for_channel_type")
    if channel.archived:
        raise SlackError("is_archived")
    warned: Json = {"warning": "already_in_channel"} if call.caller in channel.members else {}
    call.backend.rooms.join(channel, call.caller)
    return {"channel": channel.json(call.caller)} | warned


def leave(call: Call) -> Json:
    """Take the bot out."""
    channel = call.channel()
    _open_room(channel)
    if channel.id == GENERAL:
        raise SlackError("cant_leave_general")
    if call.caller not in channel.members:
        return {"not_in_channel": True}
    if channel.kind == "group" and len(channel.members) == 1:
        raise SlackError("last_member")
    call.backend.rooms.leave(channel, call.caller)
    return {}


def _refusal(call: Call, channel: Channel, user: str) -> str:
    if user == call.caller:
        return "cant_invite_self"
    if user not in call.backend.team.people:
        return "user_not_found"
    return "already_in_channel" if user in channel.members else ""


def _open_room(channel: Channel) -> None:
    if channel.kind == "im":
        raise SlackError("method_not_supported_for_channel_type")
    if channel.archived:
        raise SlackError("is_archived")


METHODS = {
    "conversations.members": Method(members, Tier.T4, READ, ("channel",)),
    "conversations.invite": Method(invite, Tier.T3, INVITE, ("channel", "users")),
    "conversations.kick": Method(kick, Tier.T3, KICK, ("channel", "user")),
    "conversations.join": Method(join, Tier.T3, ("channels:join",), ("channel",)),
    "conversations.leave": Method(leave, Tier.T3, MANAGE, ("channel",)),
}
