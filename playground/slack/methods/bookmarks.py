"""bookmarks.add, edit, list, remove."""

import re

from playground.slack.call import Call, Method
from playground.slack.errors import Json, SlackError, invalid
from playground.slack.limits import Tier
from playground.slack.model import Channel
from playground.world import APP_ID

MOST, LONGEST_TITLE, LONGEST_LINK = 100, 256, 2048


def add(call: Call) -> Json:
    """Put a link at the top of a channel."""
    channel = _channel(call)
    if call.text("type") != "link":
        raise SlackError("invalid_bookmark_type")
    if len(channel.bookmarks) >= MOST:
        raise SlackError("too_many_bookmarks")
    now = int(call.backend.clock.now())
    bookmark: Json = {"id": call.backend.team.new_id("Bk"), "channel_id": channel.id, "type": "link", "title": ""}
    bookmark |= {"link": "", "emoji": "", "icon_url": "", "date_created": now, "date_updated": 0, "rank": "a"}
    bookmark |= {"app_id": APP_ID, "last_updated_by_user_id": call.caller, "shortcut_id": None, "entity_id": None}
    bookmark |= _given(call, {"link": call.text("link")})
    channel.bookmarks[bookmark["id"]] = bookmark
    _refresh(call)
    return {"bookmark": dict(bookmark)}


def edit(call: Call) -> Json:
    """Change a bookmark."""
    channel = _channel(call)
    bookmark = _found(call, channel)
    bookmark |= _given(call, {}) | {"date_updated": int(call.backend.clock.now())}
    _refresh(call)
    return {"bookmark": dict(bookmark)}


def listing(call: Call) -> Json:
    """A channel's bookmarks."""
    return {"bookmarks": [dict(one) for one in _channel(call).bookmarks.values()]}


def remove(call: Call) -> Json:
    """Take a bookmark away."""
    channel = _channel(call)
    del channel.bookmarks[_found(call, channel)["id"]]
    _refresh(call)
    return {}


def _channel(call: Call) -> Channel:
    channel = call.channel("channel_id")
    if call.caller not in channel.members:
        raise SlackError("access_denied")
    return channel


def _found(call: Call, channel: Channel) -> Json:
    if call.text("bookmark_id") not in channel.bookmarks:
        raise SlackError("not_found")
    return channel.bookmarks[call.text("bookmark_id")]


def _given(call: Call, needed: Json) -> Json:
    given = needed | {key: call.text(key) for key in ("title", "link", "emoji") if call.args.get(key)}
    if len(given.get("title", "")) > LONGEST_TITLE:
        raise invalid(f"must be at most {LONGEST_TITLE} characters [json-pointer:/title]")
    if "link" in given and (len(given["link"]) > LONGEST_LINK or not re.match(r"https?://\S+$", given["link"])):
        raise SlackError("invalid_link")
    if given.get("emoji") and not re.fullmatch(r":[\w+'-]+:", given["emoji"]):
        raise SlackError("invalid_emoji")
    return given


def _refresh(call: Call) -> None:
    call.backend.feed.tell_all({"type": "channels"})


READ, WRITE = ("bookmarks:read",), ("bookmarks:write",)
METHODS = {
    "bookmarks.add": Method(add, Tier.T2, WRITE, ("channel_id", "title", "type")),
    "bookmarks.edit": Method(edit, Tier.T2, WRITE, ("channel_id", "bookmark_id")),
    "bookmarks.list": Method(listing, Tier.T3, READ, ("channel_id",)),
    "bookmarks.remove": Method(remove, Tier.T2, WRITE, ("channel_id", "bookmark_id")),
}
