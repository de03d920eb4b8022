"""Conversations: creating, joining, leaving, naming, archiving. Each change is shown and told to the app."""

import re

from playground.slack.errors import SlackError
from playground.slack.events import Events
from playground.slack.feed import Feed
from playground.slack.model import Channel, Kind
from playground.slack.team import Team
from playground.slack.timeline import Timeline
from playground.world import TEAM_ID

LONGEST_NAME = 80


class Rooms:
    """The conversations of the team."""

    def __init__(self, team: Team, feed: Feed, events: Events, timeline: Timeline) -> None:
        self._team, self._feed, self._events, self._timeline = team, feed, events, timeline

    def create(self, name: str, kind: Kind, creator: str) -> Channel:
        """A new channel. Raises SlackError name_taken, invalid_name_…"""
        self.check_name(name)
        channel = self._team.create(name, kind, creator)
        self._refresh()
        if kind == "channel":
            self._events.tell({"type": "channel_created", "channel": _named(channel) | {"creator": creator}})
        self._announce_join(channel, creator, "")
        return channel

    def check_name(self, name: str) -> None:
        """Raises SlackError where a channel can't be called that."""
        if not name:
            raise SlackError("invalid_name_required")
        if len(name) > LONGEST_NAME:
            raise SlackError("invalid_name_maxlength")
        if not re.fullmatch(r"[a-z0-9_-]+", name):
            raise SlackError("invalid_name_specials")
        if not re.search(r"[a-z0-9]", name):
            raise SlackError("invalid_name_punctuation")
        if self._team.name_taken(name):
            raise SlackError("name_taken")

    def join(self, channel: Channel, user: str, inviter: str = "") -> None:
        """Let somebody in; nothing happens if they are in already."""
        if user not in channel.members:
            channel.members.append(user)
            self._announce_join(channel, user, inviter)

    def leave(self, channel: Channel, user: str) -> None:
        """Let somebody out."""
        base = {"user": user, "channel": channel.id, "channel_type": _letter(channel), "team": TEAM_ID}
        self._events.inside(channel, {"type": "member_left_channel", **base})
        channel.members.remove(user)
        self._timeline.note(channel, f"{channel.kind}_leave", user, f"<@{user}> has left the channel")
        self._refresh()

    def rename(self, channel: Channel, name: str, by: str) -> None:
        """Raises SlackError name_taken, invalid_name_…"""
        self.check_name(name)
        before, channel.name = channel.name, name
        text = f'<@{by}> has renamed the channel from "{before}" to "{name}"'
        self._timeline.note(channel, f"{channel.kind}_name", by, text, old_name=before, name=name)
        self._events.inside(channel, {"type": f"{channel.kind}_rename", "channel": _named(channel)})
        self._refresh()

    def describe(self, channel: Channel, what: str, text: str, by: str) -> None:
        """Set the "topic" or the "purpose"."""
        setattr(channel, what, text)
        said = f"<@{by}> set the channel {what}: {text}" if text else f"<@{by}> cleared the channel {what}"
        self._timeline.note(channel, f"{channel.kind}_{what}", by, said, **{what: text})
        self._refresh()

    def archive(self, channel: Channel, by: str) -> None:
        """Close for good, or until unarchived."""
        self._timeline.note(channel, f"{channel.kind}_archive", by, f"<@{by}> archived the channel")
        channel.archived = True
        self._events.inside(channel, {"type": f"{channel.kind}_archive", "channel": channel.id, "user": by})
        self._refresh()

    def unarchive(self, channel: Channel, by: str) -> None:
        """Open again; whoever does it is inside."""
        channel.archived = False
        if by not in channel.members:
            channel.members.append(by)
        self._timeline.note(channel, f"{channel.kind}_unarchive", by, f"<@{by}> un-archived the channel")
        self._events.inside(channel, {"type": f"{channel.kind}_unarchive", "channel": channel.id, "user": by})
        self._refresh()

    def _announce_join(self, channel: Channel, user: str, inviter: str) -> None:
        self._timeline.note(channel, f"{channel.kind}_join", user, f"<@{user}> has joined the channel")
        event = {"type": "member_joined_channel", "user": user, "channel": channel.id, "team": TEAM_ID}
        event |= {"channel_type": _letter(channel)} | ({"inviter": inviter} if inviter else {})
        self._events.inside(channel, event)
        self._refresh()

    def _refresh(self) -> None:
        self._feed.tell_all({"type": "channels"})


def _letter(channel: Channel) -> str:
    return "C" if channel.kind == "channel" else "G"


def _named(channel: Channel) -> dict[str, object]:
    return {"id": channel.id, "name": channel.name, "created": channel.created}
