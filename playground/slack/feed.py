"""What the people's screens are told, as it happens."""

import asyncio
from collections import Counter

from playground.slack.errors import Json
from playground.slack.model import Channel

Screen = asyncio.Queue[Json | None]


class Feed:
    """Queues, one per open screen, by person. Each person's changes are numbered, `n` being the number."""

    def __init__(self) -> None:
        self._screens: dict[str, set[Screen]] = {}
        self._told: Counter[str] = Counter()

    def open(self, user: str) -> Screen:
        """A queue of changes for one screen; None in it means that the workspace closes."""
        queue: Screen = asyncio.Queue()
        queue.put_nowait({"type": "hello", "n": self.told(user)})
        self._screens.setdefault(user, set()).add(queue)
        return queue

    def leave(self, user: str, queue: Screen) -> None:
        """That screen is gone."""
        self._screens.get(user, set()).discard(queue)

    def told(self, user: str) -> int:
        """The number of the latest change that this person's screens were told."""
        return self._told[user]

    def tell(self, user: str, change: Json) -> None:
        """Show a change to one person."""
        self._told[user] += 1
        for queue in self._screens.get(user, ()):
            queue.put_nowait(change | {"n": self._told[user]})

    def tell_room(self, channel: Channel, change: Json) -> None:
        """Show a change to all who may see the conversation."""
        for user in list(self._screens):
            if channel.visible_to(user):
                self.tell(user, change)

    def tell_all(self, change: Json) -> None:
        """Show a change to everybody."""
        for user in list(self._screens):
            self.tell(user, change)

    def close(self) -> None:
        """Send all screens away."""
        for queues in self._screens.values():
            for queue in queues:
                queue.put_nowait(None)
