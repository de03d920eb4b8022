"""conversations.history and conversations.replies."""

import re

from playground.slack.call import HISTORY, Call, Method
from playground.slack.errors import Json, SlackError
from playground.slack.limits import Tier
from playground.slack.timeline import bare

MOST = 999


def history(call: Call) -> Json:
    """The messages of a conversation, the latest first; replies only where they were broadcast."""
    channel = call.channel(member=True)
    found = [
        one
        for one in channel.messages.values()
        if one.get("thread_ts", one["ts"]) == one["ts"] or one.get("subtype") == "thread_broadcast"
    ]
    page, more = call.page(_between(call, found)[::-1], most=MOST)
    next_page = {"response_metadata": more} if more["next_cursor"] else {}
    return {
        "messages": [_told(call, one) for one in page],
        "has_more": bool(next_page),
        "pin_count": len(channel.pins),
        **next_page,
    }


def replies(call: Call) -> Json:
    """A thread, its first message before all others, the earliest reply next."""
    channel, ts = call.channel(member=True), call.text("ts")
    parent = channel.messages.get(ts)
    if parent is None:
        raise SlackError("thread_not_found")
    root = channel.messages.get(parent.get("thread_ts", ts), parent)
    found = [root, *_between(call, call.backend.timeline.replies(channel, root["ts"]))]
    page, more = call.page(found, most=MOST)
    next_page = {"response_metadata": more} if more["next_cursor"] else {}
    return {"messages": [_told(call, one) for one in page], "has_more": bool(next_page), **next_page}


def _between(call: Call, messages: list[Json]) -> list[Json]:
    oldest, latest = _moment(call, "oldest", 0.0), _moment(call, "latest", float("inf"))
    if call.flag("inclusive"):
        return [one for one in messages if oldest <= float(one["ts"]) <= latest]
    return [one for one in messages if oldest < float(one["ts"]) < latest]


def _moment(call: Call, name: str, default: float) -> float:
    given = call.text(name)
    if not given or given == "now":
        return default
    if not re.fullmatch(r"\d+(\.\d+)?", given):
        raise SlackError(f"invalid_ts_{name}")
    return float(given)


def _told(call: Call, message: Json) -> Json:
    return dict(message) if call.flag("include_all_metadata") else bare(message)


METHODS = {
    "conversations.history": Method(history, Tier.T3, HISTORY, ("channel",)),
    "conversations.replies": Method(replies, Tier.T3, HISTORY, ("channel", "ts")),
}
