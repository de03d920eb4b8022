"""The workspace's memory: who and what there is, and how to find it. Changes are announced elsewhere."""

import itertools

from playground.slack.clock import Clock
from playground.slack.errors import Json, SlackError
from playground.slack.manifest import Manifest
from playground.slack.model import Channel, File, Kind, View
from playground.world import BOT_USER_ID, GROUPS, PEOPLE, ROOMS, Group, Person


class Team:
    """People, groups, conversations, open views, Home tabs and files."""

    def __init__(self, manifest: Manifest, clock: Clock) -> None:
        self._clock = clock
        self._ids = itertools.count(1)
        name = manifest.bot_name.lower()
        bot = Person(BOT_USER_ID, name, manifest.bot_name, "", "UTC", "app", manifest.color.lstrip("#"), is_bot=True)
        self.people = {person.id: person for person in (*PEOPLE, bot)}
        self.groups: dict[str, Group] = {group.id: group for group in GROUPS}
        self.channels: dict[str, Channel] = {}
        self.stacks: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}
        self.files: dict[str, File] = {}
        self.canvases: dict[str, Json] = {}
        self.scheduled: dict[str, Json] = {}
        self.plan = "pro"
        everybody = [person.id for person in PEOPLE]
        for room in ROOMS:
            self._add(Channel(room.id, room.name, "channel", everybody[0], self._today(), list(everybody)))
            self.channels[room.id].purpose = room.purpose

    def new_id(self, prefix: str) -> str:
        """An id that nobody else has."""
        return f"{prefix}0P{next(self._ids):07X}"

    def create(self, name: str, kind: Kind, creator: str) -> Channel:
        """A new conversation with its creator inside. Names are checked by the caller."""
        prefix = {"channel": "C", "group": "G", "im": "D"}[kind]
        return self._add(Channel(self.new_id(prefix), name, kind, creator, self._today(), [creator]))

    def direct(self, one: str, other: str) -> Channel:
        """The direct conversation of two, opened if it is not."""
        for channel in self.channels.values():
            if channel.kind == "im" and set(channel.members) == {one, other}:
                return channel
        channel = self.create("", "im", one)
        channel.members = [one, other]
        return channel

    def person(self, user: str) -> Person:
        """Raises SlackError user_not_found."""
        if user not in self.people:
            raise SlackError("user_not_found")
        return self.people[user]

    def channel(self, channel_id: str, viewer: str) -> Channel:
        """A conversation that `viewer` may know of. Raises SlackError channel_not_found."""
        channel = self.channels.get(channel_id)
        if channel is None or not channel.visible_to(viewer):
            raise SlackError("channel_not_found")
        return channel

    def named(self, name: str, viewer: str) -> Channel | None:
        """The conversation of that name ("deploys" or "#deploys"), if `viewer` may know of it."""
        plain = name.removeprefix("#")
        found = (one for one in self.channels.values() if one.name == plain and one.kind != "im")
        return next((one for one in found if one.visible_to(viewer)), None)

    def name_taken(self, name: str) -> bool:
        """Names of archived channels stay taken."""
        return any(channel.name == name for channel in self.channels.values() if channel.kind != "im")

    def view(self, view_id: str) -> View | None:
        """An open modal or a Home tab by its id."""
        open_views = itertools.chain(self.homes.values(), *self.stacks.values())
        return next((view for view in open_views if view.id == view_id), None)

    def _add(self, channel: Channel) -> Channel:
        self.channels[channel.id] = channel
        return channel

    def _today(self) -> int:
        return int(self._clock.now())
