"""What a person sees: the team, the conversations they may know of, messages, the Home tab."""

from playground.slack.backend import Backend
from playground.slack.errors import Json
from playground.slack.model import Channel
from playground.slack.timeline import shown
from playground.world import APP_ID, BOT_USER_ID, TEAM_DOMAIN, TEAM_ID, TEAM_NAME, Person


def state(backend: Backend, viewer: str) -> Json:
    """Everything but the messages."""
    team, manifest = backend.team, backend.manifest
    app = {"id": APP_ID, "name": manifest.name, "bot_user_id": BOT_USER_ID, "connected": backend.transport.connected}
    return {
        "team": {"id": TEAM_ID, "name": TEAM_NAME, "domain": TEAM_DOMAIN},
        "me": _person(team.people[viewer]),
        "people": [_person(one) for one in team.people.values()],
        "groups": [{"id": g.id, "handle": g.handle, "name": g.name, "users": g.users} for g in team.groups.values()],
        "channels": [_channel(one, viewer) for one in team.channels.values() if one.visible_to(viewer)],
        "app": app | {"home_tab": manifest.home_tab, "color": manifest.color},
        "commands": [
            {key: one.get(key, "") for key in ("command", "description", "usage_hint")}
            for one in manifest.commands.values()
        ],
        "shortcuts": [
            {key: one.get(key, "") for key in ("name", "type", "callback_id", "description")}
            for one in manifest.shortcuts
        ],
        "clock": {"scale": backend.clock.scale},
    }


def messages(backend: Backend, viewer: str, channel: Channel, thread: str) -> list[Json]:
    """A conversation, or one thread of it with its first message, the viewer's ephemerals among them; oldest first."""
    found = [shown(channel, one) for one in channel.messages.values() if _belongs(one, thread)]
    for ts, whispered in channel.ephemerals.items():
        if whispered["to"] == viewer and whispered.get("thread_ts", "") == thread:
            found.append(backend.timeline.whispered(channel, ts))
    return sorted(found, key=lambda one: str(one["ts"]))


def home(backend: Backend, viewer: str) -> Json | None:
    """The Home tab, once the app has published one."""
    view = backend.team.homes.get(viewer)
    return view.json() if view else None


def _belongs(message: Json, thread: str) -> bool:
    if thread:
        return thread in (message["ts"], message.get("thread_ts"))
    in_thread = message.get("thread_ts", message["ts"]) != message["ts"]
    return not in_thread or message.get("subtype") == "thread_broadcast"


def _person(person: Person) -> Json:
    shown_keys = ("id", "name", "real_name", "email", "tz", "is_bot", "title", "color")
    return {key: getattr(person, key) for key in shown_keys}


def _channel(channel: Channel, viewer: str) -> Json:
    base: Json = {"id": channel.id, "name": channel.name, "is_private": channel.kind != "channel"}
    base |= {"is_im": channel.kind == "im", "is_archived": channel.archived, "is_member": viewer in channel.members}
    base |= {"topic": channel.topic, "purpose": channel.purpose, "members": list(channel.members)}
    base |= {"pins": list(channel.pins), "bookmarks": [_bookmark(one) for one in channel.bookmarks.values()]}
    if channel.canvas:
        base["canvas"] = channel.canvas
    return base | ({"with": channel.other(viewer)} if channel.kind == "im" else {})


def _bookmark(bookmark: Json) -> Json:
    return {key: bookmark.get(key, "") for key in ("id", "title", "link", "emoji")}
