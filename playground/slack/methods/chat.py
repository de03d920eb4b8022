"""chat.postMessage, postEphemeral, update, delete, getPermalink."""

from playground.slack import content
from playground.slack.call import Call, Method
from playground.slack.errors import Json, SlackError
from playground.slack.limits import Tier
from playground.slack.model import Channel
from playground.slack.timeline import bare, from_bot
from playground.world import BOT_USER_ID


def post_message(call: Call) -> Json:
    """Post as the bot. A person's id stands for the direct conversation with them."""
    channel = destination(call)
    may_post(call, channel)
    made, meta = content.message(call.args), content.metadata(call.args)
    call.backend.limits.post(channel.id)
    body = from_bot(call.backend.manifest.bot_name) | made | ({"metadata": meta} if meta else {})
    message = call.backend.timeline.post(channel, body, call.text("thread_ts"), call.flag("reply_broadcast"))
    answer = {"channel": channel.id, "ts": message["ts"], "message": dict(message)}
    if len(call.text("text")) > content.TEXT:
        answer |= {"warning": "message_truncated", "response_metadata": {"warnings": ["message_truncated"]}}
    return answer


def post_ephemeral(call: Call) -> Json:
    """Show a message to one member of a conversation."""
    channel = destination(call)
    user = call.text("user")
    if channel.archived:
        raise SlackError("is_archived")
    if call.caller not in channel.members:
        raise SlackError("not_in_channel")
    if user not in channel.members:
        raise SlackError("user_not_in_channel")
    body = from_bot(call.backend.manifest.bot_name) | content.message(call.args)
    return {"message_ts": call.backend.timeline.whisper(channel, user, body, call.text("thread_ts"))}


def update(call: Call) -> Json:
    """Edit one of the bot's own messages. Text without blocks takes the blocks away."""
    channel = call.channel()
    message = own(call, channel, "cant_update_message")
    if channel.archived:
        raise SlackError("is_inactive")
    given = dict(call.args)
    if not (given.get("text") or given.get("blocks") or given.get("attachments") or given.get("markdown_text")):
        raise SlackError("no_text")
    made = content.message(given, text_limit=content.UPDATE_TEXT)
    if _rich(message) and "blocks" in made and not _rich(made):
        raise SlackError("block_mismatch")
    changes: Json = {"blocks": None} if "blocks" in message else {}
    changes |= made
    if (meta := content.metadata(call.args)) is not None:
        changes["metadata"] = meta
    if call.flag("reply_broadcast"):
        changes |= _broadcast(channel, message)
    call.backend.timeline.change(channel, message, changes, editor=call.caller)
    return {"channel": channel.id, "ts": message["ts"], "text": message["text"], "message": bare(message)}


def delete(call: Call) -> Json:
    """Delete one of the bot's own messages."""
    channel = call.channel()
    message = own(call, channel, "cant_delete_message")
    call.backend.timeline.delete(channel, message["ts"])
    return {"channel": channel.id, "ts": message["ts"]}


def permalink(call: Call) -> Json:
    """An address that shows a message on the playground's page."""
    channel, ts = call.channel(), call.text("message_ts")
    message = call.backend.timeline.find(channel, ts)
    thread = message.get("thread_ts", "")
    link = f"{call.backend.url}/archives/{channel.id}/p{ts.replace('.', '')}"
    link += f"?thread_ts={thread}&cid={channel.id}" if thread and thread != ts else ""
    return {"channel": channel.id, "permalink": link}


def destination(call: Call) -> Channel:
    """Where to post: a conversation by id or name, or a person. Raises SlackError channel_not_found."""
    wanted, team = call.text("channel"), call.backend.team
    if wanted in team.people and wanted != BOT_USER_ID:
        return team.direct(BOT_USER_ID, wanted)
    return team.named(wanted, call.caller) or call.channel()


def may_post(call: Call, channel: Channel) -> None:
    """Raises SlackError is_archived, messages_tab_disabled, not_in_channel."""
    if channel.archived:
        raise SlackError("is_archived")
    if channel.kind == "im" and not call.backend.manifest.messages_tab:
        raise SlackError("messages_tab_disabled")
    open_to_all = channel.kind == "channel" and call.has("chat:write.public")
    if call.caller not in channel.members and not open_to_all:
        raise SlackError("not_in_channel")


def own(call: Call, channel: Channel, refusal: str) -> Json:
    """The message of `ts`, if the bot wrote it. Raises SlackError message_not_found, or the refusal."""
    message = call.backend.timeline.find(channel, call.text("ts"))
    if not message.get("bot_id"):
        raise SlackError(refusal)
    return message


def _broadcast(channel: Channel, message: Json) -> Json:
    parent = channel.messages.get(message.get("thread_ts", ""))
    if parent is None or parent is message:
        raise SlackError("cant_broadcast_message")
    return {"subtype": "thread_broadcast", "root": bare(parent) | {"channel": channel.id}}


def _rich(message: Json) -> bool:
    return any(block.get("type") == "rich_text" for block in message.get("blocks", []))


WRITE = ("chat:write",)
METHODS = {
    "chat.postMessage": Method(post_message, Tier.POSTING, WRITE, ("channel",)),
    "chat.postEphemeral": Method(post_ephemeral, Tier.T4, WRITE, ("channel", "user")),
    "chat.update": Method(update, Tier.T3, WRITE, ("channel", "ts")),
    "chat.delete": Method(delete, Tier.T3, WRITE, ("channel", "ts")),
    "chat.getPermalink": Method(permalink, Tier.SPECIAL, (), ("channel", "message_ts")),
}
