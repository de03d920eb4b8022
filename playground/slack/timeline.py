"""Messages: posting, editing, deleting, threads, ephemerals. Each change is stored, shown and told to the app."""

from playground.slack.clock import Clock
from playground.slack.errors import Json, SlackError
from playground.slack.events import Events
from playground.slack.feed import Feed
from playground.slack.model import Channel
from playground.world import APP_ID, BOT_ID, BOT_USER_ID, TEAM_ID


def from_bot(name: str) -> Json:
    """What a message of the bot says about its author."""
    profile = {"id": BOT_ID, "app_id": APP_ID, "name": name, "icons": {}, "deleted": False, "team_id": TEAM_ID}
    return {"user": BOT_USER_ID, "bot_id": BOT_ID, "app_id": APP_ID, "bot_profile": profile}


def bare(message: Json) -> Json:
    """The message without its metadata, which is only for those who ask."""
    return {key: value for key, value in message.items() if key != "metadata"}


def shown(channel: Channel, message: Json) -> Json:
    """The message as screens get it."""
    return bare(message) | {"channel": channel.id}


class Timeline:
    """The messages of all conversations."""

    def __init__(self, clock: Clock, feed: Feed, events: Events) -> None:
        self._clock, self._feed, self._events = clock, feed, events

    def find(self, channel: Channel, ts: str) -> Json:
        """Raises SlackError message_not_found."""
        message = channel.messages.get(ts)
        if message is None or message.get("subtype") == "tombstone":
            raise SlackError("message_not_found")
        return message

    def post(self, channel: Channel, body: Json, thread_ts: str = "", broadcast: bool = False) -> Json:
        """A new message. Raises SlackError thread_not_found, cannot_reply_to_message."""
        parent = self._parent(channel, thread_ts) if thread_ts else None
        message: Json = {"type": "message", "ts": self._clock.ts(), "team": TEAM_ID, **body}
        if parent:
            message["thread_ts"] = thread_ts
            message |= {"subtype": "thread_broadcast", "root": shown(channel, parent)} if broadcast else {}
        channel.messages[message["ts"]] = message
        if parent:
            channel.threads.setdefault(thread_ts, {})[message["ts"]] = message
            self._count_replies(channel, parent)
        self._feed.tell_room(channel, {"type": "message", "channel": channel.id, "message": shown(channel, message)})
        told = message | {"subtype": "file_share"} if message.get("files") else message
        self._events.message(channel, told)
        said = not message.get("bot_id") and message.get("subtype", "thread_broadcast") == "thread_broadcast"
        if said and channel.kind != "im" and f"<@{BOT_USER_ID}>" in message["text"]:
            self._events.inside(channel, told | {"type": "app_mention", "channel": channel.id, "event_ts": told["ts"]})
        return message

    def note(self, channel: Channel, subtype: str, user: str, text: str, **more: str) -> None:
        """A message that Slack itself writes: somebody joined, the topic changed."""
        self.post(channel, {"subtype": subtype, "user": user, "text": text, **more})

    def change(self, channel: Channel, message: Json, changes: Json, editor: str = "") -> None:
        """Edit in place; a value of None takes the key away."""
        before = bare(message)
        message |= changes
        for key in [key for key, value in changes.items() if value is None]:
            del message[key]
        if editor:
            message["edited"] = {"user": editor, "ts": self._clock.ts()}
        self.redraw(channel, message)
        self._tell_change(channel, "message_changed", {"message": dict(message), "previous_message": before})

    def redraw(self, channel: Channel, message: Json, why: str = "message_changed") -> None:
        """Show a message again that changed, or whose surroundings did."""
        self._feed.tell_room(channel, {"type": why, "channel": channel.id, "message": shown(channel, message)})

    def delete(self, channel: Channel, ts: str) -> None:
        """Remove a message; of a thread's first one a tombstone stays."""
        message = self.find(channel, ts)
        if message.get("reply_count"):
            kept = {key: value for key, value in message.items() if key.startswith(("reply_", "latest_", "thread_"))}
            grave = {"type": "message", "subtype": "tombstone", "ts": ts, "text": "This message was deleted."}
            channel.messages[ts] = grave | kept | {"user": "USLACKBOT", "hidden": True}
            self.redraw(channel, channel.messages[ts])
        else:
            del channel.messages[ts]
            self._feed.tell_room(channel, {"type": "message_deleted", "channel": channel.id, "ts": ts})
        channel.pins.pop(ts, None)
        parent = channel.messages.get(message.get("thread_ts", ""))
        if parent and parent["ts"] != ts:
            del channel.threads[parent["ts"]][ts]
            self._count_replies(channel, parent)
        self._tell_change(channel, "message_deleted", {"deleted_ts": ts, "previous_message": message})

    def replies(self, channel: Channel, ts: str) -> list[Json]:
        """The messages of a thread, its first one not counted."""
        return list(channel.threads.get(ts, {}).values())

    def whisper(self, channel: Channel, user: str, body: Json, thread_ts: str = "") -> str:
        """A message that only one person sees and no history keeps; answers with its ts."""
        ts = self._clock.ts()
        message = {"type": "message", "ts": ts, "team": TEAM_ID, "ephemeral": True, "is_ephemeral": True, **body}
        if thread_ts:
            message["thread_ts"] = thread_ts
        channel.ephemerals[ts] = message | {"to": user}
        self._feed.tell(user, {"type": "ephemeral", "channel": channel.id, "message": self.whispered(channel, ts)})
        return ts

    def whispered(self, channel: Channel, ts: str) -> Json:
        """An ephemeral message as its reader's screen gets it."""
        return {key: value for key, value in shown(channel, channel.ephemerals[ts]).items() if key != "to"}

    def rewhisper(self, channel: Channel, ts: str, body: Json) -> None:
        """Replace an ephemeral message, which only a response URL can."""
        kept = {key: value for key, value in channel.ephemerals[ts].items() if key not in ("blocks", "attachments")}
        channel.ephemerals[ts] = kept | body
        change = {"type": "ephemeral", "channel": channel.id, "message": self.whispered(channel, ts)}
        self._feed.tell(kept["to"], change)

    def unwhisper(self, channel: Channel, ts: str) -> None:
        """Take an ephemeral message off the screen."""
        gone = channel.ephemerals.pop(ts)
        self._feed.tell(gone["to"], {"type": "ephemeral_deleted", "channel": channel.id, "ts": ts})

    def _parent(self, channel: Channel, thread_ts: str) -> Json:
        parent = channel.messages.get(thread_ts)
        if parent is None:
            raise SlackError("thread_not_found")
        if parent.get("thread_ts", thread_ts) != thread_ts:
            raise SlackError("cannot_reply_to_message")
        return parent

    def _count_replies(self, channel: Channel, parent: Json) -> None:
        replies = self.replies(channel, parent["ts"])
        users = list(dict.fromkeys(one["user"] for one in replies))
        parent |= {"thread_ts": parent["ts"], "reply_count": len(replies), "reply_users": users}
        parent |= {"reply_users_count": len(users), "latest_reply": replies[-1]["ts"] if replies else ""}
        self.redraw(channel, parent)

    def _tell_change(self, channel: Channel, subtype: str, what: Json) -> None:
        told = {key: bare(value) if isinstance(value, dict) else value for key, value in what.items()}
        event = {"type": "message", "subtype": subtype, "hidden": True, "ts": self._clock.ts()}
        self._events.message(channel, event | told)
