"""What the people's screens are told, as it happens."""

import asyncio

from playground.slack.errors import Json
from playground.slack.model import Channel


class Feed:
    """Queues, one per open screen, by person."""

    def __init__(self) -> None:
        self._screens: dict[str, set[asyncio.Queue[Json | None]]] = {}

    def open(self, user: str) -> asyncio.Queue[Json | None]:
        """A queue of changes for one screen; None in it means that the workspace closes."""
        queue: asyncio.Queue[Json | None] = asyncio.Queue()
        self._screens.setdefault(user, set()).add(queue)
        return queue

    def leave(self, user: str, queue: asyncio.Queue[Json | None]) -> None:
        """That screen is gone."""
        self._screens.get(user, set()).discard(queue)

    def tell(self, user: str, change: Json) -> None:
        """Show a change to one person."""
        for queue in self._screens.get(user, ()):
            queue.put_nowait(change)

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
