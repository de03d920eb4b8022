"""Home tabs that are kept up to date while their readers may be looking: Slack does not say when one looks away."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.blocks import Block
from bot.errors import Unavailable
from bot.slack import Slack, SlackRefused
from bot.values import Person

LOOKING = 600.0  # seconds after opening the tab in which somebody may still look at it

Blocks = Callable[[Person], Awaitable[list[Block]]]


@dataclass(slots=True)
class _Open:
    person: Person
    until: float
    shown: list[Block]


class Homes:
    """The tabs that this process has shown. `blocks` says what somebody's tab holds now; `clock` counts seconds."""

    def __init__(self, blocks: Blocks, slack: Slack, clock: Callable[[], float] = time.monotonic) -> None:
        self.blocks, self.slack, self.clock = blocks, slack, clock
        self._open: dict[str, _Open] = {}

    async def opened(self, person: Person) -> None:
        """Somebody opens their tab. Raises Unavailable."""
        blocks = await self.blocks(person)
        await self.slack.publish_home(person.id, blocks)
        self._open[person.id] = _Open(person, self.clock() + LOOKING, blocks)

    async def refresh(self) -> None:
        """Show what has changed since to those who may still look. Asked now and then rather than at each change:
        another replica may have made it, and ten changes in a second are one for the reader."""
        for seen in list(self._open.values()):
            if self.clock() >= seen.until:
                self._open.pop(seen.person.id, None)
                continue
            try:
                await self._again(seen)
            except Unavailable:
                continue  # it is tried again at the next turn
            except SlackRefused:
                self._open.pop(seen.person.id, None)

    async def _again(self, seen: _Open) -> None:
        blocks = await self.blocks(seen.person)
        if blocks != seen.shown:
            await self.slack.publish_home(seen.person.id, blocks)
            seen.shown = blocks
